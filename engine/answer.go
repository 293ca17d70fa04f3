package engine

// Answer is a reply understood against the question it answers. It carries what
// `steps.<id>.` offers afterwards.
type Answer struct {
	Outcome string   `json:"outcome"` // option id, band, `answered`
	Option  string   `json:"option,omitempty"`
	Score   *float64 `json:"score,omitempty"`
	Value   any      `json:"value,omitempty"` // of accept: number, date, email, image
	Text    string   `json:"text,omitempty"`
}
