// Package auth knows who calls: it makes, checks and revokes API tokens.
//
// A token is "jrn_" and 256 random bits. Its owner sees it once; we keep only
// its SHA-256, so that a copy of the database opens nothing. (A slow password
// hash would add nothing: 256 random bits cannot be guessed, and every request
// pays for the check.)
//
//	secret, token, err := service.Create(ctx, auth.Request{Name: "CI", Scopes: []auth.Scope{auth.Journeys}})
//	principal, err := service.Verify(ctx, secret)
//	principal.May(auth.Journeys) // true
//	principal.May(auth.Contacts) // false: what is not granted is denied
package auth
