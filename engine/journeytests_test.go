package engine

import (
	"strings"
	"testing"
)

// A folder's tests and those that people saved: what goes live, what the editor
// shows, and that nothing somebody wrote is gone.
func TestJourneyTestsOfBothSides(t *testing.T) {
	file := func(cases ...string) string {
		return "test: hi\ncases:\n  - name: " + strings.Join(cases, "\n  - name: ") + "\n"
	}
	one, two, other := file("one"), file("one", "two"), file("one", "other")
	for _, c := range []struct {
		name   string
		before JourneyTests
		do     func(*JourneyTests)
		want   JourneyTests
	}{
		{"the first of a folder", JourneyTests{}, send(one), JourneyTests{Saved: one, Live: one, Base: one}},
		{"newer ones of a folder", JourneyTests{Saved: one, Live: one, Base: one}, send(two), JourneyTests{Saved: two, Live: two, Base: two}},
		{"saved here first, sent by nobody yet", JourneyTests{Saved: two}, send(one), JourneyTests{Saved: two, Live: one, Behind: true}},
		{"a change that was not published stays", JourneyTests{Saved: two, Live: one, Base: one}, send(other), JourneyTests{Saved: two, Live: other, Base: one, Behind: true}},
		{"and the folder sends the old again", JourneyTests{Saved: two, Live: one, Base: one}, send(one), JourneyTests{Saved: two, Live: one, Base: one}},
		{"published, pulled and sent back", JourneyTests{Saved: two, Live: two, Base: one}, send(two), JourneyTests{Saved: two, Live: two, Base: two}},
		{"published, pulled, and one more", JourneyTests{Saved: two, Live: two, Base: one}, send(file("two", "one", "three")), JourneyTests{Saved: file("two", "one", "three"), Live: file("two", "one", "three"), Base: file("two", "one", "three")}},
		{"published, and the folder lacks a case", JourneyTests{Saved: two, Live: two, Base: one}, send(other), JourneyTests{Saved: two, Live: other, Base: one, Behind: true}},
		{"sent twice while they wait to be joined", JourneyTests{Saved: two, Live: other, Base: one, Behind: true}, send(file("other")), JourneyTests{Saved: two, Live: file("other"), Base: one, Behind: true}},
		{"published here", JourneyTests{Saved: two, Live: one, Base: one}, (*JourneyTests).Release, JourneyTests{Saved: two, Live: two, Base: one}},
		{"published while others wait", JourneyTests{Saved: two, Live: other, Base: one, Behind: true}, (*JourneyTests).Release, JourneyTests{Saved: two, Live: other, Base: one, Behind: true}},
		{"joined", JourneyTests{Saved: two, Live: other, Base: one, Behind: true}, (*JourneyTests).Include, JourneyTests{Saved: two, Live: other, Base: other}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.before
			c.do(&got)
			if got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func send(text string) func(*JourneyTests) {
	return func(t *JourneyTests) { t.Send(text) }
}
