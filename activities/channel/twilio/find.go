package twilio

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// Bounds of looking a message up.
const (
	findPage  = 100
	findPages = 5            // of one person's messages
	findSlack = time.Hour    // between Twilio's clock and ours
	dayLayout = "2006-01-02" // what the DateSent filter takes (GMT)
)

// Find implements channel.Finder. Twilio's list of messages
// (twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources)
// names neither our reference nor the StatusCallback, so a message is known by
// whom it went to, by whom it left and what it says, when its sid belongs to no
// other message of ours. Of a Content it lists what the person reads.
//
// The list is asked twice. DateSent>= finds what went out, also in a long
// history; but a message that still stands in Twilio's queue has no date yet, so
// only the whole list of the person's messages shows that one is surely absent.
func (d *Driver) Find(ctx context.Context, s channel.Sought) (channel.Receipt, bool, error) {
	message, err := d.compose(s.Outbound)
	if err != nil {
		return channel.Receipt{}, false, err
	}
	recent := url.Values{"DateSent>": {s.Since.Add(-findSlack).UTC().Format(dayLayout)}}
	for _, filter := range []url.Values{recent, {}} {
		for _, to := range addressed(message.form.Get("To")) {
			query := url.Values{"To": {to}, "PageSize": {fmt.Sprint(findPage)}}
			maps.Copy(query, filter)
			m, err := d.search(ctx, d.accountURL+"/Messages.json?"+query.Encode(), message, s)
			if err != nil {
				return channel.Receipt{}, false, err
			}
			if m != nil {
				return channel.Receipt{ProviderID: m.SID, Pricing: pricing(m.Price, m.PriceUnit)}, true, nil
			}
		}
	}
	return channel.Receipt{}, false, nil
}

// addressed are the ways a list may write whom a message went to. A number of
// WhatsApp may have been changed into the one its account was made with (Brazil's
// ninth digit), and then the one we wrote to finds nothing.
func addressed(to string) []string {
	number, ofWhatsApp := strings.CutPrefix(to, whatsAppPrefix)
	if !ofWhatsApp || !strings.HasPrefix(number, "+") {
		return []string{to}
	}
	all := []string{}
	for _, variant := range engine.PhoneVariants(number) {
		all = append(all, whatsAppPrefix+variant)
	}
	return all
}

// listed is one message of a list, as far as it tells messages apart.
type listed struct {
	SID         string `json:"sid"`
	To          string `json:"to"`
	From        string `json:"from"`
	ServiceSID  string `json:"messaging_service_sid"`
	Body        string `json:"body"`
	Direction   string `json:"direction"`
	DateCreated string `json:"date_created"` // RFC 2822
	Price       string `json:"price"`        // "-0.00750"; null until it is known
	PriceUnit   string `json:"price_unit"`
}

// search walks a list and returns the message, nil when the whole list was seen
// without it.
func (d *Driver) search(ctx context.Context, address string, message composed, s channel.Sought) (*listed, error) {
	stranger := ""
	for range findPages {
		page, next, err := d.list(ctx, address)
		if err != nil {
			return nil, err
		}
		for i := range page {
			m := &page[i]
			ours, err := d.unknown(m, message.form, s)
			if err != nil {
				return nil, err
			}
			if !ours {
				continue
			}
			if strings.TrimSpace(m.Body) == strings.TrimSpace(message.says) {
				return m, nil
			}
			stranger = m.SID
		}
		switch {
		case next != "":
			address = next
		case stranger != "":
			return nil, &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf("Twilio lists a message to the person that we do not know (%s) and that reads otherwise; it may be this one, changed on the way", stranger)}
		default:
			return nil, nil
		}
	}
	return nil, &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf("the person has more than %d messages; the list was not read to its end", findPage*findPages)}
}

// list reads one page and the address of the next.
func (d *Driver) list(ctx context.Context, address string) (page []listed, next string, err error) {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, address, d.header, nil)
	if failure != nil {
		return nil, "", failure
	}
	if answer.Status != http.StatusOK {
		return nil, "", d.refusal(answer)
	}
	var body struct {
		Messages []listed `json:"messages"`
		Next     string   `json:"next_page_uri"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil || body.Messages == nil {
		return nil, "", &channel.SendError{Class: channel.RetryLater, Message: "Twilio's list of messages cannot be read", Err: err}
	}
	if body.Next != "" {
		next, err = follow(d.accountURL, body.Next)
	}
	return body.Messages, next, err
}

// unknown reports whether a message left by our sender to the person, not long
// before the sought one, and belongs to no message of ours yet.
func (d *Driver) unknown(m *listed, form url.Values, s channel.Sought) (bool, error) {
	if m.SID == "" || !strings.HasPrefix(m.Direction, "outbound") || !slices.Contains(addressed(form.Get("To")), m.To) {
		return false, nil
	}
	// A sender that the list does not name may be ours: only another one is a proof.
	sender, ours := m.From, form.Get("From")
	if service := form.Get("MessagingServiceSid"); service != "" {
		sender, ours = m.ServiceSID, service
	}
	if sender != "" && sender != ours {
		return false, nil
	}
	if created, err := time.Parse(time.RFC1123Z, m.DateCreated); err == nil && created.Before(s.Since.Add(-findSlack)) {
		return false, nil
	}
	if s.Known == nil {
		return true, nil
	}
	known, err := s.Known(m.SID)
	if err != nil {
		return false, fmt.Errorf("looking for the message of a provider's id: %w", err)
	}
	return !known, nil
}
