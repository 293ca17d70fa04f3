package smpp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/dsl/diag"
)

// pace are the waits of a connection, on the machine's clock.
type pace struct {
	connect time.Duration // for the connection and the answer to the bind
	answer  time.Duration // for the answer to anything else we said
	enquire time.Duration // of silence, after which the other side is asked whether it lives
	write   time.Duration // for a PDU to leave
}

var defaultPace = pace{connect: 10 * time.Second, answer: 10 * time.Second, enquire: 30 * time.Second, write: 10 * time.Second}

// session is one bound connection. It ends with its connection and is never used
// again; what waited for an answer then is in doubt.
type session struct {
	conn    net.Conn
	pace    pace
	now     func() time.Time
	window  chan struct{}
	deliver func(s *session, p pdu) // takes a deliver_sm; answers it by s.reply

	writing sync.Mutex

	mu      sync.Mutex
	next    uint32
	waiting map[uint32]*pending
	heard   time.Time

	began     time.Time
	readEnded chan struct{} // closed when nothing more is read, after done

	done  chan struct{} // closed when the connection has ended
	ended error         // why, set before done
}

// pending is a request whose answer has not come.
type pending struct {
	answer chan pdu
	late   func(pdu) // called instead when the asker has given up
	gone   bool
}

// bind signs in on a fresh connection. Nothing of a message has been said, so a
// failure is always certain.
func bind(conn net.Conn, o *options, p pace, now func() time.Time, deliver func(*session, pdu)) (*session, *channel.SendError) {
	s := &session{
		conn: conn, pace: p, now: now, deliver: deliver, window: make(chan struct{}, o.window),
		next: 2, waiting: map[uint32]*pending{}, done: make(chan struct{}), heard: now(),
		began: now(), readEnded: make(chan struct{}),
	}
	var body bytes.Buffer
	for _, text := range []string{o.systemID, o.password, o.systemType} {
		body.WriteString(text)
		body.WriteByte(0)
	}
	body.Write([]byte{0x34, 0, 0, 0}) // interface_version 3.4; no range of addresses
	broken := func(err error) *channel.SendError {
		_ = conn.Close()
		return noBind(diag.T("the SMSC at %s does not answer the bind; check host, port and tls", "o SMSC em %s não responde à conexão; confira host, port e tls", o.address), err)
	}
	_ = conn.SetDeadline(now().Add(p.connect))
	if _, err := conn.Write(pdu{command: bindTransceiver, sequence: 1, body: body.Bytes()}.write()); err != nil {
		return nil, broken(err)
	}
	reader := bufio.NewReader(conn)
	for {
		answer, err := readPDU(reader)
		if err != nil {
			return nil, broken(err)
		}
		if answer.command != bindTransceiverResp && answer.command != genericNack {
			continue // outbind, or an enquiry that came too early
		}
		if answer.status != statusOK {
			_ = conn.Close()
			return nil, bindRefusal(o.address, answer.status)
		}
		_ = conn.SetDeadline(time.Time{})
		break
	}
	go s.read(reader)
	go s.enquire()
	return s, nil
}

// end closes the connection, once; everybody who waits hears of it.
func (s *session) end(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
	default:
		s.ended = cause
		_ = s.conn.Close()
		close(s.done)
	}
}

// send writes one PDU as a whole. After a failure the stream is of no more use.
func (s *session) send(p pdu) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.sendLocked(p)
	return err
}

func (s *session) sendLocked(p pdu) (written int, err error) {
	_ = s.conn.SetWriteDeadline(s.now().Add(s.pace.write))
	if written, err = s.conn.Write(p.write()); err != nil {
		s.end(fmt.Errorf("writing to the SMSC: %w", err))
	}
	return written, err
}

// reply answers a request of the other side.
func (s *session) reply(to pdu, status uint32) error {
	answer := pdu{command: to.command | response, status: status, sequence: to.sequence}
	if to.command == deliverSM {
		answer.body = []byte{0} // message_id, unused
	}
	return s.send(answer)
}

// request sends one request and waits for its answer. depart is called at the
// last moment before anything is written. A failure is certain until the first
// byte has left; afterwards nobody knows, and late hears of an answer that comes
// when the asker has gone.
func (s *session) request(ctx context.Context, command uint32, body []byte, depart func() error, late func(pdu)) (pdu, *channel.SendError) {
	select {
	case s.window <- struct{}{}:
		defer func() { <-s.window }()
	case <-s.done:
		return pdu{}, notSent(channel.RetryLater, "the connection to the SMSC broke before the message was handed over", s.ended)
	case <-ctx.Done():
		return pdu{}, notSent(channel.Throttle, "as many messages as the setting window allows wait for the SMSC's answer; the message waits its turn", ctx.Err())
	}
	if depart != nil {
		if err := depart(); err != nil {
			return pdu{}, notSent(channel.RetryLater, "the message was held back before it was handed over", err)
		}
	}
	wait := &pending{answer: make(chan pdu, 1), late: late}
	written, sequence, err := s.ask(ctx, pdu{command: command, body: body}, wait)
	if err != nil {
		s.forget(sequence)
		if written == 0 {
			return pdu{}, notSent(channel.RetryLater, "the connection to the SMSC broke before the message was handed over", err)
		}
		return pdu{}, unclear("the connection to the SMSC broke while the message was handed over; it may or may not have been taken", err)
	}
	select {
	case answer := <-wait.answer:
		return answer, nil
	case <-ctx.Done():
		if answer, came := s.abandon(wait); came {
			return answer, nil
		}
		return pdu{}, unclear("the SMSC did not answer in time; it may or may not have taken the message", ctx.Err())
	case <-s.done:
		if answer, came := s.abandon(wait); came { // it was read before the end
			return answer, nil
		}
		return pdu{}, unclear("the connection to the SMSC broke before it answered; it may or may not have taken the message", s.ended)
	}
}

// ask numbers a request and writes it.
func (s *session) ask(ctx context.Context, p pdu, wait *pending) (written int, sequence uint32, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if ctx.Err() != nil { // it waited for the others to be written
		return 0, 0, ctx.Err()
	}
	s.mu.Lock()
	if s.next++; s.next > 0x7FFFFFFF { // §3.2: what is above is not used
		s.next = 1
	}
	p.sequence = s.next
	s.waiting[p.sequence] = wait
	s.mu.Unlock()
	written, err = s.sendLocked(p)
	return written, p.sequence, err
}

func (s *session) forget(sequence uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, sequence)
}

// abandon gives up waiting, unless the answer is there after all.
func (s *session) abandon(wait *pending) (pdu, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case answer := <-wait.answer:
		return answer, true
	default:
		wait.gone = true
		return pdu{}, false
	}
}

// answered hands an answer to whoever asked.
func (s *session) answered(p pdu) {
	s.mu.Lock()
	wait := s.waiting[p.sequence]
	delete(s.waiting, p.sequence)
	late := wait != nil && wait.gone
	if wait != nil && !late {
		wait.answer <- p // has room for one
	}
	s.mu.Unlock()
	if late && wait.late != nil {
		wait.late(p)
	}
}

// read takes what comes until the connection ends.
func (s *session) read(r *bufio.Reader) {
	defer close(s.readEnded)
	for {
		_ = s.conn.SetReadDeadline(s.now().Add(s.pace.enquire + s.pace.answer))
		p, err := readPDU(r)
		if err != nil {
			s.end(err)
			return
		}
		s.mu.Lock()
		s.heard = s.now()
		s.mu.Unlock()
		switch {
		case p.isResponse():
			s.answered(p)
		case p.command == deliverSM:
			s.deliver(s, p)
		case p.command == enquireLink:
			_ = s.reply(p, statusOK)
		case p.command == unbind:
			_ = s.reply(p, statusOK)
			s.end(errUnbound)
			return
		case p.command == alertNotification, p.command == outbind: // have no answer
		default:
			_ = s.send(pdu{command: genericNack, status: statusBadCommand, sequence: p.sequence})
		}
	}
}

var errUnbound = errors.New("the SMSC ended the bind")

// enquire asks whether the other side lives when nothing has come for a while. No
// answer needs no care: reading runs into its deadline then.
func (s *session) enquire() {
	timer := time.NewTimer(s.pace.enquire)
	defer timer.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-timer.C:
		}
		s.mu.Lock()
		rest := s.pace.enquire - s.now().Sub(s.heard)
		s.mu.Unlock()
		if rest <= 0 {
			if _, _, err := s.ask(context.Background(), pdu{command: enquireLink}, &pending{answer: make(chan pdu, 1)}); err != nil {
				return
			}
			rest = s.pace.enquire
		}
		timer.Reset(rest)
	}
}

// alive asks the other side and waits for its answer.
func (s *session) alive(ctx context.Context) *channel.SendError {
	_, err := s.request(ctx, enquireLink, nil, nil, nil)
	return err
}

// goodbye is how long the answer to unbind is waited for.
const goodbye = 2 * time.Second

// unbind lets the requests under way have their answers, says goodbye and closes
// the connection. It waits for either, but not long.
func (s *session) unbind() {
	defer s.end(errUnbound)
	patience := time.NewTimer(s.pace.answer)
	defer patience.Stop()
	for range cap(s.window) { // who holds a slot waits for an answer
		select {
		case s.window <- struct{}{}:
			continue
		case <-s.done:
			return
		case <-patience.C:
		}
		break
	}
	wait := &pending{answer: make(chan pdu, 1)}
	if _, _, err := s.ask(context.Background(), pdu{command: unbind}, wait); err != nil {
		return
	}
	patience.Reset(goodbye)
	select {
	case <-wait.answer:
	case <-s.done:
	case <-patience.C:
	}
}
