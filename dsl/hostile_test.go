package dsl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// What other template languages run is an error at publish or plain text here:
// there is no code, no file, no environment, no method, and nothing that is
// missing passes in silence.
func TestTextsRunNothing(t *testing.T) {
	files := slices.DeleteFunc(readFolder(t, "testdata/ok"), func(f File) bool { return strings.HasSuffix(f.Path, journeySuffix) })
	const journey = "dsl: 1\njourney: hostile\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\ninputs: {note: string?}\nsteps:\n  - id: hi\n    send: {sms: {text: %q}}\n"
	check := func(text string) (*Folder, diag.List) {
		return Load(append(slices.Clone(files), File{"hostile" + journeySuffix, fmt.Appendf(nil, journey, text)}))
	}
	for _, text := range []string{
		`{{ env "HOME" }}`, `{{ env("HOME") }}`, `{{ .Contact }}`, `{{ range contact.tags }}`, `{{ template "x" }}`, `{{ include("/etc/passwd") }}`, `{{ call contact.first_name }}`,
		`{{ contact.first_name.constructor }}`, `{{ contact.__proto__ }}`, `{{ contact["first_" + "name"] }}`, `{{ $env }}`, `{{ $env["contact"] }}`, `{{ let x = 1; x }}`,
		`{{ contact.first_name.upper() }}`, `{{ toJSON(contact) }}`, `{{ fromJSON("{}") }}`, `{{ reduce(1..9, # + #acc, "") }}`, `{{ repeat("a", 9) }}`,
		`{{ secrets.clinic.token }}`, `{{ secrets }}`, `{{ event.total }}`, `{{ loop.index }}`, // not here
		`{{ nobody }}`, `{{ contact.nothing }}`, `{{ inputs.missing }}`, `{{ vars.x }}`, `{{ steps.never.score }}`, // not there
		`{{ inputs.note }}`, // may be missing, and a hole in a message is a mistake
		`{{ contact.first_name`, `{{}}`, `{{ }}`,
	} {
		folder, list := check(text)
		if !list.HasErrors() || len(folder.Plans) > 0 && folder.Plans["hostile"] != nil {
			t.Errorf("%s can be published", text)
		}
	}
	for _, text := range []string{`${7*7}`, `#{7*7}`, `<%= 7*7 %>`, `{% include "x" %}`, `{ contact.first_name }`, `[[ contact.first_name ]]`, `%s %d %n`, `$(id)`, "`id`"} {
		folder, list := check(text)
		if list.HasErrors() {
			t.Errorf("%s is not plain text: %v", text, list)
			continue
		}
		plan := folder.Plans["hostile"]
		if got := plan.Nodes["hi"].Send.Routes[0].Message.Text.Source; got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}
