package dialog360

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// health is the state of a number and of what stands above it, as Meta sees it.
type health struct {
	Status struct {
		Messaging webhook.Text `json:"can_send_message"` // AVAILABLE, LIMITED or BLOCKED
		Entities  []struct {
			Type      webhook.Text `json:"entity_type"` // PHONE_NUMBER, WABA, BUSINESS, APP
			ID        webhook.Text `json:"id"`
			Messaging webhook.Text `json:"can_send_message"`
			Errors    []struct {
				Description webhook.Text `json:"error_description"`
				Solution    webhook.Text `json:"possible_solution"`
			} `json:"errors"`
		} `json:"entities"`
	} `json:"health_status"`
}

// Test implements channel.Tester: it reads the number's state, which also tells
// whose key it is.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.baseURL+"/health_status", d.header, nil)
	if failure != nil {
		return company.Unreachable(failure, "base_url")
	}
	if !answer.Succeeded() {
		return d.unhealthy(answer)
	}
	var state health
	if json.Unmarshal(answer.Body, &state) != nil || state.Status.Messaging == "" {
		return refusal.Elsewhere("360dialog's API", "a API da 360dialog")
	}
	for _, e := range state.Status.Entities {
		if e.Type == "PHONE_NUMBER" && e.ID != "" && string(e.ID) != d.PhoneNumberID() {
			return engine.Told(engine.Invalid, diag.T("the API key belongs to the number with the id %s, but phone_number_id is %s; correct one of the two",
				"a chave de API pertence ao número com o id %s, mas phone_number_id é %s; corrija um dos dois", e.ID, d.PhoneNumberID()))
		}
	}
	if state.Status.Messaging != "BLOCKED" {
		return nil
	}
	for _, e := range state.Status.Entities {
		if e.Messaging == "BLOCKED" && len(e.Errors) > 0 {
			return engine.Told(engine.Invalid, diag.T("WhatsApp does not let this number send: %s %s (360dialog Hub > your number)", "o WhatsApp não deixa este número enviar: %s %s (360dialog Hub > seu número)",
				refusal.Scrub(string(e.Errors[0].Description)), refusal.Scrub(string(e.Errors[0].Solution))))
		}
	}
	return engine.Told(engine.Invalid, diag.Text{En: "WhatsApp does not let this number send; open 360dialog Hub > your number to see why", Pt: "o WhatsApp não deixa este número enviar; abra 360dialog Hub > seu número para ver o motivo"})
}

// unhealthy explains a refusal to show the state.
func (d *Driver) unhealthy(answer *channel.Answer) error {
	failure := explain(answer)
	if failure != nil {
		return company.Judge(failure, diag.Text{
			En: "360dialog does not accept the API key ({said}); generate a new one in 360dialog Hub and save it as the secret api_key",
			Pt: "a 360dialog não aceita a chave de API ({said}); gere outra em 360dialog Hub e salve-a como o secret api_key",
		}, diag.Text{En: "360dialog did not show the number ({said}); check base_url and phone_number_id", Pt: "a 360dialog não mostrou o número ({said}); confira base_url e phone_number_id"})
	}
	if _, err := d.Read(answer); !errors.As(err, &failure) { // Meta's word, which 360dialog passes on
		failure = company.Explain(answer, refusal.Said{})
	}
	what := diag.Text{
		En: "WhatsApp did not show the number to 360dialog ({said}); check phone_number_id and the number's state in 360dialog Hub",
		Pt: "o WhatsApp não mostrou o número à 360dialog ({said}); confira phone_number_id e o estado do número em 360dialog Hub",
	}
	return company.Judge(failure, what, what)
}
