package provsim

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// React sets the people: what comes back after an accepted message. Their
// reactions come on top of the usual statuses, unless a reaction is a status:
// then they are all the statuses there are (one with Lost makes none).
func (w *World) React(people func(Accept) []Reaction) { w.people.Store(&people) }

// usual is what every accepted message gets, by provider.
var usual = map[string][]Reaction{
	"whatsapp": {
		{Kind: "status", Status: "sent", After: 20 * time.Millisecond},
		{Kind: "status", Status: "delivered", After: 60 * time.Millisecond},
		{Kind: "status", Status: "read", After: 150 * time.Millisecond},
	},
	"twilio": {
		{Kind: "status", Status: "sent", After: 20 * time.Millisecond},
		{Kind: "status", Status: "delivered", After: 80 * time.Millisecond},
	},
	"ses": {{Kind: "status", Status: "delivered", After: 50 * time.Millisecond}},
}

// failing is what a message gets whose failure becomes known only later.
func failing(provider string, code int) []Reaction {
	status := map[string]string{"twilio": "undelivered", "ses": "bounced"}[provider]
	if status == "" {
		status = "failed"
	}
	all := []Reaction{{Kind: "status", Status: "sent", After: 20 * time.Millisecond}}
	if provider == "ses" {
		all = nil
	}
	return append(all, Reaction{Kind: "status", Status: status, ErrorCode: code, After: 80 * time.Millisecond})
}

// told is a reaction with the moment in which it happens and, apart from it, the
// one in which the caller is told.
type told struct {
	Reaction

	happens, told time.Duration // after the acceptance
}

// reactions are all that comes back after a message.
func (w *World) reactions(a Accept, plan Plan) []told {
	all := usual[a.Provider]
	if code := codeFor(plan.FailFor, a.Channel, a.To); code != 0 {
		all = failing(a.Provider, code)
	}
	if people := w.people.Load(); people != nil && *people != nil {
		own := (*people)(a)
		if slices.ContainsFunc(own, isStatus) {
			all = nil
		}
		all = append(slices.Clone(all), own...)
	}
	list := make([]told, 0, len(all))
	for _, r := range all {
		list = append(list, told{Reaction: r, happens: r.After, told: r.After})
	}
	return list
}

func isStatus(r Reaction) bool { return r.Kind == "status" }

// follow sends what comes back after a message on its way. With
// StatusBeforeAnswer the statuses have arrived when it returns.
func (w *World) follow(a Accept, plan Plan) {
	all := w.reactions(a, plan)
	lost := w.dice.draw("lost", a.Ref, a.Attempt) < plan.StatusLost
	if w.dice.draw("reorder", a.Ref, a.Attempt) < plan.StatusReorder {
		reorder(all)
	}
	for _, r := range all {
		if r.Lost || (r.Kind == "status" && lost) {
			continue
		}
		l := w.letterFor(a, r)
		if l == nil {
			continue
		}
		copies := max(r.Copies, 1)
		if r.Kind == "status" {
			if plan.StatusBeforeAnswer {
				w.deliverNow(l, copies)
				continue
			}
			r.told += time.Duration(w.dice.draw("late:"+r.Status, a.Ref, a.Attempt) * float64(plan.StatusLate))
			if w.dice.draw("twice:"+r.Status, a.Ref, a.Attempt) < plan.StatusDuplicate {
				copies++
			}
		}
		w.postman.send(l, slices.Repeat([]time.Time{a.RealAt.Add(r.told)}, copies)...)
	}
}

// deliverNow delivers a letter while its caller waits; what is not answered with
// 2xx is repeated later like every webhook.
func (w *World) deliverNow(l *letter, copies int) {
	for i := range copies {
		ctx, cancel := context.WithTimeout(w.context, 2*time.Second)
		status, _ := w.postman.post(ctx, &parcel{letter: l, copy: i, attempt: 1})
		cancel()
		if status < 200 || status > 299 {
			w.postman.send(l, time.Now().Add(firstRepeat))
		}
	}
}

// reorder turns the order around in which a message's statuses are told: the last
// comes first. What they say, their timestamps included, stays.
func reorder(all []told) {
	var at []int
	for i := range all {
		if all[i].Kind == "status" {
			at = append(at, i)
		}
	}
	for i, j := 0, len(at)-1; i < j; i, j = i+1, j-1 {
		first, last := all[at[i]], all[at[j]]
		first.told, last.told = last.told, first.told
		all[at[i]], all[at[j]] = last, first
	}
}

// letterFor writes the webhook that tells of a reaction; nil when the channel has
// no such webhook or nowhere to send it.
func (w *World) letterFor(a Accept, r told) *letter {
	switch r.Kind {
	case "status":
		if a.Provider == "twilio" && a.StatusURL == "" {
			return nil // who asks for no StatusCallback gets none
		}
		return w.statusLetter(a.Provider, Status{
			Channel: a.Channel, ProviderID: a.ProviderID, Ref: a.Ref, To: a.To,
			Status: r.Status, ErrorCode: r.ErrorCode, At: a.At.Add(r.happens),
		}, a)
	case "button", "text":
		return w.inboundLetter(answer(a, r.Reaction))
	}
	return nil
}

// answer is what a person says to a message.
func answer(a Accept, r Reaction) Inbound {
	in := Inbound{Channel: a.Channel, From: a.To, Kind: "text", Text: r.Text}
	if r.Quote {
		in.Quote = a.ProviderID
	}
	if r.Kind != "button" {
		return in
	}
	switch {
	case a.Channel != "whatsapp": // there is nothing to tap: they type the number
		in.Text = strconv.Itoa(r.Button + 1)
	case r.Button < 0 || r.Button >= len(a.Buttons):
		in.Text = strconv.Itoa(r.Button + 1)
	default:
		button := a.Buttons[r.Button]
		in.Payload, in.Text = button.Payload, button.Title
		in.Kind = map[string]string{"template": "button", "list": "list_reply"}[a.Kind]
		if in.Kind == "" {
			in.Kind = "button_reply"
		}
	}
	return in
}

// statusLetter writes a status in its provider's words.
func (w *World) statusLetter(provider string, s Status, a Accept) *letter {
	switch provider {
	case "whatsapp":
		return w.whatsAppStatus(s, a)
	case "twilio":
		return w.twilioStatus(s, a)
	case "ses":
		return w.sesEvent(s, a)
	}
	return nil // SMTP tells nobody anything
}

// inboundLetter writes a person's message in its provider's words.
func (w *World) inboundLetter(in Inbound) *letter {
	if !w.reaches(in.Channel) {
		return nil
	}
	if in.ID == "" {
		in.ID = newID(in.Channel)
	}
	switch in.Channel {
	case "whatsapp":
		return w.whatsAppInbound(in)
	case "sms":
		return w.twilioInbound(in)
	}
	return nil
}

// Inbound delivers a person's message now and returns the HTTP status that the
// product answered, 0 when nobody did. It is delivered once: what is not
// answered with 2xx is not repeated.
func (w *World) Inbound(in Inbound) int {
	if in.Channel == "" {
		in.Channel = "whatsapp"
	}
	return w.once(w.inboundLetter(in))
}

// Status delivers a status now, as Inbound does a message. What it leaves empty
// is taken from the message with its ProviderID.
func (w *World) Status(s Status) int {
	if s.Channel == "" {
		s.Channel = "whatsapp"
	}
	provider := map[string]string{"whatsapp": "whatsapp", "sms": "twilio", "email": "ses"}[s.Channel]
	a, known := w.ledger.find(s.ProviderID)
	if known {
		provider = a.Provider
		if s.Ref == "" {
			s.Ref = a.Ref
		}
		if s.To == "" {
			s.To = a.To
		}
	}
	if s.At.IsZero() {
		s.At = w.config.Now()
	}
	return w.once(w.statusLetter(provider, s, a))
}

func (w *World) once(l *letter) int {
	if l == nil {
		return 0
	}
	status, _ := w.postman.post(w.context, &parcel{letter: l, attempt: 1})
	return status
}
