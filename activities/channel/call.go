package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of one call to a provider.
const (
	CallTimeout = 30 * time.Second // whole call, when the caller sets no earlier deadline
	AnswerMax   = 1 << 20          // bytes of an answer we read; real ones have a few hundred
)

// NewClient makes the HTTP client drivers use when Settings.Client is nil.
//
// net/http resends requests by itself in two cases, and both matter here. A POST
// is resent after a reset connection if it carries an Idempotency-Key or
// X-Idempotency-Key header (net/http, Request.isReplayable): one reset, two
// messages, no error; Call refuses such requests. And a request is resent when
// a kept-alive connection turned out closed before a single byte was written,
// which is harmless and wanted. Over HTTP/2 more cases exist (REFUSED_STREAM,
// GOAWAY, a stream's PROTOCOL_ERROR), which trust the server's word about what
// it has processed; therefore this client speaks HTTP/1.1. Turning keep-alives
// off would not stop the first case and would cost a TLS handshake per message.
func NewClient() *http.Client {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Client{
		Timeout:       CallTimeout,
		CheckRedirect: noRedirect,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  CallTimeout,
			IdleConnTimeout:        60 * time.Second,
			MaxIdleConnsPerHost:    32,
			MaxResponseHeaderBytes: 64 << 10,
			Protocols:              &protocols,
		},
	}
}

// noRedirect: a provider's API does not redirect, and following would carry the
// credentials elsewhere or turn a POST into a GET.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// HTTPClient is the integration's client, made safe for sending.
func (s Settings) HTTPClient() *http.Client {
	if s.Client == nil {
		return NewClient()
	}
	client := *s.Client
	client.CheckRedirect = noRedirect
	client.Jar = nil
	if client.Timeout == 0 {
		client.Timeout = CallTimeout
	}
	return &client
}

// Answer is what a provider said.
type Answer struct {
	Status     int
	Header     http.Header
	Body       []byte
	RetryAfter time.Duration // of the Retry-After header, at most a day; 0 = not said
}

// Call makes exactly one HTTP request and reads its bounded answer. Any answer,
// also a 500, is an Answer for the driver to judge. What is left is a failure
// to get one; its Doubt is Certain while nothing of the request had been
// written (name lookup, refused connection, TLS), otherwise Unclear: the
// provider may have taken the message.
func Call(ctx context.Context, client *http.Client, method, address string, header http.Header, body []byte) (*Answer, *SendError) {
	return Post(ctx, client, method, address, header, body, nil)
}

// Post is Call for a message: depart is called when the connection stands and
// nothing of the body was read yet, which is before any of it can leave. When it
// fails the call is broken off, for certain: at most the headers left, which no
// server takes for a message.
func Post(ctx context.Context, client *http.Client, method, address string, header http.Header, body []byte, depart func() error) (*Answer, *SendError) {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if _, there := header[name]; there {
			return nil, &SendError{Class: FixRequest, Message: "the header " + name + " would make the HTTP client send the message twice; remove it from the settings"}
		}
	}
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Headers count already: they may have left together with the body
		// before WroteRequest is reported.
		WroteHeaders: func() { written.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) { written.Store(true) },
	})
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, &SendError{Class: FixRequest, Message: "the provider's address cannot be used; check base_url", Err: err}
	}
	var stopped atomic.Pointer[error]
	if depart != nil && len(body) > 0 {
		once := sync.OnceValue(func() error {
			err := depart()
			if err != nil {
				stopped.Store(&err)
			}
			return err
		})
		// A connection that turned out closed before a byte was written is replaced,
		// and the body read again.
		request.GetBody = func() (io.ReadCloser, error) { return &departing{bytes.NewReader(body), once}, nil }
		request.Body, _ = request.GetBody()
	}
	if header != nil {
		request.Header = header.Clone() // a driver shares one among its calls
	}
	response, err := client.Do(request)
	if stop := stopped.Load(); stop != nil {
		return nil, &SendError{Class: RetryLater, Err: *stop, Message: "the message was held back before it was handed over"}
	}
	if err != nil {
		return nil, lost(err, written.Load())
	}
	defer response.Body.Close()
	answer := &Answer{Status: response.StatusCode, Header: response.Header, RetryAfter: retryAfter(response.Header)}
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, AnswerMax))
	if err != nil && answer.Status < 300 {
		return nil, lost(fmt.Errorf("reading the answer: %w", err), true)
	}
	return answer, nil
}

// departing is a body whose first byte is not given out before somebody was told.
type departing struct {
	*bytes.Reader
	depart func() error
}

// Read implements io.Reader.
func (d *departing) Read(p []byte) (int, error) {
	if err := d.depart(); err != nil {
		return 0, err
	}
	return d.Reader.Read(p)
}

// WriteTo hides that of bytes.Reader, which would not ask.
func (d *departing) WriteTo(w io.Writer) (int64, error) {
	if err := d.depart(); err != nil {
		return 0, err
	}
	return d.Reader.WriteTo(w)
}

// Close implements io.Closer.
func (d *departing) Close() error { return nil }

// lost describes a call without an answer.
func lost(err error, written bool) *SendError {
	failure := &SendError{Class: RetryLater, Doubt: Certain, Err: err, Detail: err.Error()}
	var lookup *net.DNSError
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case written:
		failure.Doubt = Unclear
		failure.Message = "the connection broke after the message was handed over; the provider may or may not have taken it"
		if errors.As(err, &timeout) && timeout.Timeout() {
			failure.Message = "the provider did not answer in time; it may or may not have taken the message"
		}
	case errors.As(err, &lookup):
		failure.Message = fmt.Sprintf("the provider's name %q could not be looked up; check base_url and the network", lookup.Name)
	case errors.As(err, &certificate):
		failure.Message = "the certificate at the provider's address is not trusted or belongs to another name; check base_url"
	case errors.Is(err, context.Canceled):
		failure.Message = "the call was canceled before anything was sent"
	default:
		failure.Message = "the provider could not be reached; nothing was sent"
	}
	return failure
}

// retryAfter reads a Retry-After header (RFC 9110 §10.2.3), in seconds or as a
// date. A date is compared with the answer's own Date: our clock and theirs differ.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		if seconds > int((24 * time.Hour).Seconds()) {
			return 24 * time.Hour
		}
		wait = time.Duration(seconds) * time.Second
	} else if until, err := http.ParseTime(value); err == nil {
		if sent, err := http.ParseTime(header.Get("Date")); err == nil {
			wait = until.Sub(sent)
		}
	}
	return max(0, min(wait, 24*time.Hour))
}
