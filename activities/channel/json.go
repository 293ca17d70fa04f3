package channel

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// Credential is a secret that goes into a header: it must be there, and one line.
func (s Settings) Credential(name, where string) (string, error) {
	value, err := s.RequireSecret(name, where)
	if err == nil && strings.ContainsAny(value, "\r\n\x00") {
		err = s.refuse("secrets."+name, "must be one line; copy it again")
	}
	return value, err
}

// JSONHeader are the headers of calls that carry JSON and one credential.
func JSONHeader(name, credential string) http.Header {
	header := http.Header{}
	header.Set(name, credential)
	header.Set("Content-Type", "application/json")
	header.Set("Accept", "application/json")
	header.Set("User-Agent", "jornada/1.0")
	return header
}

// Encode writes a request's body.
func Encode(body any) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, &SendError{Class: FixRequest, Message: "the message could not be written as JSON", Err: err}
	}
	return encoded, nil
}

// PostJSON hands one message over: one call, never repeated. Its errors are
// *SendError.
func PostJSON(ctx context.Context, client *http.Client, address string, header http.Header, body any, depart func() error) (*Answer, error) {
	encoded, err := Encode(body)
	if err != nil {
		return nil, err
	}
	answer, failure := Post(ctx, client, http.MethodPost, address, header, encoded, depart)
	if failure != nil {
		return nil, failure
	}
	return answer, nil
}

// Succeeded says whether an answer is a success.
func (a *Answer) Succeeded() bool { return a.Status >= 200 && a.Status <= 299 }
