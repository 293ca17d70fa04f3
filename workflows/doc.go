// Package workflows is the interpreter: one Temporal workflow, [Journeys.Journey],
// that walks any journey's plan. It decides; package activities acts.
//
// # How it runs
//
// A run has one pump and one coroutine per thread. The pump takes signals in
// the order they came (signals.go), drops repeats, looks for goals and exits
// (interrupts.go) and leaves the rest where the step that waits for it finds
// it. A thread (thread.go) is a program counter: the journey's own, or a lane of
// a `parallel`. It asks the step's function (step_<verb>.go) to go on until the
// step has an outcome, then follows the plan's edge.
//
// A step function is a small state machine over [StepState]: it reads how far it
// got, goes on from there, and comes back with an outcome or, when the thread
// must halt, with nothing. All deadlines in it are absolute. So the history may
// be cut (continue-as-new) at any wait: every thread halts, what is left in the
// signal channel goes into [State], and the next run goes on from State.
//
// # What stands in history
//
// Every event costs a database write and stays for the life of the enrollment,
// so there are few: pure decisions are taken here, and everything else is a
// local activity, whose input (the scope of the expressions, the trail not yet
// stored) never enters the history. The journey "send, ask with a timeout, reply,
// branch, send, end" costs 13 events. The plan is fetched by hash and is not in
// history either. Expressions that read the contact run in the Evaluate
// activity, so personal data is read where it may be erased.
//
// # Rules for whoever changes this
//
// Running enrollments replay their history with the new code. Anything that
// adds, drops or reorders a timer, an activity or a signal to another workflow
// breaks them, unless it is guarded as versions.go says; the replay tests fail
// first. Time is the thread's now(), which is Temporal's clock through the
// anchor; maps are walked sorted; nothing here may sleep, start a goroutine,
// draw lots or read a clock.
package workflows
