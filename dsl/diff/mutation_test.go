package diff_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"jornada/dsl/diff"
)

// edit is one change of an author: it rewrites the document, says which steps the
// one difference may name, and takes itself back.
type edit struct {
	name  string
	steps []string
	kinds []diff.Kind
	apply func() (undo func())
}

// Every single edit of the examples is exactly one change, and names the step that
// was edited.
func TestEveryEditIsOneChange(t *testing.T) {
	tried := map[string]int{}
	files := examples(t)["language"]
	plans, _ := load(files, "", "")
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".journey.yaml") {
			continue
		}
		var doc yaml.Node
		// yaml.v3 alone wants the quotes that the language does without.
		if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(f.Content), "string?}", `"string?"}`)), &doc); err != nil {
			t.Fatal(f.Path, err)
		}
		root := doc.Content[0]
		uncomment(root) // yaml.v3 writes some comments into brackets
		id := field(root, "journey").Value
		for _, e := range edits(root) {
			undo := e.apply()
			text, err := yaml.Marshal(&doc)
			undo()
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(e.name, "rename ") { // as an author does: everywhere
				old := e.steps[0][len("renamed_"):]
				text = regexp.MustCompile(`steps\.`+old+`\b`).ReplaceAll(text, []byte("steps.renamed_"+old))
			}
			now, list := load(files, f.Path, string(text))
			if list.HasErrors() {
				continue // the checker refuses it: not an edit that anybody publishes
			}
			kind, _, _ := strings.Cut(e.name, " ")
			tried[kind]++
			got := diff.Compare(plans[id], stored(t, now[id]))
			if len(got) != 1 || !slices.Contains(e.steps, got[0].Step) || !slices.Contains(e.kinds, got[0].Kind) {
				t.Errorf("%s: %s is told as\n%s", f.Path, e.name, report(got))
			}
		}
	}
	for kind, least := range map[string]int{"remove": 20, "insert": 40, "rename": 40, "swap": 10, "text": 15, "time": 30, "condition": 8, "number": 3, "template": 5, "parameter": 10} {
		if tried[kind] < least {
			t.Errorf("only %d edits of the kind %q were tried", tried[kind], kind)
		}
	}
}

func field(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return &yaml.Node{}
}

// lists are all lists of steps below a node.
func lists(n *yaml.Node) (out []*yaml.Node) {
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 && field(n.Content[0], "id").Value != "" && stepVerb(n.Content[0]) != "" {
		out = append(out, n)
	}
	for _, kid := range n.Content {
		out = append(out, lists(kid)...)
	}
	return out
}

var verbs = []string{"send", "ask", "wait", "switch", "split", "parallel", "repeat", "enroll", "call", "handoff", "set", "update", "emit", "goto", "exit"}

func stepVerb(n *yaml.Node) string {
	for _, v := range verbs {
		if field(n, v).Kind != 0 {
			return v
		}
	}
	return ""
}

// edits are the edits to try.
func edits(root *yaml.Node) []edit {
	var all []edit
	for _, list := range append(lists(field(root, "steps")), lists(field(root, "exits"))...) {
		if stepVerb(list.Content[0]) == "" || field(list.Content[0], "event").Kind != 0 {
			continue // goals and exits
		}
		for i, step := range list.Content {
			all = append(all, structural(list, i)...)
			all = append(all, inside(field(step, "id").Value, step, "")...)
		}
	}
	return all
}

// structural edits change which steps there are, and where.
func structural(list *yaml.Node, i int) []edit {
	step, id := list.Content[i], field(list.Content[i], "id").Value
	restore := func() func() {
		before := slices.Clone(list.Content)
		return func() { list.Content = before }
	}
	var extra yaml.Node
	if err := yaml.Unmarshal([]byte("{id: extra, wait: {for: 3h}}"), &extra); err != nil {
		panic(err)
	}
	all := []edit{
		{"insert before " + id, []string{"extra"}, []diff.Kind{diff.StepAdded}, func() func() {
			undo := restore()
			list.Content = slices.Insert(slices.Clone(list.Content), i, extra.Content[0])
			return undo
		}},
		{"rename " + id, []string{"renamed_" + id}, []diff.Kind{diff.StepRenamed}, func() func() {
			name, was := field(step, "id"), step.Content
			step.Content = append(slices.Clone(was), scalar("was"), &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{scalar(id)}})
			name.Value = "renamed_" + id
			return func() { name.Value, step.Content = id, was }
		}},
	}
	if len(lists(step)) == 0 {
		all = append(all, edit{"remove " + id, []string{id}, []diff.Kind{diff.StepRemoved}, func() func() {
			undo := restore()
			list.Content = slices.Delete(slices.Clone(list.Content), i, i+1)
			return undo
		}})
	}
	if i > 0 {
		before := field(list.Content[i-1], "id").Value
		all = append(all, edit{"swap " + before + " and " + id, []string{before, id}, []diff.Kind{diff.StepMoved}, func() func() {
			undo := restore()
			list.Content = slices.Clone(list.Content)
			list.Content[i-1], list.Content[i] = list.Content[i], list.Content[i-1]
			return undo
		}})
	}
	return all
}

func uncomment(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, kid := range n.Content {
		uncomment(kid)
	}
}

func scalar(v string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: v} }

// inside edits one value of a step.
func inside(id string, n *yaml.Node, key string) []edit {
	var all []edit
	change := func(name, value string, kinds ...diff.Kind) {
		old := n.Value
		all = append(all, edit{name + " " + key + " in " + id, []string{id}, kinds, func() func() {
			n.Value = value
			return func() { n.Value = old }
		}})
	}
	if n.Kind == yaml.ScalarNode {
		switch key {
		case "text", "title", "note", "reprompt", "footer", "subject":
			change("text", n.Value+" :)", diff.Words)
		case "timeout", "for", "within", "offset", "every":
			change("time", map[bool]string{true: "-25h", false: "7h"}[key == "offset"], diff.Timing)
			change("time", map[bool]string{true: "-2h", false: "11m"}[key == "offset"], diff.Timing)
		case "if", "where", "when":
			change("condition", "("+n.Value+")", diff.Condition)
		case "deadline", "until":
			change("condition", "("+n.Value+")", diff.Timing, diff.Condition)
		case "retries", "max":
			change("number", "2"+n.Value, diff.Message, diff.Data)
		case "template":
			for _, other := range []string{"review_invite", "nps_reason", "post_visit_csat"} {
				if other != n.Value {
					change("template", other, diff.Template)
				}
			}
		case "in params":
			change("parameter", n.Value+".", diff.Message)
		}
	}
	for i, kid := range n.Content {
		name := ""
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			name = n.Content[i-1].Value
			if key == "params" {
				name = "in params"
			}
		}
		if kid.Kind == yaml.SequenceNode && len(lists(kid)) > 0 && lists(kid)[0] == kid {
			continue // steps of their own
		}
		all = append(all, inside(id, kid, name)...)
	}
	return all
}
