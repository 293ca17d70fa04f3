package webchat

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"jornada/engine"
)

// sessionDays is how long a token is good; the script renews it with every visit.
const sessionDays = 180

const day = 24 * time.Hour

var text64 = base64.RawURLEncoding.Strict()

// newVisitor is 128 bits of chance.
func newVisitor() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return text64.EncodeToString(b)
}

// token is a visitor's proof: who they are at this chat, and until which day.
func (r *caller) token(visitor string, now time.Time) (token string, until time.Time) {
	last := now.Unix()/int64(day/time.Second) + sessionDays
	claim := visitor + "." + strconv.FormatInt(last, 10)
	return claim + "." + text64.EncodeToString(r.config.Sign(r.signed(claim))), time.Unix((last+1)*int64(day/time.Second), 0).UTC()
}

// signed is what a signature covers: a token of one chat is none of another's, even
// where two share a key.
func (r *caller) signed(claim string) string { return string(r.integration.ID) + "\x00" + claim }

// visitorOf reads a token, "" when it is none of ours or too old.
func (r *caller) visitorOf(token string, now time.Time) string {
	claim, proof, ok := cutLast(token, ".")
	visitor, last, found := strings.Cut(claim, ".")
	mac, err := text64.DecodeString(proof)
	if !ok || !found || err != nil || len(token) > 200 || !hmac.Equal(mac, r.config.Sign(r.signed(claim))) {
		return ""
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil || now.Unix()/int64(day/time.Second) > n {
		return ""
	}
	return visitor
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (r *caller) bearer() string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// known demands a visitor.
func (c *Chat) known(r *caller) error {
	if r.visitor = r.visitorOf(r.bearer(), c.Clock.Real()); r.visitor == "" {
		return refuse(http.StatusUnauthorized, "session")
	}
	return nil
}

func addressOf(visitor string) engine.Address {
	return engine.Address{Kind: engine.VisitorID, Value: visitor}
}

// session gives a visitor a token: a renewed one when they have one, else a new
// visitor's. A link of ours says that the visitor is a contact.
func (c *Chat) session(w http.ResponseWriter, r *caller) error {
	var in struct {
		Invitation string `json:"invitation"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	now := c.Clock.Real()
	visitor := r.visitorOf(r.bearer(), now)
	if visitor == "" {
		if wait := c.limits.sessions.take(ip(r.Request)); wait > 0 {
			return &refusal{http.StatusTooManyRequests, "too_fast", wait}
		}
		visitor = newVisitor()
	}
	if contact := r.config.Invited(in.Invitation, now); contact != "" {
		if wait := c.limits.writes.take(visitor); wait > 0 {
			return &refusal{http.StatusTooManyRequests, "too_fast", wait}
		}
		r.visitor = visitor
		welcome := &engine.IncomingMessage{Type: "request_welcome"}
		if err := c.deliver(r, "invited:"+string(contact), contact, welcome); err != nil {
			return fmt.Errorf("tying a visitor to their contact: %w", err)
		}
	}
	token, until := r.token(visitor, now)
	answer(w, http.StatusOK, map[string]any{"token": token, "expires_at": until})
	return nil
}
