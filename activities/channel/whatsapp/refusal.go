package whatsapp

import (
	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
)

// Wrong is refusal.Wrong, for drivers that know of WhatsApp only.
func Wrong(format string, args ...any) error { return refusal.Wrong(format, args...) }

// ByStatus is refusal.ByStatus.
func ByStatus(status int) channel.Class { return refusal.ByStatus(status) }

// Scrub is refusal.Scrub.
func Scrub(s string) string { return refusal.Scrub(s) }
