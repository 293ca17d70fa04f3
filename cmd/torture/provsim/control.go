package provsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The control API is for a developer with curl who plays patients, and for
// scripts. It listens where the providers do, on loopback only.

// controlOverview is GET /control: what there is.
func (w *World) controlOverview(rw http.ResponseWriter, _ *http.Request) {
	w.ledger.mu.Lock()
	counts := object{"calls": w.ledger.calls, "accepted": len(w.ledger.accepts), "webhooks": len(w.ledger.hooks)}
	w.ledger.mu.Unlock()
	w.postman.mu.Lock()
	counts["webhooks_open"] = w.postman.open
	w.postman.mu.Unlock()
	tell(rw, http.StatusOK, object{
		"url": w.URL(), "smtp": w.SMTPAddr(), "seed": w.config.Seed, "counts": counts, "plan": w.Plan(),
		"control": []string{
			"GET /control/accepts?since=0&to=&channel=", "GET /control/webhooks?since=0", "GET /control/plan", "POST /control/plan",
			"POST /control/target", "POST /control/inbound", "POST /control/status",
		},
	})
}

// controlAccepts is GET /control/accepts?since=&to=&channel=&ref=.
func (w *World) controlAccepts(rw http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	since, _ := strconv.Atoi(query.Get("since"))
	found := []Accept{}
	for _, a := range w.ledger.since(since) {
		if matches(query.Get("to"), a.To) && matches(query.Get("channel"), a.Channel) && matches(query.Get("ref"), a.Ref) {
			found = append(found, a)
		}
	}
	tell(rw, http.StatusOK, object{"accepts": found})
}

// matches compares loosely where phones are written with and without a plus (a
// plus that is not escaped reads as a space in a query).
func matches(wanted, value string) bool {
	return wanted == "" || strings.TrimLeft(wanted, "+ ") == strings.TrimPrefix(value, "+")
}

// controlWebhooks is GET /control/webhooks?since=.
func (w *World) controlWebhooks(rw http.ResponseWriter, r *http.Request) {
	since, _ := strconv.Atoi(r.URL.Query().Get("since"))
	all := w.Webhooks()
	tell(rw, http.StatusOK, object{"webhooks": all[min(max(since, 0), len(all)):]})
}

func (w *World) controlPlan(rw http.ResponseWriter, _ *http.Request) {
	tell(rw, http.StatusOK, w.Plan())
}

// controlSetPlan is POST /control/plan: what the body names changes, the rest of
// the plan stays. {"reset": true} begins from the plan without faults.
func (w *World) controlSetPlan(rw http.ResponseWriter, r *http.Request) {
	plan := w.Plan()
	var start struct {
		Reset bool `json:"reset"`
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(raw, &start)
	}
	if start.Reset {
		plan = Plan{}
	}
	if err == nil {
		err = json.Unmarshal(raw, &plan)
	}
	switch {
	case err != nil:
		wrong(rw, "the plan is not readable: "+err.Error()+"; GET /control/plan shows one")
	case plan.Down:
		wrong(rw, "down would close this port too; stop the command instead")
	default:
		w.SetPlan(plan)
		tell(rw, http.StatusOK, w.Plan())
	}
}

// controlTarget is POST /control/target
// {"base": "http://127.0.0.1:8233", "integrations": {"whatsapp": "<id>"}}.
func (w *World) controlTarget(rw http.ResponseWriter, r *http.Request) {
	var body struct {
		Base         string            `json:"base"`
		Integrations map[string]string `json:"integrations"`
	}
	if !understood(rw, r, &body) {
		return
	}
	w.Target(body.Base, body.Integrations)
	if w.target.Load() == nil {
		wrong(rw, "base must be the product's public address, such as http://127.0.0.1:8233")
		return
	}
	tell(rw, http.StatusOK, object{"base": body.Base, "integrations": body.Integrations, "whatsapp_verified": w.Verify(r.Context())})
}

// controlInbound is POST /control/inbound: an Inbound, or an answer to a message:
// {"from": "+55…", "button": 0} taps a button of the last one this person got,
// {"to_message": <seq>, "button": 0 or "text": "…"} answers a certain one.
func (w *World) controlInbound(rw http.ResponseWriter, r *http.Request) {
	var body struct {
		Inbound

		Message int  `json:"to_message"`
		Button  *int `json:"button"`
	}
	if !understood(rw, r, &body) {
		return
	}
	in := body.Inbound
	if body.Message != 0 || body.Button != nil {
		message, problem := w.messageFor(body.Message, in)
		if problem != "" {
			wrong(rw, problem)
			return
		}
		reaction := Reaction{Kind: "text", Text: in.Text, Quote: true}
		if body.Button != nil {
			reaction.Kind, reaction.Button = "button", *body.Button
		}
		in = answer(message, reaction)
	}
	if in.From == "" || in.Text == "" {
		wrong(rw, "from and text are required; or from and button; or to_message and one of text and button")
		return
	}
	w.answerOnce(rw, w.Inbound(in), in)
}

// messageFor is the message that somebody answers: the one with this Seq, or the
// last one that this person got.
func (w *World) messageFor(seq int, in Inbound) (message Accept, problem string) {
	accepts := w.Accepts()
	if seq != 0 {
		if seq < 1 || seq > len(accepts) {
			return Accept{}, fmt.Sprintf("there is no message %d; GET /control/accepts shows their seq", seq)
		}
		return accepts[seq-1], ""
	}
	for _, a := range slices.Backward(accepts) {
		if a.Channel == "email" || (in.Channel != "" && a.Channel != in.Channel) || digits(a.To) != digits(in.From) {
			continue
		}
		return a, ""
	}
	return Accept{}, fmt.Sprintf("no message to %q was accepted yet; GET /control/accepts shows all", in.From)
}

// controlStatus is POST /control/status: a Status.
func (w *World) controlStatus(rw http.ResponseWriter, r *http.Request) {
	var status Status
	if !understood(rw, r, &status) {
		return
	}
	if status.ProviderID == "" || status.Status == "" {
		wrong(rw, "provider_id (from GET /control/accepts) and status (sent, delivered, read, failed, …) are required")
		return
	}
	w.answerOnce(rw, w.Status(status), status)
}

func (w *World) answerOnce(rw http.ResponseWriter, status int, sent any) {
	if status == 0 {
		tell(rw, http.StatusBadGateway, object{"error": "nobody answered; is the product running, and has POST /control/target named its address and the integration?"})
		return
	}
	tell(rw, http.StatusOK, object{"product_answered": status, "sent": sent})
}

func understood(rw http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		wrong(rw, "the body is not readable: "+err.Error())
		return false
	}
	return true
}

func wrong(rw http.ResponseWriter, message string) {
	tell(rw, http.StatusBadRequest, object{"error": message})
}

func tell(rw http.ResponseWriter, status int, body any) {
	encoded, _ := json.MarshalIndent(body, "", "  ")
	reply{status: status, body: append(encoded, '\n')}.send(rw)
}

// planJSON is a Plan as people write it: snake_case, durations as "30s".
type planJSON struct {
	Rate429            float64        `json:"rate_429"`
	Rate5xx            float64        `json:"rate_5xx"`
	Accept5xx          float64        `json:"accept_5xx"`
	HangAfterAccept    float64        `json:"hang_after_accept"`
	ResetAfterAccept   float64        `json:"reset_after_accept"`
	ResetBeforeAccept  float64        `json:"reset_before_accept"`
	RefuseConnect      float64        `json:"refuse_connect"`
	Only               string         `json:"only,omitempty"`
	RetryAfter         span           `json:"retry_after"`
	Hang               span           `json:"hang"`
	StatusDuplicate    float64        `json:"status_duplicate"`
	StatusReorder      float64        `json:"status_reorder"`
	StatusLost         float64        `json:"status_lost"`
	StatusLate         span           `json:"status_late"`
	StatusBeforeAnswer bool           `json:"status_before_answer"`
	TokenExpired       bool           `json:"token_expired"`
	Limited            bool           `json:"limited"`
	LimitCode          int            `json:"limit_code"`
	ErrorFor           map[string]int `json:"error_for"`
	FailFor            map[string]int `json:"fail_for"`
	EnforceWindow      bool           `json:"enforce_window"`
	RatePerSecond      int            `json:"rate_per_second"`
	Down               bool           `json:"down"`
	Reset              bool           `json:"reset,omitempty"` // of POST /control/plan: begin without faults
}

// span is a duration written as "1m30s".
type span time.Duration

// MarshalText implements encoding.TextMarshaler.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("reading a duration such as 30s: %w", err)
	}
	*s = span(d)
	return nil
}

// MarshalJSON implements json.Marshaler.
func (p Plan) MarshalJSON() ([]byte, error) { return json.Marshal(p.json()) }

// UnmarshalJSON implements json.Unmarshaler; what the text does not name stays.
func (p *Plan) UnmarshalJSON(raw []byte) error {
	j := p.json()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields() // a fault misspelled would be no fault
	if err := decoder.Decode(&j); err != nil {
		return fmt.Errorf("reading a plan: %w", err)
	}
	*p = Plan{
		Rate429: j.Rate429, Rate5xx: j.Rate5xx, Accept5xx: j.Accept5xx, HangAfterAccept: j.HangAfterAccept,
		ResetAfterAccept: j.ResetAfterAccept, ResetBeforeAccept: j.ResetBeforeAccept, RefuseConnect: j.RefuseConnect, Only: j.Only,
		RetryAfter: time.Duration(j.RetryAfter), Hang: time.Duration(j.Hang), StatusDuplicate: j.StatusDuplicate,
		StatusReorder: j.StatusReorder, StatusLost: j.StatusLost, StatusLate: time.Duration(j.StatusLate),
		StatusBeforeAnswer: j.StatusBeforeAnswer, TokenExpired: j.TokenExpired, Limited: j.Limited, LimitCode: j.LimitCode,
		ErrorFor: j.ErrorFor, FailFor: j.FailFor, EnforceWindow: j.EnforceWindow, RatePerSecond: j.RatePerSecond, Down: j.Down,
	}
	return nil
}

func (p Plan) json() planJSON {
	return planJSON{
		Rate429: p.Rate429, Rate5xx: p.Rate5xx, Accept5xx: p.Accept5xx, HangAfterAccept: p.HangAfterAccept,
		ResetAfterAccept: p.ResetAfterAccept, ResetBeforeAccept: p.ResetBeforeAccept, RefuseConnect: p.RefuseConnect, Only: p.Only,
		RetryAfter: span(p.RetryAfter), Hang: span(p.Hang), StatusDuplicate: p.StatusDuplicate,
		StatusReorder: p.StatusReorder, StatusLost: p.StatusLost, StatusLate: span(p.StatusLate),
		StatusBeforeAnswer: p.StatusBeforeAnswer, TokenExpired: p.TokenExpired, Limited: p.Limited, LimitCode: p.LimitCode,
		ErrorFor: maps.Clone(p.ErrorFor), FailFor: maps.Clone(p.FailFor), EnforceWindow: p.EnforceWindow, RatePerSecond: p.RatePerSecond, Down: p.Down,
	}
}
