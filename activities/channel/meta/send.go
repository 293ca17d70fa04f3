package meta

import (
	"context"
	"encoding/json"
	"net/http"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
)

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.Encode(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, failure := channel.Post(ctx, d.client, http.MethodPost, d.messagesURL, d.header, body, out.Departing)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	return d.Read(answer)
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
		return channel.Receipt{}, company.NoID(err)
	}
	first := accepted.Messages[0]
	receipt := channel.Receipt{
		ProviderID: string(first.ID),
		Held:       first.Status == "held_for_quality_assessment" || first.Status == "paused",
	}
	if len(accepted.Contacts) > 0 {
		receipt.Recipient = whatsapp.Addresses(string(accepted.Contacts[0].WaID), string(accepted.Contacts[0].UserID))
	}
	return receipt, nil
}
