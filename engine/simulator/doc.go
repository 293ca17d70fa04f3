// Package simulator plays scenarios: a contact goes through one journey on a
// virtual clock, and what the product does is compared with what the scenario
// says. Simulated is executed: the interpreter is the real one, in Temporal's
// time-skipping test environment, and so are the send gate, the rendering, the
// matching of answers, the runtime that routes events and the store. Only the
// ends are fakes: the telephone network ([jornada/activities/channel/fake]), the
// services that `call` reaches, the people behind hand-offs, and sub-journeys,
// which the script finishes.
//
// A [Bench] holds one workspace's published journeys and plays any number of
// scenarios, one after the other:
//
//	bench, err := simulator.NewBench(ctx, simulator.Config{Open: open, Folder: folder})
//	transcript, err := bench.Play(ctx, scenario)
//
// # How a script meets the journey
//
// Everything a journey does that others notice (a message, a call, a hand-off, a
// sub-journey, an event, a changed contact) is a deed. Deeds are compared with the
// `expect` lines of the script in order; several lines in a row may happen in any
// order as long as they happen at the same moment, which is how the lanes of a
// `parallel` go. What the world does (reply, status, event, finish) waits until
// the journey has come to rest, so it never overtakes the journey.
//
// A message, a call, a hand-off or a sub-journey that no line expects is a
// difference; so is a line that never comes true. The first difference ends the
// scenario, and [Transcript.Render] shows where.
package simulator
