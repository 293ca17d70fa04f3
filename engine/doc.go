// Package engine holds the words and the rules of customer journeys: who a
// contact is and how they are reached (contact.go), one passage through a
// journey (enrollment.go), what was said (message.go) and what happened
// (event.go).
//
// The rules are functions from data and a moment to an answer. They ask no
// clock, no database and no network, so a table proves each of them:
//
//   - servicewindow.go: may free-form WhatsApp text be sent now?
//   - sendwindow.go, holidays.go: may anything be sent at this hour, and when next?
//   - frequencycap.go: has this person heard enough from us?
//   - optout.go, answer.go: does this text mean "stop", and which choice is it?
//   - split.go, entrykey.go: which variant, and which passage, is this?
//
// What keeps, moves and serves these things lives below (store, runtime, api,
// auth, devserver) and imports this package, never the other way.
package engine
