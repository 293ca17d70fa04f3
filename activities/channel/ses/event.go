package ses

import (
	"fmt"
	"slices"
	"strings"

	"jornada/activities/channel/letter"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// event is what SES publishes about a letter. Events of a configuration set name
// themselves in eventType, notifications of an identity in notificationType;
// otherwise they are alike.
type event struct {
	EventType        string `json:"eventType"`
	NotificationType string `json:"notificationType"`
	Mail             struct {
		MessageID   string              `json:"messageId"`
		Timestamp   string              `json:"timestamp"`
		Destination []string            `json:"destination"`
		Tags        map[string][]string `json:"tags"`
	} `json:"mail"`
	Bounce    bounce `json:"bounce"`
	Complaint struct {
		Subtype    string      `json:"complaintSubType"`
		Feedback   string      `json:"complaintFeedbackType"`
		Recipients []recipient `json:"complainedRecipients"`
		Timestamp  string      `json:"timestamp"`
		FeedbackID string      `json:"feedbackId"`
	} `json:"complaint"`
	Delivery struct {
		Timestamp string `json:"timestamp"`
	} `json:"delivery"`
	Reject struct {
		Reason string `json:"reason"`
	} `json:"reject"`
	Failure struct {
		Message  string `json:"errorMessage"`
		Template string `json:"templateName"`
	} `json:"failure"`
	Delay struct {
		Type      string `json:"delayType"`
		Timestamp string `json:"timestamp"`
	} `json:"deliveryDelay"`
	Open struct {
		Timestamp string `json:"timestamp"`
	} `json:"open"`
	Click struct {
		Timestamp string `json:"timestamp"`
	} `json:"click"`
	Subscription struct {
		List      string      `json:"contactList"`
		Source    string      `json:"source"`
		Timestamp string      `json:"timestamp"`
		New       preferences `json:"newTopicPreferences"`
		Old       preferences `json:"oldTopicPreferences"`
	} `json:"subscription"`
}

// preferences are what a person wants of a contact list of SES's own
// (.../event-publishing-retrieving-sns-contents.html#event-publishing-retrieving-sns-contents-subscription-object).
type preferences struct {
	UnsubscribeAll bool `json:"unsubscribeAll"`
	Topics         []struct {
		Name   string `json:"topicName"`
		Status string `json:"subscriptionStatus"`
	} `json:"topicSubscriptionStatus"`
}

// left are the topics that are out.
func (p preferences) left() []string {
	var out []string
	for _, t := range p.Topics {
		if t.Status == "OptOut" {
			out = append(out, t.Name)
		}
	}
	return out
}

type bounce struct {
	Type       string      `json:"bounceType"`
	Subtype    string      `json:"bounceSubType"`
	Recipients []recipient `json:"bouncedRecipients"`
	Timestamp  string      `json:"timestamp"`
	FeedbackID string      `json:"feedbackId"`
}

type recipient struct {
	Email      string `json:"emailAddress"`
	Status     string `json:"status"`
	Diagnostic string `json:"diagnosticCode"`
}

// translate makes our events, none of what asks for nothing. Their keys are made
// of SES's own ids, so that an event that reaches us twice, through a
// configuration set and through an identity, counts once.
func (e *event) translate() []engine.InboundEvent {
	name := e.EventType
	if name == "" {
		name = e.NotificationType
	}
	if e.Mail.MessageID == "" {
		return nil
	}
	news := letter.News{
		Key: "status:" + e.Mail.MessageID + ":" + name, At: webhook.Moment(e.Mail.Timestamp), ProviderID: e.Mail.MessageID,
		Ref: first(e.Mail.Tags[refTag]), Recipient: first(e.Mail.Destination), Data: map[string]any{"event": name},
	}
	at := func(timestamp string) letter.News {
		if t := webhook.Moment(timestamp); !t.IsZero() {
			news.At = t
		}
		return news
	}
	switch name {
	case "Send":
		return one(news.Status(engine.Accepted))
	case "Delivery":
		return one(at(e.Delivery.Timestamp).Status(engine.Delivered))
	case "DeliveryDelay": // no bounce: SES goes on trying
		news.Key += ":" + e.Delay.Timestamp
		news.Data["reason"] = e.Delay.Type
		return one(at(e.Delay.Timestamp).Status(engine.Accepted))
	case "Open":
		return one(at(e.Open.Timestamp).Status(engine.Read))
	case "Click": // proves that the letter was seen as well as an open does
		return one(at(e.Click.Timestamp).Status(engine.Read))
	case "Reject": // a virus, says SES
		news.Detail = e.Reject.Reason
		return one(news.Status(engine.Failed, name))
	case "Rendering Failure":
		news.Detail = e.Failure.Message
		news.Data["template"] = e.Failure.Template
		return one(news.Status(engine.Failed, name))
	case "Bounce":
		return e.bounces(at(e.Bounce.Timestamp))
	case "Complaint":
		return e.complaints(at(e.Complaint.Timestamp))
	case "Subscription":
		return e.leaves(at(e.Subscription.Timestamp))
	}
	return nil
}

// leaves is a person who left a contact list of SES's own, or topics of it. A list
// is for marketing, and Jornada has no topics: who leaves one gets no marketing
// any more, rather than too much. Who comes back reopens nothing by itself.
func (e *event) leaves(news letter.News) []engine.InboundEvent {
	s := &e.Subscription
	topics := slices.DeleteFunc(s.New.left(), func(name string) bool { return slices.Contains(s.Old.left(), name) })
	switch {
	case s.New.UnsubscribeAll:
		news.Data["topic"] = "everything"
	case len(topics) > 0:
		news.Data["topic"] = strings.Join(topics, ", ")
	default:
		return nil
	}
	news.Key += ":" + s.Timestamp // a person may leave twice
	news.Data["list"], news.Data["source"] = s.List, s.Source
	return one(news.Unsubscribed())
}

// bounces: a letter goes to one person, but nothing keeps SES from naming several.
func (e *event) bounces(news letter.News) []engine.InboundEvent {
	b := &e.Bounce
	news.Data["reason"] = b.Type + "/" + b.Subtype
	var events []engine.InboundEvent
	for i, r := range b.Recipients {
		each := news
		each.Key = fmt.Sprintf("bounce:%s:%s:%d", e.Mail.MessageID, b.FeedbackID, i)
		each.Recipient, each.Detail = r.Email, r.Diagnostic
		why, code := b.why(r)
		events = append(events, each.Returned(why, code))
	}
	return events
}

// why sorts a bounce, with the code that says so: Permanent is hard, Transient
// and Undetermined are soft (.../notification-contents.html#bounce-types). The
// server's own status is heard where SES says no more than General. There, a
// Transient with 5.1.x or 5.4.4 is an address or a domain that does not exist,
// and 5.7.x is a policy and never the address's fault.
func (b *bounce) why(r recipient) (letter.Bounce, string) {
	code := b.Type + "/" + b.Subtype
	if b.Subtype == "General" {
		status := letter.Enhanced(r.Status + " " + r.Diagnostic)
		switch why := letter.Bounced(status); {
		case why == letter.Block, why == letter.Hard && b.Type == "Transient":
			return why, status
		}
	}
	switch {
	case b.Type == "Permanent":
		return letter.Hard, code
	case strings.HasSuffix(b.Subtype, "Rejected"): // ContentRejected, AttachmentRejected
		return letter.Block, code
	}
	return letter.Soft, code
}

// complaints. A report that says "not-spam" takes the letter out of the spam
// folder, and "auth-failure" is about SPF and DKIM: no person complained.
// OnAccountSuppressionList says that SES did not send the letter, because of an
// earlier complaint.
func (e *event) complaints(news letter.News) []engine.InboundEvent {
	c := &e.Complaint
	if c.Feedback == "not-spam" || c.Feedback == "auth-failure" {
		return nil
	}
	news.Data["reason"] = c.Feedback
	var events []engine.InboundEvent
	for i, r := range c.Recipients {
		each := news
		each.Key = fmt.Sprintf("complaint:%s:%s:%d", e.Mail.MessageID, c.FeedbackID, i)
		each.Recipient = r.Email
		events = append(events, each.Complained())
	}
	if c.Subtype == "OnAccountSuppressionList" {
		events = append(events, news.Status(engine.Failed, "Complaint/"+c.Subtype))
	}
	return events
}

func one(e engine.InboundEvent) []engine.InboundEvent { return []engine.InboundEvent{e} }

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
