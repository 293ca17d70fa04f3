// Package integration proves the runtime against a real Temporal server, a real
// store and the real interpreter: a journey from enrollment to its end, with
// nothing personal in Temporal's history. It is a package of its own so that
// the runtime's other tests need not link the server.
package integration
