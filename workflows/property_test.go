package workflows

import (
	"fmt"
	"hash/fnv"
	"math/rand"
	"sort"
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

func sortedStrings(list []string) []string {
	sort.Strings(list)
	return list
}

// author writes random small journeys: every verb, nested, with bounded loops.
type author struct {
	*rand.Rand
	p     *dsl.Plan
	n     int
	lanes bool     // it has lanes
	up    []string // enclosing list's steps, for goto
}

// steps writes a list of steps that falls through to next and returns its first.
func (a *author) steps(depth int, next string, enclosing []string) string {
	count := 1 + a.Intn(3)
	first := next
	for range count {
		first = a.one(depth, first, enclosing)
	}
	return first
}

func (a *author) one(depth int, next string, enclosing []string) string {
	a.n++
	id := fmt.Sprintf("s%d", a.n)
	verbs := []string{"send", "ask", "wait", "events", "switch", "split", "call", "handoff", "enroll", "set", "update", "emit", "goto", "exit"}
	if depth > 0 {
		verbs = append(verbs, "parallel", "repeat", "branches", "branches")
	}
	var n *dsl.Node
	switch v := verbs[a.Intn(len(verbs))]; v {
	case "send":
		n = send(id, []string{"whatsapp", "sms", "email"}[:1+a.Intn(3)]...)
	case "ask", "branches":
		n = ask(id, time.Duration(1+a.Intn(30))*time.Hour, []string{"whatsapp", "sms"}[:1+a.Intn(2)]...)
		n.Ask.Retries = a.Intn(3)
		if v == "branches" {
			for _, o := range []string{"yes", "no", "other", "timeout"} {
				edges(n, o, a.steps(depth-1, next, enclosing))
			}
		}
	case "wait":
		n = waitFor(id, time.Duration(a.Intn(50))*time.Hour)
	case "events":
		n = events4(time.Duration(1+a.Intn(30))*time.Hour, dsl.WaitEvent{Outcome: "paid", Event: "order.paid"}, dsl.WaitEvent{Outcome: "wrote", Reply: "whatsapp"})
		n.ID = id
	case "switch":
		n = &dsl.Node{ID: id, Verb: "switch", Switch: []dsl.Case{{ID: "c", When: expr("vars.n > 1")}, {ID: "d"}}}
	case "split":
		n = &dsl.Node{ID: id, Verb: "split", Split: &dsl.Split{Seed: id, Variants: []dsl.Variant{{ID: "a", Share: 50}, {ID: "b", Share: 50}}}}
	case "call":
		n = call(id, a.Intn(3))
	case "handoff":
		n = &dsl.Node{ID: id, Verb: "handoff", Handoff: &dsl.Handoff{Timeout: dsl.Duration(time.Duration(1+a.Intn(9)) * time.Hour)}}
	case "enroll":
		n = &dsl.Node{ID: id, Verb: "enroll", Normal: "completed", Enroll: &dsl.Enroll{Journey: "o", Timeout: dsl.Duration(time.Duration(1+a.Intn(9)) * time.Hour)}}
	case "set":
		n = set(id, "n", "{{ vars.n + 1 }}")
	case "update":
		n = &dsl.Node{ID: id, Verb: "update", Update: &dsl.Update{}}
	case "emit":
		n = &dsl.Node{ID: id, Verb: "emit", Emit: &dsl.Emit{}}
	case "goto":
		target := id
		if next != dsl.End && a.p.Nodes[next] != nil {
			target = next
		}
		if len(a.up) > 0 {
			target = a.up[a.Intn(len(a.up))]
		}
		n = &dsl.Node{ID: id, Verb: "goto", Goto: &dsl.Goto{Step: target, Max: 1 + a.Intn(2)}}
	case "exit":
		n = exit(id, "out_"+id)
	case "parallel":
		a.lanes = true
		n = &dsl.Node{ID: id, Verb: "parallel", Normal: "done", Parallel: &dsl.Parallel{Join: []string{"all", "first"}[a.Intn(2)]}}
		for k := range 1 + a.Intn(3) {
			a.up = append(a.up, id)
			n.Parallel.Lanes = append(n.Parallel.Lanes, dsl.Lane{ID: fmt.Sprint("l", k), Start: a.steps(depth-1, id, append(enclosing[:len(enclosing):len(enclosing)], id))})
			a.up = a.up[:len(a.up)-1]
		}
	case "repeat":
		a.up = append(a.up, id)
		n = &dsl.Node{ID: id, Verb: "repeat", Normal: "done", Repeat: &dsl.Repeat{Max: 1 + a.Intn(3), Every: dsl.Duration(time.Duration(a.Intn(2)) * time.Hour)}}
		n.Repeat.Body = a.steps(depth-1, id, append(enclosing[:len(enclosing):len(enclosing)], id))
		a.up = a.up[:len(a.up)-1]
	}
	if a.Intn(6) == 0 {
		n.If = expr("vars.n < 2")
	}
	n.Next, n.Inside = next, enclosing
	a.p.Nodes[id] = n
	return id
}

// TestRandomJourneys plays random journeys with random replies, events, statuses
// and failures: each comes to exactly one end, with a trail without gaps, and does
// the very same when its history is cut at random.
func TestRandomJourneys(t *testing.T) {
	seeds := 400
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewSource(int64(seed)))
			p := counting(journey())
			a := &author{Rand: r, p: p}
			p.Start = a.steps(3, dsl.End, nil)
			if r.Intn(3) == 0 {
				p.Exits = []dsl.Interrupt{{ID: "off", Event: "stop", Exit: true}}
			}
			if r.Intn(3) == 0 {
				p.OnFailure = a.steps(0, dsl.End, nil)
			}
			script := r.Int63()
			whole := newStage(t, p)
			improvise(whole, rand.New(rand.NewSource(script)), p)
			whole.play()
			if len(whole.ends) != 1 {
				t.Fatalf("%d endings\n%s", len(whole.ends), whole.story())
			}
			cut := newStage(t, p)
			cut.j.cutEvery = 1 + r.Intn(6)
			improvise(cut, rand.New(rand.NewSource(script)), p)
			cut.play()
			if len(cut.ends) != 1 {
				t.Fatalf("%d endings\n%s", len(cut.ends), cut.story())
			}
			if a.lanes { // whose activity comes back first is not ours to say
				return
			}
			if got, want := outline(cut), outline(whole); got != want {
				t.Fatalf("cut every %d it went differently:\n%s\nwant:\n%s", cut.j.cutEvery, cut.story(), whole.story())
			}
		})
	}
}

// improvise scripts the world at random.
func improvise(s *stage, r *rand.Rand, p *dsl.Plan) {
	ids := sorted(p.Nodes)
	for range r.Intn(30) {
		at := time.Duration(r.Intn(72*60)) * time.Minute
		id := ids[r.Intn(len(ids))]
		var sig Signal
		switch r.Intn(7) {
		case 0:
			sig = reply(id, []string{"yes", "no"}[r.Intn(2)], "x")
			sig.Visit = r.Intn(2)
		case 1:
			sig = confused(id, "x")
		case 2:
			sig = event([]string{"order.paid", "stop", "noise"}[r.Intn(3)], nil)
		case 3:
			sig = status(fmt.Sprintf("m_%s_0_0_0", id), []engine.MessageStatus{engine.Failed, engine.Delivered, engine.Sent}[r.Intn(3)], "blocked")
		case 4:
			sig = Signal{Kind: SignalHandoff, Handoff: engine.HandoffID("h_" + id)}
		case 5:
			sig = Signal{Kind: SignalChild, Child: engine.EnrollmentID("enr_child_" + id), Status: "exited", Outcome: "out"}
		case 6:
			sig = Signal{Kind: []SignalKind{SignalContactChanged, SignalInputsChanged, SignalResume, "unheard_of"}[r.Intn(4)]}
		}
		s.at(at, sig)
	}
	luck := map[string]int{}
	draw := func(key string, n int) int {
		if _, ok := luck[key]; !ok {
			h := fnv.New32a()
			h.Write([]byte(key))
			luck[key] = int(h.Sum32()>>8) % n
		}
		return luck[key]
	}
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch key := fmt.Sprint(in.StepID, in.Visit, in.Route, in.Try); draw(key, 5) {
		case 0:
			return undelivered("unreachable")
		case 1:
			luck[key] = 4
			return activities.SendResult{Status: activities.SendRetry, RetryAt: in.Scope.Now.Add(time.Hour)}, nil
		case 2:
			res := accept(in)
			res.Status = activities.SendUnconfirmed
			return res, nil
		}
		return accept(in), nil
	}
	s.call = func(in activities.CallInput) (activities.CallResult, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return activities.CallResult{OK: draw("call"+in.StepID, 3) != 0, Retry: true, Status: 500}, nil
	}
}
