package api

import (
	"context"

	"jornada/dsl/diag"
	"jornada/engine"
)

// mergeContact makes one person of two, for an administrator who knows that they
// are. The contact of the address leads to the one of the body afterwards.
func (s *server) mergeContact(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Into string `json:"into"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	from, into := q.params["id"], in.Into
	if into == "" {
		return nil, invalid("into", diag.T("into is missing: the id of the contact that stays", "falta into: o id do contato que fica"))
	}
	if from == into {
		return nil, invalid("into", diag.T("contact %q cannot be merged into itself: name the other one", "o contato %q não pode ser juntado a si mesmo: diga o outro", into))
	}
	for _, id := range []string{from, into} {
		if _, err := s.findContact(ctx, engine.ContactID(id)); err != nil {
			return nil, err
		}
	}
	if err := s.Runtime.MergeContacts(ctx, engine.ContactID(from), engine.ContactID(into), q.actor()); err != nil {
		return nil, wrapUnlessRefused("merging two contacts", err)
	}
	c, err := s.findContact(ctx, engine.ContactID(into))
	if err != nil {
		return nil, err
	}
	view, err := s.viewContact(ctx, c)
	if err != nil {
		return nil, err
	}
	return ok(view), nil
}

// whoNow is the contact that an id leads to, for filters: what belonged to a
// contact belongs to the one it was merged into.
func (s *server) whoNow(ctx context.Context, id string) (engine.ContactID, error) {
	if id == "" {
		return "", nil
	}
	c, err := s.Store.Contact(ctx, engine.ContactID(id))
	if isCode(err, engine.NotFound) {
		return engine.ContactID(id), nil
	}
	if err != nil {
		return "", wrapUnlessRefused("reading a contact", err)
	}
	return c.ID, nil
}
