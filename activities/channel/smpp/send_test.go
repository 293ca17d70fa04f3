package smpp

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	wire "github.com/linxGnu/gosmpp/pdu"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/engine"
)

func TestSubmit(t *testing.T) {
	for _, c := range []struct {
		name           string
		values         map[string]string
		out            channel.Outbound
		source         string // ton/npi/address
		coding         byte
		texts          []string // as they are on the wire, without headers
		esmClass       byte
		sar, payloadOf bool
	}{
		{name: "plain", out: textTo("Ola, Ana! 10% [sim]"), source: "3/0/27182", texts: []string{"Ola, Ana! 10% \x1b<sim\x1b>"}},
		{name: "accents of the GSM alphabet", out: textTo("às 10h é"), source: "3/0/27182", texts: []string{"\x7fs 10h \x05"}},
		{name: "accents outside it", out: textTo("não"), source: "3/0/27182", coding: 8, texts: []string{"\x00n\x00\xe3\x00o"}},
		{name: "emoji", out: textTo("👍"), source: "3/0/27182", coding: 8, texts: []string{"\xd8\x3d\xdc\x4d"}},
		{name: "from a number", values: map[string]string{"from": "+5511400028922"}, out: textTo("a"), source: "1/1/5511400028922", texts: []string{"a"}},
		{name: "from a name", values: map[string]string{"from": "ClinicaSol"}, out: textTo("a"), source: "5/0/ClinicaSol", texts: []string{"a"}},
		{name: "from as the sheet says", values: map[string]string{"source_ton": "6", "source_npi": "9", "dest_ton": "0"}, out: textTo("a"), source: "6/9/27182", texts: []string{"a"}},
		{name: "a full message", out: textTo(strings.Repeat("x", 160)), source: "3/0/27182", texts: []string{strings.Repeat("x", 160)}},
		{name: "two segments", out: textTo(strings.Repeat("x", 161)), source: "3/0/27182", esmClass: 0x40, texts: []string{strings.Repeat("x", 153), "xxxxxxxx"}},
		{name: "an extension is not cut", out: textTo(strings.Repeat("x", 152) + "€" + strings.Repeat("x", 10)), source: "3/0/27182", esmClass: 0x40,
			texts: []string{strings.Repeat("x", 152), "\x1be" + strings.Repeat("x", 10)}},
		{name: "two segments of UCS-2", out: textTo(strings.Repeat("ã", 71)), source: "3/0/27182", esmClass: 0x40, coding: 8,
			texts: []string{strings.Repeat("\x00\xe3", 67), strings.Repeat("\x00\xe3", 4)}},
		{name: "segments in parameters", values: map[string]string{"long_text": "sar"}, out: textTo(strings.Repeat("x", 161)), source: "3/0/27182", sar: true,
			texts: []string{strings.Repeat("x", 153), "xxxxxxxx"}},
		{name: "a long text whole", values: map[string]string{"long_text": "payload"}, out: textTo(strings.Repeat("x", 161)), source: "3/0/27182", payloadOf: true,
			texts: []string{strings.Repeat("x", 161)}},
		{name: "a short text is never in the payload", values: map[string]string{"long_text": "payload"}, out: textTo(strings.Repeat("x", 160)), source: "3/0/27182",
			texts: []string{strings.Repeat("x", 160)}},
		{name: "Latin-1", values: map[string]string{"alphabet": "latin1"}, out: textTo("é {1}"), source: "3/0/27182", texts: []string{"\xe9 {1}"}},
		{name: "the euro is not in Latin-1", values: map[string]string{"alphabet": "latin1"}, out: textTo("€"), source: "3/0/27182", coding: 8, texts: []string{"\x20\xac"}},
		{name: "nor when it is long", values: map[string]string{"alphabet": "latin1"}, out: textTo("€" + strings.Repeat("x", 70)), source: "3/0/27182", coding: 8, esmClass: 0x40,
			texts: []string{"\x20\xac" + strings.Repeat("\x00x", 66), strings.Repeat("\x00x", 4)}},
		{name: "choices become lines", out: channel.Outbound{To: textTo("").To, Content: engine.Content{Text: "Vem?", Footer: "SAIR para parar", Choices: []engine.Choice{{Title: "Sim"}, {Title: "Agora nao"}}}},
			source: "3/0/27182", texts: []string{"Vem?\nSAIR para parar\n1. Sim\n2. Agora nao"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.values)
			p := w.smsc.bound()
			if p.bind.SystemID != "clinica" || p.bind.Password != "segredo1" || p.bind.InterfaceVersion != data.SMPP_V34 || p.bind.BindingType != wire.Transceiver {
				t.Errorf("the bind is %+v", p.bind)
			}
			answer := send(t.Context(), w.driver, c.out)
			ref := byte(0)
			for i, text := range c.texts {
				m := next[*wire.SubmitSM](p)
				last := i == len(c.texts)-1
				got, _ := m.Message.GetMessageData()
				if c.payloadOf {
					got = m.OptionalParameters[wire.TagMessagePayload].Data
				}
				source := itoa(int32(m.SourceAddr.Ton())) + "/" + itoa(int32(m.SourceAddr.Npi())) + "/" + m.SourceAddr.Address()
				if string(got) != text || m.EsmClass != c.esmClass || m.Message.Encoding().DataCoding() != c.coding || source != c.source || m.DestAddr.Address() != "5511987654321" {
					t.Errorf("segment %d: esm_class %x, data_coding %d, from %s to %s\n got %q\nwant %q", i, m.EsmClass, m.Message.Encoding().DataCoding(), source, m.DestAddr.Address(), got, text)
				}
				if (m.RegisteredDelivery == 1) != last {
					t.Errorf("segment %d asks for a receipt: %d", i, m.RegisteredDelivery)
				}
				total, part, mref, there := m.Message.UDH().GetConcatInfo()
				if c.sar {
					total, part, mref, there = m.OptionalParameters[wire.TagSarTotalSegments].Data[0], m.OptionalParameters[wire.TagSarSegmentSeqnum].Data[0], m.OptionalParameters[wire.TagSarMsgRefNum].Data[1], true
				}
				if many := len(c.texts) > 1; there != many || many && (int(total) != len(c.texts) || int(part) != i+1 || i > 0 && mref != ref) {
					t.Errorf("segment %d says %d of %d, ref %d", i, part, total, mref)
				}
				ref = mref
				p.accept(m, "id-"+itoa(int32(i)))
			}
			got := <-answer
			if want := "id-" + itoa(int32(len(c.texts)-1)); got.err != nil || got.receipt.ProviderID != want || got.departed != 1 {
				t.Errorf("got %+v, want the id %s and one departure", got, want)
			}
		})
	}
}

// TestSegmentsAsCounted: what leaves is what the checker counted (gsm7.json).
func TestSegmentsAsCounted(t *testing.T) {
	var table struct {
		Cases []struct {
			ID, Body, Encoding string
			Segments           int
		}
	}
	raw, err := os.ReadFile("testdata/gsm7.json")
	if err == nil {
		err = json.Unmarshal(raw, &table)
	}
	if err != nil || len(table.Cases) == 0 {
		t.Fatal("no cases", err)
	}
	var o options
	for _, c := range table.Cases {
		bodies := o.bodies(Message{To: "+5511987654321", Text: c.Body}, 7)
		if len(bodies) != c.Segments || (bodies[0].coding == codingUCS2) != (c.Encoding == "UCS-2") {
			t.Errorf("%s: %d segments of data_coding %d, want %d of %s", c.ID, len(bodies), bodies[0].coding, c.Segments, c.Encoding)
		}
		text := ""
		for _, b := range bodies {
			octets := len(b.text)
			if b.coding == codingDefault {
				octets = (octets-len(udhConcat)*2)*7/8 + len(udhConcat)*2
			}
			if len(bodies) > 1 && octets > 140 || len(b.text) > 254 {
				t.Errorf("%s: a segment of %d bytes", c.ID, len(b.text))
			}
			part := b.text
			if b.esmClass == esmUDHI {
				part, _, _, _ = header(part)
			}
			read, _ := o.decode(b.coding, part)
			text += read
		}
		if text != c.Body {
			t.Errorf("%s: comes back as %q", c.ID, text)
		}
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	for _, c := range []struct {
		status uint32
		want   channel.SendError
	}{
		{0x58, channel.SendError{Class: channel.Throttle, Code: "0x58", RetryAfter: throttledFor}},
		{0x14, channel.SendError{Class: channel.Throttle, Code: "0x14", RetryAfter: throttledFor}},
		{0x0B, channel.SendError{Class: channel.SwitchChannel, Code: "0xB"}},
		{0x0A, channel.SendError{Class: channel.StopSender, Code: "0xA"}},
		{0x08, channel.SendError{Class: channel.RetryLater, Code: "0x8"}},
		{0x45, channel.SendError{Class: channel.RetryLater, Code: "0x45"}},
		{0x0F, channel.SendError{Class: channel.Reauth, Code: "0xF"}},
		{0x400, channel.SendError{Class: channel.FixRequest, Code: "0x400"}},
	} {
		answer := send(t.Context(), w.driver, textTo("a"))
		p.refuse(next[*wire.SubmitSM](p), c.status)
		e := failure(t, (<-answer).err)
		if e.Class != c.want.Class || e.Doubt != channel.Certain || e.Code != c.want.Code || e.RetryAfter != c.want.RetryAfter {
			t.Errorf("%x: %+v, want %+v", c.status, e, c.want)
		}
		if late := w.driver.(channel.Classifier).Classify(e.Code); late != c.want.Class {
			t.Errorf("%s is %s when it comes late", e.Code, late)
		}
	}
	answer := send(t.Context(), w.driver, textTo(strings.Repeat("x", 161)))
	p.accept(next[*wire.SubmitSM](p), "1")
	p.refuse(next[*wire.SubmitSM](p), 0x58)
	if e := failure(t, (<-answer).err); e.Doubt != channel.Unclear || !strings.Contains(e.Message, "segment 2 of 2") {
		t.Errorf("the first segment is on the way, and the failure says %+v", e)
	}
	for code, want := range map[string]channel.Class{"UNDELIV 075": channel.SwitchChannel, "EXPIRED": channel.SwitchChannel, "REJECTD 1": channel.SwitchChannel, "DELETED": channel.FixRequest, "0xZ": channel.FixRequest, "": channel.FixRequest} {
		if got := w.driver.(channel.Classifier).Classify(code); got != want {
			t.Errorf("%q is %s, want %s", code, got, want)
		}
	}
}

// TestCutInTheMiddle: the connection dies after the SMSC has read submit_sm.
func TestCutInTheMiddle(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	answer := send(t.Context(), w.driver, textTo("a"))
	next[*wire.SubmitSM](p)
	_ = p.conn.Close()
	got := <-answer
	if e := failure(t, got.err); e.Doubt != channel.Unclear || got.departed != 1 {
		t.Errorf("the SMSC may have it, and the failure says %+v", e)
	}
	w.hears(t, "not bound")
	got = <-send(t.Context(), w.driver, textTo("b"))
	if e := failure(t, got.err); e.Doubt != channel.Certain || e.Class != channel.RetryLater || got.departed != 0 {
		t.Errorf("there is no connection, and the failure says %+v after %d departures", e, got.departed)
	}
	w.waits <- struct{}{}
	p = w.smsc.bound()
	w.hears(t, "bound to the SMSC")
	answer = send(t.Context(), w.driver, textTo("c"))
	p.accept(next[*wire.SubmitSM](p), "9")
	if got = <-answer; got.err != nil || got.receipt.ProviderID != "9" {
		t.Errorf("after binding again: %+v", got)
	}
}

func TestHeldBack(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	held := errors.New("held")
	out := textTo("a")
	out.Depart = func() error { return held }
	_, err := w.driver.Send(t.Context(), out)
	if e := failure(t, err); e.Doubt != channel.Certain || !errors.Is(err, held) {
		t.Errorf("held back, and the failure says %+v", e)
	}
	answer := send(t.Context(), w.driver, textTo("b"))
	m := next[*wire.SubmitSM](p)
	if got, _ := m.Message.GetMessageData(); string(got) != "b" {
		t.Errorf("what was held back left: %q", got)
	}
	p.accept(m, "1")
	<-answer
}

// TestLateAnswer: whoever asked has given up, and hears of it all the same.
func TestLateAnswer(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	for _, c := range []struct {
		answer func(m *wire.SubmitSM)
		status engine.MessageStatus
		id     string
		codes  int
	}{
		{func(m *wire.SubmitSM) { p.accept(m, "77") }, engine.Accepted, "77", 0},
		{func(m *wire.SubmitSM) { p.refuse(m, 0x0B) }, engine.Failed, "", 1},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		answer := send(ctx, w.driver, textTo("a"))
		m := next[*wire.SubmitSM](p)
		cancel()
		if e := failure(t, (<-answer).err); e.Doubt != channel.Unclear {
			t.Errorf("no answer came, and the failure says %+v", e)
		}
		c.answer(m)
		e := w.event(t)
		if e.Kind != engine.StatusUpdate || e.Status.Ref != "msg_1" || e.Status.Status != c.status || e.Status.ProviderID != c.id || len(e.Status.ErrorCodes) != c.codes || e.Key == "" {
			t.Errorf("the late answer became %+v %+v", e, e.Status)
		}
	}
}

func TestWindow(t *testing.T) {
	w := newWorld(t, map[string]string{"window": "1"})
	p := w.smsc.bound()
	first := send(t.Context(), w.driver, textTo("a"))
	m := next[*wire.SubmitSM](p)
	ctx, cancel := context.WithCancel(t.Context())
	second := send(ctx, w.driver, textTo("b"))
	cancel()
	if e := failure(t, (<-second).err); e.Doubt != channel.Certain {
		t.Errorf("it never left, and the failure says %+v", e)
	}
	p.accept(m, "1")
	if got := <-first; got.err != nil {
		t.Error(got.err)
	}
}

// TestBindRefused: nobody locks the account by trying again and again, and new
// credentials are tried at once.
func TestBindRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.smsc.bound()
	w.smsc.mu.Lock()
	w.smsc.refuse = data.ESME_RINVPASWD
	w.smsc.mu.Unlock()
	former := w.driver
	w.connect(t, "errada")
	w.follow(t.Context())
	got := <-send(t.Context(), w.driver, textTo("a"))
	if e := failure(t, got.err); e.Class != channel.Reauth || e.Doubt != channel.Certain || e.Code != "0xE" {
		t.Errorf("the password is refused, and the failure says %+v", e)
	}
	if err := w.driver.(channel.Tester).Test(t.Context()); err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("the test says %v", err)
	}
	w.smsc.mu.Lock()
	w.smsc.refuse = 0
	refused := w.smsc.binds
	w.smsc.mu.Unlock()
	w.follow(t.Context()) // nothing changed: it goes on waiting
	w.connect(t, "certa")
	if e := failure(t, (<-send(t.Context(), w.driver, textTo("a"))).err); e.Class != channel.RetryLater || e.Doubt != channel.Certain {
		t.Errorf("the refusal of the former password is held against the new one: %+v", e)
	}
	w.follow(t.Context())
	if p := w.smsc.bound(); p.bind.Password != "certa" {
		t.Errorf("bound with %q", p.bind.Password)
	}
	w.smsc.mu.Lock()
	defer w.smsc.mu.Unlock()
	if w.smsc.binds != refused+1 {
		t.Errorf("bound %d times with credentials that were refused", w.smsc.binds-refused-1)
	}
	if err := w.driver.(channel.Tester).Test(t.Context()); err != nil {
		t.Error(err)
	}
	if e := failure(t, (<-send(t.Context(), former, textTo("a"))).err); e.Doubt != channel.Certain {
		t.Errorf("a driver of former settings: %+v", e)
	}
}

// TestBindRefusedForNow: what is no matter of credentials is tried again, and says
// nothing against the sender or the message.
func TestBindRefusedForNow(t *testing.T) {
	for status, says := range map[uint32]string{0x05: "bound already", 0x0D: "too many connections", 0x0A: "ask the carrier", 0x400: "ask the carrier"} {
		if e := bindRefusal("smsc:2775", status); e.Class != channel.RetryLater || e.Doubt != channel.Certain || e.Code != statusCode(status) || !strings.Contains(e.Message, says) {
			t.Errorf("%x: %+v", status, e)
		}
	}
}

// TestNotBoundAfterAll: an SMSC that has forgotten the bind gets a new one.
func TestNotBoundAfterAll(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	answer := send(t.Context(), w.driver, textTo("a"))
	p.refuse(next[*wire.SubmitSM](p), statusNotBound)
	if e := failure(t, (<-answer).err); e.Class != channel.RetryLater || e.Doubt != channel.Certain {
		t.Errorf("%+v", e)
	}
	w.waits <- struct{}{}
	w.smsc.bound()
}

// TestDisabled: a channel that is off is not bound, and what it is sent is refused
// for certain.
func TestDisabled(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	w.mu.Lock()
	w.integration.State = engine.Disabled
	w.mu.Unlock()
	w.follow(t.Context())
	<-p.gone
	if e := failure(t, (<-send(t.Context(), w.driver, textTo("a"))).err); e.Doubt != channel.Certain || e.Class != channel.RetryLater {
		t.Errorf("the failure says %+v", e)
	}
}

// TestSilence: an SMSC that says nothing is asked, and left when it stays silent.
func TestSilence(t *testing.T) {
	w := newWorld(t, nil, func(x *Exchange) { x.pace.enquire, x.pace.answer = 20*time.Millisecond, 10*time.Second })
	p := w.smsc.bound()
	select {
	case <-p.enq:
	case <-time.After(patience):
		t.Fatal("nobody asks whether the SMSC lives")
	}
	// A read that ends 50 ms after the bind, and no enquiry before.
	dead := newWorld(t, nil, func(x *Exchange) { x.pace.enquire, x.pace.answer = time.Hour, -time.Hour+50*time.Millisecond })
	p = dead.smsc.bound()
	dead.hears(t, "not bound") // nothing was read in time
	<-p.gone
}

func TestEnquired(t *testing.T) {
	w := newWorld(t, nil)
	p := w.smsc.bound()
	p.write(wire.NewEnquireLink())
	select {
	case got := <-p.enq:
		if _, ok := got.(*wire.EnquireLinkResp); !ok {
			t.Errorf("answered with %T", got)
		}
	case <-time.After(patience):
		t.Fatal("an enquiry is not answered")
	}
	p.write(wire.NewQuerySM())
	next[*wire.GenericNack](p)
}

func TestNothingToSend(t *testing.T) {
	driver := &Driver{writer: sms.Writer{Max: textMax}}
	for name, out := range map[string]channel.Outbound{
		"no number":     {Content: engine.Content{Text: "a"}},
		"not a number":  {To: engine.Address{Kind: engine.Phone, Value: "+55abc"}, Content: engine.Content{Text: "a"}},
		"no text":       textTo(" \n"),
		"too long":      textTo(strings.Repeat("x", 1601)),
		"other address": {To: engine.Address{Kind: engine.EmailAddress, Value: "a@b.example"}, Content: engine.Content{Text: "a"}},
	} {
		_, err := driver.Send(t.Context(), out)
		if e := failure(t, err); e.Class != channel.FixRequest || e.Doubt != channel.Certain {
			t.Errorf("%s: %+v", name, e)
		}
	}
	_, err := driver.Send(t.Context(), textTo("a"))
	if e := failure(t, err); e.Class != channel.RetryLater || e.Doubt != channel.Certain || !strings.Contains(e.Message, "--smpp-at") {
		t.Errorf("no gateway: %+v", e)
	}
	if err := driver.Test(t.Context()); err == nil {
		t.Error("there is nothing to test")
	}
	if _, r, err := driver.Receive(channel.Request{}); err == nil || r.Status != 404 {
		t.Errorf("a webhook is answered %d, %v", r.Status, err)
	}
}

func TestSettings(t *testing.T) {
	good := (&smsc{t: t, l: newSMSC(t).l}).settings(nil)
	for _, c := range []struct {
		name   string
		change func(*channel.Settings)
		want   string
	}{
		{"no host", func(s *channel.Settings) { s.Values["host"] = "" }, "settings.host"},
		{"a port in the host", func(s *channel.Settings) { s.Values["host"] = "smsc.example:2775" }, "settings.host"},
		{"a bad port", func(s *channel.Settings) { s.Values["port"] = "70000" }, "settings.host"},
		{"no system id", func(s *channel.Settings) { s.Secrets["system_id"] = "" }, "secrets.system_id"},
		{"no password", func(s *channel.Settings) { s.Secrets["password"] = " " }, "secrets.password"},
		{"no sender", func(s *channel.Settings) { s.Values["from"] = "" }, "settings.from"},
		{"a long name", func(s *channel.Settings) { s.Values["from"] = "Clinica do Sol" }, "settings.from"},
		{"a name with accents", func(s *channel.Settings) { s.Values["from"] = "Clínica" }, "settings.from"},
		{"a type", func(s *channel.Settings) { s.Values["source_ton"] = "x" }, "settings.source_ton"},
		{"a window", func(s *channel.Settings) { s.Values["window"] = "0" }, "settings.window"},
		{"tls", func(s *channel.Settings) { s.Values["tls"] = "yes" }, "settings.tls"},
		{"an alphabet", func(s *channel.Settings) { s.Values["alphabet"] = "utf8" }, "settings.alphabet"},
		{"long texts", func(s *channel.Settings) { s.Values["long_text"] = "x" }, "settings.long_text"},
		{"ids", func(s *channel.Settings) { s.Values["message_ids"] = "x" }, "settings.message_ids"},
		{"a system type", func(s *channel.Settings) { s.Values["system_type"] = strings.Repeat("x", 13) }, "settings.system_type"},
		{"the channel", func(s *channel.Settings) { s.Channel = engine.Email }, "channel"},
	} {
		s := good
		s.Values, s.Secrets = map[string]string{}, map[string]string{}
		maps.Copy(s.Values, good.Values)
		maps.Copy(s.Secrets, good.Secrets)
		c.change(&s)
		_, err := New(nil)(s)
		var e *engine.Error
		if !errors.As(err, &e) || e.Field != c.want {
			t.Errorf("%s: %v, want an error about %s", c.name, err, c.want)
		}
		for _, secret := range good.Secrets {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows a secret: %v", c.name, err)
			}
		}
	}
}
