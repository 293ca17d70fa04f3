package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/dsl/price"
	"jornada/dsl/sms"
	"jornada/engine"
)

// deed is something the journey did that others notice.
type deed struct {
	at      time.Time
	line    int // of the timeline
	step    string
	verb    string            // send | ask | call | handoff | enroll | emit | update
	values  map[string]string // what an `expect` may compare, by path
	message engine.MessageID  // of a message
	channel engine.Channel
	content *engine.Content
	refused bool // of a message: the network did not take it
	more    bool // of a message: another route follows, so somebody waits for its delivery
	handoff engine.HandoffID
	child   engine.EnrollmentID
	attempt string // of a call: which request; its retries are the same deed
	visit   int    // of a call: how many times the step ran before
}

// mustBeExpected reports whether a deed that no line expects is a difference:
// whatever reaches people or other systems.
func (d *deed) mustBeExpected() bool { return d.verb != "emit" && d.verb != "update" }

// wentOut reports whether it is a message that the network took.
func (d *deed) wentOut() bool { return d.message != "" && !d.refused }

// priced is what the price of a message depends on. Own text on WhatsApp answers
// inside the service window; SMS are counted by their segments.
func (d *deed) priced(plan *dsl.Plan, ws *dsl.Workspace) price.Count {
	n := price.Count{Channel: string(d.channel), Category: plan.Category, Min: 1, Max: 1}
	switch t, ok := plan.Template(n.Channel, d.values["template"]); {
	case ok && t.Category != "":
		n.Category = t.Category
	case d.values["template"] == "" && d.channel.HasWindow():
		n.Category = "service"
	}
	if d.channel.Medium().Segments {
		text := d.values["text"]
		if ws.Channels[n.Channel].SmartEncoding {
			text = sms.Cheaper(text)
		}
		n.Max = max(1, sms.Measure(text).Segments)
		n.Min = n.Max
	}
	return n
}

// title is what is shown of a deed in one line.
func (d *deed) title() string {
	switch d.verb {
	case "send", "ask":
		what := d.values["text"]
		if s := d.values["subject"]; s != "" {
			what = s
		}
		if t := d.values["template"]; t != "" {
			what = strings.TrimSpace(t + ": " + what)
		}
		return strings.TrimSpace(string(d.channel) + "  " + short(what))
	case "call":
		return d.values["method"] + " " + short(d.values["url"])
	case "handoff":
		return d.values["queue"] + "  " + short(d.values["note"])
	case "enroll":
		return d.values["journey"]
	case "emit":
		return d.values["event"]
	}
	return ""
}

// short is the beginning of a text, on one line.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		s = strings.TrimSpace(string(r[:59])) + "…"
	}
	return s
}

// put flattens a value under a path, as `expect` writes it.
func put(values map[string]string, path string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for k, inner := range v {
			put(values, path+"."+k, inner)
		}
	case []any:
		for i, inner := range v {
			put(values, fmt.Sprintf("%s[%d]", path, i), inner)
		}
	case string:
		values[path] = v
	case time.Time:
		values[path] = v.Format(time.RFC3339)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			b = fmt.Append(nil, v)
		}
		values[path] = string(b)
	}
}

// contentValues are a message's values. What a template says is its body with
// the parameters in it, as the person reads it.
func contentValues(c engine.Content, ch engine.Channel, plan *dsl.Plan) map[string]string {
	v := map[string]string{"via": string(ch)}
	for key, value := range map[string]string{"template": c.Template, "text": c.Text, "footer": c.Footer, "subject": c.Subject, "markdown": c.Markdown} {
		if value != "" {
			v[key] = value
		}
	}
	for name, value := range c.Params {
		v["params."+name] = value
	}
	if t, ok := plan.Templates[string(ch)+"/"+c.Template]; ok && c.Text == "" && t.Body != "" {
		v["text"] = t.Body
		for name, value := range c.Params {
			v["text"] = strings.ReplaceAll(v["text"], "{{"+name+"}}", value)
		}
	}
	if c.Reaction != nil {
		v["reaction"] = c.Reaction.Emoji
	}
	if c.Media != nil {
		v["media."+c.Media.Kind] = c.Media.URL
	}
	for i, choice := range c.Choices {
		v[fmt.Sprintf("options[%d]", i)] = choice.Title
	}
	return v
}

// shown is a message as its reader sees it: a template's text with the parameters in it.
func shown(c engine.Content, values map[string]string) *engine.Content {
	c.Text = values["text"]
	c.Choices = slices.Clone(c.Choices)
	return &c
}

// doing is put into an activity's context: whose deed is done.
type doing struct {
	step  string
	verb  string
	visit int
	more  bool
}

type doingKey struct{}

func during(ctx context.Context, d doing) context.Context {
	return context.WithValue(ctx, doingKey{}, d)
}

func doingOf(ctx context.Context) doing {
	d, _ := ctx.Value(doingKey{}).(doing)
	return d
}

// sendMessage is the activity, with whose message it is in its context.
func (b *Bench) sendMessage(ctx context.Context, in activities.SendInput) (activities.SendResult, error) {
	n := b.play.plan.Nodes[in.StepID]
	if n == nil {
		return b.acts.SendMessage(ctx, in)
	}
	return b.acts.SendMessage(during(ctx, doing{step: in.StepID, verb: n.Verb, more: in.Route < len(n.Routes())-1}), in)
}

func (b *Bench) updateContact(ctx context.Context, in activities.StepInput) (activities.StepResult, error) {
	res, err := b.acts.UpdateContact(ctx, in)
	n := b.play.plan.Nodes[in.StepID]
	if err != nil || n == nil || n.Update == nil {
		return res, err
	}
	d := &deed{step: in.StepID, verb: "update", values: map[string]string{}}
	if len(n.Update.Fields) > 0 {
		contact, err := b.store.Contact(ctx, in.ContactID)
		if err != nil {
			return res, fmt.Errorf("reading the contact that step %q changed: %w", in.StepID, err)
		}
		for name := range n.Update.Fields {
			put(d.values, "fields."+name, contact.Attributes[name])
		}
	}
	b.play.record(d)
	return res, nil
}

func (b *Bench) emitEvent(ctx context.Context, in activities.StepInput) (activities.StepResult, error) {
	return b.acts.EmitEvent(during(ctx, doing{step: in.StepID, verb: "emit"}), in)
}

func (b *Bench) openHandoff(ctx context.Context, in activities.StepInput) (activities.StepResult, error) {
	res, err := b.acts.OpenHandoff(ctx, in)
	if err != nil || res.HandoffID == "" {
		return res, err
	}
	h, err := b.store.Handoff(ctx, res.HandoffID)
	if err != nil {
		return res, fmt.Errorf("reading the hand-off of step %q: %w", in.StepID, err)
	}
	b.play.record(&deed{step: in.StepID, verb: "handoff", handoff: h.ID, values: map[string]string{
		"queue": h.Queue, "note": h.Note, "priority": h.Priority,
	}})
	return res, nil
}

// enroller notes sub-journeys instead of starting them.
type enroller struct{ b *Bench }

// EnrollChild implements activities.Enroller.
func (e enroller) EnrollChild(_ context.Context, req activities.ChildRequest) (activities.ChildResult, error) {
	d := &deed{step: req.ParentStep, verb: "enroll", child: req.EnrollmentID, values: map[string]string{
		"journey": string(req.Journey), "contact": string(req.ContactID),
	}}
	put(d.values, "inputs", req.Inputs)
	e.b.play.record(d)
	return activities.ChildResult{EnrollmentID: req.EnrollmentID}, nil
}

// line makes a channel of the simulated network that notes what is sent.
func (b *Bench) line(s channel.Settings) (channel.Provider, error) {
	p, err := b.network.Open(s)
	if err != nil {
		return nil, err
	}
	return &line{Provider: p, b: b, channel: s.Channel}, nil
}

// line is one channel of the simulated network.
type line struct {
	channel.Provider

	b       *Bench
	channel engine.Channel
}

// Send implements channel.Sender.
func (l *line) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	who := doingOf(ctx)
	d := &deed{
		step: who.step, verb: who.verb, more: who.more, channel: l.channel, message: engine.MessageID(out.Ref),
		values: contentValues(out.Content, l.channel, l.b.play.plan),
	}
	d.content = shown(out.Content, d.values)
	if act := l.b.play.record(d); act != nil && act.Respond != nil && act.Respond.Error != "" {
		l.b.play.refuse(d, act.Respond.Error)
		code := undelivered[act.Respond.Error][l.channel]
		return channel.Receipt{}, &channel.SendError{Class: l.Classify(code), Code: code, Message: "the script says: " + act.Respond.Error}
	}
	return l.Provider.Send(ctx, out)
}

// Classify implements channel.Classifier.
func (l *line) Classify(code string) channel.Class {
	if c, ok := l.Provider.(channel.Classifier); ok {
		return c.Classify(code)
	}
	return ""
}

// emitted is what an `emit` publishes; nil for events that come from elsewhere.
func emitted(ctx context.Context, ev *engine.InboundEvent) *deed {
	who := doingOf(ctx)
	if who.verb != "emit" {
		return nil
	}
	d := &deed{step: who.step, verb: "emit", values: map[string]string{"event": ev.Name}}
	put(d.values, "data", ev.Data)
	return d
}

// differs is the first line of an `expect` that the deed does not fit.
func (d *deed) differs(match []dsl.Match) (dsl.Match, string, bool) {
	for _, m := range match {
		if got, has := d.values[m.Key]; !has || !m.Fits(got) {
			return m, got, true
		}
	}
	return dsl.Match{}, "", false
}

// keys are the deed's values that say something, for a message about a key that
// it does not have.
func (d *deed) keys() []string {
	keys := sortedKeys(d.values)
	return slices.DeleteFunc(keys, func(k string) bool { return d.values[k] == "" })
}

// Capabilities implements channel.Sender. A scenario is about one person, and many
// are played at the same moment of the calendar: there is no number to share.
func (l *line) Capabilities() channel.Capabilities {
	c := l.Provider.Capabilities()
	c.Pace = channel.Pace{}
	return c
}
