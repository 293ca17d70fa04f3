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
//
// People sign in with e-mail and password instead (People). A password is stored
// as argon2id; a session is 256 random bits in a cookie, of which we keep the
// SHA-256, and ends after eight idle hours, after a week, when its owner's role or
// password changes, and when they sign out. A role stands for scopes (ScopesOf),
// so that the API asks people and tokens the same question.
//
// Nobody is sent mail, and there is no default password: the first administrator
// gets a link that is printed at start, the others one that an administrator hands
// them; each works once.
package auth
