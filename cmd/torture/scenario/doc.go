// Package scenario is the torture suite's list of scenarios: one file each, named
// as its number in the reliability plan, and the parts they share.
//
// A scenario plays like this: it describes a product and a world ([Run.Stage]),
// enrolls people of its own ([Stage.Enroll]) while it does harm, lets everything
// come back and settle ([Stage.Settle]), and hands both records to the oracle
// ([Stage.Judge]).
//
// Two sizes of each exist: CI, which fits into seconds, and full, which is what
// the plan promises. Seeds decide who answers what and when, which call fails and
// which process is killed when; the moment a kill hits inside the product is the
// machine's.
//
// To add one: a file tNN.go with a func playing it, and a line in table.go.
package scenario
