package workflows

// Change ids of the interpreter. A marker costs an event in every journey that
// reaches it, so the first version wrote none.
//
// How to change behavior that running enrollments replay (a new, dropped or
// moved timer, activity, or signal to another workflow):
//
//  1. Add a constant here, with the release and one line that says what differs.
//     The id is written into histories: never rename, reuse or delete it.
//
//  2. Guard the change, and only where it is reached, so that journeys that do
//     not reach it pay nothing:
//
//     if workflow.GetVersion(t.ctx, changeX, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
//     … what it did before …
//     }
//
//  3. Record a history of the new behavior into testdata/history (see
//     replay_test.go) and keep the old ones: both must replay for ever.
//
// Not everything needs this. New trail lines, other sentences and new fields of
// State with a useful zero value do not change the order of events.
const (
	// changeClock (Unreleased): the same clock told again, or one that was
	// overtaken, sets no timer anew, and a reply that is owed is waited for in
	// real time. Reached only when a clock is moved.
	changeClock = "clock-1"
	// changeResume (Unreleased): a resume that comes while the message is being
	// parked, and the end of a pause, wake it. Reached only then.
	changeResume = "resume-1"
	// changeBudget (Unreleased): a budget of steps per hour, of the size of a
	// variable and of what an enrollment carries. Reached only when one is exceeded.
	changeBudget = "budget-1"
	// changeFresh (Unreleased): an event that comes in the same workflow task as
	// what its thread rested for, and behind it, is kept for the next wait, as it
	// would have been a moment later. Reached only then.
	changeFresh = "fresh-1"
	// changeMove (Unreleased): a move is judged by the checker's own proof, may take
	// who waits at a renamed step along, and may lead to another step or out.
	// Reached only when somebody is asked to move.
	changeMove = "move-1"
)
