package workflows

// Change ids of the interpreter. None is needed at birth: a marker costs an
// event in every journey, so the first version writes none.
//
// How to change behavior that running enrollments replay (a new, dropped or
// moved timer, activity, or signal to another workflow):
//
//  1. Add a constant here, with the release and one line that says what differs.
//     The id is written into histories: never rename, reuse or delete it.
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
