package provsim

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// whatsAppStatus is a status webhook: value.statuses[].
func (w *World) whatsAppStatus(s Status, a Accept) *letter {
	if !w.reaches("whatsapp") {
		return nil
	}
	return &letter{
		kind: "status", channel: "whatsapp", status: s.Status, ref: s.Ref, key: "status:" + s.ProviderID + ":" + s.Status,
		write: func() content {
			status := object{
				"id": s.ProviderID, "status": s.Status, "timestamp": w.timestamp(s.At, a), "recipient_id": digits(s.To),
			}
			if s.Ref != "" {
				status["biz_opaque_callback_data"] = s.Ref
			}
			switch s.Status {
			case "sent", "delivered":
				category := "service"
				if a.Category != "" {
					category = a.Category
				}
				if category == "template" {
					category = "utility"
				}
				status["pricing"] = object{"billable": true, "pricing_model": "PMP", "type": "regular", "category": category}
			case "failed":
				title := cloudFaults[s.ErrorCode].title
				status["errors"] = []any{object{
					"code": s.ErrorCode, "title": title, "message": title, "error_data": object{"details": title},
					"href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
				}}
			}
			return w.whatsAppContent("statuses", status, nil)
		},
	}
}

// whatsAppInbound is a person's message: value.messages[].
func (w *World) whatsAppInbound(in Inbound) *letter {
	return &letter{
		kind: "inbound", channel: "whatsapp", key: in.ID, from: in.From, text: in.Text,
		write: func() content {
			at := in.At
			if at.IsZero() {
				at = w.config.Now()
			}
			from := digits(in.From)
			w.ledger.wrote(from, at)
			message := object{"from": from, "id": in.ID, "timestamp": w.timestamp(at, Accept{})}
			if in.Quote != "" {
				message["context"] = object{"from": w.Secrets().DisplayPhoneNumber, "id": in.Quote}
			}
			switch in.Kind {
			case "button":
				message["type"], message["button"] = "button", object{"payload": in.Payload, "text": in.Text}
			case "button_reply", "list_reply":
				message["type"] = "interactive"
				message["interactive"] = object{"type": in.Kind, in.Kind: object{"id": in.Payload, "title": in.Text}}
			default:
				message["type"], message["text"] = "text", object{"body": in.Text}
			}
			name := in.Name
			if name == "" {
				name = "Demo " + from[max(0, len(from)-4):]
			}
			return w.whatsAppContent("messages", message, []any{object{"profile": object{"name": name}, "wa_id": from}})
		},
	}
}

// timestamp is a moment of the product's clock as Meta writes it: in seconds, and
// by the machine's clock, because no provider knows of a drill that moved the
// product's. What happened to a message counts from when that was accepted.
func (w *World) timestamp(at time.Time, a Accept) string {
	machine := time.Now().Add(at.Sub(w.config.Now()))
	if !a.RealAt.IsZero() {
		machine = a.RealAt.Add(at.Sub(a.At))
	}
	return strconv.FormatInt(machine.Unix(), 10)
}

// whatsAppContent puts one update into Meta's envelope and signs it.
func (w *World) whatsAppContent(field string, update object, contacts []any) content {
	secrets := w.Secrets()
	value := object{
		"messaging_product": "whatsapp",
		"metadata":          object{"display_phone_number": secrets.DisplayPhoneNumber, "phone_number_id": secrets.PhoneNumberID},
		field:               []any{update},
	}
	if contacts != nil {
		value["contacts"] = contacts
	}
	body, _ := json.Marshal(object{
		"object": "whatsapp_business_account",
		"entry": []any{object{
			"id": secrets.WABAID, "changes": []any{object{"field": "messages", "value": value}},
		}},
	})
	return content{body: body, header: http.Header{
		"Content-Type":        {"application/json"},
		"User-Agent":          {"facebookexternalua"},
		"X-Hub-Signature-256": {metaSignature(secrets.WhatsAppAppSecret, body)},
	}}
}

func metaSignature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Verify plays Meta's verification of the webhook address and says whether the
// product gave the challenge back.
func (w *World) Verify(ctx context.Context) bool {
	address, _, err := w.addressOf("whatsapp", content{})
	if err != nil {
		return false
	}
	challenge := newID("")
	query := url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {w.Secrets().WhatsAppVerifyToken}, "hub.challenge": {challenge}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"?"+query.Encode(), nil)
	if err != nil {
		return false
	}
	response, err := w.postman.client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1024))
	return err == nil && response.StatusCode == http.StatusOK && string(answer) == challenge
}
