//go:build torture_mutant

package activities

// resendOnDoubt makes this package wrong on purpose: a message whose provider
// call may or may not have arrived is sent again, as an activity without a ledger
// would do on its retry. The torture suite builds the product once with this tag
// and fails unless its oracle sees the customers get copies: a harness that does
// not see duplicates has proved nothing about their absence. Never ship a build
// with this tag.
const resendOnDoubt = true
