package dsl

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// edited loads the example workspace with one file changed by replacing pairs
// of old and new text.
func edited(t *testing.T, path string, pairs ...string) *Folder {
	t.Helper()
	files := readFolder(t, "testdata/ok")
	for i, f := range files {
		if f.Path == path {
			text := string(f.Content)
			for k := 0; k < len(pairs); k += 2 {
				if !strings.Contains(text, pairs[k]) {
					t.Fatalf("%q is not in %s", pairs[k], path)
				}
				text = strings.Replace(text, pairs[k], pairs[k+1], 1)
			}
			files[i].Content = []byte(text)
		}
	}
	folder, list := Load(files)
	if list.HasErrors() {
		t.Fatal(render(t, list, folder.Contents(), diag.English))
	}
	return folder
}

func TestPlans(t *testing.T) {
	folder := edited(t, "")
	for id, plan := range folder.Plans {
		out, err := json.MarshalIndent(plan, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/plan/"+id+".json", string(out)+"\n")
		var back Plan
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatal(err)
		}
		again, _ := json.MarshalIndent(&back, "", "  ")
		if !bytes.Equal(out, again) {
			t.Errorf("%s: the stored plan reads back differently", id)
		}
		checkGraph(t, plan)
	}
}

// checkGraph holds every plan to what the interpreter relies on.
func checkGraph(t *testing.T, p *Plan) {
	t.Helper()
	target := func(from, to string) {
		if _, ok := p.Nodes[to]; to != End && !ok {
			t.Errorf("%s: %s leads to %q, which does not exist", p.Journey, from, to)
		}
	}
	target("start", p.Start)
	for id, n := range p.Nodes {
		if n.ID != id {
			t.Errorf("%s: node %s is filed under %s", p.Journey, n.ID, id)
		}
		target(id, n.Next)
		for outcome, to := range n.Edges {
			target(id+"="+outcome, to)
		}
		if n.Repeat != nil {
			target(id+" body", n.Repeat.Body)
		}
		if n.Parallel != nil {
			for _, lane := range n.Parallel.Lanes {
				target(id+" lane "+lane.ID, lane.Start)
			}
		}
		for _, outer := range n.Inside {
			target(id+" inside", outer)
		}
		if n.Normal != "" && n.Edges[n.Normal] == "" {
			t.Errorf("%s: %s has no edge for its normal outcome", p.Journey, id)
		}
	}
}

func TestLowering(t *testing.T) {
	folder := edited(t, "")
	confirm := folder.Plans["confirm_appointment"]
	for _, c := range []struct{ node, outcome, want string }{
		{"eve", "reached", "confirm"}, {"eve", "past", "confirm"},
		{"confirm", "confirmed", "save_confirmed"}, {"confirm", "reschedule", "front_desk"}, {"confirm", "other", "front_desk"},
		{"confirm", "timeout", "front_desk"}, {"confirm", "undelivered", "front_desk"}, {"confirm", "cancelled", "free_slot"},
		{"save_confirmed", "ok", "directions"}, {"save_confirmed", "failed", ""},
		{"directions", "sent", "visit"}, {"directions", "undelivered", "visit"},
		{"rate", "neutral", "end_done"}, {"rate", "undelivered", "end_done"}, {"what_went_wrong", "undelivered", "end_done"},
	} {
		if got := confirm.Nodes[c.node].Edges[c.outcome]; got != c.want {
			t.Errorf("%s = %s leads to %q, want %q", c.node, c.outcome, got, c.want)
		}
	}
	cart := folder.Plans["abandoned_cart"]
	if n := cart.Nodes["count"]; n.Next != "cadence" || !slices.Equal(n.Inside, []string{"cadence"}) {
		t.Errorf("the repeat's body ends at %q inside %v", n.Next, n.Inside)
	}
	if n := cart.Nodes["first_nudge"]; n.Edges["undelivered"] != n.Edges["timeout"] {
		t.Error("an undeliverable question does not join its timeout")
	}
	if d := confirm.Delivery; d.HoldMax.Std().Hours() != 24 || confirm.Entry.Overlap != "replace" || confirm.Nodes["save_confirmed"].Call.Retries != 3 {
		t.Error("a default is missing")
	}
	bf := folder.Plans["black_friday_2026"].Delivery
	if bf.HoldMax.Std().Hours() != 16 || !slices.Equal(bf.Suppress, []string{"nao_me_ligue"}) || len(bf.SendWindow.Days) != 7 {
		t.Errorf("the journey's delivery does not overlay the workspace's: %+v", bf)
	}
	if got := confirm.Listens(); !slices.Equal(got, []string{"appointment.cancelled", "appointment.completed", "appointment.no_show"}) {
		t.Errorf("listens to %v", got)
	}
	if folder.Plans["backfill_slot"].NeedsContact() || !folder.Plans["offer_slot"].NeedsContact() {
		t.Error("which journey needs a contact is wrong")
	}
	if _, ok := confirm.Template("email", "appointment_confirm_email"); !ok {
		t.Error("the plan does not carry its e-mail template")
	}
}

const moreVerbs = `
exits: [{id: broke, failure: true, steps: [{id: tell, handoff: {queue: sales, timeout: 1h}, branches: {timeout: []}}]}]
translations: {en: {confirm.options.yes_please: "Yes", confirm.reprompt: "Again?", confirm.whatsapp.text: "Coming?"}}
steps:
  - id: both
    parallel: {join: first}
    branches:
      slow: [{id: rest, wait: {for: 1d}}]
      empty: []
  - id: pick
    switch: [{case: vip, when: contact.visits > 3}, {case: young, when: contact.visits < 1}]
    branches: {vip: [{id: hello, send: {sms: {text: Oi}}}], otherwise: [{id: bye, exit: gone}]}
  - id: confirm
    if: window.whatsapp.open
    ask:
      whatsapp: {text: "Vem?"}
      options: [{id: yes_please, title: Sim}]
      retries: 1
      reprompt: De novo?
      timeout: 1d
    branches: {other: [{id: again, goto: {step: pick, max: 2}}], timeout: [], yes_please: []}
  - id: tell_them
    call: {method: POST, url: "https://api.example/x", body: {n: 3, code: 007, ok: true, list: [1, "{{ contact.id }}"], none: null, s: "5"}}
    branches: {failed: []}
  - {id: sub, enroll: {journey: offer_slot, inputs: {starts_at: "{{ now }}", doctor: x}, timeout: 1h}}
`

func TestLoweringOtherVerbs(t *testing.T) {
	text := strings.Replace(tiny, "steps: [{id: end, exit: done}]\n", moreVerbs, 1)
	files := append(readFolder(t, "testdata/ok"), File{"tiny.journey.yaml", []byte(text)})
	folder, list := Load(files)
	if len(list) > 0 {
		t.Fatal(render(t, list, folder.Contents(), diag.English))
	}
	p := folder.Plans["tiny"]
	checkGraph(t, p)
	if p.OnFailure != "tell" || p.Nodes["tell"].Next != End {
		t.Error("the failure steps are not lowered")
	}
	lanes := p.Nodes["both"].Parallel.Lanes
	if len(lanes) != 2 || lanes[0].Start != "both" || lanes[1].Start != "rest" || p.Nodes["rest"].Next != "both" {
		t.Errorf("lanes do not end at the parallel: %+v", lanes)
	}
	if e := p.Nodes["pick"].Edges; e["vip"] != "hello" || e["young"] != "bye" || e["otherwise"] != "bye" || p.Nodes["hello"].Next != "confirm" {
		t.Errorf("switch: %v", e)
	}
	if n := p.Nodes["again"]; n.Edges["exhausted"] != "tell_them" || n.Goto.Max != 2 {
		t.Errorf("goto: %+v", n)
	}
	body := p.Nodes["tell_them"].Call.Body.(map[string]any)
	if body["n"] != int64(3) || body["code"] != "007" || body["ok"] != true || body["none"] != nil || body["s"] != "5" {
		t.Errorf("body: %#v", body)
	}
	if !reflect.DeepEqual(p.Nodes["sub"].Edges, map[string]string{"completed": End, "accepted": End, "declined": End}) {
		t.Errorf("enroll: %v", p.Nodes["sub"].Edges)
	}
	if !p.NeedsContact() {
		t.Error("it sends, so it needs a contact")
	}
}

// Who opts out of a marketing sub-journey leaves by `opted_out`, which its author
// never wrote: the calling journey can name it, and `otherwise` catches it.
func TestOptOutOfASubJourneyIsAnOutcome(t *testing.T) {
	child := strings.NewReplacer("journey: tiny", "journey: offers", "category: utility", "category: marketing\ndelivery: {frequency_cap: {max: 1, per: 7d}}", "[{api: true}]", "[{called: true}]").Replace(tiny)
	for branches, want := range map[string]string{
		"{otherwise: [{id: gone, exit: gone}]}": "gone",
		"{opted_out: [{id: gone, exit: gone}]}": "gone",
		"{done: [{id: gone, exit: gone}]}":      "below",
	} {
		parent := strings.Replace(tiny, "steps: [{id: end, exit: done}]\n", "steps:\n  - {id: sub, enroll: {journey: offers, timeout: 1d}, branches: "+branches+"}\n  - {id: below, exit: below}\n", 1)
		folder, list := Load(append(readFolder(t, "testdata/ok"), File{"offers.journey.yaml", []byte(child)}, File{"tiny.journey.yaml", []byte(parent)}))
		if list.HasErrors() {
			t.Fatal(render(t, list, folder.Contents(), diag.English))
		}
		if got := folder.Plans["tiny"].Nodes["sub"].Edges["opted_out"]; got != want {
			t.Errorf("%s: an opt-out leads to %q, not %q", branches, got, want)
		}
	}
}

// What changes which hash.
func TestHashes(t *testing.T) {
	const path = "1_confirm_appointment.journey.yaml"
	base := edited(t, "").Plans["confirm_appointment"]
	for _, c := range []struct {
		name       string
		file       string
		edit       []string
		flow, copy bool
	}{
		{"comment and blank line", path, []string{"dsl: 1\n", "# a comment\n\ndsl: 1   # and another\n"}, false, false},
		{"label", path, []string{"name: Confirmação de consulta", "name: Outra"}, false, false},
		{"flow style to block style", path, []string{"triggers: [{event: appointment.scheduled}]", "triggers:\n  - event: appointment.scheduled\n"}, false, false},
		{"quotes", path, []string{"category: utility", "category: 'utility'"}, false, false},
		{"a text", path, []string{"Combinado!", "Fechado!"}, false, true},
		{"an option's title, template and all", path, []string{"{id: reschedule, title: Remarcar}", "{id: reschedule, title: Remarcar, match: [outro]}"}, true, false},
		{"a reprompt", path, []string{"Não entendi.", "Como?"}, false, true},
		{"a wait", path, []string{"offset: -24h", "offset: -48h"}, true, false},
		{"a parameter", path, []string{`doctor: "{{ inputs.doctor }}"}`, `doctor: "Dr. {{ inputs.doctor }}"}`}, true, false},
		{"a template's words", "templates.lock.yaml", []string{"Podemos confirmar?", "Confirma?"}, false, true},
		{"a template's status", "templates.lock.yaml", []string{"category: utility, status: approved", "category: utility, status: pending"}, false, false},
		{"a contact field nobody reads", "workspace.yaml", []string{"  visits: int\n", "  visits: int\n  shoe_size: int?\n"}, false, false},
		{"a contact field that is read", "workspace.yaml", []string{"first_name: string", "first_name: {type: string, pii: true}"}, true, false},
		{"a segment of another journey", "workspace.yaml", []string{"inactive: contact.visits == 0", "inactive: contact.visits < 1"}, false, false},
	} {
		p := edited(t, c.file, c.edit...).Plans["confirm_appointment"]
		if flow, words := p.FlowHash != base.FlowHash, p.CopyHash != base.CopyHash; flow != c.flow || words != c.copy {
			t.Errorf("%s: flow changed %v (want %v), copy changed %v (want %v)", c.name, flow, c.flow, words, c.copy)
		}
		if (p.Hash != base.Hash) != (c.flow || c.copy) {
			t.Errorf("%s: the identity does not follow the two hashes", c.name)
		}
	}
}
