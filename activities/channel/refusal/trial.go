package refusal

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Unreachable is the error of a test (channel.Tester) that got no answer. setting
// is the one that says where the company is: "base_url".
func (c Company) Unreachable(failure *channel.SendError, setting string) error {
	why := Unanswered(failure.Err, setting)
	return engine.Told(engine.Unavailable, diag.Text{En: c.Name + " could not be reached: " + why.En, Pt: "não foi possível falar com " + c.Name + ": " + why.Pt})
}

// Unanswered says why nobody answered, without the address: it may hold a secret.
func Unanswered(err error, setting string) diag.Text {
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	var wait net.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &lookup):
		return diag.T("the name %q could not be looked up; check %s and the network", "o nome %q não foi encontrado; confira %s e a rede", lookup.Name, setting)
	case errors.As(err, &certificate):
		return diag.T("the certificate there is not trusted or belongs to another name; check %s", "o certificado de lá não é confiável ou pertence a outro nome; confira %s", setting)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &wait) && wait.Timeout():
		return diag.T("no answer came in time; try again, and check %s and the network", "a resposta não veio a tempo; tente de novo e confira %s e a rede", setting)
	case errors.As(err, &dial) && dial.Op == "dial":
		return diag.T("nobody answers at that address; check %s and the network", "ninguém atende nesse endereço; confira %s e a rede", setting)
	}
	return diag.T("the connection broke before an answer came; try again, and check %s", "a conexão caiu antes de vir uma resposta; tente de novo e confira %s", setting)
}

// Judge is the error of a test whose answer is not a success: credentials says that
// they are not accepted, other what else it may be, both with {said} where the
// company's own words go, which need no translation.
func (c Company) Judge(failure *channel.SendError, credentials, other diag.Text) error {
	code, text := engine.Invalid, other
	status := statusOf(failure)
	switch {
	case status >= 300 && status < 400:
		text = diag.Text{
			En: "the address in base_url answers with a redirect to another place ({said}); put the final address into base_url",
			Pt: "o endereço em base_url redireciona para outro lugar ({said}); ponha em base_url o endereço final",
		}
	case failure.Class == channel.Reauth:
		text = credentials
	case failure.Class == channel.RetryLater, failure.Class == channel.Throttle:
		code = engine.Unavailable
		text = diag.Text{En: c.Name + " does not answer well just now ({said}); try again later", Pt: c.Name + " não está respondendo bem agora ({said}); tente mais tarde"}
	}
	said := Brief(failure)
	return engine.Told(code, diag.Text{En: strings.ReplaceAll(text.En, "{said}", said), Pt: strings.ReplaceAll(text.Pt, "{said}", said)})
}

// Brief is a refusal without our own words: "HTTP 401, UNAUTHENTICATED: no such key".
func Brief(failure *channel.SendError) string {
	var parts []string
	status := statusOf(failure)
	if status > 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", status))
	}
	if code := fmt.Sprint(status); failure.Code != "" && failure.Code != code && failure.Code != "HTTP "+code {
		parts = append(parts, failure.Code)
	}
	brief := strings.Join(parts, ", ")
	if failure.Words != "" {
		brief = strings.TrimPrefix(brief+": "+failure.Words, ": ")
	}
	if brief == "" {
		return failure.Error()
	}
	return brief
}

// statusOf is the HTTP status that Explain noted; 0 = none.
func statusOf(failure *channel.SendError) (status int) {
	if _, err := fmt.Sscanf(failure.Detail, "http=%d", &status); err != nil {
		return 0
	}
	return status
}

// Elsewhere is the error of a test that was answered by somebody else. en and pt
// name the API: "Sinch's Conversation API", "a Conversation API da Sinch".
func Elsewhere(en, pt string) error {
	return engine.Told(engine.Invalid, diag.Text{En: "the address in base_url answers, but not like " + en + "; check base_url", Pt: "o endereço em base_url responde, mas não como " + pt + "; confira base_url"})
}
