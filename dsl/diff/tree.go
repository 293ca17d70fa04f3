package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A step, and the journey's head, are compared as trees of named texts, made from
// the plan's own JSON: a field that the plan gets one day is compared without
// anybody thinking of it here. Positions, labels and the graph are left out, and
// lists whose items have a name become maps, so that an item keeps it when another
// is put before it.

// branch is a node of the tree: its values are string or branch.
type branch map[string]any

// orderKey is where a branch that was a list keeps the order of its items.
const orderKey = "(order)"

// ignored are the fields of a node that are labels, positions or the graph, which
// is compared as nesting.
var ignored = []string{"id", "name", "was", "verb", "line", "normal", "next", "edges", "inside"}

// treeOf makes the tree of anything that the plan holds. change rewrites the
// source of expressions and texts.
func treeOf(v any, change func(string) string) branch {
	raw, err := json.Marshal(v)
	var out any
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic(fmt.Sprintf("diff: a plan holds a value that is not JSON: %v", err))
	}
	root, _ := (&planter{change}).grow("", out).(branch)
	return root
}

type planter struct{ change func(string) string }

// grow makes one subtree; nil is nothing.
func (p *planter) grow(name string, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" || v == "0s" {
			return nil
		}
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return p.items(name, v)
	case map[string]any:
		return p.object(name, v)
	}
	return fmt.Sprint(v)
}

func (p *planter) object(name string, m map[string]any) any {
	if text, ok := m["$text"].(map[string]any); ok {
		m = text
	}
	if source, ok := m["source"].(string); ok && only(m, "source", "line", "column", "reads", "path") {
		return p.change(source)
	}
	if kind, ok := m["kind"].(string); ok && only(m, "kind", "optional", "pii", "elem", "fields") {
		return typeWords(kind, m)
	}
	switch {
	case m["days"] != nil && m["from"] != nil:
		return hoursWords(m)
	case m["per"] != nil && m["max"] != nil:
		return fmt.Sprintf("%v / %s", m["max"], span(m["per"]))
	case m["per"] != nil && m["count"] != nil:
		return fmt.Sprintf("%v / %s", m["count"], span(m["per"]))
	case name == "repeat":
		delete(m, "body")
	}
	out := branch{}
	for _, key := range keys(m) {
		if sub := p.grow(key, m[key]); sub != nil {
			out[key] = sub
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// items makes a map of a list: its items' names, or where they stand.
func (p *planter) items(name string, list []any) any {
	if len(list) == 0 {
		return nil
	}
	out, order := branch{}, []string{}
	var words []string
	for i, item := range list {
		m, ok := item.(map[string]any)
		if !ok || m["source"] != nil || m["$text"] != nil {
			if word, ok := p.grow(name, item).(string); ok {
				words = append(words, word)
			}
			continue
		}
		key := itemName(name, m, i)
		for n, base := 2, key; out[key] != nil; n++ {
			key = base + strconv.Itoa(n)
		}
		sub := p.grow(name+"[]", m)
		if sub == nil {
			sub = key
		}
		out[key] = sub
		order = append(order, key)
	}
	if len(words) > 0 {
		return strings.Join(words, ", ")
	}
	out[orderKey] = strings.Join(order, ", ")
	return out
}

// itemName is what an item is called; what is its name is not its content.
func itemName(list string, m map[string]any, i int) string {
	take := func(key string) string {
		name, _ := m[key].(string)
		delete(m, key)
		return name
	}
	switch list {
	case "routes":
		return take("channel")
	case "options", "goals", "exits", "variants":
		return take("id")
	case "switch":
		return take("case")
	case "events", "bands":
		return take("outcome")
	case "lanes":
		delete(m, "start")
		return take("id")
	case "triggers":
		for _, key := range []string{"event", "inbound"} {
			if m[key] != nil {
				return key + ":" + take(key)
			}
		}
		for _, key := range []string{"schedule", "segment", "api", "called"} {
			if m[key] != nil {
				return key
			}
		}
	}
	return strconv.Itoa(i + 1)
}

// only reports whether a map has no other keys.
func only(m map[string]any, allowed ...string) bool {
	for key := range m {
		if !slices.Contains(allowed, key) {
			return false
		}
	}
	return true
}

// typeWords writes a type as an author does.
func typeWords(kind string, m map[string]any) string {
	word := func(v any) string {
		sub, _ := v.(map[string]any)
		name, _ := sub["kind"].(string)
		return typeWords(name, sub)
	}
	fields, _ := m["fields"].(map[string]any)
	switch {
	case kind == "list" && m["elem"] != nil:
		kind = "list<" + word(m["elem"]) + ">"
	case kind == "object" && fields != nil:
		var parts []string
		for _, name := range keys(fields) {
			parts = append(parts, name+": "+word(fields[name]))
		}
		kind = "{" + strings.Join(parts, ", ") + "}"
	}
	if m["optional"] == true {
		kind += "?"
	}
	if m["pii"] == true {
		kind += " (pii)"
	}
	return kind
}

func hoursWords(m map[string]any) string {
	days, _ := m["days"].([]any)
	var names []string
	for _, d := range days {
		names = append(names, fmt.Sprint(d))
	}
	text := fmt.Sprintf("%s %v–%v", strings.Join(names, " "), m["from"], m["to"])
	if m["holidays"] != nil {
		text += fmt.Sprintf(" (%v)", m["holidays"])
	}
	if closed, _ := m["closed"].([]any); len(closed) > 0 {
		text += fmt.Sprintf(" (%d days)", len(closed))
	}
	return text
}

// span writes a length of time: "6 h", "1 d 12 h", "-24 h".
func span(v any) string {
	text := fmt.Sprint(v)
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	const day = 24 * time.Hour
	var parts []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if unit.size == day && d%day != 0 && d < 2*day {
			continue // 36 h
		}
		if n := d / unit.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d %= unit.size
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return sign + strings.Join(parts, " ")
}

// leaf is one place where two trees differ.
type leaf struct {
	path     []string
	from, to string
	had, has bool
}

// differ finds the places where two trees differ. What is only in one is one
// difference, however much is in it.
func differ(path []string, a, b any, emit func(leaf)) {
	was, isBranch := a.(branch)
	now, alsoBranch := b.(branch)
	at := func(key string) []string { return append(slices.Clone(path), key) }
	switch {
	case isBranch && alsoBranch:
		if whole, ok := foldings[last(path)]; ok {
			from, to, rest := whole(was, now)
			if from != to {
				emit(leaf{path, from, to, true, true})
			}
			was, now = was.keep(rest), now.keep(rest)
		}
		all := maps.Clone(was)
		maps.Copy(all, now)
		for _, key := range keys(all) {
			if key != orderKey {
				differ(at(key), was[key], now[key], emit)
			}
		}
		before, _ := was[orderKey].(string)
		after, _ := now[orderKey].(string)
		if from, to := common(before, now), common(after, was); from != to {
			emit(leaf{at(orderKey), from, to, true, true})
		}
	case a == nil && b == nil:
	case isBranch || alsoBranch || a != b:
		emit(leaf{path, gist(a), gist(b), a != nil, b != nil})
	}
}

func last(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// keep is the branch less what a folding has told.
func (b branch) keep(rest func(key string) bool) branch {
	out := branch{}
	for key, v := range b {
		if rest(key) {
			out[key] = v
		}
	}
	return out
}

// foldings tell several fields as one, because an author changes them together:
// a template and its parameters, the shares of a split, a scale. rest says what is
// compared beside them.
var foldings = map[string]func(a, b branch) (from, to string, rest func(string) bool){
	"message": foldMessage,
	"closed":  foldMessage,
	"variants": func(a, b branch) (from, to string, rest func(string) bool) {
		return shares(a), shares(b), func(string) bool { return false }
	},
	"scale": func(a, b branch) (from, to string, rest func(string) bool) {
		words := func(v branch) string {
			parts := []string{fmt.Sprintf("%v %v–%v", v["kind"], v["min"], v["max"])}
			if bands, ok := v["bands"].(branch); ok {
				for _, id := range keys(bands) {
					if band, ok := bands[id].(branch); ok {
						parts = append(parts, fmt.Sprintf("%s %v–%v", id, band["min"], band["max"]))
					}
				}
			}
			return strings.Join(parts, ", ")
		}
		return words(a), words(b), func(key string) bool { return key == "low" || key == "high" }
	},
}

// shares are the parts of a split, in a line.
func shares(variants branch) string {
	var parts []string
	for _, id := range keys(variants) {
		if item, ok := variants[id].(branch); ok {
			parts = append(parts, fmt.Sprintf("%s %v", id, item["share"]))
		}
	}
	return strings.Join(parts, ", ")
}

func foldMessage(a, b branch) (from, to string, rest func(string) bool) {
	if a["template"] == b["template"] {
		return "", "", func(string) bool { return true }
	}
	return gist(a), gist(b), func(key string) bool { return key == "closed" }
}

// common keeps the items of an order that the other list has, too.
func common(order string, other branch) string {
	var kept []string
	for name := range strings.SplitSeq(order, ", ") {
		if other[name] != nil && name != "" {
			kept = append(kept, name)
		}
	}
	return strings.Join(kept, ", ")
}

// gist is what a whole subtree says, in short.
func gist(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case branch:
		for _, key := range []string{"text", "template", "title", "markdown", "when", "event", "url", "message", "type", "reply", "window", "cron", "at"} {
			if v[key] != nil {
				return gist(v[key])
			}
		}
		var parts []string
		for _, key := range keys(v) {
			if key != orderKey {
				parts = append(parts, key+": "+gist(v[key]))
			}
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
