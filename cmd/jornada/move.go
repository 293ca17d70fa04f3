package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"jornada/dsl"
)

// moveFlags is --move OLD=NEW, as often as wanted: where the people at a step go
// that may not go on in it.
type moveFlags struct{ wish map[string]string }

func (m *moveFlags) register(f *pflag.FlagSet) {
	f.Var(m, "move", "let the people at a step leave it: `OLD=NEW` begins step NEW of the new version, OLD=exit ends them as moved_out; [JOURNEY.]OLD, repeatable")
}

// String implements pflag.Value.
func (m *moveFlags) String() string {
	var parts []string
	for _, step := range slices.Sorted(maps.Keys(m.wish)) {
		parts = append(parts, step+"="+m.wish[step])
	}
	return strings.Join(parts, ",")
}

// Type implements pflag.Value.
func (m *moveFlags) Type() string { return "two steps, OLD=NEW, or OLD=exit" }

// Set implements pflag.Value.
func (m *moveFlags) Set(s string) error {
	step, target, ok := strings.Cut(s, "=")
	if !ok || step == "" || target == "" {
		return fmt.Errorf("not %s", m.Type())
	}
	if m.wish == nil {
		m.wish = map[string]string{}
	}
	m.wish[step] = target
	return nil
}

// of are the moves of one journey: those that name it, and those that name none
// when it is the only one.
func (m *moveFlags) of(journey string, alone bool) map[string]string {
	mine := map[string]string{}
	for step, target := range m.wish {
		name, rest, named := strings.Cut(step, ".")
		switch {
		case named && name == journey:
			mine[rest] = target
		case !named && alone:
			mine[step] = target
		}
	}
	return mine
}

// check finds, before anything is published, a move that names no journey although
// there are several, or a target that is not there.
func (m *moveFlags) check(journeys []string, has func(journey, step string) bool) error {
	for _, step := range slices.Sorted(maps.Keys(m.wish)) {
		name, _, named := strings.Cut(step, ".")
		switch {
		case !named && len(journeys) != 1:
			return usage("--move %s=%s: name the journey too, as in %[3]s.%[1]s; here are %[4]s", step, m.wish[step], journeys[0], strings.Join(journeys, ", "))
		case named && !slices.Contains(journeys, name):
			return usage("--move %s=%s: there is no journey %q; here are %s", step, m.wish[step], name, strings.Join(journeys, ", "))
		case !named:
			name = journeys[0]
		}
		if target := m.wish[step]; target != dsl.MoveExit && !has(name, target) {
			return usage("--move %s=%s: journey %q has no step %q; name one of its steps, or exit", step, target, name, target)
		}
	}
	return nil
}
