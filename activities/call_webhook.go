package activities

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

const userAgent = "Jornada/1"

// retryAfterMax bounds what a server may ask us to wait.
const retryAfterMax = time.Hour

// Call makes one attempt of a `call` step: one HTTP request through the hardened
// client, with the same Idempotency-Key on every attempt, so that the other side
// can drop repeats. A success is any 2xx whose body fits `returns`. 408, 425, 429,
// 5xx and network errors are worth another attempt; anything else is final.
//
// Note on the header: Go's transport resends a request that carries an
// Idempotency-Key after a broken connection, by itself and without an error
// (net/http, Request.isReplayable), if it can rewind the body. Ours cannot be
// rewound: GetBody is nil, so one attempt is at most one POST on the wire and
// the counting of attempts stays with the workflow.
func (a *Activities) Call(ctx context.Context, in CallInput) (CallResult, error) {
	plan, node, err := a.step(in.VersionHash, in.StepID)
	if err != nil {
		return CallResult{}, err
	}
	if a.draining.Load() {
		return CallResult{}, errDraining
	}
	if node.Call == nil {
		return CallResult{}, fmt.Errorf("step %q calls nothing: it is a %s", in.StepID, node.Verb)
	}
	if halt, err := a.Store.Halt(ctx); err != nil || halt != nil {
		if err == nil {
			err = errHalted
		}
		return CallResult{}, err
	}
	contact, windows, err := a.readContact(ctx, in.ContactID)
	if err != nil {
		return CallResult{}, err
	}
	s := a.scope(plan, in.Base, contact, windows)
	if a.Secrets != nil {
		secrets, err := a.Secrets.Secrets(ctx)
		if err != nil {
			return CallResult{}, fmt.Errorf("reading the secrets: %w", err)
		}
		s.Roots["secrets"] = secrets
	}
	if len(in.Trail) > 0 {
		if err := a.saveProgress(ctx, in.Base); err != nil {
			return CallResult{}, err
		}
	}
	timeout := node.Call.Timeout.Std()
	if timeout <= 0 {
		timeout = egressTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, min(timeout, egressMax))
	defer cancel()
	key := sha256.Sum256([]byte(stepKey(StepInput{Base: in.Base, StepID: in.StepID, Visit: in.Visit})))
	req, err := request(ctx, node.Call, s, hex.EncodeToString(key[:]))
	if err != nil {
		return CallResult{Reason: err.Error()}, nil
	}
	result := a.exchange(req, node.Call, s.Zone)
	a.log.Log(ctx, slog.LevelInfo, "call made", "enrollment_id", in.EnrollmentID, "step_id", in.StepID,
		"attempt", in.Attempt, "host", req.URL.Host, "code", result.Status, "ok", result.OK, "retry", result.Retry)
	return result, nil
}

// exchange sends the request once and reads the answer.
func (a *Activities) exchange(req *http.Request, call *dsl.Call, zone *time.Location) CallResult {
	resp, err := a.egress.Do(req)
	if err != nil {
		return networkFailure(req, err)
	}
	defer func() { _ = resp.Body.Close() }()
	result := CallResult{Status: resp.StatusCode}
	body, err := io.ReadAll(io.LimitReader(resp.Body, egressBodyMax+1))
	switch code := resp.StatusCode; {
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly || code == http.StatusTooManyRequests || code >= 500:
		result.Retry, result.After = true, retryAfter(resp.Header)
		result.Reason = fmt.Sprintf("the server answered %d %s", code, http.StatusText(code))
		return result
	case code >= 300 && code < 400:
		result.Reason = fmt.Sprintf("the server redirected (%d) in a way that cannot be followed without sending the data twice", code)
		return result
	case code < 200 || code >= 300:
		result.Reason = fmt.Sprintf("the server answered %d %s", code, http.StatusText(code))
		return result
	case err != nil:
		result.Retry, result.Reason = true, "the answer broke off"
		return result
	case len(body) > egressBodyMax:
		result.Reason = "the answer is larger than 1 MB"
		return result
	}
	result.Body, result.Reason = returns(call.Returns, body, zone)
	result.OK = result.Reason == ""
	return result
}

func networkFailure(req *http.Request, err error) CallResult {
	result := CallResult{Reason: "the server at " + req.URL.Host + " could not be reached", Retry: true}
	var urlError *url.Error
	switch {
	case errors.Is(err, ErrEgress):
		return CallResult{Reason: "calling " + req.URL.Host + " is not allowed: " + ErrEgress.Error()}
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &urlError) && urlError.Timeout():
		result.Reason = "the server at " + req.URL.Host + " did not answer in time"
	case strings.Contains(err.Error(), "redirected") || strings.Contains(err.Error(), "must begin with http"):
		return CallResult{Reason: errors.Unwrap(err).Error()}
	}
	return result
}

// returns fits the answer to the declared types; what is not declared is dropped.
func returns(fields expression.Fields, body []byte, zone *time.Location) (map[string]any, string) {
	if len(fields) == 0 {
		return nil, ""
	}
	var answer map[string]any
	if len(bytes.TrimSpace(body)) > 0 {
		if err := json.Unmarshal(body, &answer); err != nil {
			return nil, "the answer is not a JSON object, but the step declares `returns`"
		}
	}
	declared := make(map[string]any, len(fields))
	for name := range fields {
		if v, ok := answer[name]; ok {
			declared[name] = v
		}
	}
	typed, problems := fields.Coerce(declared, zone)
	for _, p := range problems {
		if !p.Unknown {
			return nil, fmt.Sprintf("the answer's field %q does not fit `returns`: %s", p.Path, p.Text.En)
		}
	}
	if err := engine.TooLarge("what `returns` keeps of the answer", typed); err != nil {
		return nil, err.Message
	}
	return typed, ""
}

// retryAfter reads both forms of the header; a moment is counted from the
// server's own clock, which its Date header tells.
func retryAfter(h http.Header) time.Duration {
	after := h.Get("Retry-After")
	if n, err := strconv.Atoi(after); err == nil {
		return min(max(time.Duration(n)*time.Second, 0), retryAfterMax)
	}
	until, err := http.ParseTime(after)
	now, dateErr := http.ParseTime(h.Get("Date"))
	if err != nil || dateErr != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), retryAfterMax)
}

// request renders the step into a request that is sent at most once.
func request(ctx context.Context, c *dsl.Call, s *expression.Scope, key string) (*http.Request, error) {
	raw, err := renderText(c.URL, c.URL.Source, s)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("url: the rendered address is not a URL")
	}
	if err := checkURL(u); err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	if len(c.Query) > 0 {
		q := u.Query()
		for name, text := range c.Query {
			v, err := renderText(text, text.Source, s)
			if err != nil {
				return nil, fmt.Errorf("query.%s: %w", name, err)
			}
			q.Set(name, v)
		}
		u.RawQuery = q.Encode()
	}
	var body io.Reader
	if c.Body != nil {
		rendered, err := renderBody(c.Body, s, "body")
		if err != nil {
			return nil, err
		}
		raw, err := json.Marshal(rendered)
		if err != nil {
			return nil, fmt.Errorf("body: writing it as JSON: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("preparing the request: %w", err)
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, text := range c.Headers {
		v, err := renderText(text, text.Source, s)
		if err != nil {
			return nil, fmt.Errorf("headers.%s: %w", name, err)
		}
		req.Header.Set(name, v)
	}
	req.Header.Set("Idempotency-Key", key)
	if c.Method != http.MethodGet && c.Method != http.MethodHead {
		if req.Body == nil || req.Body == http.NoBody {
			// An absent body counts as rewindable; an empty one that is not
			// http.NoBody does not.
			req.Body = io.NopCloser(strings.NewReader(""))
		}
		req.GetBody = nil
	}
	return req, nil
}

// textKey marks a rendered leaf inside a plan's JSON body.
const textKey = "$text"

// renderBody walks the JSON of a body and renders its texts, keeping types.
func renderBody(v any, s *expression.Scope, path string) (any, error) {
	switch v := v.(type) {
	case *dsl.Text:
		out, err := renderValue(v, s)
		return out, wrap(err, "%s", path)
	case dsl.Text:
		return renderBody(&v, s, path)
	case map[string]any:
		if leaf, ok := v[textKey]; ok && len(v) == 1 {
			t, err := textLeaf(leaf)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			return renderBody(t, s, path)
		}
		out := make(map[string]any, len(v))
		for k, member := range v {
			var err error
			if out[k], err = renderBody(member, s, path+"."+k); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			var err error
			if out[i], err = renderBody(member, s, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func textLeaf(leaf any) (*dsl.Text, error) {
	if t, ok := leaf.(*dsl.Text); ok {
		return t, nil
	}
	raw, err := json.Marshal(leaf)
	if err != nil {
		return nil, fmt.Errorf("reading a text of the plan: %w", err)
	}
	t := &dsl.Text{}
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, fmt.Errorf("reading a text of the plan: %w", err)
	}
	return t, nil
}
