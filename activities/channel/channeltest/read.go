package channeltest

import (
	"maps"
	"strings"
	"testing"

	"jornada/activities/channel"
)

// ReadCase is how a provider is told that a message was read.
type ReadCase struct {
	ProviderID string
	Want       Request
	Answer     Answer // that it was marked
	Refuse     Answer // that it was not
}

// MarksRead fails the test unless marking a message as read is one call, its refusal
// an error, and no call at all when the setting mark_read is never.
func MarksRead(t *testing.T, construct channel.Constructor, settings channel.Settings, c ReadCase) {
	t.Helper()
	mark := func(answer Answer, values map[string]string, id string) ([]Received, error) {
		server := NewServer(t, answer)
		marker, ok := server.Open(t, construct, settings, values).(channel.ReadMarker)
		if !ok {
			t.Fatal("the provider marks nothing as read")
		}
		err := marker.MarkRead(t.Context(), id)
		return server.Requests(), err
	}
	calls, err := mark(c.Answer, nil, c.ProviderID)
	if err != nil || len(calls) != 1 {
		t.Fatalf("%d calls were made: %v", len(calls), err)
	}
	c.Want.compare(t, calls[0])
	if calls, err := mark(c.Refuse, nil, c.ProviderID); err == nil || len(calls) != 1 {
		t.Errorf("%d calls were made of one that is refused: %v", len(calls), err)
	}
	if calls, err := mark(c.Answer, map[string]string{"mark_read": "never"}, c.ProviderID); err != nil || len(calls) != 0 {
		t.Errorf("%d calls were made although mark_read is never: %v", len(calls), err)
	}
	if calls, err := mark(c.Answer, nil, ""); err != nil || len(calls) != 0 {
		t.Errorf("%d calls were made of no message: %v", len(calls), err)
	}
	wrong := settings
	wrong.Values = maps.Clone(settings.Values)
	wrong.Values["mark_read"], wrong.Values["base_url"] = "sometimes", "https://example.com"
	if _, err := construct(wrong); err == nil || !strings.Contains(err.Error(), "mark_read") {
		t.Errorf("mark_read may be sometimes: %v", err)
	}
}
