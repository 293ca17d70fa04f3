package wavy_test

import (
	"testing"

	"jornada/activities/channel/channeltest"
)

// TestMain keeps these tests on this machine.
func TestMain(m *testing.M) { channeltest.Main(m) }
