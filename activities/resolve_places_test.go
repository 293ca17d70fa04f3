package activities

import (
	"reflect"
	"testing"

	"jornada/dsl"
	"jornada/engine"
)

// Where a template's parameters stand travels with the message; of one whose
// parameters all stand in its text nothing does.
func TestPlacesOf(t *testing.T) {
	for name, c := range map[string]struct {
		template dsl.Template
		want     *engine.TemplatePlaces
	}{
		"all in the text": {dsl.Template{Params: []string{"name"}, Body: "Olá {{name}}"}, nil},
		"everywhere": {dsl.Template{
			Params: []string{"doctor", "name", "code", "unseen"}, Header: "Com {{doctor}}", Body: "Olá {{name}}",
			Links: []dsl.TemplateLink{{At: 3, URL: "https://clinic.example/{{code}}"}, {At: 1}},
		}, &engine.TemplatePlaces{Header: []string{"doctor"}, Body: []string{"name", "unseen"}, Links: []engine.TemplateLink{{Index: 0}, {Index: 2, Param: "code"}}}},
		"one parameter in two places": {dsl.Template{Params: []string{"name"}, Header: "{{name}}", Body: "Olá {{name}}"},
			&engine.TemplatePlaces{Header: []string{"name"}, Body: []string{"name"}}},
	} {
		if got := placesOf(&c.template); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
