package oracle

import (
	"slices"
	"time"
)

// The order of statuses, as the product promises it: a status only rises, and
// `delivered` after a failure is the truth.
const rankFailed = 40

var ranks = map[string]int{
	"queued": 0, "sending": 10, "unconfirmed": 15, "accepted": 20, "sent": 30,
	"failed": rankFailed, "skipped": rankFailed, "undelivered": rankFailed, "bounced": rankFailed,
	"delivered": 50, "read": 60,
}

func rank(status string) int { return ranks[status] }

// gone reports whether the product says that the provider took a message.
func gone(status string) bool {
	return slices.Contains([]string{"accepted", "sent", "delivered", "read"}, status)
}

// settled reports whether nothing is expected of a message any more.
func settled(status string) bool { return status != "queued" && status != "sending" }

func sortedCopy(all []time.Duration) []time.Duration {
	all = slices.Clone(all)
	slices.Sort(all)
	return all
}

// Below reports whether one status has a lower rank than another.
func Below(status, other string) bool { return rank(status) < rank(other) }
