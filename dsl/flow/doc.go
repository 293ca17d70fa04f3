// Package flow proves things about programs without running them: what holds at
// a point whichever way it was reached, by which way it does not, and how much a
// walk can cost at most and at least.
//
// It knows graphs and nothing of journeys. A [Graph] has points, in the order in
// which the program is read, and edges; every edge leads forward except a
// [Jump] and a [Round], and those say how often they may be taken. Package dsl
// makes one from a plan and asks:
//
//   - [Solve]: facts for every point, to a fixpoint. Where ways meet, facts are
//     joined; where parallel lanes end, they are met.
//   - [Graph.Path]: the shortest way on which something is not so, to show to
//     the author.
//   - [Graph.Longest] and [Graph.Shortest]: bounds of a walk's cost, loops
//     counted as often as they may run.
//
// All three cost little more than one look at every edge.
package flow
