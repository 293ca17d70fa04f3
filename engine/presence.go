package engine

import "time"

// PresenceTTL is how long a tab counts as open after it last said so, by the
// machine's clock; tabs say so three times as often.
const PresenceTTL = 15 * time.Second

// Presence is one tab in which somebody has a journey open.
type Presence struct {
	Journey JourneyID
	Tab     string // made up by the page
	Actor   string // as the audit trail names them
	Name    string
	StepID  string // the step that is chosen there, "" = none
}
