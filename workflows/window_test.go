package workflows

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

const windowWorkspace = `workspace: demo
timezone: America/Sao_Paulo
contact: {visits: int}
queues: [desk]
`

// playwright writes small journeys with own WhatsApp text in them.
type playwright struct {
	*rand.Rand
	n, left int
}

func (w *playwright) one(list ...string) string { return list[w.Intn(len(list))] }

func (w *playwright) list() string {
	var steps []string
	for range w.Intn(3) {
		if w.left > 0 {
			steps = append(steps, w.step())
		}
	}
	return "[" + strings.Join(steps, ", ") + "]"
}

func (w *playwright) step() string {
	w.n++
	w.left--
	id := fmt.Sprint("s", w.n)
	span := w.one("4m", "5m", "1h", "12h", "23h", "23h54m", "24h")
	guard := w.one("", "", "", "if: window.whatsapp.open, ", "if: not window.whatsapp.open, ", "if: window.whatsapp.open or contact.visits > 3, ")
	body := ""
	switch w.Intn(10) {
	case 0, 1, 2:
		body = fmt.Sprintf("send: {whatsapp: {text: Oi}%s}", w.one("", "", ", urgent: true"))
	case 3:
		body = fmt.Sprintf("send: {sms: {text: Oi}, within: %s, fallback: [{whatsapp: {text: Oi}}]}", w.one("5m", "1h", "23h"))
	case 4:
		body = fmt.Sprintf("wait: {for: %s}", span)
	case 5:
		body = fmt.Sprintf("ask: {whatsapp: {text: Oi}, options: [{id: o1, title: Sim}], timeout: %s}, branches: {o1: %s, other: %s, timeout: %s}", span, w.list(), w.list(), w.list())
	case 6:
		body = fmt.Sprintf("ask: {sms: {text: Oi}, fallback: [{whatsapp: {text: Oi}}], options: [{id: o1, title: Sim}], timeout: %s}, branches: {o1: %s, other: [], timeout: %s}", span, w.list(), w.list())
	case 7:
		body = fmt.Sprintf("handoff: {queue: desk, timeout: %s}, branches: {timeout: %s}", span, w.list())
	case 8:
		body = fmt.Sprintf("wait: {events: {wrote: {reply: whatsapp}, opened: {window: opened}}, timeout: %s}, branches: {wrote: %s, opened: %s, timeout: []}", span, w.list(), w.list())
	case 9:
		body = fmt.Sprintf("repeat: {max: %d, every: %s, steps: %s}", 1+w.Intn(3), span, w.list())
	}
	return fmt.Sprintf("{id: %s, %s%s}", id, guard, body)
}

func (w *playwright) journey() string {
	w.left = 3 + w.Intn(5)
	var text strings.Builder
	fmt.Fprintf(&text, "dsl: 1\njourney: demo\ncategory: utility\ntriggers: [%s]\n", w.one("{inbound: whatsapp}", "{inbound: whatsapp}", "{api: true}"))
	if w.Intn(3) == 0 {
		fmt.Fprintf(&text, "delivery: {send_window: {from: \"09:00\", to: \"20:00\"}, hold_max: %s}\n", w.one("1h", "12h"))
	}
	text.WriteString("steps:\n")
	for w.left > 0 {
		text.WriteString("  - " + w.step() + "\n")
	}
	return text.String()
}

// TestProvedTextGoesInsideTheWindow plays journeys that the checker lets pass on
// the interpreter, with people who write late, on either channel or not at all,
// and messages that are held as long as they may be: none sends own text later
// than 24 hours after the person wrote.
func TestProvedTextGoesInsideTheWindow(t *testing.T) {
	seeds := int64(1200)
	if testing.Short() {
		seeds = 200
	}
	played, texts := 0, 0
	for seed := range seeds {
		r := rand.New(rand.NewSource(seed))
		text := (&playwright{Rand: r}).journey()
		folder, list := dsl.Load([]dsl.File{{Path: "workspace.yaml", Content: []byte(windowWorkspace)}, {Path: "demo.journey.yaml", Content: []byte(text)}})
		for _, d := range list {
			if d.Code != "J0505" {
				t.Fatalf("seed %d: %v\n%s", seed, list, text)
			}
		}
		p := folder.Plans["demo"]
		if p == nil {
			continue
		}
		played++
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			a := &audience{stage: newStage(t, p), Rand: r}
			if p.Triggers[0].Inbound != "" {
				a.wrote = append(a.wrote, day0)
			}
			a.script()
			a.play()
			if a.late != "" {
				t.Errorf("%s\n%s\n%s", a.late, text, a.story())
			}
			texts += a.sent
		})
	}
	t.Logf("%d journeys played, %d own texts sent", played, texts)
	if played < int(seeds)/6 || texts < played/4 {
		t.Errorf("%d journeys played, %d own texts sent: too few to say anything", played, texts)
	}
}

// audience is a person at the other end, and the provider between.
type audience struct {
	*stage
	*rand.Rand
	wrote []time.Time
	sent  int
	late  string // a text that went outside the window
}

func (a *audience) script() {
	for _, id := range sorted(a.plan.Nodes) {
		n := a.plan.Nodes[id]
		if n.Handoff != nil && a.Intn(2) == 0 {
			a.at(time.Duration(a.Intn(48*60))*time.Minute, Signal{Kind: SignalHandoff, Handoff: engine.HandoffID("h_" + id)})
		}
		if n.Ask == nil && n.Wait == nil {
			continue
		}
		for range a.Intn(3) {
			sig := reply(id, "o1", "x")
			if n.Ask != nil && len(n.Ask.Routes) > 1 && a.Intn(2) == 0 {
				sig.Channel = engine.SMS
			}
			sig.Visit = a.Intn(2)
			at := time.Duration(a.Intn(60*60)) * time.Minute
			a.at(at, sig)
			if sig.Channel == engine.WhatsApp {
				a.do(at, func() {
					a.mu.Lock()
					defer a.mu.Unlock()
					a.wrote = append(a.wrote, day0.Add(at))
				})
			}
		}
	}
	a.send = a.deliver
	a.evaluate = a.look
}

// last is when the person last wrote.
func (a *audience) last() time.Time {
	if len(a.wrote) == 0 {
		return time.Time{}
	}
	return slices.MaxFunc(a.wrote, time.Time.Compare)
}

// deliver holds a message to the last moment, or sends it.
func (a *audience) deliver(in activities.SendInput) (activities.SendResult, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, now := a.plan.Nodes[in.StepID], a.env.Now()
	var routes []dsl.Route
	var urgent bool
	if n.Ask != nil {
		routes, urgent = n.Ask.Routes, n.Ask.Urgent
	} else {
		routes, urgent = n.Send.Routes, n.Send.Urgent
	}
	if due := in.FirstAt.Add(a.plan.Delivery.HoldMax.Std()); a.plan.Delivery.SendWindow != nil && !urgent && now.Before(due) && a.Intn(2) == 0 {
		return activities.SendResult{Status: activities.SendRetry, RetryAt: due}, nil
	}
	if a.Intn(8) == 0 {
		return undelivered("unreachable")
	}
	if r := routes[in.Route]; r.Channel == "whatsapp" && r.Message.Text != nil && r.Message.Closed == nil {
		a.sent++
		if since := now.Sub(a.last()); since >= engine.ServiceWindowLength {
			a.late = fmt.Sprintf("%s went %v after the person wrote", in.StepID, since)
		}
	}
	return accept(in), nil
}

// look evaluates what reads the contact or the window.
func (a *audience) look(source string, _ activities.EvaluateInput) activities.Value {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, err := expression.Load(source)
	if err != nil {
		return activities.Value{Error: err.Error()}
	}
	now := a.env.Now()
	windows := map[engine.Channel]engine.WindowState{engine.WhatsApp: {LastInboundAt: a.last()}}
	v, err := p.Eval(&expression.Scope{Now: now, Roots: map[string]any{
		"window": activities.WindowRoot(windows, now), "contact": map[string]any{"visits": a.Intn(6)},
	}})
	if err != nil {
		return activities.Value{Error: err.Error()}
	}
	return activities.Value{Value: v}
}
