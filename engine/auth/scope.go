package auth

import "slices"

// Scope is what a token may do. Scopes only ever widen: a call that no scope of
// the token names is denied.
type Scope string

// The scopes of a token.
const (
	Admin    Scope = "admin"    // everything, also tokens, integrations and the audit trail
	Journeys Scope = "journeys" // write, check, publish and steer journeys; enroll
	Contacts Scope = "contacts" // read and write contacts, import, export, erase
	Events   Scope = "events"   // report what happened; enroll and unenroll
	Messages Scope = "messages" // read messages, decide unconfirmed ones, serve hand-offs
	Read     Scope = "read"     // look at everything except secrets, tokens, exports and the audit trail
)

// Scopes lists every scope, widest first.
func Scopes() []Scope { return []Scope{Admin, Journeys, Contacts, Events, Messages, Read} }

// Principal is who makes a request.
type Principal struct {
	TokenID string
	Name    string
	Scopes  []Scope
}

// Actor is how the audit trail names the principal.
func (p *Principal) Actor() string {
	if p.Name == "" {
		return p.TokenID
	}
	return p.Name + " (" + p.TokenID + ")"
}

// May reports whether the principal holds one of the scopes. No scope asked
// for means nobody may: a route that forgot its permission stays closed.
func (p *Principal) May(scopes ...Scope) bool {
	if p == nil || len(scopes) == 0 {
		return false
	}
	if slices.Contains(p.Scopes, Admin) {
		return true
	}
	for _, s := range scopes {
		if slices.Contains(p.Scopes, s) {
			return true
		}
	}
	return false
}
