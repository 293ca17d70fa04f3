package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"

	"jornada/activities"
	"jornada/dsl"
)

// call is the activity, with whose call it is in its context.
func (b *Bench) call(ctx context.Context, in activities.CallInput) (activities.CallResult, error) {
	return b.acts.Call(during(ctx, doing{step: in.StepID, verb: "call", visit: in.Visit}), in)
}

// callee answers the requests of `call` as the script says.
type callee struct{ b *Bench }

// RoundTrip implements http.RoundTripper.
func (c callee) RoundTrip(req *http.Request) (*http.Response, error) {
	who := doingOf(req.Context())
	d := &deed{step: who.step, verb: "call", visit: who.visit, attempt: req.Header.Get("Idempotency-Key"), values: map[string]string{"method": req.Method}}
	query := req.URL.Query()
	for name := range query {
		d.values["query."+name] = query.Get(name)
	}
	for name := range req.Header {
		d.values["headers."+name] = req.Header.Get(name)
	}
	bare := *req.URL
	bare.RawQuery = ""
	d.values["url"] = bare.String()
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, fmt.Errorf("reading the request: %w", err)
		}
		_ = req.Body.Close()
		var v any
		if json.Unmarshal(body, &v) == nil {
			put(d.values, "body", v)
		}
	}
	answer := c.b.play.answer(d)
	switch answer.Error {
	case "timeout":
		return nil, context.DeadlineExceeded
	case "unreachable":
		return nil, fmt.Errorf("the script says: unreachable")
	}
	var body []byte
	if answer.Body != nil {
		var err error
		if body, err = json.Marshal(answer.Body); err != nil {
			return nil, fmt.Errorf("writing the answer: %w", err)
		}
	}
	status := answer.Status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// answer records a request and finds what the script answers. Later attempts of
// the same call get the same answer.
func (p *play) answer(d *deed) dsl.Respond {
	p.mu.Lock()
	answer, repeated := p.answers[d.attempt]
	p.mu.Unlock()
	if repeated {
		return answer
	}
	act := p.record(d)
	switch {
	case p.walk != nil:
		answer = p.walk.respond(p, d)
	case act != nil && act.Respond != nil:
		answer = *act.Respond
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[d.attempt] = answer
	return answer
}

// secrets are made up: every secret that the journey reads is the address of a
// service of that name.
type secrets struct{ b *Bench }

var secretName = regexp.MustCompile(`secrets\.([a-z][a-z0-9_]*)`)

// Secrets implements activities.Secrets.
func (s secrets) Secrets(context.Context) (map[string]any, error) { return s.b.play.secrets, nil }

// secretsOf are the secrets a plan reads.
func secretsOf(plan *dsl.Plan) map[string]any {
	out := map[string]any{}
	for _, n := range plan.Nodes {
		if n.Call == nil {
			continue
		}
		text, err := json.Marshal(n.Call)
		if err != nil {
			continue // a plan is JSON
		}
		for _, m := range secretName.FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = "https://" + m[1] + ".example"
		}
	}
	return out
}
