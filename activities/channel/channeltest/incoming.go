package channeltest

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strconv"
	"testing"

	"jornada/activities/channel"
	"jornada/engine"
)

// IncomingCase is one webhook call and the events it must become. Want lists,
// per event and in order, the fields that are judged, in the words of Fields; a
// field that is not listed is not judged.
type IncomingCase struct {
	Name    string
	Request channel.Request
	Want    []map[string]any
	Status  int // of the response; 0 = 200
	Err     engine.ErrorCode
}

// Incoming runs a table.
func Incoming(t *testing.T, receiver channel.Receiver, cases []IncomingCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			events, response, err := receiver.Receive(c.Request)
			var refusal *engine.Error
			if errors.As(err, &refusal) != (c.Err != "") || (refusal != nil && refusal.Code != c.Err) {
				t.Fatalf("error %v, want %q", err, c.Err)
			}
			if want := c.Status + map[bool]int{true: 200}[c.Status == 0]; response.Status != want {
				t.Errorf("answered %d, want %d", response.Status, want)
			}
			Events(t, events, c.Want)
		})
	}
}

// Events fails the test unless the events have the listed fields, and every
// event has a key of its own, a kind and readable Raw.
func Events(t *testing.T, events []engine.InboundEvent, want []map[string]any) {
	t.Helper()
	if len(events) != len(want) {
		t.Fatalf("%d events, want %d: %+v", len(events), len(want), events)
	}
	Sound(t, events)
	for i, fields := range want {
		got := Fields(events[i])
		for name, value := range normalize(fields).(map[string]any) {
			if name == "opens_customer_service_window" && value == nil {
				continue // the vendor's documents are silent: not judged
			}
			if !covers(got[name], value) {
				t.Errorf("event %d: %s is %v, want %v", i, name, got[name], value)
			}
		}
	}
}

// Sound fails the test when an event breaks what the inbox relies on.
func Sound(t *testing.T, events []engine.InboundEvent) {
	t.Helper()
	keys := map[string]bool{}
	for i, e := range events {
		switch {
		case e.Key == "" || keys[e.Key]:
			t.Errorf("event %d has no key of its own: %q", i, e.Key)
		case e.Kind == "" || e.Channel == "":
			t.Errorf("event %d has no kind or channel: %+v", i, e)
		case e.Kind == engine.InboundMessage && e.Message == nil, e.Kind == engine.StatusUpdate && e.Status == nil:
			t.Errorf("event %d of the kind %s has no content", i, e.Kind)
		case e.Raw != nil && !json.Valid(e.Raw):
			t.Errorf("event %d keeps something that is not JSON: %q", i, e.Raw)
		}
		keys[e.Key] = true
	}
}

// covers compares, taking an object as a minimum.
func covers(got, want any) bool {
	wanted, ok := want.(map[string]any)
	if !ok {
		return reflect.DeepEqual(got, want)
	}
	have, ok := got.(map[string]any)
	if !ok {
		return false
	}
	for name, value := range wanted {
		if !covers(have[name], value) {
			return false
		}
	}
	return true
}

func normalize(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	_ = json.Unmarshal(raw, &out)
	return out
}

// Fields are an event in flat words, for tables: kind, account,
// provider_message_id, from_phone, from_bsuid, profile_name, timestamp, type,
// text, reply_payload, status, error_codes and so on; nil for what is absent.
func Fields(e engine.InboundEvent) map[string]any {
	f := map[string]any{"kind": string(e.Kind), "profile_name": words(e.ProfileName), "timestamp": nil}
	if !e.OccurredAt.IsZero() {
		f["timestamp"] = e.OccurredAt.Unix()
	}
	maps.Copy(f, e.Data)
	phone, bsuid := people(e.From)
	f["from_phone"], f["from_bsuid"], f["phone"], f["bsuid"] = phone, bsuid, phone, bsuid
	if m := e.Message; m != nil {
		messageFields(f, m)
	}
	if s := e.Status; s != nil {
		f["provider_message_id"], f["status"], f["opaque"] = s.ProviderID, string(s.Status), words(s.Ref)
		if s.UpToThen {
			f["up_to_then"] = true
		}
		if s.Played {
			f["status"] = "played"
		}
		f["recipient_phone"], f["recipient_bsuid"] = people(s.Recipient)
		f["conversation_id"], f["error_codes"] = words(s.ConversationID), codes(s.ErrorCodes)
		if s.Pricing != nil {
			f["pricing"] = s.Pricing
		}
	}
	return normalize(f).(map[string]any)
}

func messageFields(f map[string]any, m *engine.IncomingMessage) {
	f["provider_message_id"], f["account"], f["to"] = m.ProviderID, words(m.Account), words(m.Account)
	f["type"], f["interactive_type"], f["text"] = m.Type, words(m.InteractiveType), words(m.Text)
	f["reply_payload"], f["context_message_id"], f["group_id"] = words(m.ReplyPayload), words(m.ContextID), words(m.GroupID)
	f["error_codes"], f["opens_customer_service_window"] = codes(m.ErrorCodes), m.OpensWindow
	f["original_id"] = words(m.OriginalID)
	if m.ReplyData != nil {
		f["reply_data"] = m.ReplyData
	}
	if m.Location != nil {
		f["location"] = m.Location
	}
	if m.Referral != nil {
		f["referral"] = m.Referral
	}
	if m.Media != nil {
		f["media"] = map[string]any{"id": words(m.MediaID), "mime_type": words(m.MediaType), "kind": m.Media.Kind, "url": words(m.Media.URL)}
	}
	if m.ReactionTo != "" {
		f["reaction"] = map[string]any{"message_id": m.ReactionTo, "emoji": m.ReactionEmoji}
	}
}

func words(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func people(addresses []engine.Address) (phone, bsuid any) {
	for _, a := range addresses {
		switch a.Kind {
		case engine.WAID, engine.Phone:
			phone = a.Value
		case engine.BSUID:
			bsuid = a.Value
		}
	}
	return phone, bsuid
}

func codes(all []string) []any {
	out := []any{}
	for _, c := range all {
		if n, err := strconv.Atoi(c); err == nil {
			out = append(out, n)
		} else {
			out = append(out, c)
		}
	}
	return out
}
