package dsl

// TemplateLimits are what a platform that approves templates takes: counts, and
// characters as they are shown.
type TemplateLimits struct{ Buttons, ButtonTitle, Body int }

// LimitsOfTemplates are WhatsApp's, the only platform that approves templates
// (developers.facebook.com/documentation/business-messaging/whatsapp/templates).
func LimitsOfTemplates() TemplateLimits {
	return TemplateLimits{Buttons: templateButtons, ButtonTitle: templateButtonTitle, Body: templateBody}
}

// AcceptKinds are the kinds of free answers that `ask` understands.
func AcceptKinds() []string { return append([]string{}, acceptKinds...) }
