// Package runtime is where Jornada meets Temporal: it puts contacts into
// journeys, brings what happens outside to the journeys that wait for it, and
// runs the worker that walks them.
//
// # Two tables and two loops
//
// Nothing is handed to Temporal, and nothing that came in is acted upon, inside
// an HTTP request. Both ends are tables:
//
//	webhook, API ──Deliver──▶ events ──dispatcher──▶ outbox ──▶ Temporal
//	                          (one row per thing     (one row per
//	                           that happened)         thing to tell)
//
// [Runtime.Deliver] stores every event of a webhook call in one transaction,
// under a key that makes it unique, and returns; only then may the provider be
// told 200. The dispatcher takes events by lease and works each off in one
// transaction: it locks the contact, finds out what the event means, writes the
// consequences (a closed wait, a withdrawn consent, a new enrollment) together
// with the outbox rows that tell the workflows, and marks the event as done by
// compare-and-set. The transaction either happened or it did not, so a killed
// process, a second process and an event delivered five times all come to the
// same end. The outbox then starts and signals workflows until Temporal took
// them: with Temporal away, everything waits in a table and catches up later.
//
// # Who gets a reply
//
// A message is routed by the first of these that applies:
//
//  1. The button a person tapped carries its enrollment, step and visit: exact.
//  2. The message quotes one of ours: exact, its question.
//  3. The whole text is an opt-out word, and no open question has it as an
//     option ("CANCELAR" inside a confirmation answers the confirmation).
//  4. The newest open question on that channel that the text can answer.
//  5. The newest open question, as an answer that fits nothing (it reprompts).
//  6. Triggers `inbound`, by keyword first, then those without keywords.
//  7. Nobody: it stays in the conversation, where people read it.
//
// A wait is closed by compare-and-set, by the reply or by the timeout, never by
// both; the loser of that race is kept as a late reply.
//
// # What Temporal knows about people
//
// Histories hold ids and outcomes. What remains (inputs, a reply's text) is
// encrypted with the contact's own data key by [NewDataConverter]; erasing a
// contact destroys the key, and with it every history that mentions them. The
// rows of the outbox are sealed with the same key.
//
// # Time
//
// The runtime reads the present from [engine.Clock], which may run faster than
// the machine's. A moment is always virtual. Backoffs are lengths of real time,
// so they are stretched by the clock's speed before they become a moment; leases
// stay real, the store stretches them.
package runtime
