// Package metahook proves webhooks of Meta's: those of WhatsApp, Messenger and
// Instagram are signed alike.
//
// X-Hub-Signature-256 is "sha256=" and the hex HMAC-SHA256 of the raw body under
// the app secret. Meta escapes non-ASCII in its own way, so the JSON must never be
// re-written first. A GET with hub.challenge verifies the address.
// Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
//
// Fields are the secrets it takes.
package metahook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Hook is how one integration's webhooks are proved.
type Hook struct {
	appSecrets  []string
	verifyToken string
}

// New reads the secrets. Both may be missing: then nothing is proved, and Missing
// says so.
func New(settings channel.Settings) Hook {
	return Hook{verifyToken: settings.Secret("verify_token"), appSecrets: webhook.Several(settings.Secret("app_secret"))}
}

// Secrets are the app secrets, the newest last where they are being changed.
func (h Hook) Secrets() []string { return h.appSecrets }

// Missing says what keeps replies away although sending works; nil when nothing
// does. product is the one in the app dashboard whose page configures the webhook.
func (h Hook) Missing(product string) error {
	switch {
	case len(h.appSecrets) == 0:
		return engine.Told(engine.Invalid, diag.Text{
			En: "sending works, but replies and statuses will be refused until the secret app_secret is set (App dashboard > App settings > Basic > App secret)",
			Pt: "o envio funciona, mas respostas e status serão recusados até o secret app_secret ser definido (App dashboard > App settings > Basic > App secret)",
		})
	case h.verifyToken == "":
		return engine.Told(engine.Invalid, diag.T("sending works, but Meta cannot verify the webhook until the secret verify_token is set (any words, the same as in App dashboard > %s > Webhook)",
			"o envio funciona, mas a Meta não consegue verificar o webhook até o secret verify_token ser definido (quaisquer palavras, as mesmas de App dashboard > %s > Webhook)", product))
	}
	return nil
}

// Door lets a call in: the verification of the address, or a POST of JSON with a
// good signature. done means that it is answered: by the challenge, or refused.
func (h Hook) Door(r channel.Request) (response channel.Response, done bool, err error) {
	if r.Method == http.MethodGet {
		response, err = h.challenge(r)
		return response, true, err
	}
	response, err = webhook.Door(r, "Meta", h.signed)
	return response, err != nil, err
}

// signed says whether one of the app secrets signed exactly these bytes. No
// secret, no proof: the answer is no.
func (h Hook) signed(r channel.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256=")
	if !ok {
		return false
	}
	proof, err := hex.DecodeString(given)
	if err != nil {
		return false
	}
	valid := false
	for _, secret := range h.appSecrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(r.Body)
		valid = hmac.Equal(mac.Sum(nil), proof) || valid
	}
	return valid
}

// challenge answers Meta's verification of the webhook address.
func (h Hook) challenge(r channel.Request) (channel.Response, error) {
	query := r.URL.Query()
	given := query.Get("hub.verify_token")
	if query.Get("hub.mode") != "subscribe" || h.verifyToken == "" ||
		subtle.ConstantTimeCompare([]byte(given), []byte(h.verifyToken)) != 1 {
		return channel.Response{Status: http.StatusForbidden}, channel.ErrSignature
	}
	return channel.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: query.Get("hub.challenge")}, nil
}
