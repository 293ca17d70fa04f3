package smpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"jornada/engine"
)

const (
	inboxMost   = 256              // deliver_sm that wait to be stored; the next is told to come again
	batchMost   = 64               // stored in one transaction
	storeWithin = 10 * time.Second // for the transaction
	partsWithin = 2 * time.Minute  // for the segments of one long text
	partsMost   = 1000             // long texts that are being put together
	repeatNear  = time.Minute      // before a connection broke: its answers may not have arrived
	repeatFor   = 10 * time.Minute // after it: what was not answered comes again
)

// store writes down what the SMSC delivers, and answers it only then: whatever
// dies, it is either in our tables or delivered again. It ends with the inbox.
func (l *link) store() {
	for first := range l.inbox {
		batch := []incoming{first}
		for len(batch) < batchMost {
			select {
			case next, open := <-l.inbox:
				if !open {
					l.storeBatch(batch)
					return
				}
				batch = append(batch, next)
				continue
			default:
			}
			break
		}
		l.storeBatch(batch)
	}
}

func (l *link) storeBatch(batch []incoming) {
	ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
	defer cancel()
	for i, in := range batch {
		if in.flushed != nil { // the last that comes
			defer close(in.flushed)
			batch = slices.Delete(batch, i, i+1)
			break
		}
	}
	l.inbound.mu.Lock()
	defer l.inbound.mu.Unlock()
	l.storeTogether(ctx, batch)
}

// storeTogether stores a batch in one transaction. When that fails each is tried
// alone, so that one which cannot be stored keeps no other from it.
func (l *link) storeTogether(ctx context.Context, batch []incoming) {
	var events []engine.InboundEvent
	statuses := make([]uint32, len(batch))
	var done []func()
	for i, in := range batch {
		read, after := l.inbound.take(in)
		events, done, statuses[i] = append(events, read...), append(done, after), statusOK
	}
	if len(events) > 0 {
		if err := l.x.Deliver(ctx, events); err != nil {
			if len(batch) > 1 {
				for i := range batch {
					l.storeTogether(ctx, batch[i:i+1])
				}
				return
			}
			l.log.ErrorContext(ctx, "what the SMSC delivered could not be stored; it is asked to come again", "error", err)
			statuses[0], done = statusTemporary, nil
		}
	}
	for _, after := range done {
		if after != nil {
			after()
		}
	}
	for i, in := range batch {
		_ = in.session.reply(in.pdu, statuses[i]) // when the connection is gone it comes again
	}
}

// inbound turns deliver_sm into events.
//
// A deliver_sm has no id. When our answer is lost with its connection the SMSC
// delivers once more, and that must not count twice; yet a person may write "1"
// twice. So what was answered shortly before a connection broke is remembered, and
// the same again on the next connection is taken for a repetition.
type inbound struct {
	o     *options
	ids   *memory
	clock engine.Clock
	log   *slog.Logger

	mu     sync.Mutex
	recent map[string]taken // by fingerprint
	parts  map[string]*long
	hinted bool
}

// taken is a delivery that was stored.
type taken struct {
	key     string
	session *session
	at      time.Time
	broke   bool
}

// long is a text that comes in segments.
type long struct {
	texts []string
	have  []bool
	began time.Time
	event engine.InboundEvent // of its first segment that came
}

func newInbound(o *options, ids *memory, clock engine.Clock, log *slog.Logger) *inbound {
	return &inbound{o: o, ids: ids, clock: clock, log: log, recent: map[string]taken{}, parts: map[string]*long{}}
}

// broke is told that a connection has ended.
func (n *inbound) broke() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.prune()
	for seal, t := range n.recent {
		if !t.broke {
			t.broke, t.at = true, n.clock.Real()
			n.recent[seal] = t
		}
	}
}

// prune forgets what can no longer be repeated.
func (n *inbound) prune() {
	now := n.clock.Real()
	for seal, t := range n.recent {
		if age := now.Sub(t.at); !t.broke && age > repeatNear || age > repeatFor {
			delete(n.recent, seal)
		}
	}
}

// take reads one deliver_sm. after is called when its events are stored.
func (n *inbound) take(in incoming) (events []engine.InboundEvent, after func()) {
	m, err := parseShort(in.pdu.body)
	sum := sha256.Sum256(in.pdu.body)
	seal := hex.EncodeToString(sum[:12])
	if err != nil {
		e := n.o.event("unreadable:"+seal, engine.OtherEvent)
		e.Raw = asJSON(map[string]any{"deliver_sm": hex.EncodeToString(in.pdu.body), "problem": err.Error()})
		return []engine.InboundEvent{e}, nil
	}
	data := m.text
	if payload := m.optional[tagPayload]; len(data) == 0 && len(payload) > 0 {
		data = payload
	}
	kind := m.esmClass & esmKind
	if kind == esmReceipt || kind == esmIntermediate || len(m.optional[tagReceiptedID]) > 0 {
		return []engine.InboundEvent{n.receipt(m, data, seal)}, nil
	}
	key, again := n.keyOf(seal, in)
	remember := func() { n.recent[seal] = taken{key: key, session: in.session, at: n.clock.Real()} }
	e, part, of, group := n.message(m, data, key)
	if of < 2 {
		return []engine.InboundEvent{e}, remember
	}
	kept := n.o.event("part:"+key, engine.OtherEvent) // durable before it is answered, whatever becomes of the others
	kept.From = e.From
	kept.Raw = asJSON(map[string]any{"segment": part, "of": of, "text": e.Message.Text})
	events = []engine.InboundEvent{kept}
	if again && n.parts[group] == nil {
		return events, remember // of a text that was whole before
	}
	whole, forget := n.join(group, e, part, of)
	if whole != nil {
		events = append(events, *whole)
	}
	return events, func() { remember(); forget() }
}

// keyOf names a delivery: anew, unless it repeats one whose answer may be lost.
func (n *inbound) keyOf(seal string, in incoming) (key string, again bool) {
	if t, known := n.recent[seal]; known && t.broke && t.session != in.session && n.clock.Real().Sub(t.at) <= repeatFor {
		return t.key, true
	}
	return fmt.Sprintf("mo:%s:%d:%d", seal, in.session.began.UnixNano(), in.pdu.sequence), false
}

// receipt is what became of a message of ours. The reference comes from memory
// where this process has sent the message: the row may not know the id yet.
func (n *inbound) receipt(m short, data []byte, seal string) engine.InboundEvent {
	text, _ := n.o.decode(m.coding, data)
	r, ok := receiptOf(m, text)
	if !ok {
		e := n.o.event("other:"+seal, engine.OtherEvent)
		e.Raw = asJSON(map[string]any{"receipt": text, "receipted_message_id": r.paramID})
		return e
	}
	news := &engine.IncomingStatus{Status: statuses[r.stat]}
	for _, id := range []string{n.o.submitted(r.paramID), n.o.received(r.textID)} {
		if id == "" {
			continue
		}
		if sent, known := n.ids.get(id); known {
			news.ProviderID, news.Ref = id, sent.ref
			break
		}
		if news.ProviderID == "" {
			news.ProviderID = id
		}
	}
	if news.Ref == "" {
		n.hint(r)
	}
	if news.Status == engine.Failed {
		news.ErrorCodes, news.ErrorDetail = []string{r.code()}, details[r.stat]
	}
	e := n.o.event(strings.Join([]string{"receipt", news.ProviderID, r.stat, r.done}, ":"), engine.StatusUpdate)
	e.Status = news
	return e
}

// details says a failure in words.
var details = map[string]string{
	"UNDELIV": "the carrier could not deliver the message",
	"EXPIRED": "the person's phone was not reachable for as long as the carrier tries",
	"REJECTD": "the carrier rejected the message",
	"DELETED": "the message was deleted before it was delivered",
}

// hint tells once that ids would match if they were read as another notation.
func (n *inbound) hint(r receipt) {
	if n.hinted || r.textID == "" || n.o.ids != idsSame {
		return
	}
	for _, sent := range n.ids.all() {
		if setting, same := otherNotation(sent.answer, r.textID); same && sent.answer != r.textID {
			n.hinted = true
			n.log.Warn("receipts write message ids in another notation than answers, so they match nothing; if this goes on, set message_ids", "message_ids", setting)
			return
		}
	}
}

// message is what a person wrote, and which segment of how many it is.
func (n *inbound) message(m short, data []byte, key string) (e engine.InboundEvent, part, of int, group string) {
	ref := ""
	if m.esmClass&esmUDHI != 0 {
		data, ref, part, of = header(data)
	}
	if total, number := m.optional[tagSarTotal], m.optional[tagSarPart]; len(total) == 1 && len(number) == 1 {
		ref, part, of = "sar"+hex.EncodeToString(m.optional[tagSarRef]), int(number[0]), int(total[0])
	}
	if part < 1 || part > of {
		of = 1
	}
	e = n.o.event(key, engine.InboundMessage)
	e.From = []engine.Address{{Kind: engine.Phone, Value: n.o.phone(m.source)}}
	e.Message = &engine.IncomingMessage{ProviderID: key, Account: m.dest.value, Type: "text"}
	text, readable := n.o.decode(m.coding, data)
	if e.Message.Text = strings.TrimRight(text, "\x00"); !readable {
		e.Message.Type = "unsupported"
	}
	return e, part, of, strings.Join([]string{m.source.value, m.dest.value, ref, fmt.Sprint(of)}, "\x00")
}

// header cuts a user data header off and finds the segment's place in it (3GPP TS
// 23.040 §9.2.3.24: element 0 has a reference of one byte, element 8 of two).
func header(data []byte) (text []byte, ref string, part, of int) {
	if len(data) == 0 || int(data[0]) > len(data)-1 {
		return data, "", 0, 0 // it is none, whatever the flag says
	}
	elements := data[1 : 1+int(data[0])]
	text = data[1+int(data[0]):]
	for len(elements) >= 2 {
		id, n := elements[0], int(elements[1])
		if n > len(elements)-2 {
			break
		}
		value := elements[2 : 2+n]
		if id == 0 && n == 3 || id == 8 && n == 4 {
			return text, hex.EncodeToString(value[:n-2]), int(value[n-1]), int(value[n-2])
		}
		elements = elements[2+n:]
	}
	return text, "", 0, 0
}

// join puts a long text together. whole is the event of all of it, when this was
// the last segment; forget is called once that is stored.
func (n *inbound) join(group string, e engine.InboundEvent, part, of int) (whole *engine.InboundEvent, forget func()) {
	l := n.parts[group]
	if l == nil {
		if len(n.parts) >= partsMost {
			return &e, func() {} // rather in pieces than not at all
		}
		l = &long{texts: make([]string, of), have: make([]bool, of), began: n.clock.Real(), event: e}
		n.parts[group] = l
	}
	l.texts[part-1], l.have[part-1] = e.Message.Text, true
	if slices.Contains(l.have, false) {
		return nil, func() {}
	}
	return l.whole(), func() { delete(n.parts, group) }
}

// whole is the text as far as it has come.
func (l *long) whole() *engine.InboundEvent {
	e := l.event
	message := *e.Message
	message.Text = ""
	for i, text := range l.texts {
		if !l.have[i] {
			text = " … "
		}
		message.Text += text
	}
	e.Key = "long:" + e.Key
	message.ProviderID = e.Key
	e.Message = &message
	return &e
}

// overdue delivers long texts whose other segments did not come, as they are.
func (l *link) overdue(ctx context.Context, all bool) {
	n := l.inbound
	n.mu.Lock()
	defer n.mu.Unlock()
	n.prune()
	for group, text := range n.parts {
		if !all && n.clock.Real().Sub(text.began) < partsWithin {
			continue
		}
		if err := l.x.Deliver(ctx, []engine.InboundEvent{*text.whole()}); err != nil {
			l.log.ErrorContext(ctx, "a long text that came in part could not be stored; it is tried again", "error", err)
			return
		}
		delete(n.parts, group)
	}
}

// event is an event of this integration.
func (o *options) event(key string, kind engine.EventKind) engine.InboundEvent {
	return engine.InboundEvent{Key: key, Kind: kind, IntegrationID: o.settings.IntegrationID, Channel: engine.SMS}
}

// phone is the number of whoever wrote. The type of number tells whether it is
// written with its country code; many SMSCs leave the type open.
func (o *options) phone(a address) string {
	digits := strings.TrimPrefix(a.value, "+")
	if a.ton == 5 { // a name
		return a.value
	}
	if a.ton == 1 || digits != a.value {
		return "+" + digits
	}
	if number, possible, err := engine.NormalizePhone("+"+digits, ""); err == nil && possible && a.ton == 0 && len(digits) >= 12 {
		return number
	}
	if number, possible, err := engine.NormalizePhone(digits, o.region); err == nil && possible {
		return number
	}
	return a.value // a short code
}

func asJSON(v map[string]any) []byte {
	raw, _ := json.Marshal(v) // texts and numbers always can
	return raw
}
