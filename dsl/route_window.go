package dsl

import (
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// RouteWindow is what is proved of a channel's service window when a step sends on
// it: what an author is told beside the message.
type RouteWindow struct {
	StepID  string
	Route   int // 0 is the first channel, then the fallbacks
	Channel string
	// Open: own text can go, whatever happens before. Left is for how long at least
	// the window is open then; 0 where the workspace may send own text at any time.
	Open bool
	Left time.Duration
	// Closed is the template that goes instead when the window is closed; "" when
	// there is none, or the message is a template anyway.
	Closed string
	// Template: the message is a template, which needs no window.
	Template bool
	// Why the window may be closed; empty when it is proved open.
	Why diag.Text
}

// Windows are the windows of every send and ask on a channel with a service window
// that an enrollment can reach, by step and route. A journey with errors has them
// too, as soon as every step could be read; until then, and of an unknown journey,
// there are none.
func (f *Folder) Windows(journey string) []RouteWindow {
	c := f.checks[journey]
	if c == nil {
		return nil
	}
	var list []RouteWindow
	for _, m := range medium.Table {
		if m.Window == 0 {
			continue
		}
		every, always := func(*RouteDecl) bool { return true }, c.needsNoWindow(m.Name)
		c.lookThrough(m, every, func(w *windowProof, s *sending) {
			message := s.route.Message
			v := RouteWindow{StepID: s.step.ID.Value, Route: s.nth, Channel: m.Name, Open: always || s.proved(), Template: message.Template != nil}
			if message.Closed != nil {
				v.Closed = message.Closed.Template.String()
			}
			switch {
			case always:
			case v.Open:
				v.Left = s.have.left
			default:
				v.Why = w.doubt(s)
			}
			list = append(list, v)
		})
	}
	slices.SortStableFunc(list, func(a, b RouteWindow) int {
		if by := strings.Compare(a.StepID, b.StepID); by != 0 {
			return by
		}
		return a.Route - b.Route
	})
	return list
}
