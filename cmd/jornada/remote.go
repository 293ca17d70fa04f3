package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"jornada/dsl/diag"
)

// remote is a Jornada server that a command talks to.
type remote struct {
	server   string
	token    string
	language diag.Language // that refusals are said in
	client   *http.Client
}

type remoteFlags struct{ server, token string }

func (r *remoteFlags) register(f *pflag.FlagSet) {
	f.StringVar(&r.server, "server", "http://127.0.0.1:8080", "`URL` of the server (or JORNADA_SERVER)")
	f.StringVar(&r.token, "token", "", "API `token` (or JORNADA_TOKEN; on this machine the one of `jornada dev` is found by itself)")
}

func (r *remoteFlags) open(language diag.Language, changed func(string) bool) (*remote, error) {
	server, token := r.server, r.token
	if v := os.Getenv("JORNADA_SERVER"); v != "" && !changed("server") {
		server = v
	}
	if token == "" {
		token = os.Getenv("JORNADA_TOKEN")
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, usage("--server: %q is not an address such as https://jornada.example", server)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, usage("--server: %s would send the token in the clear; use https", server)
	}
	if token == "" && isLoopback(u.Hostname()) {
		if dir, err := stateDir(); err == nil {
			if b, err := os.ReadFile(filepath.Join(dir, tokenFile)); err == nil {
				token = strings.TrimSpace(string(b))
			}
		}
	}
	if token == "" {
		return nil, usage("--token: is missing; pass it, or set JORNADA_TOKEN")
	}
	return &remote{server: strings.TrimRight(server, "/"), token: token, language: language, client: &http.Client{Timeout: 5 * time.Minute}}, nil
}

// answerError is a refusal of the server, in its words.
type answerError struct {
	status  int
	Code    string          `json:"code"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details"`
}

func (e *answerError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status))
	}
	return e.Message
}

// do makes one call and decodes the answer into out, when out is not nil.
func (r *remote) do(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, r.server+path, body)
	if err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Accept-Language", string(r.language))
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("asking %s: %w; is it running? `jornada dev` starts one on this machine", r.server, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		var refused struct {
			Error answerError `json:"error"`
		}
		_ = json.Unmarshal(b, &refused) // a proxy's page is not JSON: the status says it then
		refused.Error.status = resp.StatusCode
		return &refused.Error
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	return nil
}

func (r *remote) post(ctx context.Context, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("writing the request: %w", err)
	}
	return r.do(ctx, http.MethodPost, path, "application/json", bytes.NewReader(b), out)
}

func (r *remote) get(ctx context.Context, path string, out any) error {
	return r.do(ctx, http.MethodGet, path, "", nil, out)
}
