package diff

import (
	"maps"
	"slices"
	"strings"

	"jornada/dsl"
)

// aboutLabels name what people are shown of a journey.
var aboutLabels = []label{
	{"name", About, Safe, quoted, "name of the journey", "nome da jornada"},
	{"description", About, Safe, quoted, "description", "descrição"},
	{"owner", About, Safe, quoted, "owner", "responsável"},
	{"tags", About, Safe, quoted, "tags", "etiquetas"},
	{"steps.*.name", About, Safe, quoted, "name of step `$1`", "nome do passo `$1`"},
}

// Cards lists what people are shown otherwise of a journey, which changes nothing of
// what it does: its name, description, owner and tags, and the names of steps that both
// have. Compare tells the rest.
func Cards(old, now dsl.Card) List {
	var list List
	tell := func(from, to string, path ...string) {
		if from == to {
			return
		}
		l, stars := labelOf(aboutLabels, path)
		one := Change{Kind: About, Path: strings.Join(path, "."), From: from, To: to, Class: Safe}
		if path[0] == "steps" {
			one.Step = path[1]
		}
		one.Words = l.words(leaf{path: path, from: from, to: to, had: from != "", has: to != ""}, stars, "")
		list = append(list, one)
	}
	tell(old.Name, now.Name, "name")
	tell(old.Description, now.Description, "description")
	tell(old.Owner, now.Owner, "owner")
	tell(strings.Join(old.Tags, ", "), strings.Join(now.Tags, ", "), "tags")
	for _, id := range slices.Sorted(maps.Keys(now.Steps)) {
		if name, both := old.Steps[id]; both {
			tell(name, now.Steps[id], "steps", id, "name")
		}
	}
	return list
}
