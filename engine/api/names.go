package api

import (
	"context"
	"maps"
	"slices"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
	gsm "jornada/dsl/sms"
)

// namesView is what an author may name in a journey, and what each channel can
// carry: forms, pickers and previews are built from it, so that nothing about a
// channel is written down twice.
type namesView struct {
	Workspace string                 `json:"workspace"`
	Timezone  string                 `json:"timezone"`
	Contact   []fieldView            `json:"contact"`
	Events    map[string][]fieldView `json:"events"`
	Segments  []string               `json:"segments"`
	Schedules []string               `json:"schedules"`
	Queues    []string               `json:"queues"`
	Journeys  []callableView         `json:"journeys"`
	Channels  []mediumView           `json:"channels"`
	SMS       smsRulesView           `json:"sms"`
	Accept    []string               `json:"accept"`
}

// fieldView is one value that can be named: `unit.name` for a field of an object.
type fieldView struct {
	Path     string `json:"path"`
	Type     string `json:"type"` // string, number, int, bool, time, duration, list, any
	Optional bool   `json:"optional"`
	Personal bool   `json:"personal"`
}

// callableView is a journey that another may enroll.
type callableView struct {
	ID     string      `json:"id"`
	Inputs []fieldView `json:"inputs"`
	Exits  []string    `json:"exits"`
}

// mediumView is a row of the table of channels. A limit of 0 is none.
type mediumView struct {
	Channel        string   `json:"channel"`
	Title          string   `json:"title"`
	Letter         bool     `json:"letter"` // written as a subject and a text
	Templates      bool     `json:"templates"`
	Approved       bool     `json:"approved"` // the platform approves templates
	Segments       bool     `json:"segments"`
	Media          bool     `json:"media"`
	Reactions      []string `json:"reactions"` // providers that a reaction may go by
	Buttons        int      `json:"buttons"`
	ButtonTitle    int      `json:"button_title"`
	ListRows       int      `json:"list_rows"`
	ListTitle      int      `json:"list_title"`
	SectionTitle   int      `json:"section_title"` // 0: lists have no sections
	Text           int      `json:"text"`
	Interactive    int      `json:"interactive"`
	Footer         int      `json:"footer"`
	WindowSeconds  int      `json:"window_seconds"`
	TemplateBody   int      `json:"template_body"`
	TemplateButton int      `json:"template_button"`
}

type smsRulesView struct {
	Basic      string `json:"basic"`
	Extended   string `json:"extended"` // each costs two units
	Single     int    `json:"single"`
	Part       int    `json:"part"`
	WideSingle int    `json:"wide_single"`
	WidePart   int    `json:"wide_part"`

	Smart bool              `json:"smart_encoding"` // accents are left out where that saves a segment
	Plain map[string]string `json:"plain"`          // how quotes, dashes and blanks are written then
}

func smsRulesOf(ws *dsl.Workspace) smsRulesView {
	rules := gsm.Counting()
	v := smsRulesView{rules.Basic, rules.Extended, rules.Single, rules.Part, rules.WideSingle, rules.WidePart, ws.Channels["sms"].SmartEncoding, map[string]string{}}
	for char, plain := range rules.Plain {
		v.Plain[string(char)] = plain
	}
	return v
}

func (s *server) getNames(ctx context.Context, q *request) (*answer, error) {
	folder, _, err := s.publisher().load(ctx, nil)
	if err != nil {
		return nil, err
	}
	return ok(namesOf(folder.Workspace, q.lang)), nil
}

func namesOf(ws *dsl.Workspace, lang diag.Language) namesView {
	v := namesView{
		Workspace: ws.ID, Timezone: ws.Timezone, Contact: fieldsOf(ws.Contact), Events: map[string][]fieldView{},
		Segments: names(ws.Segments), Schedules: names(ws.Schedules), Queues: append([]string{}, ws.Queues...),
		Journeys: []callableView{}, Channels: []mediumView{}, Accept: dsl.AcceptKinds(),
		SMS: smsRulesOf(ws),
	}
	for name, fields := range ws.Events {
		v.Events[name] = fieldsOf(fields)
	}
	for _, id := range names(ws.Journeys) {
		if j := ws.Journeys[id]; slices.Contains(j.Triggers, "called") {
			v.Journeys = append(v.Journeys, callableView{id, fieldsOf(j.Inputs), append([]string{}, j.Exits...)})
		}
	}
	for _, m := range medium.Table {
		v.Channels = append(v.Channels, mediumOf(m, ws.Channels[m.Name].Provider, lang))
	}
	return v
}

func mediumOf(m medium.Medium, provider string, lang diag.Language) mediumView {
	v := mediumView{
		Channel: m.Name, Title: m.Title.In(lang), Letter: m.Writing == medium.Letter, Templates: m.Templates, Approved: m.Approved,
		Segments: m.Segments, Media: m.Media, Reactions: reacting(m, provider), Buttons: m.Buttons, ButtonTitle: m.ButtonTitle, ListRows: m.ListRows, ListTitle: m.ListTitle, SectionTitle: m.SectionTitle,
		Text: m.Text, Interactive: m.Interactive, Footer: m.Footer, WindowSeconds: int(m.Window.Seconds()),
	}
	if m.Approved {
		limits := dsl.LimitsOfTemplates()
		v.TemplateBody, v.TemplateButton = limits.Body, limits.ButtonTitle
	}
	return v
}

// reacting are the providers that a reaction may go by: all that send any, or the one
// only that workspace.yaml says carries the channel.
func reacting(m medium.Medium, provider string) []string {
	able := []string{}
	if !m.Reaction {
		return able
	}
	for _, c := range medium.Carriers {
		if c.Reactions && (provider == "" || provider == c.Name) {
			able = append(able, c.Name)
		}
	}
	return able
}

// names are the sorted keys of a map, never null.
func names[V any](m map[string]V) []string {
	return append([]string{}, slices.Sorted(maps.Keys(m))...)
}

// fieldsOf flattens a type to the values that an expression can name.
func fieldsOf(fields expression.Fields) []fieldView {
	list := []fieldView{}
	var add func(prefix string, optional, personal bool, fields expression.Fields)
	add = func(prefix string, optional, personal bool, fields expression.Fields) {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			t := fields[name]
			may, personal := optional || t.Optional, personal || t.PII
			if t.Kind == expression.Object {
				add(prefix+name+".", may, personal, t.Fields)
				continue
			}
			list = append(list, fieldView{prefix + name, string(t.Kind), may, personal})
		}
	}
	add("", false, false, fields)
	return list
}
