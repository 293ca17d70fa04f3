package workflows

import (
	"testing"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// versions are plans by their hash.
type versions map[engine.VersionHash]*dsl.Plan

func (v versions) Plan(hash engine.VersionHash) (*dsl.Plan, error) {
	if p := v[hash]; p != nil {
		return p, nil
	}
	return nil, engine.Errorf(engine.NotFound, "no plan %s", hash)
}

// moving plays an enrollment of old that is asked after an hour to go on in now.
func moving(t *testing.T, old, now *dsl.Plan) *stage {
	t.Helper()
	s := newStage(t, old)
	s.j.Plans = versions{"hash": old, "hash2": now}
	s.at(time.Hour, Signal{Kind: SignalMove, Version: "hash2"})
	return s
}

func moveTo(hash engine.VersionHash) Signal { return Signal{Kind: SignalMove, Version: hash} }

// Who waits for an answer goes on in the new version: its answer leads to the
// new version's steps.
func TestMoveAtAQuestion(t *testing.T) {
	old := journey(edges(ask("q", 10*time.Hour), "yes", "old", "no", "old", "timeout", "old"), send("old"), exit("end", "done"))
	now := journey(edges(ask("q", 10*time.Hour), "yes", "fresh", "no", "fresh", "timeout", "fresh"), send("fresh"), exit("end", "done"))
	s := moving(t, old, now)
	s.at(2*time.Hour, reply("q", "yes", "sim"))
	s.play().did("send q visit 0 route 0 try 0", "send fresh visit 0 route 0 try 0")
	s.ended(engine.Exited, "done")
	if s.runs != 2 || s.noted("signal", "q", "move", "moved") != 1 {
		t.Errorf("%d runs\n%s", s.runs, s.story())
	}
}

// Lengths of time are the new version's; they count from where the old ones did.
func TestMoveRecomputesTimers(t *testing.T) {
	for name, c := range map[string]struct {
		old, now *dsl.Node
		took     time.Duration
	}{
		"a shorter wait": {waitFor("w", 10*time.Hour), waitFor("w", 4*time.Hour), 4 * time.Hour},
		"over already":   {waitFor("w", 10*time.Hour), waitFor("w", 30*time.Minute), time.Hour},
		"a longer wait":  {waitFor("w", 2*time.Hour), waitFor("w", 20*time.Hour), 20 * time.Hour},
		"a question":     {ask("q", 10*time.Hour), ask("q", 3*time.Hour), 3 * time.Hour},
		"people": {
			&dsl.Node{ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(10 * time.Hour)}},
			&dsl.Node{ID: "desk", Verb: "handoff", Handoff: &dsl.Handoff{Queue: "q", Timeout: dsl.Duration(5 * time.Hour)}}, 5 * time.Hour,
		},
		"events": {
			events4(10*time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid"}),
			events4(6*time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid"}), 6 * time.Hour,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := moving(t, journey(c.old), journey(c.now))
			s.play().ended(engine.Completed, "completed")
			s.took(c.took)
		})
	}
}

// What the new version does not accept finishes on the old one, and the trail
// says why.
func TestMoveRefused(t *testing.T) {
	reads := send("more")
	reads.If = expr("steps.intro.outcome == 'sent'")
	cases := map[string]struct {
		old, now *dsl.Plan
		why      string
	}{
		"the step is gone": {
			journey(waitFor("w", 10*time.Hour), send("old")), journey(waitFor("v", 10*time.Hour), send("fresh")),
			"step `w`, where it waits, was removed",
		},
		"a result it does not have": {
			journey(waitFor("w", 10*time.Hour), send("old")), journey(send("intro"), edges(waitFor("w", 10*time.Hour), "elapsed", "more"), reads),
			"step `more` reads the result of `intro`, which this enrollment has not been through",
		},
		"an outcome is gone": {
			journey(edges(waitFor("w", 10*time.Hour), "elapsed", "old"), send("old")), journey(waitFor("w", 10*time.Hour), send("fresh")),
			"has no outcome `elapsed` any more",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := moving(t, c.old, c.now)
			s.play().did("send old visit 0 route 0 try 0")
			s.ended(engine.Completed, "completed")
			if s.runs != 1 || s.noted("move", "stays: ", c.why) != 1 {
				t.Errorf("%d runs\n%s", s.runs, s.story())
			}
		})
	}
}

// A result under an old name is read under the new one.
func TestMoveKeepsResultsOfRenamedSteps(t *testing.T) {
	old := journey(send("hello"), waitFor("w", 10*time.Hour))
	greeting := send("greeting")
	greeting.Was = []string{"hello"}
	more := send("more")
	more.If = expr("steps.greeting.outcome == 'sent'")
	s := moving(t, old, journey(greeting, waitFor("w", 10*time.Hour), more))
	s.play().did("send hello visit 0 route 0 try 0", "send more visit 0 route 0 try 0")
}

// Asked in the middle of a send that is held, it moves at the next rest; asked
// again for the version it is in, it stays; the last word counts.
func TestMoveWaitsForARest(t *testing.T) {
	old := journey(send("old", "whatsapp", "sms"), waitFor("w", 10*time.Hour), send("gone"))
	now := journey(send("old", "whatsapp", "sms"), waitFor("w", 10*time.Hour), send("fresh"))
	s := newStage(t, old)
	s.j.Plans = versions{"hash": old, "hash2": now, "hash3": journey(send("never"))}
	s.at(time.Minute, moveTo("hash3"))
	s.at(2*time.Minute, moveTo("hash2")) // the first route is not confirmed yet
	s.at(3*time.Hour, moveTo("hash2"))   // it is there already
	s.play().did("send old visit 0 route 0 try 0", "send old visit 0 route 1 try 0", "send fresh visit 0 route 0 try 0")
	if s.noted("move", "moved") != 1 {
		t.Error(s.story())
	}
}

// Inside a parallel nobody moves.
func TestMoveInsideAParallelIsRefused(t *testing.T) {
	s := newStage(t, everything())
	s.j.Plans = versions{"hash": everything(), "hash2": everything()}
	perform(s)
	s.at(40*time.Minute, moveTo("hash2"))
	s.play()
	if s.noted("move", "stays: it is inside a `parallel`") != 1 || s.noted("moved") != 0 {
		t.Error(s.story())
	}
}

// Who waits at a question that got another name keeps it: the answer, under the old
// name, is taken, and its wait row is closed under the name it was opened with.
func TestMoveAlongWithARenamedQuestion(t *testing.T) {
	for name, answer := range map[string]bool{"answered": true, "silent": false} {
		t.Run(name, func(t *testing.T) {
			question := ask("question", 10*time.Hour)
			question.Was = []string{"q"}
			outcome := "timeout"
			s := moving(t, journey(ask("q", 10*time.Hour)), journey(edges(question, "yes", "fresh", "no", "end", "timeout", "end"), send("fresh"), exit("end", "done")))
			if answer {
				outcome = "yes"
				s.at(2*time.Hour, reply("q", "yes", "sim"))
			}
			s.play().ended(engine.Exited, "done")
			if s.noted("outcome", "question", outcome) != 1 {
				t.Error(s.story())
			}
			calls := []string{"send q visit 0 route 0 try 0", "send fresh visit 0 route 0 try 0"}
			if !answer {
				calls = []string{"send q visit 0 route 0 try 0", "close q timed_out"}
			}
			s.did(calls...)
		})
	}
}

// Asked again after its question got another name, it is asked under the new one.
func TestRepromptAfterARename(t *testing.T) {
	old, question := ask("q", 10*time.Hour), ask("question", 10*time.Hour)
	old.Ask.Retries, question.Ask.Retries = 1, 1
	question.Was = []string{"q"}
	s := moving(t, journey(old), journey(edges(question, "yes", "end", "no", "end", "timeout", "end", "other", "end"), exit("end", "done")))
	s.at(2*time.Hour, confused("q", "talvez"))
	s.at(3*time.Hour, reply("question", "yes", "sim"))
	s.play().did("send q visit 0 route 0 try 0", "close q canceled", "send question visit 0 route 0 try 1")
	s.ended(engine.Exited, "done")
}

// A step whose people may not go on in it is left for another, which begins anew;
// what it held open is let go, and who answers it now is late.
func TestMoveToAnotherStep(t *testing.T) {
	old := journey(ask("q", 10*time.Hour))
	now := journey(edges(waitFor("w", 2*time.Hour), "elapsed", "fresh"), send("fresh"), exit("end", "done"))
	s := moving(t, old, now)
	s.script = nil
	move := moveTo("hash2")
	move.Moves = map[string]string{"q": "w"}
	s.at(time.Hour, move)
	s.at(90*time.Minute, reply("q", "yes", "sim"))
	s.play().did("send q visit 0 route 0 try 0", "close q canceled", "send fresh visit 0 route 0 try 0")
	s.ended(engine.Exited, "done")
	if s.noted("signal w", "move", "moved") != 1 || s.noted("reply", "late_reply") != 1 {
		t.Error(s.story())
	}
}

// A target that would read what was never there is refused: the enrollment stays.
func TestMoveToAStepThatReadsWhatIsNotThere(t *testing.T) {
	reads := send("more")
	reads.If = expr("steps.intro.outcome == 'sent'")
	s := moving(t, journey(waitFor("w", 10*time.Hour), send("old")), journey(send("intro"), edges(waitFor("v", time.Hour), "elapsed", "more"), reads))
	s.script = nil
	move := moveTo("hash2")
	move.Moves = map[string]string{"w": "v"}
	s.at(time.Hour, move)
	s.play().did("send old visit 0 route 0 try 0")
	if s.noted("move", "stays: step `more` reads the result of `intro`, which this enrollment has not been through") != 1 {
		t.Error(s.story())
	}
}

// Moved out of a step, the enrollment ends with an outcome of its own.
func TestMoveOut(t *testing.T) {
	s := moving(t, journey(ask("q", 10*time.Hour), send("never")), journey(send("never")))
	s.script = nil
	move := moveTo("hash2")
	move.Moves = map[string]string{"q": dsl.MoveExit}
	s.at(time.Hour, move)
	s.play().did("send q visit 0 route 0 try 0")
	s.ended(engine.Exited, OutcomeMovedOut)
	if s.runs != 1 || s.noted("signal q", "move", "moved out") != 1 {
		t.Errorf("%d runs\n%s", s.runs, s.story())
	}
}

// Also out of a lane: whichever lane looks first, the one that is led out ends all.
func TestMoveOutOfALane(t *testing.T) {
	for _, step := range []string{"qa", "desk"} {
		t.Run(step, func(t *testing.T) {
			s := newStage(t, everything())
			s.j.Plans = versions{"hash": everything(), "hash2": journey(send("fresh"))}
			perform(s)
			move := moveTo("hash2")
			move.Moves = map[string]string{step: dsl.MoveExit}
			s.at(40*time.Minute, move)
			s.play().ended(engine.Exited, OutcomeMovedOut)
			if s.noted("signal "+step, "move", "moved out") != 1 || s.noted("move", "stays") != 0 {
				t.Error(s.story())
			}
		})
	}
}
