package store

// phoneVariants is replaced by engine.PhoneVariants.
func phoneVariants(e164 string) []string { return []string{e164} }
