//go:build !torture_mutant

package activities

// resendOnDoubt is false in every build but one, so the compiler removes what
// depends on it: see mutant_torture.go.
const resendOnDoubt = false
