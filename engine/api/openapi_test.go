package api

import (
	"context"
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func document(t testing.TB) *openapi3.T {
	t.Helper()
	raw, err := openAPIJSON()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return doc
}

var echoParameter = regexp.MustCompile(`:([a-z_]+)`)

// The table of routes and the document say the same, line by line.
func TestEveryRouteIsDocumentedAndEveryDocumentedCallExists(t *testing.T) {
	doc := document(t)
	s := &server{Deps: Deps{Phone: &fakePhone{}}}
	table := map[string]route{}
	for _, r := range s.routes() {
		path := echoParameter.ReplaceAllString(r.path, "{$1}")
		table[r.method+" "+path] = r
		item := doc.Paths.Value(path)
		if item == nil || item.GetOperation(r.method) == nil {
			t.Errorf("%s %s is not in openapi.yaml", r.method, path)
			continue
		}
		op := item.GetOperation(r.method)
		if op.OperationID != r.operation {
			t.Errorf("%s %s is operation %q in the table and %q in openapi.yaml", r.method, path, r.operation, op.OperationID)
		}
		open := op.Security != nil && len(*op.Security) == 0
		if open != (r.open != openToNobody) {
			t.Errorf("%s: openapi.yaml and the table disagree on whether a token is needed", r.operation)
		}
		keyed := false
		for _, p := range op.Parameters {
			keyed = keyed || p.Value.Name == "Idempotency-Key"
		}
		if keyed != r.creates {
			t.Errorf("%s: openapi.yaml and the table disagree on Idempotency-Key", r.operation)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if _, found := table[method+" "+path]; !found {
				t.Errorf("openapi.yaml documents %s %s, which no route serves", method, path)
			}
		}
	}
}
