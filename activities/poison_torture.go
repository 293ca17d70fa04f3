//go:build torture_poison

package activities

// poisonous begins the ids of contacts for whom this build has a mistake: looking
// at one of them panics, as a mistake that nobody has found yet would. The torture
// suite builds the product once with this tag, to see that such an enrollment is
// quarantined and that its neighbors do not notice. Never ship such a build.
const poisonous = "poison-"
