package auth

import (
	"slices"

	"jornada/engine"
)

// ScopesOf says what a person of a role may do, in the words of tokens: the API
// asks both the same question.
func ScopesOf(role engine.Role) []Scope {
	switch role {
	case engine.Administrator:
		return []Scope{Admin}
	case engine.Author:
		return []Scope{Journeys, Read}
	case engine.Operator:
		return []Scope{Contacts, Events, Messages, Read}
	case engine.Viewer:
		return []Scope{Read}
	}
	return nil
}

// knownRole reports whether a role is one of ours.
func knownRole(role engine.Role) bool { return slices.Contains(engine.Roles(), role) }
