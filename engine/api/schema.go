package api

import (
	"context"
	"net/http"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// getSchema is the JSON Schema of one kind of file, as `jornada schema` prints it:
// editors complete keys with it.
func (s *server) getSchema(_ context.Context, q *request) (*answer, error) {
	schemas := map[string]func() []byte{"journey": dsl.Schema, "workspace": dsl.WorkspaceSchema, "lock": dsl.LockSchema, "test": dsl.ScenarioSchema}
	kind := q.params["kind"]
	schema := schemas[kind]
	if schema == nil {
		return nil, notFound(diag.T("there is no schema of %q; there are journey, workspace, lock and test", "não existe o esquema de %q; existem journey, workspace, lock e test", kind))
	}
	return &answer{status: http.StatusOK, raw: schema(), contentType: "application/schema+json"}, nil
}
