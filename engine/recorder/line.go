package recorder

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// line is one line of a script: keys and values in turn, in the order in which
// people read them.
type line struct{ pairs []any }

func (l line) node() *yaml.Node {
	n := mapping(l.pairs...)
	n.Style = yaml.FlowStyle
	return n
}

// mapping is a YAML mapping of keys and values in turn.
func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		add(n, fmt.Sprint(pairs[i]), pairs[i+1])
	}
	return n
}

func add(n *yaml.Node, key string, value any) {
	n.Content = append(n.Content, scalar(key), nodeOf(value))
}

// scalar is a text; the encoder quotes it where another reader would take it for
// something else.
func scalar(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsAny(s, "#{}[]&*!|>'\"%@`,:?\n") || strings.TrimSpace(s) != s {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// nodeOf writes plain data; what is inside mappings stands on one line, keys sorted.
func nodeOf(v any) *yaml.Node {
	switch v := v.(type) {
	case *yaml.Node:
		return v
	case string:
		return scalar(v)
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			add(n, name, v[name])
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, inner := range v {
			n.Content = append(n.Content, nodeOf(inner))
		}
		return n
	}
	n := &yaml.Node{}
	if err := n.Encode(v); err != nil { // numbers and truth only: the rest is above
		return scalar(fmt.Sprint(v))
	}
	return n
}

// lasting is a length of time as the language writes it: 1h30m.
func lasting(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
