package dsl

import (
	"strings"
	"time"

	"jornada/dsl/diag"
)

// scenarioSuffix ends the names of the files that hold scenario tests.
const scenarioSuffix = ".test.yaml"

// IsScenarioFile reports whether a file of a workspace folder holds scenario
// tests, by its name.
func IsScenarioFile(path string) bool { return strings.HasSuffix(path, scenarioSuffix) }

// ScenarioFileOf is the scenario file that is called like a journey's file.
func ScenarioFileOf(journey string) string {
	base := strings.TrimSuffix(strings.TrimSuffix(journey, ".yml"), ".yaml")
	return strings.TrimSuffix(base, ".journey") + scenarioSuffix
}

// Scenario is one case of a *.test.yaml file, checked against its journey: who
// is enrolled when and with what, and what must happen then. It is plain data;
// the simulator plays it.
type Scenario struct {
	Name    string
	Journey string
	Span    diag.Span // of the case's name
	Now     time.Time // when the enrollment begins
	Contact map[string]any
	Inputs  map[string]any
	Draw    map[string]string // variants of splits, by step; the others are drawn
	Script  []Act
	End     *Ending  // nil: any
	Sent    []string // steps of the messages that went out, in order; nil: not asked
	Stop    bool     // do not play on after the script

	SentAt diag.Span
}

// Ending is how a scenario must end.
type Ending struct {
	Name string // an exit, a goal, completed, failed, replaced …
	Span diag.Span
}

// ActKind is what one line of a script does.
type ActKind string

// The acts. The first two state what must be; the others are what the world does.
const (
	Expect  ActKind = "expect"  // the step sends, asks, calls, hands over, enrolls, emits or updates
	Skipped ActKind = "skipped" // the step's `if` was false
	Reply   ActKind = "reply"   // the person writes or taps
	Status  ActKind = "status"  // the provider reports on a message
	Event   ActKind = "event"   // a business event comes in
	Finish  ActKind = "finish"  // people, or a sub-journey, are done
)

// Act is one line of a script.
type Act struct {
	Kind  ActKind
	Span  diag.Span     // of the line's first word
	At    time.Time     // of virtual time; zero: not said
	After time.Duration // since the line before; zero: not said
	Clock diag.Span     // of `at` or `after`

	Step    string  // of expect and skipped; of status and finish: whose, "" = the newest
	Match   []Match // of expect: what its content must look like
	Respond *Respond
	Outcome string // of finish (and expect with finish): how it ends

	Status string // of status: a word of StatusWords
	Event  string
	Data   map[string]any

	Text, Option, Media string // of reply
	Form                map[string]any
	Delayed             time.Duration // of reply: how long the provider took to hand it over
	Via                 string        // of reply: the channel, "" = the one of the newest message
}

// Match compares one value of what happened with a pattern in which `*` stands
// for anything.
type Match struct {
	Key     string // via, template, params.when, text, note, body.score, …
	Pattern string
	Span    diag.Span
}

// Fits reports whether a value looks like the pattern.
func (m Match) Fits(value string) bool { return glob(m.Pattern, value) }

// Respond is what the other side answers: the service of a `call`, or the network
// that is to take a message.
type Respond struct {
	Status int
	Body   any
	Error  string // of a call: a word of CallErrors, no answer at all; of a message: one of Refusals
}

// CallErrors are the ways in which a called service may not answer, Refusals those
// in which a network may not take a message.
var (
	CallErrors = []string{"timeout", "unreachable"}
	Refusals   = []string{"undeliverable", "failed", "opted_out"}
)

// StatusWords are what a provider may report on a message of a scenario.
var StatusWords = []string{"delivered", "read", "undeliverable", "failed", "opted_out"}

// ScenarioFile is one *.test.yaml.
type ScenarioFile struct {
	Path      string
	Journey   string
	Scenarios []*Scenario // none when the file has errors
}

// ScenarioNames reads of a *.test.yaml text which journey it tests and what its
// cases are called, without checking the rest; "" and none when it is not readable.
func ScenarioNames(f File) (journey string, cases []string) {
	decl := readScenarios(f, &parser{reporter: &reporter{}})
	if decl == nil {
		return "", nil
	}
	for _, one := range decl.cases {
		cases = append(cases, one.name.String())
	}
	return decl.journey.String(), cases
}

// glob matches a whole text, line breaks included, against a pattern whose `*`
// stand for anything.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// acts are the words that make a line of a script what it is.
var acts = []string{string(Expect), string(Skipped), string(Reply), string(Status), string(Event), string(Finish)}

// contentKeys are what an `expect` may compare, by the verb of its step.
var contentKeys = map[string][]string{
	"send":    {"via", "template", "params", "text", "reaction", "footer", "media", "subject", "markdown"},
	"ask":     {"via", "template", "params", "text", "footer", "media", "subject", "markdown", "options"},
	"handoff": {"queue", "note", "priority"},
	"call":    {"method", "url", "query", "headers", "body"},
	"enroll":  {"journey", "contact", "inputs"},
	"emit":    {"data"},
	"update":  {"fields"},
}
