package provsim

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1 by definition
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// messages answers like Twilio's Messages resource
// (twilio.com/docs/messaging/api/message-resource).
type messages struct {
	account string
	from    string // an account has one number here
}

func (w *World) messages(r *http.Request) messages {
	return messages{account: r.PathValue("sid"), from: w.Secrets().TwilioFrom}
}

// twilioSend is POST /2010-04-01/Accounts/{sid}/Messages.json.
func (w *World) twilioSend(rw http.ResponseWriter, r *http.Request) {
	if !w.twilioAuthorized(r) {
		messages{}.refusal(refused{fate: unauthorized}, Plan{}).send(rw)
		return
	}
	body, whole := read(r)
	form, err := url.ParseQuery(string(body))
	if err != nil || !whole {
		twilioError(20001, "the form could not be read").send(rw)
		return
	}
	draft := Accept{
		Channel: "sms", Provider: "twilio", Kind: "text", To: form.Get("To"), Text: form.Get("Body"),
		StatusURL: form.Get("StatusCallback"), BodyHash: hash(body),
	}
	if callback, err := url.Parse(draft.StatusURL); err == nil {
		draft.Ref = callback.Query().Get("ref")
	}
	code := 0
	switch from := form.Get("From"); {
	case draft.To == "":
		code = 21604
	case !strings.HasPrefix(draft.To, "+") || len(digits(draft.To)) < 8:
		code = 21211
	case from == "" && form.Get("MessagingServiceSid") == "":
		code = 21603
	case from != "" && from != w.Secrets().TwilioFrom:
		code = 21606
	case strings.TrimSpace(draft.Text) == "":
		code = 21602
	case utf8.RuneCountInString(draft.Text) > 1600:
		code = 21617
	}
	if code != 0 {
		w.ledger.refuse(refusal{At: w.config.Now(), Channel: "sms", To: draft.To, Ref: draft.Ref, Attempt: w.ledger.call("sms\x00" + draft.Ref), Fate: refusedRecipient, Code: code})
		twilioError(code, "").send(rw)
		return
	}
	w.serve(rw, r, draft, w.messages(r))
}

func (w *World) twilioAuthorized(r *http.Request) bool {
	secrets := w.Secrets()
	user, password, given := r.BasicAuth()
	return given && r.PathValue("sid") == secrets.TwilioSID && user == secrets.TwilioSID && password == secrets.TwilioToken
}

// accepted implements dialect.
func (m messages) accepted(a Accept) reply {
	body, _ := json.Marshal(m.record(a, "queued"))
	return reply{status: http.StatusCreated, body: body}
}

// record is one message as Twilio shows it.
func (m messages) record(a Accept, status string) object {
	date := a.At.UTC().Format(time.RFC1123Z)
	return object{
		"sid": a.ProviderID, "account_sid": m.account, "from": m.from, "to": a.To, "body": a.Text, "status": status,
		"direction": "outbound-api", "api_version": "2010-04-01", "num_segments": "1", "num_media": "0",
		"date_created": date, "date_updated": date, "date_sent": date, "price": nil, "price_unit": "USD",
		"error_code": nil, "error_message": nil, "messaging_service_sid": nil,
		"uri": "/2010-04-01/Accounts/" + m.account + "/Messages/" + a.ProviderID + ".json",
	}
}

// refusal implements dialect.
func (m messages) refusal(no refused, plan Plan) reply {
	switch no.fate {
	case unauthorized:
		return twilioError(20003, "")
	case throttled:
		answer := twilioError(20429, "")
		answer.header = retryAfter(no, plan)
		return answer
	case broken:
		return twilioError(20500, "")
	case refusedSender:
		if _, known := twilioFaults[no.code]; !known { // a plan's code may be WhatsApp's
			no.code = 20429
		}
	default:
	}
	return twilioError(no.code, "")
}

// twilioFaults are Twilio's codes with HTTP status and message
// (twilio.com/docs/api/errors). Those from 30001 come in statuses only.
var twilioFaults = map[int]cloudFault{
	20001: {400, "Unknown parameters"}, 20003: {401, "Authenticate"}, 20404: {404, "The requested resource was not found"},
	20429: {429, "Too Many Requests"}, 20500: {500, "Internal Server Error"}, 20503: {503, "Service unavailable"},
	21211: {400, "Invalid 'To' Phone Number"}, 21408: {403, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"},
	21602: {400, "Message body is required."}, 21603: {400, "A 'From' phone number is required."}, 21604: {400, "A 'To' phone number is required."},
	21606: {400, "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination."},
	21610: {400, "Attempt to send to unsubscribed recipient"}, 21611: {429, "This 'From' number has exceeded the maximum number of queued messages"},
	21612: {400, "Message cannot be sent with the current combination of 'To' and 'From' parameters"}, 21614: {400, "'To' number is not a valid mobile number"},
	21617: {400, "The concatenated message body exceeds the 1600 character limit"}, 30002: {403, "Account suspended"},
}

func twilioError(code int, message string) reply {
	fault, known := twilioFaults[code]
	if !known {
		fault = cloudFault{http: http.StatusBadRequest, title: "Message could not be sent"}
	}
	if message == "" {
		message = fault.title
	}
	body, _ := json.Marshal(object{
		"code": code, "message": message, "status": fault.http,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	})
	return reply{status: fault.http, body: body}
}

// twilioList is GET Messages.json?To=&DateSent=&PageSize=&Page=: what was sent,
// newest first. DateSent is a day (UTC); "DateSent>=" and "DateSent<=" bound it.
func (w *World) twilioList(rw http.ResponseWriter, r *http.Request) {
	if !w.twilioAuthorized(r) || w.Plan().TokenExpired {
		twilioError(20003, "").send(rw)
		return
	}
	query := r.URL.Query()
	size, err := strconv.Atoi(query.Get("PageSize"))
	if err != nil || size < 1 || size > 1000 {
		size = 50
	}
	page, _ := strconv.Atoi(query.Get("Page"))
	account := w.messages(r)
	all := w.Accepts()
	slices.Reverse(all)
	found := []any{}
	skip, more := max(page, 0)*size, false
	for _, a := range all {
		day := a.At.UTC().Format(time.DateOnly)
		switch {
		case a.Provider != "twilio":
		case query.Get("To") != "" && query.Get("To") != a.To:
		case query.Get("DateSent") != "" && query.Get("DateSent") != day:
		case query.Get("DateSent>") != "" && day < query.Get("DateSent>")[:min(10, len(query.Get("DateSent>")))]:
		case query.Get("DateSent<") != "" && day > query.Get("DateSent<")[:min(10, len(query.Get("DateSent<")))]:
		case skip > 0:
			skip--
		case len(found) == size:
			more = true
		default:
			found = append(found, account.record(a, "delivered"))
		}
	}
	next := any(nil)
	if more {
		following := maps.Clone(query)
		following.Set("Page", strconv.Itoa(max(page, 0)+1))
		next = r.URL.Path + "?" + following.Encode()
	}
	body, _ := json.Marshal(object{
		"messages": found, "page": max(page, 0), "page_size": size, "next_page_uri": next, "uri": r.URL.RequestURI(),
	})
	reply{status: http.StatusOK, body: body}.send(rw)
}

// twilioMessage is GET Messages/{id}.json.
func (w *World) twilioMessage(rw http.ResponseWriter, r *http.Request) {
	a, known := w.ledger.find(strings.TrimSuffix(r.PathValue("message"), ".json"))
	switch {
	case !w.twilioAuthorized(r) || w.Plan().TokenExpired:
		twilioError(20003, "").send(rw)
	case !known || a.Provider != "twilio":
		twilioError(20404, "").send(rw)
	default:
		body, _ := json.Marshal(w.messages(r).record(a, "delivered"))
		reply{status: http.StatusOK, body: body}.send(rw)
	}
}

// twilioAccount is GET /2010-04-01/Accounts/{sid}.json.
func (w *World) twilioAccount(rw http.ResponseWriter, r *http.Request) {
	sid, is := strings.CutSuffix(r.PathValue("sid"), ".json")
	r.SetPathValue("sid", sid)
	if !is || !w.twilioAuthorized(r) || w.Plan().TokenExpired {
		twilioError(20003, "").send(rw)
		return
	}
	body, _ := json.Marshal(object{"sid": sid, "friendly_name": "Provsim Demo", "status": "active", "type": "Full"})
	reply{status: http.StatusOK, body: body}.send(rw)
}

// twilioStatus is a StatusCallback: it goes to the address of the send call,
// whose query is covered by the signature.
func (w *World) twilioStatus(s Status, a Accept) *letter {
	path := ""
	if callback, err := url.Parse(a.StatusURL); err == nil && callback.Host != "" {
		path = callback.RequestURI()
	} else if !w.reaches("sms") {
		return nil
	}
	return &letter{
		kind: "status", channel: "sms", status: s.Status, ref: s.Ref, key: "status:" + s.ProviderID + ":" + s.Status,
		write: func() content {
			form := url.Values{
				"MessageSid": {s.ProviderID}, "SmsSid": {s.ProviderID}, "MessageStatus": {s.Status}, "SmsStatus": {s.Status},
				"To": {s.To}, "From": {w.Secrets().TwilioFrom}, "AccountSid": {w.Secrets().TwilioSID}, "ApiVersion": {"2010-04-01"},
			}
			if s.ErrorCode != 0 {
				form.Set("ErrorCode", strconv.Itoa(s.ErrorCode))
			}
			if s.Status == "delivered" || s.Status == "undelivered" {
				form.Set("RawDlrDoneDate", s.At.UTC().Format("0601021504"))
			}
			return w.twilioContent(form, path, a.StatusURL)
		},
	}
}

// optOuts are the words that Twilio itself takes for an opt-out
// (twilio.com/docs/messaging/tutorials/advanced-opt-out).
var optOuts = []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}

// twilioInbound is a person's SMS.
func (w *World) twilioInbound(in Inbound) *letter {
	return &letter{
		kind: "inbound", channel: "sms", key: in.ID, from: in.From, text: in.Text,
		write: func() content {
			secrets := w.Secrets()
			form := url.Values{
				"MessageSid": {in.ID}, "SmsSid": {in.ID}, "SmsMessageSid": {in.ID}, "SmsStatus": {"received"},
				"From": {in.From}, "To": {secrets.TwilioFrom}, "Body": {in.Text}, "NumMedia": {"0"}, "NumSegments": {"1"},
				"AccountSid": {secrets.TwilioSID}, "ApiVersion": {"2010-04-01"},
			}
			if slices.Contains(optOuts, strings.ToUpper(strings.TrimSpace(in.Text))) {
				form.Set("OptOutType", "STOP")
			}
			return w.twilioContent(form, "", "")
		},
	}
}

func (w *World) twilioContent(form url.Values, path, signed string) content {
	token := w.Secrets().TwilioToken
	body := form.Encode()
	return content{
		body: []byte(body), path: path, signed: signed,
		header: http.Header{
			"Content-Type":               {"application/x-www-form-urlencoded; charset=UTF-8"},
			"User-Agent":                 {"TwilioProxy/1.1"},
			"I-Twilio-Idempotency-Token": {newID("")}, // Twilio repeats a call with the same one
		},
		sign: func(address string) http.Header {
			return http.Header{"X-Twilio-Signature": {twilioSignature(token, address, form)}}
		},
	}
}

// twilioSignature is base64(HMAC-SHA1(token, address + each name and value, by name)).
func twilioSignature(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		_, _ = mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
