package driver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// callLimit bounds one try of a call. It is short, because the other side may
// have been killed in the middle, and the same call is simply made again.
const callLimit = 10 * time.Second

// Client speaks the product's API. Every call is made again until it is
// answered, as an integrator's should: a call that may have an effect carries an
// Idempotency-Key, so that a second try has none.
type Client struct {
	bases []string
	token string
	http  *http.Client
	next  atomic.Uint64 // which base, in turns
	tries atomic.Int64  // calls made again
}

func newClient(token string, bases ...string) *Client {
	return &Client{bases: bases, token: token, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: 10 * time.Second}}}
}

// Retries is how many calls had to be made again.
func (c *Client) Retries() int { return int(c.tries.Load()) }

// RefusalError is an answer that making the call again would not change.
type RefusalError struct {
	Call   string
	Status int
	Body   string
}

// Error implements error.
func (r *RefusalError) Error() string {
	return fmt.Sprintf("%s was answered %d: %s", r.Call, r.Status, r.Body)
}

// call makes a call until it is answered or ctx ends. out may be nil.
func (c *Client) call(ctx context.Context, method, path string, in any, key string, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encoding the body of %s %s: %w", method, path, err)
		}
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		status, answer, err := c.once(ctx, method, path, body, key)
		switch {
		case err == nil && status < 300:
			if out == nil {
				return nil
			}
			if err := json.Unmarshal(answer, out); err != nil {
				return fmt.Errorf("reading the answer to %s %s: %w", method, path, err)
			}
			return nil
		case err == nil && !again(status, answer):
			return &RefusalError{method + " " + path, status, string(answer)}
		}
		c.tries.Add(1)
		if !Pause(ctx, wait) {
			if err == nil {
				err = &RefusalError{method + " " + path, status, string(answer)}
			}
			return fmt.Errorf("calling the product's API until it answers: %w", err)
		}
	}
}

// again reports whether an answer is about this moment and not about the call.
// A key whose first call died with its server stays reserved for a while.
func again(status int, answer []byte) bool {
	return status >= 500 || status == http.StatusTooManyRequests ||
		status == http.StatusConflict && bytes.Contains(answer, []byte("Idempotency-Key"))
}

func (c *Client) once(ctx context.Context, method, path string, body []byte, key string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	base := c.bases[c.next.Add(1)%uint64(len(c.bases))]
	req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("calling %s: %w", path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// Publish makes the journeys of a folder live: file name to text.
func (c *Client) Publish(ctx context.Context, files map[string]string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/publish", map[string]any{"files": files}, "", nil)
}

// PutContact makes or replaces a contact.
func (c *Client) PutContact(ctx context.Context, id string, contact Contact) error {
	return c.call(ctx, http.MethodPut, "/api/v1/contacts/"+url.PathEscape(id), contact, "", nil)
}

// EraseContact deletes a contact for good.
func (c *Client) EraseContact(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/api/v1/contacts/"+url.PathEscape(id), nil, "", nil)
}

// Connect makes an integration, or changes the one that has its id.
func (c *Client) Connect(ctx context.Context, i Integration) error {
	err := c.call(ctx, http.MethodPost, "/api/v1/integrations", i, "", nil)
	if refusal, ok := err.(*RefusalError); ok && refusal.Status == http.StatusConflict { //nolint:errorlint // call returns it bare
		return c.call(ctx, http.MethodPatch, "/api/v1/integrations/"+i.ID, map[string]any{"settings": i.Settings, "secrets": i.Secrets}, "", nil)
	}
	return err
}

// Reconnect gives an integration other credentials.
func (c *Client) Reconnect(ctx context.Context, id string, secrets map[string]string) error {
	return c.call(ctx, http.MethodPatch, "/api/v1/integrations/"+id, map[string]any{"secrets": secrets}, "", nil)
}

// Switch enables or disables an integration ("enable", "disable").
func (c *Client) Switch(ctx context.Context, id, what string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/integrations/"+id+"/"+what, map[string]any{}, "", nil)
}

// Integrations lists them with their states.
func (c *Client) Integrations(ctx context.Context) ([]IntegrationView, error) {
	return pages[IntegrationView](ctx, c, "/api/v1/integrations", nil)
}

// Enroll starts a journey for a contact. skipped says by which of its rules the
// journey did not take the contact.
func (c *Client) Enroll(ctx context.Context, journey, contact string, inputs map[string]any, key string) (id, skipped string, err error) {
	var out struct {
		EnrollmentID string `json:"enrollment_id"`
		Skipped      string `json:"skipped"`
	}
	err = c.call(ctx, http.MethodPost, "/api/v1/journeys/"+journey+"/enrollments", map[string]any{"contact_id": contact, "inputs": inputs}, key, &out)
	return out.EnrollmentID, out.Skipped, err
}

// Emit reports a business event; id makes it repeatable.
func (c *Client) Emit(ctx context.Context, event, id, contact string, data map[string]any) error {
	return c.call(ctx, http.MethodPost, "/api/v1/events", map[string]any{"event": event, "id": id, "contact_id": contact, "data": data}, "", nil)
}

// Unenroll ends an enrollment.
func (c *Client) Unenroll(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/enrollments/"+id+"/unenroll", map[string]any{"reason": "torture"}, "", nil)
}

// Enrollments lists those that fit a filter (journey, contact_id, status).
func (c *Client) Enrollments(ctx context.Context, filter url.Values) ([]Enrollment, error) {
	return pages[Enrollment](ctx, c, "/api/v1/enrollments", filter)
}

// Enrollment reads one, with its timeline.
func (c *Client) Enrollment(ctx context.Context, id string) (json.RawMessage, error) {
	var out json.RawMessage
	err := c.call(ctx, http.MethodGet, "/api/v1/enrollments/"+id, nil, "", &out)
	return out, err
}

// Messages lists those that fit a filter (enrollment_id, contact_id, status, channel).
func (c *Client) Messages(ctx context.Context, filter url.Values) ([]Message, error) {
	return pages[Message](ctx, c, "/api/v1/messages", filter)
}

// Unconfirmed lists the messages a person must decide on.
func (c *Client) Unconfirmed(ctx context.Context) ([]Message, error) {
	return pages[Message](ctx, c, "/api/v1/messages/unconfirmed", nil)
}

// Resolve decides an unconfirmed message: sent, failed or resend.
func (c *Client) Resolve(ctx context.Context, id, action string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/messages/"+id+"/resolve", map[string]any{"action": action}, "", nil)
}

// Notices lists what administrators were told about channels.
func (c *Client) Notices(ctx context.Context) ([]Notice, error) {
	return pages[Notice](ctx, c, "/api/v1/notices", nil)
}

// Get reads anything else.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, path, nil, "", out)
}

// Post says anything else.
func (c *Client) Post(ctx context.Context, path string, in any, key string, out any) error {
	return c.call(ctx, http.MethodPost, path, in, key, out)
}

// pages reads a list to its end.
func pages[T any](ctx context.Context, c *Client, path string, filter url.Values) ([]T, error) {
	q := url.Values{"limit": {"500"}}
	maps.Copy(q, filter)
	var all []T
	for {
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"next_cursor"`
		}
		if err := c.call(ctx, http.MethodGet, path+"?"+q.Encode(), nil, "", &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			return all, nil
		}
		q.Set("cursor", page.NextCursor)
	}
}

// plainCall makes one call without a token; status 0 means nobody answered.
func plainCall(ctx context.Context, method, address, body string) (int, string) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}
