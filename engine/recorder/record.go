package recorder

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"jornada/dsl"
	"jornada/dsl/medium"
	"jornada/engine"
)

// recording is one passage on its way to a script.
type recording struct {
	Passage

	fake     *faker
	zone     *time.Location
	messages map[engine.MessageID]Message
	heard    map[engine.EventID]Heard
	script   []line
	last     time.Time // when the line before happened
	draw     map[string]any
	told     map[engine.MessageID]bool // messages that have a line
}

// Record writes a *.test.yaml file with one case.
func Record(p Passage) ([]byte, error) {
	zone, err := engine.Zone(p.Plan.Timezone)
	if err != nil {
		return nil, fmt.Errorf("the journey's time zone: %w", err)
	}
	r := &recording{
		Passage: p, fake: newFaker(string(p.ID), p.Source), zone: zone, last: p.StartedAt,
		messages: map[engine.MessageID]Message{}, heard: map[engine.EventID]Heard{}, draw: map[string]any{}, told: map[engine.MessageID]bool{},
	}
	for _, m := range p.Messages {
		r.messages[m.ID] = m
	}
	for _, h := range p.Heard {
		r.heard[h.ID] = h
	}
	contact, inputs := r.contact(), r.fake.value(p.Inputs, unmoved)
	r.walk()
	c := mapping("name", fmt.Sprintf("recorded %06x", r.fake.number("name", 1<<24)), "now", p.StartedAt.In(zone).Format("2006-01-02T15:04:05"), "contact", contact, "inputs", inputs)
	if len(r.draw) > 0 {
		add(c, "draw", r.draw)
	}
	script := &yaml.Node{Kind: yaml.SequenceNode}
	for _, l := range r.script {
		script.Content = append(script.Content, l.node())
	}
	add(c, "script", script)
	if p.Ending == "" {
		add(c, "stop", true)
	} else {
		add(c, "end", p.Ending)
	}
	doc := mapping("test", p.Plan.Journey, "cases", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{c}})
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("writing the test: %w", err)
	}
	return b.Bytes(), nil
}

// contact is somebody like the person, as far as the journey looks.
func (r *recording) contact() map[string]any {
	out := map[string]any{}
	for name := range readOf("contact", r.Source) {
		if v, has := r.Contact.Attributes[name]; has {
			out[name] = r.fake.value(v, r.fake.moved)
		}
	}
	for _, own := range []string{"phone", "email"} { // the simulator makes up those that reach nobody
		delete(out, own)
	}
	optIn := map[string]any{}
	for _, ch := range medium.Names() {
		yes := r.Contact.OptIn[ch]
		for _, m := range r.Messages { // it was so when the message went out
			yes = yes || string(m.Channel) == ch && r.wentOut(m.ID)
		}
		if yes || !medium.Of(ch).WritesFirst { // channels left out are no
			optIn[ch] = yes
		}
	}
	out["opt_in"] = optIn
	if r.Contact.Timezone != "" {
		out["timezone"] = r.Contact.Timezone
	}
	if r.Contact.Locale != "" {
		out["locale"] = r.Contact.Locale
	}
	return out
}

func (r *recording) wentOut(id engine.MessageID) bool {
	return slices.ContainsFunc(r.Timeline, func(e engine.TimelineEntry) bool { return e.Message == id && e.Result == "accepted" })
}

// readOf are the fields of a root that a journey's file reads.
func readOf(root, source string) map[string]bool {
	out := map[string]bool{}
	for _, m := range regexp.MustCompile(`\b`+root+`\??\.([a-z][a-z0-9_]*)`).FindAllStringSubmatch(source, -1) {
		out[m[1]] = true
	}
	return out
}

// walk goes along the timeline.
func (r *recording) walk() {
	for _, e := range r.Timeline {
		n := r.Plan.Nodes[e.StepID]
		switch {
		case e.Kind == "ended":
			return
		case e.Kind == "message" && r.told[e.Message]:
			r.status(e)
		case e.Kind == "message" && n != nil:
			r.message(e, n)
		case e.Kind == "reply":
			r.reply(e, n)
		case e.Kind == "signal" && e.EventID != "":
			r.event(e)
		case e.Kind == "signal" && n != nil && (e.Result == "handoff" || e.Result == "child"):
			r.does(e.At, "finish", e.Detail, "of", e.StepID)
		case e.Kind == "step" && e.Result == "" && n != nil && (n.Handoff != nil || n.Enroll != nil):
			r.expect(e)
		case e.Kind == "outcome" && n != nil && n.Call != nil:
			r.call(e, n)
		case e.Kind == "outcome" && n != nil && n.Split != nil:
			r.draw[e.StepID] = e.Result
		}
	}
}

// expect says that a step does something, and when the world's clock stood there.
func (r *recording) expect(e engine.TimelineEntry, more ...any) {
	r.script = append(r.script, line{pairs: append([]any{"expect", e.StepID}, more...)})
	r.last = later(r.last, e.At)
}

// later is the later of two moments. What came in has two: when it was received,
// and when the journey heard of it, whose clock may have been told late that
// everybody's was moved.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// does says what the world does, as long after the line before as it did.
func (r *recording) does(at time.Time, pairs ...any) {
	if wait := at.Sub(r.last).Round(time.Second); wait > 0 {
		pairs = append([]any{"after", lasting(wait)}, pairs...)
	}
	r.script = append(r.script, line{pairs: pairs})
	r.last = later(r.last, at)
}

// message is one that went out, with what of it concerns nobody.
func (r *recording) message(e engine.TimelineEntry, n *dsl.Node) {
	m, known := r.messages[e.Message]
	if !known || (n.Send == nil && n.Ask == nil) {
		return
	}
	r.told[e.Message] = true
	more := []any{"via", string(m.Channel)}
	if m.Content.Template != "" {
		more = append(more, "template", m.Content.Template)
	}
	params := map[string]any{}
	for name, value := range m.Content.Params {
		if made, ok := r.fake.made[value]; ok {
			params[name] = made
		} else if r.fake.knows(value) {
			params[name] = value
		}
	}
	if len(params) > 0 {
		more = append(more, "params", params)
	}
	r.expect(e, more...)
}

// status is what a provider said of a message later on.
func (r *recording) status(e engine.TimelineEntry) {
	if e.Result != string(engine.Failed) || r.messages[e.Message].ID == "" {
		return // that it arrived is what happens by itself
	}
	word := map[string]string{"opted_out": "opted_out", "unreachable": "undeliverable", "blocked": "undeliverable", "expired": "undeliverable"}[e.Detail]
	if word == "" {
		word = "failed"
	}
	r.does(e.At, "status", word)
}

// event is a business event.
func (r *recording) event(e engine.TimelineEntry) {
	h, known := r.heard[e.EventID]
	if !known {
		h = Heard{Event: e.Result}
	}
	read := readOf("event", r.Source)
	data := maps.Clone(h.Data)
	maps.DeleteFunc(data, func(name string, _ any) bool { return !read[name] })
	pairs := []any{"event", h.Event}
	if len(data) > 0 {
		pairs = append(pairs, "data", r.fake.value(data, unmoved))
	}
	r.does(later(e.At, h.ReceivedAt), pairs...)
}

// call is what a service answered, once it is known how it came out.
func (r *recording) call(e engine.TimelineEntry, n *dsl.Node) {
	respond := map[string]any{"status": 200}
	if e.Result != "ok" {
		respond = map[string]any{"status": 500}
		if m := regexp.MustCompile(`(?:answered|redirected \()\s?(\d{3})`).FindStringSubmatch(e.Detail); m != nil {
			respond["status"], _ = strconv.Atoi(m[1])
		} else if strings.Contains(e.Detail, "did not answer in time") {
			respond = map[string]any{"error": "timeout"}
		} else if strings.Contains(e.Detail, "could not be reached") {
			respond = map[string]any{"error": "unreachable"}
		}
	} else if len(n.Call.Returns) > 0 {
		respond["body"] = example(n.Call.Returns)
	}
	r.expect(e, "respond", respond)
}
