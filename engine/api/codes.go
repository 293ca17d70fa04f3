package api

import (
	"context"
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// codeView is the page of a diagnostic code: what `jornada explain` prints.
type codeView struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Text  string `json:"text"` // markdown
}

func (s *server) getCode(_ context.Context, q *request) (*answer, error) {
	code := strings.ToUpper(q.params["code"])
	text, found := dsl.Explain(code, q.lang)
	if !found {
		return nil, notFound(diag.T("there is no code %.20q: codes look like J0505", "não existe o código %.20q: códigos são como J0505", code))
	}
	title := ""
	for _, c := range dsl.Codes() {
		if c.Code == code {
			title = c.Title.In(q.lang)
		}
	}
	return ok(codeView{code, title, text}), nil
}

// verbView is the page of a verb, as `jornada explain send` prints it.
type verbView struct {
	Verb  string `json:"verb"`
	Title string `json:"title"`
	Text  string `json:"text"` // markdown
}

func (s *server) getVerb(_ context.Context, q *request) (*answer, error) {
	name := strings.ToLower(q.params["verb"])
	text, found := dsl.ExplainVerb(name, q.lang)
	if !found {
		if near := dsl.NearVerb(name); near != "" {
			return nil, notFound(diag.T("there is no verb %.20q: did you mean `%s`?", "não existe o verbo %.20q: você quis dizer `%s`?", name, near))
		}
		return nil, notFound(diag.T("there is no verb %.20q: there are %s", "não existe o verbo %.20q: existem %s", name, verbNames()))
	}
	at := slices.IndexFunc(dsl.Verbs(), func(v dsl.Verb) bool { return v.Name == name })
	return ok(verbView{name, dsl.Verbs()[at].Title.In(q.lang), text}), nil
}

func verbNames() string {
	var list []string
	for _, v := range dsl.Verbs() {
		list = append(list, v.Name)
	}
	return strings.Join(list, ", ")
}
