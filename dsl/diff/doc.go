// Package diff says in words what an edit does to a journey: which steps were
// added, removed, renamed or moved, which times, texts and templates changed, and
// what each of these means for the people inside.
//
// It compares two plans, so what does not run (comments, layout, labels, the
// order of keys) is no difference. Every [Change] has a machine form and one of
// five classes: people inside may go on at once, at their next wait, with their
// timers computed anew, only perhaps, or not at all.
//
//	for _, c := range diff.Compare(old, now) {
//		fmt.Println(c.Class, c.Words.En) // timers  timeout of `confirm`: 6 h → 4 h
//	}
//
// Where somebody stands is not known here: a class speaks of whoever it concerns
// most. Plan.Judge of package dsl decides about one step and one enrollment.
package diff
