package smpp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	wire "github.com/linxGnu/gosmpp/pdu"

	"jornada/activities/channel"
	"jornada/engine"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// smsc is the other side. It reads and writes with another implementation of the
// protocol (gosmpp), so that what both agree on is SMPP and not our idea of it.
type smsc struct {
	t     testing.TB
	l     net.Listener
	peers chan *peer // bound connections

	mu     sync.Mutex
	refuse data.CommandStatusType // of the next binds
	binds  int
}

// peer is one bound connection.
type peer struct {
	t    testing.TB
	conn net.Conn
	bind *wire.BindRequest
	in   chan wire.PDU // all but enquiries
	enq  chan wire.PDU // enquire_link and its answers
	gone chan struct{}
}

func newSMSC(t testing.TB) *smsc {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &smsc{t: t, l: l, peers: make(chan *peer, 10)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return s
}

func (s *smsc) serve(conn net.Conn) {
	p := &peer{t: s.t, conn: conn, in: make(chan wire.PDU, 100), enq: make(chan wire.PDU, 100), gone: make(chan struct{})}
	defer close(p.gone)
	defer func() { _ = conn.Close() }()
	for {
		got, err := wire.Parse(conn)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed) {
				var network net.Error
				if !errors.As(err, &network) {
					s.t.Errorf("the SMSC cannot read what we write: %v", err)
				}
			}
			return
		}
		switch g := got.(type) {
		case *wire.BindRequest:
			s.mu.Lock()
			s.binds++
			status := s.refuse
			s.mu.Unlock()
			answer := g.GetResponse().(*wire.BindResp)
			answer.CommandStatus = status
			p.bind = g
			p.write(answer)
			if status != 0 {
				return
			}
			s.peers <- p
		case *wire.EnquireLink, *wire.EnquireLinkResp:
			select {
			case p.enq <- got:
			default:
			}
			if e, ask := got.(*wire.EnquireLink); ask {
				p.write(e.GetResponse())
			}
		case *wire.Unbind:
			p.write(g.GetResponse())
			return
		default:
			p.in <- got
		}
	}
}

func (p *peer) write(m wire.PDU) {
	b := wire.NewBuffer(nil)
	m.Marshal(b)
	_, _ = p.conn.Write(b.Bytes())
}

// next is the next PDU that is not about the connection itself.
func next[T wire.PDU](p *peer) T {
	p.t.Helper()
	select {
	case got := <-p.in:
		m, ok := got.(T)
		if !ok {
			p.t.Fatalf("the SMSC got a %T", got)
		}
		return m
	case <-time.After(patience):
		p.t.Fatal("the SMSC got nothing")
	}
	panic("unreachable")
}

// accept answers a submit_sm.
func (p *peer) accept(m *wire.SubmitSM, id string) {
	answer := m.GetResponse().(*wire.SubmitSMResp)
	answer.MessageID = id
	p.write(answer)
}

func (p *peer) refuse(m *wire.SubmitSM, status uint32) {
	h := pdu{command: submitSMResp, status: status, sequence: uint32(m.GetSequenceNumber())} // a refusal has no body (§4.4.2)
	_, _ = p.conn.Write(h.write())
}

// deliver sends a deliver_sm and returns its sequence number.
func (p *peer) deliver(from, text string, change func(*wire.DeliverSM)) int32 {
	p.t.Helper()
	m := wire.NewDeliverSM().(*wire.DeliverSM)
	m.SourceAddr, _ = wire.NewAddressWithTonNpiAddr(1, 1, from)
	m.DestAddr, _ = wire.NewAddressWithTonNpiAddr(3, 0, "27182")
	m.Message, _ = wire.NewShortMessageWithEncoding(text, data.GSM7BIT)
	if change != nil {
		change(m)
	}
	p.write(m)
	return m.GetSequenceNumber()
}

// answered waits for the answer to a deliver_sm.
func (p *peer) answered(sequence int32) uint32 {
	p.t.Helper()
	m := next[*wire.DeliverSMResp](p)
	if m.GetSequenceNumber() != sequence {
		p.t.Fatalf("the answer is to %d, not to %d", m.GetSequenceNumber(), sequence)
	}
	return uint32(m.CommandStatus)
}

func (s *smsc) bound() *peer {
	s.t.Helper()
	select {
	case p := <-s.peers:
		return p
	case <-time.After(patience):
		s.t.Fatal("nobody binds")
	}
	return nil
}

func (s *smsc) settings(values map[string]string) channel.Settings {
	host, port, _ := net.SplitHostPort(s.l.Addr().String())
	all := map[string]string{"host": host, "port": port, "from": "27182"}
	maps.Copy(all, values)
	return channel.Settings{
		IntegrationID: "sms_main", Channel: engine.SMS, Values: all,
		Secrets: map[string]string{"system_id": "clinica", "password": "segredo1"},
	}
}

// world is an Exchange between an SMSC and tables that remember.
type world struct {
	*Exchange
	smsc        *smsc
	driver      channel.Provider
	events      chan engine.InboundEvent
	mu          sync.Mutex
	integration engine.Integration
	broken      error            // of storing
	hold        chan struct{}    // not nil: storing waits for it
	said        chan slog.Record // the log
	waits       chan struct{}    // one is taken before each attempt to bind again
}

func newWorld(t testing.TB, values map[string]string, change ...func(*Exchange)) *world {
	t.Helper()
	s := newSMSC(t)
	settings := s.settings(values)
	w := &world{
		smsc: s, events: make(chan engine.InboundEvent, 1000), waits: make(chan struct{}, 100), said: make(chan slog.Record, 1000),
		integration: engine.Integration{ID: "sms_main", Provider: Provider, Channel: engine.SMS, State: engine.Enabled, Settings: settings.Values, Secrets: settings.Secrets},
	}
	w.Exchange = NewExchange(ExchangeConfig{
		Integrations: func(context.Context) ([]engine.Integration, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return []engine.Integration{w.integration, {ID: "other", Provider: "twilio"}}, nil
		},
		Deliver: w.store, Clock: engine.NewClock(engine.Anchor{}, time.Now), Log: slog.New(logTo{w.said}),
	})
	w.wait = func(ctx context.Context, _ time.Duration) error {
		select {
		case <-w.waits:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, c := range change {
		c(w.Exchange)
	}
	var err error
	if w.driver, err = New(w.Exchange)(settings); err != nil {
		t.Fatal(err)
	}
	w.Start(context.Background())
	t.Cleanup(w.Stop)
	return w
}

// connect changes the password, as an administrator does.
func (w *world) connect(t testing.TB, password string) {
	t.Helper()
	settings := w.smsc.settings(nil)
	settings.Secrets["password"] = password
	w.mu.Lock()
	w.integration.Secrets = settings.Secrets
	w.mu.Unlock()
	var err error
	if w.driver, err = New(w.Exchange)(settings); err != nil {
		t.Fatal(err)
	}
}

func (w *world) store(_ context.Context, events []engine.InboundEvent) error {
	w.mu.Lock()
	hold := w.hold
	w.mu.Unlock()
	if hold != nil {
		<-hold
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	for _, e := range events {
		w.events <- e
	}
	return nil
}

func (w *world) event(t testing.TB) engine.InboundEvent {
	t.Helper()
	select {
	case e := <-w.events:
		return e
	case <-time.After(patience):
		t.Fatal("nothing was stored")
	}
	return engine.InboundEvent{}
}

// hears waits for a line of the log.
func (w *world) hears(t testing.TB, line string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case r := <-w.said:
			if strings.Contains(r.Message, line) {
				return
			}
		case <-deadline:
			t.Fatalf("the log does not say %q", line)
		}
	}
}

type logTo struct{ c chan slog.Record }

func (l logTo) Enabled(context.Context, slog.Level) bool { return true }
func (l logTo) Handle(_ context.Context, r slog.Record) error {
	select {
	case l.c <- r:
	default:
	}
	return nil
}
func (l logTo) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l logTo) WithGroup(string) slog.Handler      { return l }

func textTo(text string) channel.Outbound {
	return channel.Outbound{Ref: "msg_1", To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: text}}
}

// sent is a Send under way.
type sent struct {
	receipt  channel.Receipt
	err      error
	departed int
}

func send(ctx context.Context, driver channel.Provider, out channel.Outbound) chan sent {
	c := make(chan sent, 1)
	go func() {
		var s sent
		out.Depart = func() error { s.departed++; return nil }
		s.receipt, s.err = driver.Send(ctx, out)
		c <- s
	}()
	return c
}

func failure(t testing.TB, err error) *channel.SendError {
	t.Helper()
	var e *channel.SendError
	if !errors.As(err, &e) {
		t.Fatalf("a *channel.SendError expected, got %T: %v", err, err)
	}
	if e.Message == "" {
		t.Error("the failure has no message for people")
	}
	return e
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }
