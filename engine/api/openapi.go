package api

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"gopkg.in/yaml.v3"
)

//go:embed openapi.yaml
var openAPIYAML []byte

// openAPIJSON is the document as JSON. It is part of the binary and verified by
// a test, so reading it cannot fail at a customer's.
var openAPIJSON = sync.OnceValues(func() ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(openAPIYAML, &doc); err != nil {
		return nil, fmt.Errorf("reading openapi.yaml: %w", err)
	}
	return json.Marshal(doc)
})

func (s *server) getOpenAPI(ctx context.Context, q *request) (*answer, error) {
	doc, err := openAPIJSON()
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, raw: doc, contentType: "application/json"}, nil
}
