package meta

import (
	"context"
	"encoding/json"
	"net/http"

	"jornada/activities/channel"
	"jornada/engine"
)

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.body(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	encoded, jsonErr := json.Marshal(body)
	if jsonErr != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.FixRequest, Message: "the message could not be written as JSON", Err: jsonErr}
	}
	answer, failure := channel.Post(ctx, d.client, http.MethodPost, d.messagesURL, d.header, encoded, out.Departing)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	if answer.Status < 200 || answer.Status > 299 {
		return channel.Receipt{}, refusal(answer)
	}
	return receipt(answer)
}

// receipt reads the answer to an accepted message. The wa_id may differ from
// the number we dialed (Brazil's ninth digit), so it is an address of its own.
func receipt(answer *channel.Answer) (channel.Receipt, error) {
	var accepted struct {
		Contacts []struct {
			WaID   text `json:"wa_id"`
			UserID text `json:"user_id"`
		} `json:"contacts"`
		Messages []struct {
			ID     text `json:"id"`
			Status text `json:"message_status"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(answer.Body, &accepted); err != nil || len(accepted.Messages) == 0 || accepted.Messages[0].ID == "" {
		return channel.Receipt{}, &channel.SendError{
			Class: channel.FixRequest, Doubt: channel.Unclear, Err: err,
			Message: "WhatsApp answered with success but without a message id; it may or may not have taken the message (check base_url)",
		}
	}
	first := accepted.Messages[0]
	receipt := channel.Receipt{
		ProviderID: string(first.ID),
		Held:       first.Status == "held_for_quality_assessment" || first.Status == "paused",
	}
	if len(accepted.Contacts) > 0 {
		receipt.Recipient = addresses(string(accepted.Contacts[0].WaID), string(accepted.Contacts[0].UserID))
	}
	return receipt, nil
}

// addresses are the ways to reach a person Meta told us, without empty ones.
func addresses(waID, bsuid string) []engine.Address {
	var all []engine.Address
	if waID != "" {
		all = append(all, engine.Address{Kind: engine.WAID, Value: waID})
	}
	if bsuid != "" {
		all = append(all, engine.Address{Kind: engine.BSUID, Value: bsuid})
	}
	return all
}
