package api

import (
	"context"
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
