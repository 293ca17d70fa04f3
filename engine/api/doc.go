// Package api is Jornada's HTTP door: the JSON API under /api/v1, the
// providers' webhooks, health and metrics, and, with `jornada dev`, a page that
// looks like a customer's phone.
//
// # How a request travels
//
// Every route stands in one table (routes.go) with the scopes that open it, the
// body it takes and its operationId in openapi.yaml. A route without a scope is
// closed to everybody. From the outside in:
//
//	request id → panic guard → access log → security headers → body limit
//	→ token and scope → rate limit → content type → Idempotency-Key → handler
//
// A handler decodes strictly, asks the store or the runtime through the small
// interfaces declared beside it, and returns a value or an error. Only
// errors.go knows how a refusal becomes a status.
//
// # Adding a resource
//
// Write x.go with its interface and handlers, add its lines to the table in
// routes.go, describe them in openapi.yaml, and add cases to the table of
// api_test.go: a test compares table and document in both directions and
// validates every answer against the document.
//
// # Words
//
// Messages are English, or Portuguese when Accept-Language asks for it. Codes
// and field names never change with the language.
package api
