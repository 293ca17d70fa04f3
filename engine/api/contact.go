package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/medium"
	"jornada/engine"
)

// contactStore keeps contacts and their permission.
type contactStore interface {
	LockContact(ctx context.Context, id engine.ContactID) error
	Contact(ctx context.Context, id engine.ContactID) (*engine.Contact, error)
	PutContact(ctx context.Context, c *engine.Contact) (created bool, err error)
	ContactByAddress(ctx context.Context, addrs []engine.Address) (*engine.Contact, error)
	Contacts(ctx context.Context, f engine.ContactFilter) ([]engine.Contact, string, error)
	RecordConsent(ctx context.Context, c engine.Consent) error
	Consents(ctx context.Context, id engine.ContactID) ([]engine.Consent, error)
	Windows(ctx context.Context, contact engine.ContactID) (map[engine.Channel]engine.WindowState, error)
	Suppressions(ctx context.Context, ch engine.Channel, addrs []engine.Address) ([]engine.Suppression, error)
}

// contactInput is a contact as callers write it. With merge (PATCH) only what is
// given changes, and null takes away.
type contactInput struct {
	ID         string                          `json:"id"`
	Attributes map[string]any                  `json:"attributes"`
	Addresses  map[engine.AddressKind]oneOrAll `json:"addresses"`
	OptIn      map[engine.Channel]*optIn       `json:"opt_in"`
	Timezone   *string                         `json:"timezone"`
	Locale     *string                         `json:"locale"`
}

// contactWrite is one change of a contact, for PUT, PATCH, import and events.
type contactWrite struct {
	input  contactInput
	merge  bool
	source string // of consent: api | import
	quiet  bool   // unknown attributes are ignored, not refused (events)
}

// channelsInWords and kindsInWords name the choices in a complaint.
var (
	channelsInWords = medium.OneOf(medium.Names())
	kindsInWords    = medium.OneOf(medium.KindNames())
)

// contactID checks an id chosen by another system. Slashes and control
// characters would break addresses and logs.
func contactID(id string) (engine.ContactID, error) {
	if id == "" || len(id) > 128 || strings.ContainsFunc(id, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r == '/' || r == '\\' || r == '?' || r == '#' || r == unicode.ReplacementChar
	}) {
		return "", invalid("id", diag.T("the contact's id must have 1 to 128 characters, without blanks and without / \\ ? #",
			"o id do contato deve ter de 1 a 128 caracteres, sem espaços e sem / \\ ? #"))
	}
	return engine.ContactID(id), nil
}

// findContact is the contact, or a 404 that names it in the caller's language.
func (s *server) findContact(ctx context.Context, id engine.ContactID) (*engine.Contact, error) {
	c, err := s.Store.Contact(ctx, id)
	if isCode(err, engine.NotFound) || (err == nil && (c == nil || c.ErasedAt != nil)) {
		return nil, notFound(diag.T("there is no contact %q", "não existe o contato %q", id))
	}
	if err != nil {
		return nil, fmt.Errorf("reading a contact: %w", err)
	}
	return c, nil
}

// write stores a contact with its consent, and tells the journeys it is in, all
// or nothing.
func (s *server) write(ctx context.Context, q *request, id engine.ContactID, w contactWrite) (c *engine.Contact, made bool, err error) {
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, false, err
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		// Others may change or merge the contact meanwhile.
		if err := s.Store.LockContact(ctx, id); err != nil {
			return fmt.Errorf("locking a contact: %w", err)
		}
		old, err := s.Store.Contact(ctx, id)
		switch {
		case isCode(err, engine.NotFound):
			old = nil
		case err != nil:
			return fmt.Errorf("reading a contact: %w", err)
		case old != nil && old.ErasedAt != nil:
			old = nil
		}
		c, err = s.compose(q, id, old, w, ws)
		if err != nil {
			return err
		}
		made, err = s.Store.PutContact(ctx, c)
		if isCode(err, engine.Conflict) {
			return &problem{Status: http.StatusConflict, Code: string(engine.Conflict), Field: "addresses", Err: err,
				Text: diag.T("an address of contact %q belongs to another contact already: change that one, or use its id",
					"um endereço do contato %q já pertence a outro contato: altere aquele, ou use o id dele", id)}
		}
		if err != nil {
			return fmt.Errorf("storing a contact: %w", err)
		}
		if c, err = s.recordConsents(ctx, c, s.consentsOf(q, old, c, w)); err != nil {
			return err
		}
		if made {
			return nil
		}
		if err := s.Runtime.ContactChanged(ctx, c.ID); err != nil {
			return fmt.Errorf("telling the journeys that a contact changed: %w", err)
		}
		return nil
	})
	return c, made, err
}

// compose is the contact after the change.
func (s *server) compose(q *request, id engine.ContactID, old *engine.Contact, w contactWrite, ws *dsl.Workspace) (*engine.Contact, error) {
	c := &engine.Contact{ID: id, Attributes: map[string]any{}, OptIn: map[engine.Channel]bool{}, CreatedAt: s.Clock.Now(), UpdatedAt: s.Clock.Now()}
	if old != nil {
		c.ID, c.KeyID, c.CreatedAt, c.Purposes = old.ID, old.KeyID, old.CreatedAt, old.Purposes
	}
	if old != nil && w.merge {
		c.Attributes, c.OptIn = maps.Clone(old.Attributes), maps.Clone(old.OptIn)
		c.Timezone, c.Locale = old.Timezone, old.Locale
		if c.Attributes == nil {
			c.Attributes = map[string]any{}
		}
		if c.OptIn == nil {
			c.OptIn = map[engine.Channel]bool{}
		}
	}
	in := w.input
	if err := s.composeAttributes(q, c, w, ws); err != nil {
		return nil, err
	}
	addresses, err := s.composeAddresses(old, w)
	if err != nil {
		return nil, err
	}
	c.Addresses = addresses
	for ch, yes := range in.OptIn {
		if !ch.Known() {
			return nil, invalid("opt_in."+string(ch), diag.Text{
				En: fmt.Sprintf("there is no channel %q: use %s", ch, channelsInWords.En), Pt: fmt.Sprintf("não existe o canal %q: use %s", ch, channelsInWords.Pt),
			})
		}
		if yes == nil {
			delete(c.OptIn, ch)
			continue
		}
		if yes.All != nil && !yes.dated() {
			c.OptIn[ch] = *yes.All
		} else if old != nil {
			if before, said := old.OptIn[ch]; said {
				c.OptIn[ch] = before
			}
		}
	}
	if in.Timezone != nil {
		if _, err := time.LoadLocation(*in.Timezone); err != nil || *in.Timezone == "Local" {
			return nil, invalid("timezone", diag.T("there is no time zone %q: use an IANA name such as America/Sao_Paulo",
				"não existe o fuso %q: use um nome IANA, como America/Sao_Paulo", *in.Timezone))
		}
		c.Timezone = *in.Timezone
	}
	if in.Locale != nil {
		if len(*in.Locale) > 35 || strings.ContainsFunc(*in.Locale, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return nil, invalid("locale", diag.T("%q is no language tag: write it like pt-BR", "%q não é um idioma: escreva como pt-BR", *in.Locale))
		}
		c.Locale = *in.Locale
	}
	return c, nil
}

func (s *server) composeAttributes(q *request, c *engine.Contact, w contactWrite, ws *dsl.Workspace) error {
	given := map[string]any{}
	for name, value := range w.input.Attributes {
		if value == nil {
			delete(c.Attributes, name)
			continue
		}
		given[name] = value
	}
	if size := engine.PayloadSize(given); size > engine.MaxPayload {
		return invalid("attributes", diag.T("attributes are %d KB and may be %d KB: keep what is large elsewhere and pass its address",
			"attributes tem %d KB e pode ter %d KB: guarde o que é grande em outro lugar e passe o endereço", size>>10, engine.MaxPayload>>10))
	}
	if len(ws.Contact) == 0 { // no schema was published yet: take what comes
		maps.Copy(c.Attributes, given)
		return nil
	}
	schema := maps.Clone(ws.Contact)
	for _, name := range builtinFields {
		delete(schema, name)
	}
	for name := range schema { // ask only about what was given
		if _, present := given[name]; !present {
			delete(schema, name)
		}
	}
	typed, faults, unknown := fit("attributes.", schema, given, zoneOf(ws.Timezone))
	if len(unknown) > 0 && !w.quiet {
		known := slices.Sorted(maps.Keys(ws.Contact))
		hint := diag.Suggest(unknown[0], known)
		faults = append(faults, fieldFault{"attributes." + unknown[0], hinted(diag.T("the contact schema has no attribute %q; it has: %s",
			"o esquema do contato não tem o atributo %q; tem: %s", unknown[0], strings.Join(known, ", ")), hint)})
	}
	if len(faults) > 0 {
		return faultsProblem(faults, q.lang)
	}
	maps.Copy(c.Attributes, typed)
	return nil
}

// composeAddresses normalizes what is given and keeps what providers taught us
// (wa_id, bsuid), which no other system knows. A phone or e-mail written as an
// attribute is an address, too.
func (s *server) composeAddresses(old *engine.Contact, w contactWrite) ([]engine.Address, error) {
	given := maps.Clone(w.input.Addresses)
	if given == nil {
		given = map[engine.AddressKind]oneOrAll{}
	}
	for _, kind := range []engine.AddressKind{engine.Phone, engine.EmailAddress} {
		if text, isText := w.input.Attributes[string(kind)].(string); isText && text != "" {
			if _, present := given[kind]; !present {
				given[kind] = oneOrAll{text}
			}
		}
	}
	for kind := range given {
		if !slices.Contains(engine.AddressKinds(), kind) {
			return nil, invalid("addresses."+string(kind), diag.Text{
				En: fmt.Sprintf("there is no kind of address %q: use %s", kind, kindsInWords.En), Pt: fmt.Sprintf("não existe o tipo de endereço %q: use %s", kind, kindsInWords.Pt),
			})
		}
	}
	out := []engine.Address{}
	for _, kind := range engine.AddressKinds() {
		values, present := given[kind]
		if !present {
			if old != nil && (w.merge || kind.Learned()) {
				for _, a := range old.Addresses {
					if a.Kind == kind {
						out = append(out, a)
					}
				}
			}
			continue
		}
		for _, value := range values {
			a, err := s.normalize(kind, value)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out, nil
}

// normalize writes an address the one way we compare it.
func (s *server) normalize(kind engine.AddressKind, value string) (engine.Address, error) {
	field := "addresses." + string(kind)
	value = strings.TrimSpace(value)
	switch kind {
	case engine.Phone:
		e164, possible, err := engine.NormalizePhone(value, s.Region)
		if err != nil || !possible {
			return engine.Address{}, invalid(field, diag.T("%q is no phone number: write it with country and area code, like +55 11 98765-4321",
				"%q não é um telefone: escreva com país e DDD, como +55 11 98765-4321", value))
		}
		return engine.Address{Kind: kind, Value: e164}, nil
	case engine.EmailAddress:
		parsed, err := mail.ParseAddress(value)
		if err != nil || parsed.Address != value || len(value) > 254 || strings.ContainsFunc(value, unicode.IsControl) {
			return engine.Address{}, invalid(field, diag.T("%q is no e-mail address: write it like nome@exemplo.com.br",
				"%q não é um e-mail: escreva como nome@exemplo.com.br", value))
		}
		return engine.Address{Kind: kind, Value: strings.ToLower(value)}, nil
	}
	if value == "" || len(value) > 128 || strings.ContainsFunc(value, unicode.IsControl) {
		return engine.Address{}, invalid(field, diag.T("%s must have 1 to 128 characters", "%s deve ter de 1 a 128 caracteres", field))
	}
	return engine.Address{Kind: kind, Value: value}, nil
}

func (s *server) putContact(ctx context.Context, q *request) (*answer, error) {
	return s.changeContact(ctx, q, false)
}

func (s *server) patchContact(ctx context.Context, q *request) (*answer, error) {
	return s.changeContact(ctx, q, true)
}

func (s *server) changeContact(ctx context.Context, q *request, merge bool) (*answer, error) {
	id, err := contactID(q.params["id"])
	if err != nil {
		return nil, err
	}
	var in contactInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.ID != "" && in.ID != string(id) {
		return nil, invalid("id", diag.T("the body names contact %q and the address %q: leave id out of the body", "o corpo diz contato %q e o endereço diz %q: tire o id do corpo", in.ID, id))
	}
	if merge {
		if _, err := s.findContact(ctx, id); err != nil {
			return nil, err
		}
	}
	c, made, err := s.write(ctx, q, id, contactWrite{input: in, merge: merge, source: "api"})
	if err != nil {
		return nil, err
	}
	view, err := s.viewContact(ctx, c)
	if err != nil {
		return nil, err
	}
	if made {
		return created(view), nil
	}
	return ok(view), nil
}

func (s *server) getContact(ctx context.Context, q *request) (*answer, error) {
	c, err := s.findContact(ctx, engine.ContactID(q.params["id"]))
	if err != nil {
		return nil, err
	}
	view, err := s.viewContact(ctx, c)
	if err != nil {
		return nil, err
	}
	return ok(view), nil
}

func (s *server) listContacts(ctx context.Context, q *request) (*answer, error) {
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	list, next, err := s.Store.Contacts(ctx, engine.ContactFilter{Query: q.query("query"), Tag: q.query("tag"), Limit: limit, Cursor: cursor})
	if err != nil {
		return nil, fmt.Errorf("listing contacts: %w", err)
	}
	return ok(pageOf(each(list, contactOf), next)), nil
}

// deleteContact erases a person: their data goes, what must stay as evidence
// stays without it.
func (s *server) deleteContact(ctx context.Context, q *request) (*answer, error) {
	c, err := s.findContact(ctx, engine.ContactID(q.params["id"]))
	if err != nil {
		return nil, err
	}
	if err := s.Runtime.EraseContact(ctx, c.ID); err != nil {
		var refused *engine.Error
		if errors.As(err, &refused) {
			return nil, err
		}
		return nil, fmt.Errorf("erasing a contact: %w", err)
	}
	if err := s.audit(ctx, q, "contact.erased", string(c.ID), nil); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}
