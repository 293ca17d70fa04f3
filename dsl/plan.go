package dsl

import (
	"slices"

	"jornada/dsl/expression"
	"jornada/dsl/medium"
)

// PlanFormat is the version of the plan's JSON shape. The interpreter reads
// every format ever published, because enrollments stay pinned to their plan.
const PlanFormat = 1

// End is the target of an edge that leaves the journey: falling off the end of
// the steps, which is the ending `completed`.
const End = "$end"

// Plan is a checked journey, lowered to a flat graph: a node for every step, an
// edge for every outcome. It is immutable plain data, identified by Hash, and
// holds all that running needs (types, templates, schedules), so a running
// enrollment never reads a newer workspace by accident.
type Plan struct {
	Format       int                          `json:"format"`
	Workspace    string                       `json:"workspace"`
	Journey      string                       `json:"journey"`
	Name         string                       `json:"name,omitempty"`
	Category     string                       `json:"category"` // marketing | utility | authentication | service
	Locale       string                       `json:"locale"`   // BCP 47, "pt-BR"
	Timezone     string                       `json:"timezone"` // IANA
	Clock        string                       `json:"clock"`    // journey | contact: whose zone send windows follow
	Inputs       expression.Fields            `json:"inputs,omitempty"`
	Vars         map[string]Var               `json:"vars,omitempty"`
	Triggers     []Trigger                    `json:"triggers"`
	Audience     *Expr                        `json:"audience,omitempty"`
	Entry        Entry                        `json:"entry"`
	Delivery     Delivery                     `json:"delivery"`
	Goals        []Interrupt                  `json:"goals,omitempty"`
	Exits        []Interrupt                  `json:"exits,omitempty"`
	OnFailure    string                       `json:"on_failure,omitempty"` // first node of `exits: [{failure: true, steps}]`
	Start        string                       `json:"start"`                // first node, or End
	Nodes        map[string]*Node             `json:"nodes"`
	Translations map[string]map[string]string `json:"translations,omitempty"` // language -> text path -> text
	Contact      expression.Fields            `json:"contact"`                // the workspace's contact schema
	Events       map[string]expression.Fields `json:"events,omitempty"`       // the events this journey listens to or emits
	Schedules    map[string]Hours             `json:"schedules,omitempty"`
	Templates    map[string]Template          `json:"templates,omitempty"` // key: channel + "/" + name
	FlowHash     string                       `json:"flow_hash"`           // sha256 of the graph without texts, labels and positions
	CopyHash     string                       `json:"copy_hash"`           // sha256 of texts and translations
	Hash         string                       `json:"hash"`                // sha256 of both: the plan's identity
}

// Expr is a bare expression: source text, place, and which roots it reads.
type Expr struct {
	Source string   `json:"source"`
	Line   int      `json:"line,omitempty"`
	Column int      `json:"column,omitempty"`
	Reads  []string `json:"reads,omitempty"` // sorted roots: contact, inputs, window, …
}

// Text is content: text with `{{ expr }}` in it. A text that is exactly one
// `{{ }}` keeps the type of its value.
type Text struct {
	Source string   `json:"source"`
	Path   string   `json:"path,omitempty"` // what translations call it: "confirm.reprompt"
	Line   int      `json:"line,omitempty"`
	Column int      `json:"column,omitempty"`
	Reads  []string `json:"reads,omitempty"`
}

// Var is a variable of the journey.
type Var struct {
	Type    expression.Type `json:"type"`
	Default any             `json:"default,omitempty"`
}

// Trigger starts an enrollment. Exactly one of the first six is set.
type Trigger struct {
	Event    string           `json:"event,omitempty"`
	Inbound  string           `json:"inbound,omitempty"` // channel
	Segment  string           `json:"segment,omitempty"` // on entering it; with Schedule, the audience
	Schedule *Schedule        `json:"schedule,omitempty"`
	API      bool             `json:"api,omitempty"`
	Called   bool             `json:"called,omitempty"`
	Keywords []string         `json:"keywords,omitempty"` // of Inbound; none = any unclaimed text
	Where    *Expr            `json:"where,omitempty"`    // reads event
	With     map[string]*Text `json:"with,omitempty"`     // inputs that do not map by name
	Rate     *Rate            `json:"rate,omitempty"`     // spreads a launch
}

// Schedule is a cron line or one moment, in the journey's zone.
type Schedule struct {
	Cron string `json:"cron,omitempty"`
	At   string `json:"at,omitempty"` // local, "2026-11-27T08:00"
}

// Rate is "3000/h".
type Rate struct {
	Count int      `json:"count"`
	Per   Duration `json:"per"`
}

// Entry says who may be inside twice.
type Entry struct {
	Key     *Expr  `json:"key"`     // default contact.id
	Overlap string `json:"overlap"` // skip | replace | allow
	Reentry string `json:"reentry"` // always | once | a duration since the last ending
}

// Delivery is when and how often messages may go.
type Delivery struct {
	SendWindow   *Hours   `json:"send_window,omitempty"`
	HoldMax      Duration `json:"hold_max"` // default 24h
	FrequencyCap *Cap     `json:"frequency_cap,omitempty"`
	Suppress     []string `json:"suppress,omitempty"`
}

// Cap is at most Max messages per contact in a moving Per.
type Cap struct {
	Max int      `json:"max"`
	Per Duration `json:"per"`
}

// Hours are allowed local hours: send windows and named schedules.
type Hours struct {
	Days     []string `json:"days"`               // sorted mon..sun
	From     string   `json:"from"`               // "09:00"
	To       string   `json:"to"`                 // "20:00"; "24:00" is allowed; From > To crosses midnight
	Holidays string   `json:"holidays,omitempty"` // calendars of package holiday, with commas between
	Closed   []string `json:"closed,omitempty"`   // more days: "12-08" of every year, "2026-07-14" of one
}

// Interrupt is a goal or an exit.
type Interrupt struct {
	ID    string `json:"id"`
	Event string `json:"event,omitempty"`
	Where *Expr  `json:"where,omitempty"` // with Event; reads event
	When  *Expr  `json:"when,omitempty"`  // re-evaluated before each step and when the contact changes
	Exit  bool   `json:"exit"`            // always true for exits
}

// Node is one step. Edges is total: every outcome in it has a target, `[]` and
// `otherwise` already resolved. An outcome without an edge (only `failed` of
// call and enroll) ends the enrollment as failed. A target is a node id, End,
// or the id of the enclosing repeat (next round) or parallel (end of lane).
type Node struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	Was      []string          `json:"was,omitempty"`
	Verb     string            `json:"verb"`
	Line     int               `json:"line,omitempty"`
	If       *Expr             `json:"if,omitempty"`
	Normal   string            `json:"normal,omitempty"` // the verb's normal outcome
	Next     string            `json:"next"`             // after the step and its branches; also when If is false
	Edges    map[string]string `json:"edges,omitempty"`
	Inside   []string          `json:"inside,omitempty"` // enclosing repeat and parallel nodes, outermost first
	Send     *Send             `json:"send,omitempty"`
	Ask      *Ask              `json:"ask,omitempty"`
	Wait     *Wait             `json:"wait,omitempty"`
	Switch   []Case            `json:"switch,omitempty"`
	Split    *Split            `json:"split,omitempty"`
	Parallel *Parallel         `json:"parallel,omitempty"`
	Repeat   *Repeat           `json:"repeat,omitempty"`
	Enroll   *Enroll           `json:"enroll,omitempty"`
	Call     *Call             `json:"call,omitempty"`
	Handoff  *Handoff          `json:"handoff,omitempty"`
	Set      map[string]*Text  `json:"set,omitempty"`
	Update   *Update           `json:"update,omitempty"`
	Emit     *Emit             `json:"emit,omitempty"`
	Goto     *Goto             `json:"goto,omitempty"`
	Exit     string            `json:"exit,omitempty"`
}

// Route is one try of a send or ask: a channel, its message, and how long to
// wait for `delivered` before the next route (the last needs only acceptance).
type Route struct {
	Channel string   `json:"channel"`
	Message Message  `json:"message"`
	Within  Duration `json:"within"`
}

// Message is what one route says: a template or our own content.
type Message struct {
	Template string           `json:"template,omitempty"`
	Params   map[string]*Text `json:"params,omitempty"`
	Text     *Text            `json:"text,omitempty"`
	Media    *Media           `json:"media,omitempty"` // beside a text, or the template's header
	Location *Location        `json:"location,omitempty"`
	Reaction *Text            `json:"reaction,omitempty"` // an emoji on the contact's last message; "" takes it back
	Link     *Link            `json:"link,omitempty"`
	Form     *Form            `json:"form,omitempty"`
	Footer   *Text            `json:"footer,omitempty"`
	Closed   *Message         `json:"closed,omitempty"` // used when the service window is closed
	Subject  *Text            `json:"subject,omitempty"`
	Markdown *Text            `json:"markdown,omitempty"`
}

// Media is a picture, document, video or recording by its address, or by the id of
// an upload ("id:1234567890").
type Media struct {
	Kind string `json:"kind"` // image | document | video | audio
	URL  *Text  `json:"url"`
}

// Location is a place on the map, in degrees.
type Location struct {
	Latitude  *Text `json:"latitude"`
	Longitude *Text `json:"longitude"`
	Name      *Text `json:"name,omitempty"`
	Address   *Text `json:"address,omitempty"`
}

// Form is a form of the platform's own that the message opens.
type Form struct {
	ID     *Text `json:"id"`
	Title  *Text `json:"title"`            // of the button that opens it
	Screen *Text `json:"screen,omitempty"` // the first one
}

// Link is a button that opens a page.
type Link struct {
	Title *Text `json:"title"`
	URL   *Text `json:"url"`
}

// Send is the verb send.
type Send struct {
	Routes []Route `json:"routes"`
	Urgent bool    `json:"urgent,omitempty"`
}

// Ask is the verb ask. One of Options, Scale and Accept is set.
type Ask struct {
	Routes   []Route  `json:"routes"`
	Urgent   bool     `json:"urgent,omitempty"`
	Options  []Option `json:"options,omitempty"`
	Scale    *Scale   `json:"scale,omitempty"`
	Accept   string   `json:"accept,omitempty"` // text | number | date | email | image | form
	Timeout  Duration `json:"timeout,omitempty"`
	Deadline *Expr    `json:"deadline,omitempty"`
	Retries  int      `json:"retries,omitempty"`
	Reprompt *Text    `json:"reprompt,omitempty"`
	Survey   string   `json:"survey,omitempty"`
}

// Option is one answer of an ask.
type Option struct {
	ID    string   `json:"id"`
	Title *Text    `json:"title"`
	Match []string `json:"match,omitempty"`
	// Section is the title of the list's section that begins with this option; one
	// without goes on in the section before.
	Section *Text `json:"section,omitempty"`
}

// Scale is a numeric answer with its bands: outcome -> inclusive range.
type Scale struct {
	Kind  string `json:"kind"` // csat | nps | custom
	Min   int    `json:"min"`
	Max   int    `json:"max"`
	Low   *Text  `json:"low,omitempty"`
	High  *Text  `json:"high,omitempty"`
	Bands []Band `json:"bands"` // empty for a custom scale without bands: outcome `answered`
}

// Band is an outcome of a scale and its inclusive range.
type Band struct {
	Outcome string `json:"outcome"`
	Min     int    `json:"min"`
	Max     int    `json:"max"`
}

// Wait is the verb wait. One of For, Until, Schedule and Events is set.
type Wait struct {
	For      Duration    `json:"for,omitempty"`
	Until    *Expr       `json:"until,omitempty"`
	Offset   Duration    `json:"offset,omitempty"` // may be negative
	Schedule string      `json:"schedule,omitempty"`
	Events   []WaitEvent `json:"events,omitempty"` // sorted by Outcome
	Timeout  Duration    `json:"timeout,omitempty"`
	Deadline *Expr       `json:"deadline,omitempty"`
}

// WaitEvent is one thing a wait listens for.
type WaitEvent struct {
	Outcome string `json:"outcome"`
	Event   string `json:"event,omitempty"`
	Where   *Expr  `json:"where,omitempty"`
	Reply   string `json:"reply,omitempty"`   // channel
	Window  string `json:"window,omitempty"`  // opened | closed
	Channel string `json:"channel,omitempty"` // whose window; read it with WindowOf
}

// defaultWindow is whose service window a wait means that names none: that of the
// first channel that has one.
var defaultWindow = medium.Windowed()[0]

// WindowOf is the channel whose service window the wait watches; "" when it watches
// none.
func (e WaitEvent) WindowOf() string {
	switch {
	case e.Window == "":
		return ""
	case e.Channel == "":
		return defaultWindow
	}
	return e.Channel
}

// Case is one branch of a switch; the last may have no When.
type Case struct {
	ID   string `json:"case"`
	When *Expr  `json:"when,omitempty"`
}

// Split is a deterministic draw: variants sorted by name, shares in percent.
type Split struct {
	Variants []Variant `json:"variants"`
	Seed     string    `json:"seed"`
}

// Variant is one share of a split.
type Variant struct {
	ID    string `json:"id"`
	Share int    `json:"share"` // percent
}

// Parallel runs lanes beside each other.
type Parallel struct {
	Join  string `json:"join"`  // all | first
	Lanes []Lane `json:"lanes"` // sorted by name
}

// Lane is one branch of a parallel: it ends at an edge to the parallel's id.
type Lane struct {
	ID    string `json:"id"`
	Start string `json:"start"`
}

// Repeat runs its body again: it starts at Body and comes back by an edge to
// the repeat's own id.
type Repeat struct {
	Max   int      `json:"max"`
	Every Duration `json:"every,omitempty"`
	Until *Expr    `json:"until,omitempty"`
	Body  string   `json:"body"`
}

// Enroll starts another journey and waits for its ending.
type Enroll struct {
	Journey string           `json:"journey"`
	Contact *Text            `json:"contact,omitempty"` // default: the same contact
	Inputs  map[string]*Text `json:"inputs,omitempty"`
	Timeout Duration         `json:"timeout,omitempty"`
}

// Call is an outbound HTTP request.
type Call struct {
	Method  string            `json:"method"`
	URL     *Text             `json:"url"`
	Headers map[string]*Text  `json:"headers,omitempty"`
	Query   map[string]*Text  `json:"query,omitempty"`
	Body    any               `json:"body,omitempty"` // JSON with *Text leaves written {"$text": {...}}
	Timeout Duration          `json:"timeout"`
	Retries int               `json:"retries"`
	Returns expression.Fields `json:"returns,omitempty"`
}

// Handoff passes the conversation to people.
type Handoff struct {
	Queue    string   `json:"queue"`
	Note     *Text    `json:"note,omitempty"`
	Priority string   `json:"priority"` // low | normal | high
	Timeout  Duration `json:"timeout"`
}

// Update changes the contact.
type Update struct {
	Fields     map[string]*Text `json:"fields,omitempty"`
	AddTags    []*Text          `json:"add_tags,omitempty"`
	RemoveTags []*Text          `json:"remove_tags,omitempty"`
	OptOut     []string         `json:"opt_out,omitempty"` // channels
}

// Emit publishes an event into Jornada itself.
type Emit struct {
	Event string           `json:"event"`
	Data  map[string]*Text `json:"data,omitempty"`
}

// Goto jumps back; Max bounds how often in one enrollment.
type Goto struct {
	Step string `json:"step"`
	Max  int    `json:"max"`
}

// TemplateLink is a button of a template that is no quick reply: it opens a page, whose
// address may end with a parameter, or calls a number.
type TemplateLink struct {
	At  int    `json:"at"`            // its place among all buttons, from 1
	URL string `json:"url,omitempty"` // "" = it takes no parameter
}

// Places are the names of the parameters by where they stand.
func (t *Template) Places() (header, body []string, links map[int]string) {
	links = map[int]string{}
	elsewhere := placeholders(t.Header)
	for _, l := range t.Links {
		links[l.At] = ""
		if names := placeholders(l.URL); len(names) > 0 {
			links[l.At] = names[0]
			elsewhere = append(elsewhere, names[0])
		}
	}
	here := placeholders(t.Body)
	for _, name := range t.Params {
		if slices.Contains(here, name) || !slices.Contains(elsewhere, name) {
			body = append(body, name)
		}
	}
	return placeholders(t.Header), body, links
}

// Template is one approved message of the lock file, as the plan needs it.
type Template struct {
	Name     string   `json:"name"`
	Channel  string   `json:"channel"`
	Language string   `json:"language,omitempty"` // provider's code, pt_BR
	Category string   `json:"category,omitempty"`
	Status   string   `json:"status,omitempty"`
	Params   []string `json:"params"`          // in order
	Named    bool     `json:"named,omitempty"` // the provider wants parameter names
	Buttons  []string `json:"buttons,omitempty"`
	Body     string   `json:"body,omitempty"` // {{name}} placeholders
	// Header is a text above the body, and Links are the buttons that are no quick
	// replies, of templates that have parameters there.
	Header   string         `json:"header,omitempty"`
	Links    []TemplateLink `json:"links,omitempty"`
	Subject  string         `json:"subject,omitempty"` // e-mail, from the file's front matter
	Markdown string         `json:"markdown,omitempty"`
}
