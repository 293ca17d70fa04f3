package dialog360

import (
	"context"
	"encoding/json"
	"net/http"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
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
		return engine.Errorf(engine.Unavailable, "360dialog could not be reached: %s", failure.Message)
	}
	if !answer.Succeeded() {
		return d.unhealthy(answer)
	}
	var state health
	if json.Unmarshal(answer.Body, &state) != nil || state.Status.Messaging == "" {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like 360dialog's API; check base_url")
	}
	for _, e := range state.Status.Entities {
		if e.Type == "PHONE_NUMBER" && e.ID != "" && string(e.ID) != d.PhoneNumberID() {
			return engine.Errorf(engine.Invalid, "the API key belongs to the number with the id %s, but phone_number_id is %s; correct one of the two", e.ID, d.PhoneNumberID())
		}
	}
	if state.Status.Messaging != "BLOCKED" {
		return nil
	}
	for _, e := range state.Status.Entities {
		if e.Messaging == "BLOCKED" && len(e.Errors) > 0 {
			return engine.Errorf(engine.Invalid, "WhatsApp does not let this number send: %s %s (360dialog Hub > your number)",
				refusal.Scrub(string(e.Errors[0].Description)), refusal.Scrub(string(e.Errors[0].Solution)))
		}
	}
	return engine.Errorf(engine.Invalid, "WhatsApp does not let this number send; open 360dialog Hub > your number to see why")
}

// unhealthy explains a refusal to show the state.
func (d *Driver) unhealthy(answer *channel.Answer) error {
	if failure := explain(answer); failure != nil {
		return engine.Errorf(engine.Invalid, "360dialog did not show the number: %s", failure.Error())
	}
	_, err := d.Read(answer)
	return engine.Errorf(engine.Invalid, "WhatsApp did not show the number to 360dialog (%v); check phone_number_id and the number's state in 360dialog Hub", err)
}
