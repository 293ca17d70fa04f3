package provsim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bodyMax bounds a request; e-mail with an attachment is the longest.
const bodyMax = 10 << 20

// refused is a send call that gets an error; code is the provider's own, 0 when
// the fate alone says which.
type refused struct {
	fate fate
	code int
}

// judge says what becomes of a send call. It counts the call, and writes a
// message that is taken into the ledger before it returns. The second result is
// nil for a message that was taken.
func (w *World) judge(draft Accept, plan Plan) (Accept, fate, *refused) {
	key := draft.Ref
	if key == "" {
		key = draft.To + "\x00" + draft.BodyHash
	}
	draft.Attempt = w.ledger.call(draft.Channel + "\x00" + key)
	destiny := answered
	if plan.Only == "" || plan.Only == draft.Template {
		destiny = plan.fate(w.dice, key, draft.Attempt)
	}
	no := refused{fate: destiny}
	taken := false
	switch code := codeFor(plan.ErrorFor, draft.Channel, draft.To); {
	case plan.TokenExpired:
		no.fate = unauthorized
	case plan.Limited:
		no = refused{fate: refusedSender, code: plan.LimitCode}
	case !w.limiter.Allow():
		no.fate = throttled
	case code != 0:
		no = refused{fate: refusedRecipient, code: code}
	case destiny == broken:
		taken = w.dice.draw("accept5xx", key, draft.Attempt) < plan.Accept5xx
	default:
		taken = destiny == answered || destiny == hanging || destiny == resetAccepted
	}
	if !taken {
		w.ledger.refuse(refusal{At: w.config.Now(), Channel: draft.Channel, To: draft.To, Ref: draft.Ref, Attempt: draft.Attempt, Fate: no.fate, Code: no.code})
		return draft, no.fate, &no
	}
	draft.At, draft.RealAt = w.config.Now(), time.Now()
	draft.ProviderID = newID(draft.Provider)
	draft = w.ledger.accept(draft)
	w.follow(draft, plan)
	if destiny == broken {
		return draft, destiny, &no
	}
	return draft, destiny, nil
}

// dialect is how an HTTP provider answers.
type dialect interface {
	accepted(a Accept) reply
	refusal(no refused, plan Plan) reply
}

// reply is an HTTP answer.
type reply struct {
	status int
	header map[string]string
	body   []byte
}

// serve takes an HTTP send call through the plan.
func (w *World) serve(rw http.ResponseWriter, r *http.Request, draft Accept, d dialect) {
	plan := w.Plan()
	accepted, destiny, no := w.judge(draft, plan)
	switch destiny {
	case resetUnaccepted, resetAccepted:
		reset(rw)
	case hanging:
		w.hang(r, plan.Hang)
		reset(rw)
	default:
		if no != nil {
			answer := d.refusal(*no, plan)
			answer.send(rw)
			return
		}
		if d.accepted(accepted).send(rw) {
			w.ledger.answered(accepted.Seq)
		}
	}
}

// hang keeps the caller waiting until they have had enough.
func (w *World) hang(r *http.Request, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-w.context.Done():
	}
}

// reset ends a connection with a TCP RST, as a crashing server or a load balancer
// does: the caller sees "connection reset by peer".
func reset(rw http.ResponseWriter) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has no connection of its own; ours never is
	}
	cut(conn)
}

func cut(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// send writes an answer whole and says whether that went well.
func (p reply) send(rw http.ResponseWriter) bool {
	for name, value := range p.header {
		rw.Header().Set(name, value)
	}
	if rw.Header().Get("Content-Type") == "" {
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	rw.Header().Set("Content-Length", strconv.Itoa(len(p.body)))
	rw.WriteHeader(p.status)
	if _, err := rw.Write(p.body); err != nil {
		return false
	}
	return http.NewResponseController(rw).Flush() == nil
}

// read reads a request's body whole.
func read(r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMax+1))
	return body, err == nil && len(body) <= bodyMax
}

// retryAfter is the header of a 429, when the plan wants one.
func retryAfter(no refused, plan Plan) map[string]string {
	if no.fate != throttled || plan.RetryAfter <= 0 {
		return nil
	}
	seconds := int((plan.RetryAfter + time.Second - 1) / time.Second)
	return map[string]string{"Retry-After": strconv.Itoa(seconds)}
}

// codeFor looks up a recipient's code, if it is one of this channel's: somebody
// who is unreachable on WhatsApp (131026) still gets SMS. Phones are the same with
// and without a plus.
func codeFor(codes map[string]int, channel, to string) int {
	if len(codes) == 0 {
		return 0
	}
	bare := strings.TrimPrefix(to, "+")
	for _, spelling := range []string{to, bare, "+" + bare} {
		if code, found := codes[spelling]; found && channelOf(code) == channel {
			return code
		}
	}
	return 0
}

// channelOf tells whose code it is by its size: SMTP's have three digits, Twilio's
// five, and the others are Meta's.
func channelOf(code int) string {
	switch {
	case code >= 400 && code < 600:
		return "email"
	case code >= 10_000 && code < 70_000:
		return "sms"
	}
	return "whatsapp"
}

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// newID makes a provider's id: of a message it took, or of one that a person wrote.
func newID(provider string) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	switch provider {
	case "whatsapp":
		return "wamid." + base64.StdEncoding.EncodeToString(bytes.Join([][]byte{{0x1d, 0x0e, 0x15}, b[:]}, nil))
	case "twilio", "sms":
		return "SM" + hex.EncodeToString(b[:])
	case "ses":
		h := hex.EncodeToString(b[:])
		return "01000" + h[:11] + "-" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:] + "-000000"
	}
	return hex.EncodeToString(b[:])
}
