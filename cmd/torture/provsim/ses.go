package provsim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// emails answers like Amazon SES v2 (docs.aws.amazon.com/ses/latest/APIReference-V2/).
type emails struct{}

// sendEmail is the body of POST /v2/email/outbound-emails.
type sendEmail struct {
	From        string `json:"FromEmailAddress"`
	Destination struct {
		To []string `json:"ToAddresses"`
	} `json:"Destination"`
	Content struct {
		Simple *struct {
			Subject datum `json:"Subject"`
			Body    struct {
				Text datum `json:"Text"`
				HTML datum `json:"Html"`
			} `json:"Body"`
		} `json:"Simple"`
		Raw *struct {
			Data string `json:"Data"`
		} `json:"Raw"`
	} `json:"Content"`
	Tags []struct {
		Name  string `json:"Name"`
		Value string `json:"Value"`
	} `json:"EmailTags"`
	ConfigurationSet string `json:"ConfigurationSetName"`
}

type datum struct {
	Data string `json:"Data"`
}

// sesSend is POST /v2/email/outbound-emails.
func (w *World) sesSend(rw http.ResponseWriter, r *http.Request) {
	body, whole := read(r)
	if problem := w.sesUnauthorized(r, body); problem != nil {
		problem.send(rw)
		return
	}
	var email sendEmail
	if !whole || json.Unmarshal(body, &email) != nil {
		sesError(http.StatusBadRequest, "BadRequestException", "the request's body is not readable JSON").send(rw)
		return
	}
	if len(email.Destination.To) != 1 || email.From == "" || (email.Content.Simple == nil && email.Content.Raw == nil) {
		sesError(http.StatusBadRequest, "BadRequestException", "FromEmailAddress, one Destination.ToAddresses and Content.Simple or Content.Raw are required").send(rw)
		return
	}
	draft := Accept{Channel: "email", Provider: "ses", Kind: "email", To: addressIn(email.Destination.To[0]), BodyHash: hash(body)}
	if simple := email.Content.Simple; simple != nil {
		draft.Subject, draft.Text = simple.Subject.Data, simple.Body.Text.Data
	} else {
		raw, _ := base64.StdEncoding.DecodeString(email.Content.Raw.Data)
		describeMail(&draft, raw)
	}
	for _, tag := range email.Tags {
		if strings.HasSuffix(strings.ToLower(tag.Name), "ref") {
			draft.Ref = tag.Value
		}
	}
	w.serve(rw, r, draft, emails{})
}

func (w *World) sesUnauthorized(r *http.Request, body []byte) *reply {
	if w.Plan().TokenExpired {
		answer := sesError(http.StatusForbidden, "ExpiredTokenException", "The security token included in the request is expired")
		return &answer
	}
	if reason := w.checkSigV4(r, body); reason != "" {
		answer := sesError(http.StatusForbidden, "InvalidSignatureException", reason)
		return &answer
	}
	return nil
}

// sesAccount is GET /v2/email/account.
func (w *World) sesAccount(rw http.ResponseWriter, r *http.Request) {
	if problem := w.sesUnauthorized(r, nil); problem != nil {
		problem.send(rw)
		return
	}
	body, _ := json.Marshal(object{
		"SendingEnabled": true, "ProductionAccessEnabled": true, "EnforcementStatus": "HEALTHY",
		"SendQuota": object{"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
	})
	reply{status: http.StatusOK, body: body}.send(rw)
}

// accepted implements dialect.
func (emails) accepted(a Accept) reply {
	body, _ := json.Marshal(object{"MessageId": a.ProviderID})
	return reply{status: http.StatusOK, body: body}
}

// refusal implements dialect.
func (emails) refusal(no refused, plan Plan) reply {
	switch no.fate {
	case throttled:
		answer := sesError(http.StatusTooManyRequests, "TooManyRequestsException", "Maximum sending rate exceeded.")
		maps.Copy(answer.header, retryAfter(no, plan))
		return answer
	case broken:
		return sesError(http.StatusInternalServerError, "InternalServiceErrorException", "Unexpected error")
	case refusedSender:
		return sesError(http.StatusBadRequest, "SendingPausedException", "Sending is paused for this account.")
	default:
	}
	return sesError(http.StatusBadRequest, "MessageRejected", "Email address is on the suppression list for your account.")
}

func sesError(status int, kind, message string) reply {
	body, _ := json.Marshal(object{"message": message})
	return reply{status: status, body: body, header: map[string]string{"X-Amzn-Errortype": kind, "X-Amzn-Requestid": newID("")}}
}

// describeMail reads what an e-mail in Internet form says into a draft. Its
// reference is the left side of the Message-ID.
func describeMail(draft *Accept, raw []byte) {
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return
	}
	draft.Subject = message.Header.Get("Subject")
	if decoded, err := decodeWord(draft.Subject); err == nil {
		draft.Subject = decoded
	}
	id, _, _ := strings.Cut(strings.Trim(message.Header.Get("Message-Id"), "<> "), "@")
	draft.Ref = id
	draft.Text = plainText(message)
	if strings.EqualFold(strings.TrimSpace(message.Header.Get("List-Unsubscribe-Post")), "List-Unsubscribe=One-Click") {
		for link := range strings.SplitSeq(message.Header.Get("List-Unsubscribe"), ",") {
			if link = strings.Trim(link, " <>\t"); strings.HasPrefix(link, "http") {
				draft.Leave = link
			}
		}
	}
}

func addressIn(s string) string {
	if parsed, err := mail.ParseAddress(s); err == nil {
		return parsed.Address
	}
	return s
}

// sesEvent is an event of SES about a message, published through SNS.
func (w *World) sesEvent(s Status, a Accept) *letter {
	if !w.reaches("email") {
		return nil
	}
	return &letter{
		kind: "sns", channel: "email", status: s.Status, ref: s.Ref, key: "status:" + s.ProviderID + ":" + s.Status,
		write: func() content {
			at := s.At.UTC().Format("2006-01-02T15:04:05.000Z")
			tags := object{}
			if s.Ref != "" {
				tags["ref"] = []string{s.Ref}
			}
			event := object{"mail": object{
				"timestamp": a.At.UTC().Format("2006-01-02T15:04:05.000Z"), "source": "demo@example.com", "messageId": s.ProviderID,
				"destination": []string{s.To}, "headersTruncated": false, "headers": []any{},
				"commonHeaders": object{"subject": a.Subject, "to": []string{s.To}}, "tags": tags,
			}}
			recipient := object{"emailAddress": s.To}
			switch s.Status {
			case "bounced", "failed":
				kind, status, text := "Permanent", "5.1.1", "smtp; 550 5.1.1 user unknown"
				if s.ErrorCode >= 400 && s.ErrorCode < 500 {
					kind, status, text = "Transient", "4.4.7", "smtp; "+strconv.Itoa(s.ErrorCode)+" 4.4.7 try again later"
				}
				recipient["action"], recipient["status"], recipient["diagnosticCode"] = "failed", status, text
				event["eventType"] = "Bounce"
				event["bounce"] = object{
					"feedbackId": newID("ses"), "bounceType": kind, "bounceSubType": "General", "bouncedRecipients": []any{recipient},
					"timestamp": at, "reportingMTA": "dsn; provsim.example.com",
				}
			case "complained":
				event["eventType"] = "Complaint"
				event["complaint"] = object{
					"feedbackId": newID("ses"), "complainedRecipients": []any{recipient}, "timestamp": at, "complaintFeedbackType": "abuse",
				}
			case "sent":
				event["eventType"], event["send"] = "Send", object{}
			case "opened", "read":
				event["eventType"], event["open"] = "Open", object{"timestamp": at, "ipAddress": "192.0.2.1", "userAgent": "demo"}
			default:
				event["eventType"] = "Delivery"
				event["delivery"] = object{
					"timestamp": at, "processingTimeMillis": 50, "recipients": []string{s.To},
					"smtpResponse": "250 2.0.0 OK", "reportingMTA": "provsim.example.com",
				}
			}
			message, _ := json.Marshal(event)
			return w.notary.notification(w, string(message), w.config.Now())
		},
	}
}

// Confirm plays the subscription of the e-mail webhook to the SNS topic and
// returns the HTTP status that the product answered. Whether the product then
// confirmed, by fetching SubscribeURL, says Confirmed.
func (w *World) Confirm() int {
	if !w.reaches("email") {
		return 0
	}
	return w.once(&letter{kind: "sns", channel: "email", key: newID(""), write: func() content {
		return w.notary.subscription(w, time.Now())
	}})
}
