package api

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"gopkg.in/yaml.v3"

	"jornada/dsl/medium"
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
	fillFromTable(doc)
	return json.Marshal(doc)
})

// fillFromTable writes the channels and the kinds of address into the schemas that
// name them, so that a new one is documented by being in the table.
func fillFromTable(doc map[string]any) {
	components, _ := doc["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	schema := func(name string) map[string]any {
		found, _ := schemas[name].(map[string]any)
		return found
	}
	channels, optIn, said, purposes, addresses := []any{}, map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	for _, name := range medium.Names() {
		channels = append(channels, name)
		optIn[name] = map[string]any{"type": "boolean", "nullable": true}
		said[name] = map[string]any{"$ref": "#/components/schemas/Permission"}
		purposes[name] = map[string]any{"$ref": "#/components/schemas/Purposes"}
	}
	for _, name := range medium.KindNames() {
		addresses[name] = map[string]any{"$ref": "#/components/schemas/Address"}
	}
	schema("Channel")["enum"] = channels
	schema("OptIn")["properties"] = optIn
	schema("OptInInput")["properties"] = said
	schema("OptInPurposes")["properties"] = purposes
	schema("Addresses")["properties"] = addresses
}

func (s *server) getOpenAPI(ctx context.Context, q *request) (*answer, error) {
	doc, err := openAPIJSON()
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, raw: doc, contentType: "application/json"}, nil
}
