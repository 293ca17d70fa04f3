package dsl_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"jornada/dsl"
)

// Parameters stand in the header, in the text and in the addresses of buttons, and an
// update by the provider, which tells of the text alone, leaves the others be.
func TestPlacesOfTemplates(t *testing.T) {
	const lock = `lock: 1
synced_at: ""
templates:
  - name: visit
    channel: whatsapp
    language: pt_BR
    category: utility
    status: approved
    params: [doctor, name, code]
    buttons: [Confirmar]
    header: "Consulta com {{doctor}}"
    links: [{at: 1}, {at: 3, url: "https://clinic.example/c/{{code}}"}]
    body: "Olá {{name}}, até amanhã."
`
	ws, list := dsl.ParseWorkspace([]dsl.File{{Path: "templates.lock.yaml", Content: []byte(lock)}})
	if len(list) > 0 {
		t.Fatal(list)
	}
	visit := ws.Templates["whatsapp/visit"]
	header, body, links := visit.Places()
	if !slices.Equal(header, []string{"doctor"}) || !slices.Equal(body, []string{"name"}) || !maps.Equal(links, map[int]string{1: "", 3: "code"}) {
		t.Errorf("%v, %v, %v", header, body, links)
	}
	out, changes := update(t, lock, dsl.HeardTemplate{Channel: "whatsapp", Name: "visit", Language: "pt_BR", Category: "utility", Status: "paused",
		Buttons: []string{"Confirmar"}, Body: "Oi {{1}}, até {{2}}."})
	if len(changes) != 1 {
		t.Errorf("%v", changes)
	}
	for _, want := range []string{"params: [name, \"2\", doctor, code]", `header: "Consulta com {{doctor}}"`, `links: [{at: 1}, {at: 3, url: "https://clinic.example/c/{{code}}"}]`, `body: "Oi {{name}}, até {{2}}."`, "status: paused"} {
		if !strings.Contains(out, want) {
			t.Errorf("misses %s:\n%s", want, out)
		}
	}
	same, changes := update(t, out, dsl.HeardTemplate{Channel: "whatsapp", Name: "visit", Language: "pt_BR", Category: "utility", Status: "paused",
		Buttons: []string{"Confirmar"}, Body: "Oi {{1}}, até {{2}}."})
	if same != out || len(changes) != 0 {
		t.Errorf("%v\n%s", changes, same)
	}
	for text, code := range map[string]string{
		strings.Replace(lock, "com {{doctor}}", "com {{doctor}} {{name}}", 1):            "J0510",
		strings.Replace(lock, "com {{doctor}}", "com {{dr}}", 1):                         "J0405",
		strings.Replace(lock, "{at: 1}", "{at: 3}", 1):                                   "J0107",
		strings.Replace(lock, "c/{{code}}", "c/", 1):                                     "J0640",
		strings.Replace(lock, "{at: 1}", `{url: "https://clinic.example"}`, 1):           "J0104",
		strings.Replace(lock, "params: [doctor, name, code]", "params: [name, code]", 1): "J0405",
	} {
		_, list := dsl.ParseWorkspace([]dsl.File{{Path: "templates.lock.yaml", Content: []byte(text)}})
		if len(list) != 1 || list[0].Code != code {
			t.Errorf("want %s alone: %v\n%s", code, list, text)
		}
	}
}
