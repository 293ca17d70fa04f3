package workflows

import (
	"testing"
	"time"

	"jornada/engine"
)

// TestHistoryBudget counts the events of the journey every benchmark plays:
// send, ask with a timeout, reply, branch, send, end.
func TestHistoryBudget(t *testing.T) {
	question := edges(ask("confirm", 24*time.Hour), "yes", "thanks", "timeout", "end")
	p := journey(send("hello"), question, send("thanks"), exit("end", "done"))
	s := newStage(t, p)
	s.at(time.Hour, reply("confirm", "yes", "Sim"))
	s.play().ended(engine.Exited, "done")
	s.did("send hello visit 0 route 0 try 0", "send confirm visit 0 route 0 try 0", "send thanks visit 0 route 0 try 0")
	// started, completed; task: scheduled, started, completed; markers: send, ask,
	// send, end; timer; signal and its task. The timer needs no cancellation.
	if got := s.events.total(); got > 16 || got != 14 {
		t.Fatalf("%d events (%+v), want 14 and never more than 16", got, s.events)
	}
}
