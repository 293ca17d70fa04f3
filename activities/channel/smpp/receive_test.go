package smpp

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/linxGnu/gosmpp/data"
	wire "github.com/linxGnu/gosmpp/pdu"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// asReceipt makes a deliver_sm a receipt, with optional parameters.
func asReceipt(params ...wire.Field) func(*wire.DeliverSM) {
	return func(m *wire.DeliverSM) {
		m.EsmClass = 0x04
		for _, f := range params {
			m.RegisterOptionalParam(f)
		}
	}
}

func TestReceiptVectors(t *testing.T) {
	var table struct {
		Cases []struct {
			ID           string
			ShortMessage string `json:"short_message"`
			Expect       struct{ ID, Stat, Err, Status string }
		}
	}
	raw, err := os.ReadFile("testdata/receipts.json")
	if err == nil {
		err = json.Unmarshal(raw, &table)
	}
	if err != nil || len(table.Cases) == 0 {
		t.Fatal("no cases", err)
	}
	w := newWorld(t, nil)
	p := w.smsc.bound()
	for _, c := range table.Cases {
		sequence := p.deliver("5511987654321", c.ShortMessage, asReceipt())
		e := w.event(t)
		channeltest.Sound(t, []engine.InboundEvent{e})
		if e.Kind != engine.StatusUpdate || e.Status.ProviderID != c.Expect.ID || string(e.Status.Status) != c.Expect.Status {
			t.Errorf("%s: %+v", c.ID, e.Status)
		}
		if c.Expect.Err != "" && (len(e.Status.ErrorCodes) != 1 || e.Status.ErrorCodes[0] != c.Expect.Stat+" "+c.Expect.Err) {
			t.Errorf("%s: codes %v", c.ID, e.Status.ErrorCodes)
		}
		if status := p.answered(sequence); status != 0 {
			t.Errorf("%s: answered %x", c.ID, status)
		}
	}
}

func TestReceipts(t *testing.T) {
	field := func(tag wire.Tag, value string) wire.Field { return wire.Field{Tag: tag, Data: []byte(value)} }
	for _, c := range []struct {
		name, ids, accepted, text string
		params                    []wire.Field
		id                        string
		status                    engine.MessageStatus
		code                      string
		known                     bool
	}{
		{name: "the same id", accepted: "abc-1", text: "id:abc-1 stat:DELIVRD", id: "abc-1", status: engine.Delivered, known: true},
		{name: "capitals and blanks", accepted: "7", text: "ID: 7 SUB:001 STAT:delivered ERR:000 TEXT:id:8 stat:UNDELIV", id: "7", status: engine.Delivered, known: true},
		{name: "by parameters alone", accepted: "7", params: []wire.Field{field(wire.TagReceiptedMessageID, "7\x00"), field(wire.TagMessageStateOption, "\x05"), field(wire.TagNetworkErrorCode, "\x03\x00\x21")},
			id: "7", status: engine.Failed, code: "UNDELIV 033", known: true},
		{name: "a state on the way", accepted: "7", text: "id:7 stat:ENROUTE", id: "7", status: engine.Sent, known: true},
		{name: "a state that claims nothing", accepted: "7", text: "id:7 stat:UNKNOWN", id: "7", status: engine.Accepted, known: true},
		{name: "expired", accepted: "7", text: "id:7 stat:EXPIRED err:000", id: "7", status: engine.Failed, code: "EXPIRED", known: true},
		{name: "rejected", accepted: "7", text: "id:7 stat:REJECTD err:0x11", id: "7", status: engine.Failed, code: "REJECTD 0x11", known: true},
		{name: "hexadecimal in the answer, decimal in the receipt", ids: idsHexDecimal, accepted: "1A2B", text: "id:6699 stat:DELIVRD", id: "6699", status: engine.Delivered, known: true},
		{name: "the parameter is as in the answer", ids: idsHexDecimal, accepted: "1A2B", text: "id:0000006699 stat:DELIVRD", params: []wire.Field{field(wire.TagReceiptedMessageID, "1A2B")},
			id: "6699", status: engine.Delivered, known: true},
		{name: "the parameter is as in the text", ids: idsHexDecimal, accepted: "1A2B", text: "id:6699 stat:DELIVRD", params: []wire.Field{field(wire.TagReceiptedMessageID, "6699")},
			id: "6699", status: engine.Delivered, known: true},
		{name: "decimal in the answer, hexadecimal in the receipt", ids: idsDecimal, accepted: "6699", text: "id:1a2b stat:DELIVRD", id: "6699", status: engine.Delivered, known: true},
		{name: "longer than 64 bits", ids: idsHexDecimal, accepted: "FFFFFFFFFFFFFFFFF", text: "id:295147905179352825855 stat:DELIVRD", id: "295147905179352825855", status: engine.Delivered, known: true},
		{name: "another process's message", accepted: "7", text: "id:8 stat:DELIVRD", id: "8", status: engine.Delivered},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, map[string]string{"message_ids": c.ids})
			p := w.smsc.bound()
			answer := send(t.Context(), w.driver, textTo("a"))
			p.accept(next[*wire.SubmitSM](p), c.accepted)
			got := <-answer
			p.deliver("5511987654321", c.text, asReceipt(c.params...))
			e := w.event(t)
			if e.Kind != engine.StatusUpdate || e.Status.ProviderID != c.id || e.Status.Status != c.status || strings.Join(e.Status.ErrorCodes, " ") != c.code {
				t.Fatalf("%+v %+v", e, e.Status)
			}
			if ref := map[bool]string{true: "msg_1"}[c.known]; e.Status.Ref != ref || c.known && got.receipt.ProviderID != e.Status.ProviderID {
				t.Errorf("ref %q, sent under %q", e.Status.Ref, got.receipt.ProviderID)
			}
		})
	}
}

// TestNotationIsHinted: an operator is told which setting makes receipts match.
func TestNotationIsHinted(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	answer := send(t.Context(), w.driver, textTo("a"))
	p.accept(next[*wire.SubmitSM](p), "1A2B")
	<-answer
	p.deliver("5511987654321", "id:6699 stat:DELIVRD", asReceipt())
	w.hears(t, "another notation")
	if e := w.event(t); e.Status.Ref != "" || e.Status.ProviderID != "6699" {
		t.Errorf("a guess was believed: %+v", e.Status)
	}
}

// TestWhatPeopleWrite, and what is no receipt although it reads like one.
func TestWhatPeopleWrite(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	ucs := func(text string) func(*wire.DeliverSM) {
		return func(m *wire.DeliverSM) { m.Message, _ = wire.NewShortMessageWithEncoding(text, data.UCS2) }
	}
	for _, c := range []struct {
		from, text string
		change     func(*wire.DeliverSM)
		want, kind string
		phone      string
	}{
		{"5511987654321", "SIM [ok] às 10h", nil, "SIM [ok] às 10h", "text", "+5511987654321"},
		{"5511987654321", "", ucs("não, 👍"), "não, 👍", "text", "+5511987654321"},
		{"5511987654321", "", func(m *wire.DeliverSM) {
			m.Message, _ = wire.NewShortMessageWithEncoding("amanhã", data.LATIN1)
		}, "amanhã", "text", "+5511987654321"},
		{"5511987654321", "id:7 stat:DELIVRD", nil, "id:7 stat:DELIVRD", "text", "+5511987654321"},
		{"11987654321", "oi", func(m *wire.DeliverSM) { m.SourceAddr.SetTon(2) }, "oi", "text", "+5511987654321"},
		{"5511987654321", "oi", func(m *wire.DeliverSM) { m.SourceAddr.SetTon(0) }, "oi", "text", "+5511987654321"},
		{"27182", "oi", func(m *wire.DeliverSM) { m.SourceAddr.SetTon(0) }, "oi", "text", "27182"},
		{"CORREIOS", "oi", func(m *wire.DeliverSM) { m.SourceAddr.SetTon(5) }, "oi", "text", "CORREIOS"},
		{"5511987654321", "", func(m *wire.DeliverSM) {
			m.RegisterOptionalParam(wire.Field{Tag: wire.TagMessagePayload, Data: []byte(strings.Repeat("y", 300))})
		}, strings.Repeat("y", 300), "text", "+5511987654321"},
		{"5511987654321", "", func(m *wire.DeliverSM) {
			m.Message, _ = wire.NewBinaryShortMessageWithEncoding([]byte{1, 2}, data.BINARY8BIT2)
		}, "", "unsupported", "+5511987654321"},
	} {
		sequence := p.deliver(c.from, c.text, c.change)
		e := w.event(t)
		channeltest.Sound(t, []engine.InboundEvent{e})
		if e.Kind != engine.InboundMessage || e.Message.Text != c.want || e.Message.Type != c.kind || e.From[0].Value != c.phone || e.Message.Account != "27182" || e.IntegrationID != "sms_main" || e.Channel != engine.SMS {
			t.Errorf("%q became %+v %+v", c.text, e, e.Message)
		}
		if status := p.answered(sequence); status != 0 {
			t.Errorf("answered %x", status)
		}
	}
}

// TestStoredBeforeAnswered: no answer until it is stored, enquiries are answered
// meanwhile, and what cannot be stored is asked to come again.
func TestStoredBeforeAnswered(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	hold := make(chan struct{})
	w.mu.Lock()
	w.hold, w.broken = hold, errors.New("the database is away")
	w.mu.Unlock()
	first := p.deliver("5511987654321", "oi", nil)
	p.write(wire.NewEnquireLink())
	<-p.enq
	select {
	case got := <-p.in:
		t.Fatalf("answered with %T before anything was stored", got)
	default:
	}
	close(hold)
	if status := p.answered(first); status != statusTemporary {
		t.Errorf("what could not be stored is answered %x", status)
	}
	w.mu.Lock()
	w.hold, w.broken = nil, nil
	w.mu.Unlock()
	again := p.deliver("5511987654321", "oi", nil)
	if status := p.answered(again); status != 0 {
		t.Errorf("answered %x", status)
	}
	if e := w.event(t); e.Message.Text != "oi" || len(w.events) != 0 {
		t.Errorf("stored %+v and %d more", e, len(w.events))
	}
}

// TestTheSameAgain: the same words twice are two messages, but not when the
// connection broke in between: then the answer to the first was lost.
func TestTheSameAgain(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	var keys []string
	for range 2 {
		p.answered(p.deliver("5511987654321", "1", nil))
		keys = append(keys, w.event(t).Key)
	}
	_ = p.conn.Close()
	w.waits <- struct{}{}
	p = w.smsc.bound()
	for range 2 {
		p.answered(p.deliver("5511987654321", "1", nil))
		keys = append(keys, w.event(t).Key)
	}
	if keys[0] == keys[1] || keys[2] != keys[1] || keys[3] == keys[2] || keys[3] == keys[0] {
		t.Errorf("keys %q: the third repeats the second, all others are new", keys)
	}
}

// TestTheLastSegmentAgain: the text was whole before its connection broke.
func TestTheLastSegmentAgain(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	p.answered(p.deliver("5511987654321", "", segment("Ola, ", 9, 1, 2)))
	p.answered(p.deliver("5511987654321", "", segment("mundo", 9, 2, 2)))
	_, last, whole := w.event(t), w.event(t), w.event(t)
	_ = p.conn.Close()
	w.waits <- struct{}{}
	p = w.smsc.bound()
	p.answered(p.deliver("5511987654321", "", segment("mundo", 9, 2, 2)))
	if e := w.event(t); e.Key != last.Key || whole.Message.Text != "Ola, mundo" {
		t.Errorf("the repetition is %q, the segment was %q of %+v", e.Key, last.Key, whole.Message)
	}
	w.Stop()
	if n := len(w.events); n != 0 {
		t.Errorf("%d more events, the first %+v", n, w.event(t))
	}
}

// TestGoodbye: what is under way when the bind is closed gets its answer first, in
// both directions.
func TestGoodbye(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	hold := make(chan struct{})
	w.mu.Lock()
	w.hold = hold
	w.mu.Unlock()
	answer := send(t.Context(), w.driver, textTo("a"))
	m := next[*wire.SubmitSM](p)
	sequence := p.deliver("5511987654321", "oi", nil)
	p.write(wire.NewEnquireLink())
	<-p.enq // it was read
	stopped := make(chan struct{})
	go func() { defer close(stopped); w.Stop() }()
	if e := failure(t, notBound(t, w)); e.Doubt != channel.Certain {
		t.Errorf("while it closes: %+v", e)
	}
	close(hold)
	if status := p.answered(sequence); status != 0 {
		t.Errorf("answered %x", status)
	}
	p.accept(m, "3")
	if got := <-answer; got.err != nil || got.receipt.ProviderID != "3" {
		t.Errorf("what was under way: %+v", got)
	}
	<-p.gone
	<-stopped
	if e := w.event(t); e.Message.Text != "oi" || len(w.events) != 0 {
		t.Errorf("stored %+v and %d more", e, len(w.events))
	}
}

// notBound asks until a message is refused because the bind is being closed.
func notBound(t *testing.T, w *world) error {
	t.Helper()
	for t.Context().Err() == nil {
		if err := w.Check(t.Context(), Target{Integration: "sms_main"}); err != nil {
			return err
		}
	}
	return t.Context().Err()
}

// segment makes a deliver_sm one segment of a long text.
func segment(text string, ref byte, part, of byte) func(*wire.DeliverSM) {
	return func(m *wire.DeliverSM) {
		m.EsmClass = 0x40
		m.Message, _ = wire.NewShortMessageWithEncoding(text, data.GSM7BIT)
		m.Message.SetUDH(wire.UDH{wire.NewIEConcatMessage(of, part, ref)})
	}
}

func TestLongTexts(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	deliver := func(change func(*wire.DeliverSM)) engine.InboundEvent {
		t.Helper()
		if status := p.answered(p.deliver("5511987654321", "", change)); status != 0 {
			t.Errorf("answered %x", status)
		}
		e := w.event(t)
		if e.Kind != engine.OtherEvent || !strings.Contains(string(e.Raw), "segment") {
			t.Errorf("a segment is kept as %+v", e)
		}
		return e
	}
	deliver(segment("mundo", 9, 2, 2))
	deliver(segment("outra", 10, 1, 2)) // of another text
	deliver(segment("Ola, ", 9, 1, 2))
	if e := w.event(t); e.Kind != engine.InboundMessage || e.Message.Text != "Ola, mundo" || e.From[0].Value != "+5511987654321" {
		t.Errorf("put together: %+v %+v", e, e.Message)
	}
	deliver(func(m *wire.DeliverSM) { // in parameters
		m.Message, _ = wire.NewShortMessageWithEncoding("a", data.GSM7BIT)
		m.RegisterOptionalParam(wire.Field{Tag: wire.TagSarMsgRefNum, Data: []byte{0, 1}})
		m.RegisterOptionalParam(wire.Field{Tag: wire.TagSarTotalSegments, Data: []byte{2}})
		m.RegisterOptionalParam(wire.Field{Tag: wire.TagSarSegmentSeqnum, Data: []byte{1}})
	})
	w.Stop() // what is not whole is delivered as it is
	texts := w.event(t).Message.Text + w.event(t).Message.Text
	if !strings.Contains(texts, "outra … ") || !strings.Contains(texts, "a … ") || len(w.events) != 0 {
		t.Errorf("at the end: %q", texts)
	}
}

// TestNothingStopsTheBind: bodies that make no sense are kept, and cost nothing.
func TestNothingStopsTheBind(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	for i, body := range []string{"", "\x00", "\x00\x01\x015511\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff", "\x00\x01\x015511\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00\x00\x02\x09\x41"} {
		_, _ = p.conn.Write(pdu{command: deliverSM, sequence: uint32(100 + i), body: []byte(body)}.write())
		if status := p.answered(int32(100 + i)); status != 0 {
			t.Errorf("%q: answered %x, and comes again for ever", body, status)
		}
		channeltest.Sound(t, []engine.InboundEvent{w.event(t)})
	}
	p.deliver("5511987654321", "id:7 stat:", asReceipt())
	if e := w.event(t); e.Kind != engine.OtherEvent || !json.Valid(e.Raw) {
		t.Errorf("a receipt without a state is %+v", e)
	}
}

// FuzzReceive: whatever is delivered becomes events with keys, and what we write
// we can read.
func FuzzReceive(f *testing.F) {
	raw, err := os.ReadFile("testdata/receipts.json")
	if err != nil {
		f.Fatal(err)
	}
	var table struct {
		Cases []struct {
			ShortMessage string `json:"short_message"`
		}
	}
	if err := json.Unmarshal(raw, &table); err != nil {
		f.Fatal(err)
	}
	for _, c := range table.Cases {
		f.Add(short{esmClass: esmReceipt, source: address{1, 1, "5511987654321"}, text: []byte(c.ShortMessage)}.write())
	}
	f.Add(short{esmClass: esmUDHI, text: []byte("\x05\x00\x03\x01\x02\x01Ola")}.write())
	f.Add(short{coding: codingUCS2, text: []byte("\x00n\x00\xe3\xd8"), optional: map[uint16][]byte{tagSarTotal: {2}, tagSarPart: {1}, tagSarRef: {0, 1}}}.write())
	f.Add(append(short{}.write(), 0x00, 0x1E, 0x00, 0x02, '7', 0, 0x04, 0x27, 0, 1, 2))
	s := channel.Settings{IntegrationID: "sms_main", Values: map[string]string{"host": "h", "from": "27182"}, Secrets: map[string]string{"system_id": "a", "password": "b"}}
	o, err := optionsOf(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in := newInbound(&o, newMemory(), clock(), quiet())
		from := &session{}
		for sequence := range uint32(2) {
			events, after := in.take(incoming{session: from, pdu: pdu{command: deliverSM, sequence: sequence, body: body}})
			if len(events) == 0 {
				t.Fatal("nothing is kept")
			}
			channeltest.Sound(t, events)
			if after != nil {
				after()
			}
		}
		if m, err := parseShort(body); err == nil && len(m.text) < 256 {
			again, err := parseShort(m.write())
			if err != nil || string(again.text) != string(m.text) || again.source != m.source || again.dest != m.dest || again.coding != m.coding {
				t.Fatalf("%+v comes back as %+v, %v", m, again, err)
			}
		}
	})
}
