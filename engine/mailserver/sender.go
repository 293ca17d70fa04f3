package mailserver

import (
	"context"
	netmail "net/mail"
	"strings"
	"sync"
	"time"

	"jornada/engine"
)

// sender is an e-mail integration whose mail comes to us.
type sender struct {
	id      engine.IntegrationID
	domain  string // inbound_domain
	replyTo string // the address its letters name for answers without a token
}

// senders remembers the integrations for a moment: every recipient of every mail
// asks, also those of a flood.
type senders struct {
	load func(ctx context.Context) ([]engine.Integration, error)

	mu    sync.Mutex
	known []sender
	until time.Time
}

// rememberFor is how long a changed setting may go unnoticed, in real time.
const rememberFor = 5 * time.Second

func (s *senders) all(ctx context.Context) ([]sender, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now() //nolint:forbidigo // how long it is remembered is real time
	if s.known != nil && now.Before(s.until) {
		return s.known, nil
	}
	list, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	known := []sender{}
	for i := range list {
		domain := strings.ToLower(strings.TrimSpace(list[i].Settings["inbound_domain"]))
		if list[i].Channel != engine.Email || domain == "" {
			continue
		}
		known = append(known, sender{list[i].ID, domain, replyTo(list[i].Settings)})
	}
	s.known, s.until = known, now.Add(rememberFor)
	return known, nil
}

// replyTo is the plain address people answer to, in small letters.
func replyTo(settings map[string]string) string {
	raw := settings["reply_to"]
	if strings.TrimSpace(raw) == "" {
		raw = settings["from"]
	}
	parsed, err := netmail.ParseAddress(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Address)
}

// of are the senders of a domain.
func of(all []sender, domain string) []sender {
	var list []sender
	for _, s := range all {
		if s.domain == domain {
			list = append(list, s)
		}
	}
	return list
}
