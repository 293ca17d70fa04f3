package smpp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"jornada/activities/channel"
	"jornada/dsl/diag"
)

// The HTTP call between a worker and the process that holds the binds. It is
// internal: both sides are the same binary with the same master key, from which
// the token is made. It is not encrypted, so its network must be as private as the
// database's.
const (
	pathSubmit  = "/smpp/submit"
	pathCheck   = "/smpp/check"
	callMax     = 64 << 10
	callTimeout = 20 * time.Second
)

// Token is what proves one of our processes to another.
func Token(masterKey []byte) string {
	mac := hmac.New(sha256.New, masterKey)
	_, _ = mac.Write([]byte("jornada smpp handover")) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// call is what is asked, answer what came of it.
type call struct {
	Target
	Message *Message `json:"message,omitempty"`
}

type answer struct {
	ProviderID string `json:"provider_id,omitempty"`
	Error      *told  `json:"error,omitempty"`
}

// told is a channel.SendError on the wire.
type told struct {
	Class      channel.Class `json:"class"`
	Unclear    bool          `json:"unclear,omitempty"`
	Code       string        `json:"code,omitempty"`
	Message    string        `json:"message"`
	Pt         string        `json:"message_pt,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

// Remote hands messages to the Exchange of another process.
type Remote struct {
	base   string
	header http.Header
	client *http.Client
}

// NewRemote is the Exchange behind Handler at address (HOST:PORT).
func NewRemote(address, token string) *Remote {
	client := channel.NewClient()
	client.Transport.(*http.Transport).Proxy = nil // it is a neighbor
	header := http.Header{}
	header.Set("Authorization", "Bearer "+token)
	header.Set("Content-Type", "application/json")
	return &Remote{base: "http://" + address, header: header, client: client}
}

// Submit implements Gateway with one call. When its answer is lost nobody knows
// whether the SMSC has the message.
func (r *Remote) Submit(ctx context.Context, to Target, m Message, depart func() error) (channel.Receipt, error) {
	said, failure := r.call(ctx, pathSubmit, call{Target: to, Message: &m}, depart)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	return channel.Receipt{ProviderID: said.ProviderID}, nil
}

// Check implements Gateway.
func (r *Remote) Check(ctx context.Context, to Target) error {
	if _, failure := r.call(ctx, pathCheck, call{Target: to}, nil); failure != nil {
		return failure
	}
	return nil
}

func (r *Remote) call(ctx context.Context, path string, c call, depart func() error) (*answer, *channel.SendError) {
	body, err := json.Marshal(c)
	if err != nil {
		return nil, notSent(channel.FixRequest, "the message cannot be handed over", err)
	}
	got, failure := channel.Post(ctx, r.client, http.MethodPost, r.base+path, r.header, body, depart)
	if failure != nil {
		if failure.Doubt == channel.Certain {
			failure.Message = "the process that holds the SMPP binds (--smpp-at) cannot be reached: " + failure.Message
			failure.Pt = "não foi possível falar com o processo que mantém as conexões SMPP (--smpp-at)"
		}
		return nil, failure
	}
	var said answer
	switch {
	case got.Status == http.StatusUnauthorized:
		return nil, noBind(diag.T("the process that holds the SMPP binds has another master key; give both the same JORNADA_MASTER_KEY", "o processo que mantém as conexões SMPP tem outra chave mestra; dê a mesma JORNADA_MASTER_KEY aos dois"), nil)
	case got.Status == http.StatusNotFound:
		return nil, noBind(diag.T("what listens at --smpp-at is not `jornada worker --smpp`; check the address", "o que atende em --smpp-at não é `jornada worker --smpp`; confira o endereço"), nil)
	case got.Status != http.StatusOK || json.Unmarshal(got.Body, &said) != nil:
		return nil, unclear("the process that holds the SMPP binds did not say what became of the message; the SMSC may or may not have it", nil)
	case said.Error != nil:
		e := &channel.SendError{Class: said.Error.Class, Code: said.Error.Code, Message: said.Error.Message, Pt: said.Error.Pt, RetryAfter: said.Error.RetryAfter}
		if said.Error.Unclear {
			e.Doubt = channel.Unclear
		}
		return nil, e
	}
	return &said, nil
}

// Handler is the other side of Remote.
func Handler(gateway Gateway, token string) http.Handler {
	sum := sha256.Sum256([]byte("Bearer " + token))
	mux := http.NewServeMux()
	serve := func(path string, do func(ctx context.Context, c call) (channel.Receipt, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			given := sha256.Sum256([]byte(r.Header.Get("Authorization")))
			if subtle.ConstantTimeCompare(given[:], sum[:]) != 1 {
				http.Error(w, "the token is not that of this master key", http.StatusUnauthorized)
				return
			}
			var c call
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, callMax)).Decode(&c); err != nil {
				http.Error(w, "the call cannot be read", http.StatusBadRequest)
				return
			}
			// It ends with the caller's patience: its connection closes then.
			ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
			defer cancel()
			receipt, err := do(ctx, c)
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answerOf(receipt, err)) // a caller that is gone takes it for lost
		})
	}
	serve(pathSubmit, func(ctx context.Context, c call) (channel.Receipt, error) {
		if c.Message == nil {
			return channel.Receipt{}, notSent(channel.FixRequest, "the call has no message", nil)
		}
		return gateway.Submit(ctx, c.Target, *c.Message, nil)
	})
	serve(pathCheck, func(ctx context.Context, c call) (channel.Receipt, error) {
		return channel.Receipt{}, gateway.Check(ctx, c.Target)
	})
	return mux
}

func answerOf(receipt channel.Receipt, err error) answer {
	if err == nil {
		return answer{ProviderID: receipt.ProviderID}
	}
	var e *channel.SendError
	if !errors.As(err, &e) {
		e = unclear("the SMPP process failed without saying whether the message went out", err)
	}
	return answer{Error: &told{Class: e.Class, Unclear: e.Doubt == channel.Unclear, Code: e.Code, Message: e.Message, Pt: e.Pt, RetryAfter: e.RetryAfter}}
}
