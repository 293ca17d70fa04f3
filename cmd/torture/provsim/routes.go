package provsim

import "net/http"

// routes are all HTTP providers and the control of the world.
func (w *World) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{
		// WhatsApp Cloud API, and the partners who speak its JSON.
		"POST /{version}/{phone}/messages": w.whatsAppSend,
		"POST /messages":                   w.whatsAppSend,
		"GET /{version}/{phone}":           w.whatsAppNumber,

		// Twilio.
		"POST /2010-04-01/Accounts/{sid}/Messages.json":     w.twilioSend,
		"GET /2010-04-01/Accounts/{sid}/Messages.json":      w.twilioList,
		"GET /2010-04-01/Accounts/{sid}/Messages/{message}": w.twilioMessage,
		"GET /2010-04-01/Accounts/{sid}":                    w.twilioAccount,

		// Amazon SES and SNS.
		"POST /v2/email/outbound-emails": w.sesSend,
		"GET /v2/email/account":          w.sesAccount,
		"GET " + certificatePath:         w.snsCertificate,
		"GET /sns":                       w.snsAction,

		// For people and scripts.
		"GET /control":          w.controlOverview,
		"GET /control/accepts":  w.controlAccepts,
		"GET /control/webhooks": w.controlWebhooks,
		"GET /control/plan":     w.controlPlan,
		"POST /control/plan":    w.controlSetPlan,
		"POST /control/target":  w.controlTarget,
		"POST /control/inbound": w.controlInbound,
		"POST /control/status":  w.controlStatus,
	} {
		mux.HandleFunc(pattern, handler)
	}
	return w.leaving(mux)
}
