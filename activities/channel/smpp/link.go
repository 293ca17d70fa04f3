package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Waits between two attempts to bind: doubling, with a tenth more or less. A
// refused password is tried seldom: accounts are locked for less.
const (
	backoffFirst   = time.Second
	backoffMost    = time.Minute
	backoffRefused = 10 * time.Minute
)

// link keeps one integration bound: it connects, binds, and does so again whenever
// the connection ends, until it is stopped.
type link struct {
	x        *Exchange
	o        options
	since    time.Time // the integration's UpdatedAt
	mark     string    // of its settings
	log      *slog.Logger
	inbox    chan incoming
	inbound  *inbound
	ids      *memory
	stop     context.CancelFunc
	finished chan struct{}
	closing  atomic.Bool // what is delivered now is asked to come again

	mu      sync.Mutex
	session *session
	failure *channel.SendError // why there is none; nil at first: it is being made
	changed chan struct{}      // closed and replaced when one of the two changes
	ref     byte               // of the next long text
}

// incoming is a deliver_sm and the connection that waits for its answer; or, with
// flushed, a mark behind all that came before.
type incoming struct {
	session *session
	pdu     pdu
	flushed chan struct{}
}

func newLink(ctx context.Context, x *Exchange, o options, since time.Time) *link {
	l := &link{
		x: x, o: o, since: since, mark: markOf(o.settings.Values, o.settings.Secrets), log: x.Log.With("integration", o.settings.IntegrationID), inbox: make(chan incoming, inboxMost),
		ids: newMemory(), finished: make(chan struct{}), changed: make(chan struct{}),
		ref: byte(rand.N(256)), //nolint:gosec // it only has to differ from the last one
	}
	l.inbound = newInbound(&l.o, l.ids, x.Clock, l.log)
	ctx, l.stop = context.WithCancel(ctx)
	go l.run(ctx)
	return l
}

// run binds again and again.
func (l *link) run(ctx context.Context) {
	defer close(l.finished)
	stored := make(chan struct{})
	go func() { defer close(stored); l.store() }()
	defer func() { close(l.inbox); <-stored }()
	wait := backoffFirst
	for {
		s, failure := l.connect(ctx)
		if ctx.Err() != nil {
			if s != nil {
				s.unbind()
				<-s.readEnded
			}
			return
		}
		if failure == nil {
			l.set(s, nil)
			l.log.InfoContext(ctx, "bound to the SMSC", "address", l.o.address)
			select {
			case <-ctx.Done():
				l.set(nil, noBind(diag.T("the connection to the SMSC is being closed: the process stops or the settings changed", "a conexão com o SMSC está sendo fechada: o processo está parando ou as configurações mudaram"), nil))
				l.flush()
				s.unbind()
			case <-s.done:
			}
			<-s.readEnded
			l.inbound.broke()
			if ctx.Err() != nil {
				return
			}
			if l.x.Clock.Real().Sub(s.began) > backoffMost { // else it throws us out again and again
				wait = backoffFirst
			}
			failure = noBind(diag.T("the connection to the SMSC at %s broke and is being made again; nothing was sent", "a conexão com o SMSC em %s caiu e está sendo refeita; nada foi enviado", l.o.address), s.ended)
		}
		pause := wait
		if wait = min(2*wait, backoffMost); failure.Class == channel.Reauth {
			pause = backoffRefused
		}
		l.set(nil, failure)
		l.log.WarnContext(ctx, "not bound to the SMSC: "+failure.Error(), "again_in", pause, "error", failure.Err)
		if l.x.wait(ctx, pause*time.Duration(90+rand.N(20))/100) != nil { //nolint:gosec // only to spread
			return
		}
	}
}

// flush lets what was delivered be stored and answered, and no more come in: what
// is not answered before the connection ends comes twice.
func (l *link) flush() {
	l.closing.Store(true)
	mark := incoming{flushed: make(chan struct{})}
	timer := time.NewTimer(l.x.pace.answer)
	defer timer.Stop()
	select {
	case l.inbox <- mark:
	case <-timer.C:
		return
	}
	select {
	case <-mark.flushed:
	case <-timer.C:
	}
}

// connect makes a connection and binds on it.
func (l *link) connect(ctx context.Context) (*session, *channel.SendError) {
	ctx, cancel := context.WithTimeout(ctx, l.x.pace.connect)
	defer cancel()
	var conn net.Conn
	var err error
	dialer := &net.Dialer{KeepAlive: 30 * time.Second}
	if l.o.tls {
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: &tls.Config{ServerName: l.o.host, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", l.o.address)
	} else {
		conn, err = dialer.DialContext(ctx, "tcp", l.o.address)
	}
	if err != nil {
		return nil, unreachable(l.o, err)
	}
	return bind(conn, &l.o, l.x.pace, l.x.Clock.Real, func(s *session, p pdu) {
		if l.closing.Load() {
			_ = s.reply(p, statusTemporary) // nobody would be there to answer it later
			return
		}
		select {
		case l.inbox <- incoming{session: s, pdu: p}:
		default: // it will deliver again, and meanwhile its enquiries are answered
			_ = s.reply(p, statusQueueFull)
		}
	})
}

func unreachable(o options, err error) *channel.SendError {
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &lookup):
		return noBind(diag.T("the SMSC's name %q could not be looked up; check host", "o nome do SMSC %q não foi encontrado; confira host", o.host), err)
	case errors.As(err, &certificate):
		return noBind(diag.T("the certificate of the SMSC %s is not trusted or belongs to another name; check host", "o certificado do SMSC %s não é confiável ou pertence a outro nome; confira host", o.host), err)
	}
	return noBind(diag.T("the SMSC at %s could not be reached; nothing was sent (many let in only addresses they know: tell them this machine's)",
		"não foi possível falar com o SMSC em %s; nada foi enviado (muitos só aceitam endereços que conhecem: informe o desta máquina)", o.address), err)
}

func (l *link) set(s *session, failure *channel.SendError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session, l.failure = s, failure
	close(l.changed)
	l.changed = make(chan struct{})
}

// bound is the session, or why there is none. While the first one is being made
// it waits.
func (l *link) bound(ctx context.Context) (*session, *channel.SendError) {
	for {
		l.mu.Lock()
		s, failure, changed := l.session, l.failure, l.changed
		l.mu.Unlock()
		switch {
		case s != nil:
			return s, nil
		case failure != nil:
			again := *failure // everybody gets one of their own
			return nil, &again
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, noBind(diag.T("the connection to the SMSC is still being made; nothing was sent", "a conexão com o SMSC ainda está sendo feita; nada foi enviado"), ctx.Err())
		}
	}
}

// submit sends one message: one submit_sm, or one for each segment, each when the
// one before was taken. What fails after the first was taken is in doubt, whatever
// the SMSC said: part of it may be on the way.
func (l *link) submit(ctx context.Context, m Message, depart func() error) (channel.Receipt, *channel.SendError) {
	s, failure := l.bound(ctx)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	l.mu.Lock()
	l.ref++
	ref := l.ref
	l.mu.Unlock()
	bodies := l.o.bodies(m, ref)
	id := ""
	for i, b := range bodies {
		last := i == len(bodies)-1
		answer, failure := s.request(ctx, submitSM, b.write(), depart, func(answer pdu) { l.late(m, answer, last) })
		if depart = nil; failure == nil && answer.status != statusOK {
			failure = refusal(answer.status)
			if answer.status == statusNotBound {
				s.end(errNotBound)
			}
		}
		if failure == nil && answer.command != submitSMResp {
			failure = unclear("the SMSC answered with something else than submit_sm_resp; it may or may not have taken the message", nil)
		}
		if failure != nil {
			if i > 0 && failure.Doubt == channel.Certain {
				failure.Doubt = channel.Unclear
				failure.Message = fmt.Sprintf("segment %d of %d was not taken, and those before it were: %s", i+1, len(bodies), failure.Message)
			}
			return channel.Receipt{}, failure
		}
		id = answer.messageID()
	}
	return channel.Receipt{ProviderID: l.took(m.Ref, id)}, nil
}

// errNotBound: the two sides disagree about the connection, and a new one settles it.
var errNotBound = errors.New("the SMSC says that this connection is not bound for sending")

// took remembers an accepted message's id, and returns it as we keep it.
func (l *link) took(ref, id string) string {
	kept := l.o.submitted(id)
	if id != "" {
		l.ids.put(kept, remembered{ref: ref, answer: id})
	}
	return kept
}

// late reports an answer that came after its asker had given up: the message was
// in doubt, and is no more.
func (l *link) late(m Message, answer pdu, last bool) {
	if !last && answer.status == statusOK || m.Ref == "" {
		return // the segments after it never left
	}
	news := &engine.IncomingStatus{Ref: m.Ref, Status: engine.Accepted}
	if answer.status == statusOK {
		news.ProviderID = l.took(m.Ref, answer.messageID())
	} else {
		e := refusal(answer.status)
		news.Status, news.ErrorCodes, news.ErrorDetail = engine.Failed, []string{e.Code}, e.Message
	}
	events := []engine.InboundEvent{l.o.event("late:"+m.Ref+":"+statusCode(answer.status), engine.StatusUpdate)}
	events[0].Status = news
	go func() { // the reader must not wait for the database
		ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
		defer cancel()
		if err := l.x.Deliver(ctx, events); err != nil {
			l.log.ErrorContext(ctx, "a late answer of the SMSC could not be stored; the message stays in doubt", "message_id", m.Ref, "error", err)
		}
	}()
}
