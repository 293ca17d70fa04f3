package workflows

import (
	"testing"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// budgetPlan is the journey every benchmark plays.
func budgetPlan() *dsl.Plan {
	question := edges(ask("confirm", 24*time.Hour), "yes", "thanks", "timeout", "end")
	return journey(send("hello"), question, send("thanks"), exit("end", "done"))
}

// TestHistoryBudget counts the events of the journey every benchmark plays:
// send, ask with a timeout, reply, branch, send, end.
func TestHistoryBudget(t *testing.T) {
	s := newStage(t, budgetPlan())
	s.at(time.Hour, reply("confirm", "yes", "Sim"))
	s.play().ended(engine.Exited, "done")
	s.did("send hello visit 0 route 0 try 0", "send confirm visit 0 route 0 try 0", "send thanks visit 0 route 0 try 0")
	// started, completed; task: scheduled, started, completed; markers: send, ask,
	// send, end; timer; signal and its task. The timer needs no cancellation.
	if got := s.events.total(); got > 16 || got != 14 {
		t.Fatalf("%d events (%+v), want 14 and never more than 16", got, s.events)
	}
}
