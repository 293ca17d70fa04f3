package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"jornada/dsl/diag"
	"jornada/engine"
)

// What evidence of a permission may hold, in characters.
const (
	maxSource   = 100
	maxEvidence = 4000
)

// optIn is what a caller says of a contact's permission on a channel: yes or no to
// everything, or an object with a word on each purpose and the evidence.
type optIn struct {
	All      *bool
	Purposes map[string]bool
	Source   string
	Evidence string
	At       *time.Time
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *optIn) UnmarshalJSON(b []byte) error {
	var all bool
	if err := json.Unmarshal(b, &all); err == nil {
		*o = optIn{All: &all}
		return nil
	}
	var in struct {
		All            *bool      `json:"all"`
		Marketing      *bool      `json:"marketing"`
		Utility        *bool      `json:"utility"`
		Authentication *bool      `json:"authentication"`
		Service        *bool      `json:"service"`
		Source         string     `json:"source"`
		Evidence       string     `json:"evidence"`
		At             *time.Time `json:"at"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return invalid("opt_in", diag.T("what a channel permits must be true, false, null, or an object with all, marketing, utility, authentication, service (true or false), source, evidence and at (a moment)",
			"o que um canal permite deve ser true, false, null, ou um objeto com all, marketing, utility, authentication, service (true ou false), source, evidence e at (um momento)"))
	}
	*o = optIn{All: in.All, Purposes: map[string]bool{}, Source: in.Source, Evidence: in.Evidence, At: in.At}
	for purpose, yes := range map[string]*bool{"marketing": in.Marketing, "utility": in.Utility, "authentication": in.Authentication, "service": in.Service} {
		if yes != nil {
			o.Purposes[purpose] = *yes
		}
	}
	return checkEvidence("opt_in", o.Source, o.Evidence)
}

// dated reports whether the word was given at a moment of its own, so that it may
// be older than what is known.
func (o *optIn) dated() bool { return o.At != nil }

// readCell takes one cell of a table.
func (o *optIn) readCell(column, part, cell string) error {
	switch part {
	case "source":
		o.Source = cell
	case "evidence":
		o.Evidence = cell
	default:
		yes, ok := truth(cell)
		if !ok {
			return invalid(column, diag.T("%q is neither yes nor no: write sim or não, yes or no, 1 or 0",
				"%q não é sim nem não: escreva sim ou não, 1 ou 0", cell))
		}
		if part == "" {
			o.All = &yes
			return nil
		}
		if o.Purposes == nil {
			o.Purposes = map[string]bool{}
		}
		o.Purposes[part] = yes
		return nil
	}
	return checkEvidence(column, o.Source, o.Evidence)
}

func checkEvidence(field, source, evidence string) error {
	switch {
	case utf8.RuneCountInString(source) > maxSource:
		return invalid(field, diag.T("source has more than %d characters: name the form or the system, and keep the words for evidence",
			"source tem mais de %d caracteres: diga o formulário ou o sistema, e deixe o texto para evidence", maxSource))
	case utf8.RuneCountInString(evidence) > maxEvidence:
		return invalid(field, diag.T("evidence has more than %d characters: keep the document elsewhere and write where",
			"evidence tem mais de %d caracteres: guarde o documento em outro lugar e escreva onde", maxEvidence))
	}
	return nil
}

// consentsOf are the words of a change that are news: a yes or no to everything
// that differs from before or comes with evidence, and each word on one purpose.
func (s *server) consentsOf(q *request, old, c *engine.Contact, w contactWrite) []engine.Consent {
	var said []engine.Consent
	now := s.Clock.Now()
	for _, ch := range engine.Channels() {
		in := w.input.OptIn[ch]
		if in == nil {
			in = &optIn{}
		}
		word := engine.Consent{ContactID: c.ID, Channel: ch, Source: w.source, Evidence: "request " + q.id, By: q.actor(), At: now}
		if in.Source != "" {
			word.Source = in.Source
		}
		if in.Evidence != "" {
			word.Evidence = in.Evidence
		}
		if in.At != nil && in.At.Before(now) {
			word.At = in.At.UTC()
		}
		yes, given := c.OptIn[ch]
		var before, known bool
		if old != nil {
			before, known = old.OptIn[ch]
		}
		switch {
		case in.All != nil && (in.Source != "" || in.Evidence != "" || in.dated()):
			word.Granted = *in.All
			said = append(said, word)
		case given && (!known || before != yes):
			word.Granted = yes
			said = append(said, word)
		}
		for _, purpose := range slices.Sorted(maps.Keys(in.Purposes)) {
			word.Purpose, word.Granted = purpose, in.Purposes[purpose]
			said = append(said, word)
		}
	}
	return said
}

// recordConsents keeps them and returns the contact as it is then.
func (s *server) recordConsents(ctx context.Context, c *engine.Contact, said []engine.Consent) (*engine.Contact, error) {
	for _, word := range said {
		if err := s.Store.RecordConsent(ctx, word); err != nil {
			return nil, fmt.Errorf("recording consent: %w", err)
		}
	}
	if len(said) == 0 {
		return c, nil
	}
	now, err := s.Store.Contact(ctx, c.ID)
	if err != nil {
		return nil, fmt.Errorf("reading a contact: %w", err)
	}
	return now, nil
}

type consentView struct {
	Channel  engine.Channel `json:"channel"`
	Purpose  string         `json:"purpose"`
	Granted  bool           `json:"granted"`
	Source   string         `json:"source"`
	Evidence string         `json:"evidence"`
	By       string         `json:"recorded_by"`
	At       time.Time      `json:"at"`
}

func consentOf(c *engine.Consent) consentView {
	return consentView{c.Channel, c.Purpose, c.Granted, c.Source, c.Evidence, c.By, c.At}
}

// consentsView is what a contact permits, why, and what stands against it.
type consentsView struct {
	OptIn        map[engine.Channel]bool            `json:"opt_in"`
	Purposes     map[engine.Channel]map[string]bool `json:"opt_in_purposes"`
	Items        []consentView                      `json:"items"`
	Suppressions []suppressionView                  `json:"suppressions"`
}

func (s *server) listConsents(ctx context.Context, q *request) (*answer, error) {
	c, err := s.findContact(ctx, engine.ContactID(q.params["id"]))
	if err != nil {
		return nil, err
	}
	consents, err := s.Store.Consents(ctx, c.ID)
	if err != nil {
		return nil, fmt.Errorf("reading consent: %w", err)
	}
	view := consentsView{OptIn: c.OptIn, Purposes: c.Purposes, Items: each(consents, consentOf)}
	if view.OptIn == nil {
		view.OptIn = map[engine.Channel]bool{}
	}
	if view.Purposes == nil {
		view.Purposes = map[engine.Channel]map[string]bool{}
	}
	if view.Suppressions, err = s.suppressionsOf(ctx, c); err != nil {
		return nil, err
	}
	return ok(view), nil
}

// suppressionsOf is what stops messages to a contact's addresses.
func (s *server) suppressionsOf(ctx context.Context, c *engine.Contact) ([]suppressionView, error) {
	list := []suppressionView{}
	for _, ch := range engine.Channels() {
		addrs := slices.DeleteFunc(slices.Clone(c.Addresses), func(a engine.Address) bool { return !ch.Reaches(a) })
		if len(addrs) == 0 {
			continue
		}
		found, err := s.Store.Suppressions(ctx, ch, addrs)
		if err != nil {
			return nil, fmt.Errorf("reading suppressions: %w", err)
		}
		list = append(list, each(found, suppressionOf)...)
	}
	return list, nil
}

type consentInput struct {
	Channel  engine.Channel `json:"channel"`
	Purpose  string         `json:"purpose"`
	Granted  *bool          `json:"granted"`
	Source   string         `json:"source"`
	Evidence string         `json:"evidence"`
	At       *time.Time     `json:"at"`
}

// createConsent writes down that a person permitted something or took it back,
// and tells the journeys they are in.
func (s *server) createConsent(ctx context.Context, q *request) (*answer, error) {
	var in consentInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	switch {
	case !in.Channel.Known():
		return nil, invalid("channel", diag.Text{
			En: fmt.Sprintf("there is no channel %q: use %s", in.Channel, channelsInWords.En), Pt: fmt.Sprintf("não existe o canal %q: use %s", in.Channel, channelsInWords.Pt),
		})
	case !engine.KnownPurpose(in.Purpose):
		return nil, invalid("purpose", diag.T("there is no purpose %q: use %s, or leave it out for all of them",
			"não existe a finalidade %q: use %s, ou deixe de fora para todas", in.Purpose, strings.Join(engine.Purposes(), ", ")))
	case in.Granted == nil:
		return nil, invalid("granted", diag.T("granted is missing: true permits, false takes the permission back", "falta granted: true permite, false retira a permissão"))
	}
	if err := checkEvidence("evidence", in.Source, in.Evidence); err != nil {
		return nil, err
	}
	word := engine.Consent{Channel: in.Channel, Purpose: in.Purpose, Granted: *in.Granted, Source: in.Source, Evidence: in.Evidence, By: q.actor(), At: s.Clock.Now()}
	if word.Source == "" {
		word.Source = "api"
	}
	if word.Evidence == "" {
		word.Evidence = "request " + q.id
	}
	if in.At != nil && in.At.Before(word.At) {
		word.At = in.At.UTC()
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		c, err := s.findContact(ctx, engine.ContactID(q.params["id"]))
		if err != nil {
			return err
		}
		word.ContactID = c.ID
		if err := s.Store.RecordConsent(ctx, word); err != nil {
			return fmt.Errorf("recording consent: %w", err)
		}
		if err := s.Runtime.ContactChanged(ctx, c.ID); err != nil {
			return fmt.Errorf("telling the journeys that a contact changed: %w", err)
		}
		return s.audit(ctx, q, "consent.recorded", string(c.ID), map[string]any{"channel": string(word.Channel), "purpose": word.Purpose, "granted": word.Granted})
	})
	if err != nil {
		return nil, err
	}
	return created(consentOf(&word)), nil
}
