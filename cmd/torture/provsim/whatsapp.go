package provsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// cloud answers like the WhatsApp Cloud API
// (developers.facebook.com/documentation/business-messaging/whatsapp/).
type cloud struct {
	waID string
}

// object is a JSON object being written.
type object = map[string]any

// outgoing is the body of POST /{version}/{phone number id}/messages.
type outgoing struct {
	Product   string `json:"messaging_product"`
	To        string `json:"to"`
	Recipient string `json:"recipient"` // a business-scoped user id instead of a phone
	Type      string `json:"type"`
	Ref       string `json:"biz_opaque_callback_data"`
	Status    string `json:"status"` // "read": a receipt, not a message
	Text      *struct {
		Body string `json:"body"`
	} `json:"text"`
	Template    *outgoingTemplate    `json:"template"`
	Interactive *outgoingInteractive `json:"interactive"`
}

type outgoingTemplate struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []struct {
		Type       string `json:"type"`
		SubType    string `json:"sub_type"`
		Index      any    `json:"index"` // "0" or 0
		Parameters []struct {
			Type    string `json:"type"`
			Text    string `json:"text"`
			Payload string `json:"payload"`
		} `json:"parameters"`
	} `json:"components"`
}

type outgoingInteractive struct {
	Type string `json:"type"`
	Body struct {
		Text string `json:"text"`
	} `json:"body"`
	Action struct {
		Button  string `json:"button"`
		Buttons []struct {
			Reply struct {
				ID    string `json:"id"`
				Title string `json:"title"`
			} `json:"reply"`
		} `json:"buttons"`
		Sections []struct {
			Rows []struct {
				ID    string `json:"id"`
				Title string `json:"title"`
			} `json:"rows"`
		} `json:"sections"`
	} `json:"action"`
}

// whatsAppSend is POST /{version}/{phone}/messages, and /messages as partners
// have it.
func (w *World) whatsAppSend(rw http.ResponseWriter, r *http.Request) {
	if !w.whatsAppAuthorized(r) {
		cloud{}.refusal(refused{fate: unauthorized}, Plan{}).send(rw)
		return
	}
	body, whole := read(r)
	var out outgoing
	if !whole || json.Unmarshal(body, &out) != nil {
		cloudError(100, "(#100) Invalid parameter", "The request's body is not readable JSON.").send(rw)
		return
	}
	if phone := r.PathValue("phone"); phone != "" && phone != w.Secrets().PhoneNumberID {
		cloudError(100, "Unsupported post request. Object with ID '"+phone+"' does not exist, cannot be loaded due to missing permissions, or does not support this operation.", "").send(rw)
		return
	}
	if out.Status == "read" {
		reply{status: http.StatusOK, body: []byte(`{"success":true}`)}.send(rw)
		return
	}
	draft := Accept{Channel: "whatsapp", Provider: "whatsapp", To: out.To, Ref: out.Ref, Kind: out.Type, BodyHash: hash(body)}
	if draft.To == "" {
		draft.To = out.Recipient
	}
	if draft.Kind == "" {
		draft.Kind = "text"
	}
	code, details := w.describe(&draft, out)
	if code == 0 && w.Plan().EnforceWindow && draft.Kind != "template" && !draft.WindowOpen {
		code, details = 131047, "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
	}
	if code != 0 {
		w.ledger.refuse(refusal{At: w.config.Now(), Channel: draft.Channel, To: draft.To, Ref: draft.Ref, Attempt: w.ledger.call("whatsapp\x00" + draft.Ref), Fate: refusedRecipient, Code: code})
		cloudError(code, "", details).send(rw)
		return
	}
	w.serve(rw, r, draft, cloud{waID: digits(draft.To)})
}

func (w *World) whatsAppAuthorized(r *http.Request) bool {
	token := w.Secrets().WhatsAppToken
	return r.Header.Get("Authorization") == "Bearer "+token || r.Header.Get("D360-Api-Key") == token
}

// describe reads what a message says into the draft, and checks it as Meta would:
// a code other than 0 is a refusal.
func (w *World) describe(draft *Accept, out outgoing) (code int, details string) {
	heard := w.ledger.lastHeard(digits(draft.To))
	draft.WindowOpen = !heard.IsZero() && w.config.Now().Before(heard.Add(24*time.Hour))
	draft.Category = "service"
	switch {
	case out.Product != "whatsapp":
		return 100, "The parameter messaging_product is required."
	case draft.To == "":
		return 131008, "The parameter to is required."
	case len(out.Ref) > 512:
		return 131009, "Parameter biz_opaque_callback_data must be at most 512 characters long."
	}
	switch draft.Kind {
	case "text":
		if out.Text == nil || out.Text.Body == "" {
			return 131008, "The parameter text['body'] is required."
		}
		if utf8.RuneCountInString(out.Text.Body) > 4096 {
			return 100, "Param text['body'] must be at most 4096 characters long."
		}
		draft.Text = out.Text.Body
	case "template":
		return w.describeTemplate(draft, out.Template)
	case "interactive":
		return describeInteractive(draft, out.Interactive)
	case "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction":
	default:
		return 131009, "Parameter value is not valid: type " + draft.Kind
	}
	return 0, ""
}

func (w *World) describeTemplate(draft *Accept, t *outgoingTemplate) (code int, details string) {
	if t == nil || t.Name == "" || t.Language.Code == "" {
		return 131008, "The parameters template['name'] and template['language'] are required."
	}
	draft.Template, draft.Category = t.Name, "template"
	known, found := w.config.Templates[t.Name]
	switch {
	case w.config.Templates != nil && !found:
		return 132001, fmt.Sprintf("template name (%s) does not exist in %s", t.Name, t.Language.Code)
	case found:
		draft.Category = known.Category
	}
	var values []string
	for _, component := range t.Components {
		for _, p := range component.Parameters {
			switch {
			case component.Type == "button" && component.SubType == "quick_reply":
				title := p.Payload
				if i, err := strconv.Atoi(fmt.Sprint(component.Index)); err == nil && i >= 0 && i < len(known.Buttons) {
					title = known.Buttons[i]
				}
				draft.Buttons = append(draft.Buttons, Button{Payload: p.Payload, Title: title})
			case component.Type == "body":
				if p.Type == "text" && (p.Text == "" || strings.ContainsAny(p.Text, "\n\t") || strings.Contains(p.Text, "     ")) {
					return 132012, "Param text cannot be empty, have new-line/tab characters or more than 4 consecutive spaces"
				}
				values = append(values, p.Text)
			}
		}
	}
	draft.Text = strings.Join(values, " | ")
	return 0, ""
}

func describeInteractive(draft *Accept, i *outgoingInteractive) (code int, details string) {
	if i == nil || i.Body.Text == "" {
		return 131008, "The parameter interactive['body']['text'] is required."
	}
	draft.Text = i.Body.Text
	limit := 1024
	switch i.Type {
	case "button":
		draft.Kind = "buttons"
		for _, b := range i.Action.Buttons {
			if b.Reply.ID == "" || len(b.Reply.ID) > 256 || b.Reply.Title == "" || utf8.RuneCountInString(b.Reply.Title) > 20 {
				return 131009, "Button title length invalid. Min length: 1, Max length: 20"
			}
			draft.Buttons = append(draft.Buttons, Button{Payload: b.Reply.ID, Title: b.Reply.Title})
		}
		if n := len(draft.Buttons); n < 1 || n > 3 {
			return 131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3"
		}
	case "list":
		draft.Kind, limit = "list", 4096
		for _, section := range i.Action.Sections {
			for _, row := range section.Rows {
				if row.ID == "" || len(row.ID) > 200 || row.Title == "" || utf8.RuneCountInString(row.Title) > 24 {
					return 131009, "Row title length invalid. Min length: 1, Max length: 24"
				}
				draft.Buttons = append(draft.Buttons, Button{Payload: row.ID, Title: row.Title})
			}
		}
		if n := len(draft.Buttons); n < 1 || n > 10 {
			return 131009, "Total row count exceeds max limit. Max allowed count: 10"
		}
	default:
		draft.Kind = i.Type
	}
	if utf8.RuneCountInString(i.Body.Text) > limit {
		return 100, "Param interactive['body']['text'] is too long."
	}
	return 0, ""
}

// accepted implements dialect.
func (c cloud) accepted(a Accept) reply {
	body, _ := json.Marshal(object{
		"messaging_product": "whatsapp",
		"contacts":          []any{object{"input": a.To, "wa_id": c.waID}},
		"messages":          []any{object{"id": a.ProviderID, "message_status": "accepted"}},
	})
	return reply{status: http.StatusOK, body: body}
}

// refusal implements dialect.
func (c cloud) refusal(no refused, plan Plan) reply {
	switch no.fate {
	case unauthorized:
		answer := cloudError(190, "Error validating access token: Session has expired.", "")
		return answer
	case throttled:
		answer := cloudError(130429, "", "Cloud API message throughput has been reached.")
		answer.status = http.StatusTooManyRequests
		answer.header = retryAfter(no, plan)
		return answer
	case broken:
		return cloudError(131000, "", "Message failed to send due to an unknown error.")
	case refusedSender:
		if no.code == 0 {
			no.code = 130429
		}
	default:
	}
	return cloudError(no.code, "", "")
}

// cloudFault is what Meta's list of error codes says about one.
type cloudFault struct {
	http  int
	title string
}

// cloudFaults are the codes that a plan may name, with their HTTP status and
// title (…/whatsapp/support/error-codes). Others are answered as 400.
var cloudFaults = map[int]cloudFault{
	2: {503, "API Service"}, 4: {400, "API Too Many Calls"}, 10: {403, "Permission Denied"},
	100: {400, "Invalid parameter"}, 190: {401, "Access token has expired"}, 368: {403, "Temporarily blocked for policies violations"},
	80007: {400, "Rate limit issues"}, 130429: {400, "Rate limit hit"}, 130472: {400, "User's number is part of an experiment"},
	130497: {403, "Business account is restricted from messaging users in this country"},
	131000: {500, "Something went wrong"}, 131005: {403, "Access denied"}, 131008: {400, "Required parameter is missing"},
	131009: {400, "Parameter value is not valid"}, 131016: {503, "Service unavailable"}, 131021: {400, "Recipient cannot be sender"},
	131026: {400, "Message undeliverable"}, 131031: {403, "Account has been locked"}, 131042: {400, "Business eligibility payment issue"},
	131045: {500, "Incorrect certificate"}, 131047: {400, "Re-engagement message"}, 131048: {400, "Spam rate limit hit"},
	131049: {400, "Meta chose not to deliver"}, 131050: {400, "User has stopped marketing messages"}, 131051: {400, "Unsupported message type"},
	131053: {400, "Media upload error"}, 131056: {400, "(Business Account, Consumer Account) pair rate limit hit"},
	131057: {500, "Account in maintenance mode"}, 132000: {400, "Template Param Count Mismatch"}, 132001: {404, "Template does not exist"},
	132005: {400, "Template Hydrated Text Too Long"}, 132007: {400, "Template Format Character Policy Violated"},
	132012: {400, "Template Parameter Format Mismatch"}, 132015: {400, "Template is Paused"}, 132016: {400, "Template is Disabled"},
	133004: {503, "Server Temporarily Unavailable"}, 133010: {400, "Phone number Not Registered"},
}

// cloudError is Meta's error answer. Without a message it is the code's own.
func cloudError(code int, message, details string) reply {
	fault, known := cloudFaults[code]
	if !known {
		fault = cloudFault{http: http.StatusBadRequest, title: "Generic user error"}
	}
	if message == "" {
		message = "(#" + strconv.Itoa(code) + ") " + fault.title
	}
	described := object{"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A" + newID("")[:22]}
	if code == 190 {
		described["error_subcode"] = 463
	} else {
		if details == "" {
			details = fault.title
		}
		described["error_data"] = object{"messaging_product": "whatsapp", "details": details}
	}
	body, _ := json.Marshal(object{"error": described})
	return reply{status: fault.http, body: body}
}

// whatsAppNumber is GET /{version}/{phone}: the number's own record.
func (w *World) whatsAppNumber(rw http.ResponseWriter, r *http.Request) {
	secrets := w.Secrets()
	switch phone := r.PathValue("phone"); {
	case !w.whatsAppAuthorized(r) || w.Plan().TokenExpired:
		cloud{}.refusal(refused{fate: unauthorized}, Plan{}).send(rw)
	case phone != secrets.PhoneNumberID:
		cloudError(100, "Unsupported get request. Object with ID '"+phone+"' does not exist.", "").send(rw)
	default:
		body, _ := json.Marshal(object{
			"id": secrets.PhoneNumberID, "display_phone_number": "+" + secrets.DisplayPhoneNumber, "verified_name": "Provsim Demo",
			"quality_rating": "GREEN",
		})
		reply{status: http.StatusOK, body: body}.send(rw)
	}
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
