package engine

import "testing"

// TestServiceWindowLength: ServiceWindow counts one length for all, so the table
// may not say another.
func TestServiceWindowLength(t *testing.T) {
	for _, ch := range Channels() {
		if w := ch.Medium().Window; w != 0 && w != ServiceWindowLength {
			t.Errorf("%s: %s, but ServiceWindow counts %s", ch, w, ServiceWindowLength)
		}
	}
}
