package sendgrid

import (
	"encoding/json"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Receive implements channel.Receiver. SendGrid calls at least once and in
// batches; what we do not know becomes an OtherEvent.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "SendGrid", d.signed)
	if err != nil {
		return nil, response, err
	}
	var all []json.RawMessage
	if json.Unmarshal(r.Body, &all) != nil {
		all = []json.RawMessage{r.Body}
	}
	batch := webhook.NewBatch(d.settings, engine.Email)
	for _, raw := range all {
		for _, e := range read(raw) {
			batch.Add(e)
		}
	}
	return batch.Events(), response, nil
}

// event is one event, as far as we read it.
type event struct {
	ID             webhook.Text `json:"sg_event_id"`
	MessageID      webhook.Text `json:"sg_message_id"`
	Name           webhook.Text `json:"event"`
	Email          webhook.Text `json:"email"`
	Timestamp      webhook.Text `json:"timestamp"`
	Type           webhook.Text `json:"type"`
	Status         webhook.Text `json:"status"`
	Reason         webhook.Text `json:"reason"`
	Response       webhook.Text `json:"response"`
	Classification webhook.Text `json:"bounce_classification"`
	MachineOpen    webhook.Text `json:"sg_machine_open"`
	Group          webhook.Text `json:"asm_group_id"`
	Ref            webhook.Text `json:"jornada_ref"`
}

// statuses are the events that are progress. A deferred message is still with
// SendGrid, which goes on trying for three days. A click proves that the message
// was seen as well as an open does.
var statuses = map[webhook.Text]engine.MessageStatus{
	"processed": engine.Accepted, "deferred": engine.Accepted,
	"delivered": engine.Delivered, "open": engine.Read, "click": engine.Read,
}

// read makes our events of one of SendGrid's. Its id, sg_event_id, makes them
// unique.
func read(raw json.RawMessage) []engine.InboundEvent {
	var e event
	if json.Unmarshal(raw, &e) != nil {
		return []engine.InboundEvent{letter.Other("", raw)}
	}
	news := letter.News{
		Key: "event:" + string(e.ID), At: webhook.Moment(e.Timestamp), ProviderID: messageID(string(e.MessageID)), Ref: string(e.Ref),
		Recipient: string(e.Email), Detail: string(e.Reason), Data: map[string]any{"event": string(e.Name)},
	}
	if e.ID == "" {
		news.Key = letter.HashKey(raw)
	}
	for name, value := range map[string]webhook.Text{"reason": e.Reason, "classification": e.Classification, "group": e.Group} {
		if value != "" {
			news.Data[name] = letter.Scrub(string(value))
		}
	}
	status, progress := statuses[e.Name]
	switch {
	case e.Name == "account_status_change":
		news.Data["title"] = "SendGrid changed the state of the account: " + letter.Scrub(string(e.Type))
		if state := account(string(e.Type)); state != "" {
			news.Data["state"] = string(state)
		}
		return []engine.InboundEvent{{Key: news.Key, Kind: engine.ChannelError, OccurredAt: news.At, Data: news.Data}}
	case news.ProviderID == "" && news.Ref == "" && news.Recipient == "":
		return []engine.InboundEvent{letter.Other(news.Key, raw)}
	case e.Name == "open" && e.MachineOpen == "true": // a mail program's proxy, and no person
		return []engine.InboundEvent{letter.Other(news.Key, raw)}
	case progress:
		news.Detail = ""
		return []engine.InboundEvent{news.Status(status)}
	}
	switch e.Name {
	case "bounce":
		why, code := e.bounce()
		return []engine.InboundEvent{news.Returned(why, code)}
	case "dropped":
		return dropped(news, string(e.Reason))
	case "spamreport":
		return []engine.InboundEvent{news.Complained()}
	case "unsubscribe", "group_unsubscribe":
		return []engine.InboundEvent{news.Unsubscribed()}
	}
	return []engine.InboundEvent{letter.Other(news.Key, raw)}
}

// account is what a change of the account's state means for sending, "" for a word
// nobody knows. The reference of events shows compliance_suspend and no list of the others,
// so a word is read by the state in it; the states of an account are named at docs/sendgrid/api-reference/account-provisioning-api-account-state-operations:
// a suspended one does not send, a deactivated or banned one lost its API keys too.
func account(kind string) engine.IntegrationState {
	kind = strings.ToLower(kind)
	switch {
	case strings.Contains(kind, "suspend"):
		return engine.Limited
	case strings.Contains(kind, "deactivate"), strings.Contains(kind, "ban"):
		return engine.NeedsReconnect
	case strings.Contains(kind, "activ"): // activated, active, reactivate
		return engine.Enabled
	}
	return ""
}

// bounce says why a message came back, and with which code. "blocked" is
// SendGrid's word for a refusal that is not about the address, whatever status the
// server chose; "bounce" is hard unless that status says otherwise (a full
// mailbox, a policy).
func (e event) bounce() (letter.Bounce, string) {
	code := letter.Enhanced(string(e.Status) + " " + string(e.Reason))
	why := letter.Bounced(code)
	switch {
	case e.Type == "blocked" && (why == letter.Hard || why == ""):
		return letter.Block, "blocked"
	case why == "": // SendGrid writes 5.0.0 where it found none
		return letter.Hard, "bounce"
	}
	return why, code
}

// dropped is a message that SendGrid took and then did not send, mostly because
// of its own lists. What put the address on the list may have happened before we
// knew it.
func dropped(news letter.News, reason string) []engine.InboundEvent {
	failed := news
	failed.Key += ":status"
	switch strings.ToLower(reason) {
	case "bounced address", "invalid":
		return []engine.InboundEvent{news.Returned(letter.Hard, reason)}
	case "spam reporting address":
		return []engine.InboundEvent{news.Complained(), failed.Status(engine.Failed, reason)}
	case "unsubscribed address":
		return []engine.InboundEvent{news.Unsubscribed(), failed.Status(engine.Failed, reason)}
	}
	if reason == "" {
		reason = "dropped"
	}
	return []engine.InboundEvent{news.Status(engine.Failed, reason)}
}

var suffixPattern = regexp.MustCompile(`\.(?:filter|recvd).*$`)

// messageID is the X-Message-Id that an sg_message_id begins with. What follows
// names the machine that carried it: ".filter…" or ".recvd…". An old id has dots
// of its own ("14c5d75ce93.dfd.64b469.filter0001…").
func messageID(id string) string {
	if short := suffixPattern.ReplaceAllString(id, ""); short != id {
		return short
	}
	short, _, _ := strings.Cut(id, ".")
	return short
}
