//go:build !torture_poison

package activities

// poisonous is empty in every build but one, so the compiler removes what depends
// on it: see poison_torture.go.
const poisonous = ""
