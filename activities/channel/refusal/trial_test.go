package refusal_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/dsl/diag"
	"jornada/engine"
)

// TestUnreachable: why nobody answered, never with the address that was called: it
// may hold a secret.
func TestUnreachable(t *testing.T) {
	called := func(cause error) error {
		return &url.Error{Op: "Get", URL: "https://api.example.com/botcanary/x", Err: cause}
	}
	for name, c := range map[string]struct {
		err    error
		en, pt string
	}{
		"no such name": {called(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "api.example.com", IsNotFound: true}}),
			`Acme could not be reached: the name "api.example.com" could not be looked up; check base_url and the network`,
			`não foi possível falar com Acme: o nome "api.example.com" não foi encontrado; confira base_url e a rede`},
		"another's certificate": {called(&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "canary"}}),
			"Acme could not be reached: the certificate there is not trusted or belongs to another name; check base_url",
			"não foi possível falar com Acme: o certificado de lá não é confiável ou pertence a outro nome; confira base_url"},
		"no answer": {called(context.DeadlineExceeded),
			"Acme could not be reached: no answer came in time; try again, and check base_url and the network",
			"não foi possível falar com Acme: a resposta não veio a tempo; tente de novo e confira base_url e a rede"},
		"refused": {called(&net.OpError{Op: "dial", Err: errors.New("connection refused")}),
			"Acme could not be reached: nobody answers at that address; check base_url and the network",
			"não foi possível falar com Acme: ninguém atende nesse endereço; confira base_url e a rede"},
		"broken off": {called(fmt.Errorf("reading canary: %w", net.ErrClosed)),
			"Acme could not be reached: the connection broke before an answer came; try again, and check base_url",
			"não foi possível falar com Acme: a conexão caiu antes de vir uma resposta; tente de novo e confira base_url"},
	} {
		told(t, name, acme.Unreachable(&channel.SendError{Err: c.err}, "base_url"), engine.Unavailable, c.en, c.pt)
	}
}

func TestJudge(t *testing.T) {
	key := diag.Text{En: "Acme does not accept the key ({said}); copy it again", Pt: "a Acme não aceita a chave ({said}); copie-a de novo"}
	other := diag.Text{En: "Acme refused ({said}); check from", Pt: "a Acme recusou ({said}); confira from"}
	for name, c := range map[string]struct {
		status int
		said   refusal.Said
		code   engine.ErrorCode
		en, pt string
	}{
		"credentials": {401, refusal.Said{}, engine.Invalid, "Acme does not accept the key (HTTP 401); copy it again", "a Acme não aceita a chave (HTTP 401); copie-a de novo"},
		"in their words": {403, refusal.Said{Class: channel.Reauth, Code: "NO_KEY", Message: "key 5511987654321 is gone"}, engine.Invalid,
			"Acme does not accept the key (HTTP 403, NO_KEY: key ••• is gone); copy it again", "a Acme não aceita a chave (HTTP 403, NO_KEY: key ••• is gone); copie-a de novo"},
		"a code that is the status": {400, refusal.Said{Code: "400", Message: "no"}, engine.Invalid, "Acme refused (HTTP 400: no); check from", "a Acme recusou (HTTP 400: no); confira from"},
		"busy":                      {503, refusal.Said{}, engine.Unavailable, "Acme does not answer well just now (HTTP 503); try again later", "Acme não está respondendo bem agora (HTTP 503); tente mais tarde"},
		"too fast":                  {429, refusal.Said{}, engine.Unavailable, "Acme does not answer well just now (HTTP 429); try again later", "Acme não está respondendo bem agora (HTTP 429); tente mais tarde"},
		"moved": {302, refusal.Said{}, engine.Invalid, "the address in base_url answers with a redirect to another place (HTTP 302); put the final address into base_url",
			"o endereço em base_url redireciona para outro lugar (HTTP 302); ponha em base_url o endereço final"},
	} {
		told(t, name, acme.Judge(acme.Explain(&channel.Answer{Status: c.status}, c.said), key, other), c.code, c.en, c.pt)
	}
	told(t, "no answer of HTTP", acme.Judge(&channel.SendError{Class: channel.FixRequest, Message: "it was refused"}, key, other), engine.Invalid,
		"Acme refused (it was refused); check from", "a Acme recusou (it was refused); confira from")
	told(t, "elsewhere", refusal.Elsewhere("Acme's API", "a API da Acme"), engine.Invalid,
		"the address in base_url answers, but not like Acme's API; check base_url", "o endereço em base_url responde, mas não como a API da Acme; confira base_url")
}

func told(t *testing.T, name string, err error, code engine.ErrorCode, en, pt string) {
	t.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || e.Code != code || e.Text() != (diag.Text{En: en, Pt: pt}) {
		t.Errorf("%s: got %#v\nwant %s: %s\n%s", name, err, code, en, pt)
	}
}
