package storetest

import (
	"os"
	"testing"
	"time"
)

// Without a server, one is started from the installed binaries, and is gone
// with its folder once its watchdog's input ends.
func TestStartServer(t *testing.T) {
	if _, err := postgresBinaries(); err != nil {
		t.Logf("POSTGRES NOT TESTED: %v", err)
		return
	}
	s, err := startServer()
	if err != nil {
		t.Fatal(err)
	}
	if err := execute(s.dsn, "CREATE DATABASE probe"); err != nil {
		t.Error(err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if err := execute(s.dsn, "SELECT 1"); err == nil {
		t.Error("it still answers")
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
}

func TestClock(t *testing.T) {
	c := NewClock()
	before := c.Now()
	if got := c.Advance(time.Hour); got.Sub(before) != time.Hour || c.Now() != got {
		t.Errorf("advanced from %v to %v", before, c.Now())
	}
}
