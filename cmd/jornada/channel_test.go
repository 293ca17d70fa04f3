package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// channelRig is a Jornada whose WhatsApp is Meta's wire format, with people to
// greet and a journey that asks them something.
type channelRig struct {
	*rig
	vendors *vendors
	people  int
}

func newChannelRig(t *testing.T, on backend, people int) *channelRig {
	t.Helper()
	return newChannelRigWith(t, on, rigOptions{}, people)
}

func newChannelRigWith(t *testing.T, on backend, o rigOptions, people int) *channelRig {
	t.Helper()
	r := &channelRig{rig: newRig(t, on, o), vendors: newVendors(t), people: people}
	r.vendors.webhooks = r.rig.server.URL
	r.publishFiles(shop)
	method, path := "POST", "/api/v1/integrations"
	if r.state() != "" { // started again on the same data: the vendors have moved
		method, path = "PATCH", path+"/wa"
	}
	r.ok(method, path, fmt.Sprintf(`{"id":"wa","provider":"meta","channel":"whatsapp","default":true,"settings":{"phone_number_id":%q,"base_url":%q},"secrets":{"token":%q,"app_secret":%q,"verify_token":"palavras-demo"}}`,
		waNumber, r.vendors.server.URL, waToken, waAppSecret))
	for i := range people {
		r.ok("PUT", fmt.Sprintf("/api/v1/contacts/pessoa-%d", i), fmt.Sprintf(`{"attributes":{"first_name":"Demo"},"addresses":{"phone":%q},"opt_in":{"whatsapp":true}}`, r.phone(i)))
	}
	return r
}

func (r *channelRig) phone(i int) string { return fmt.Sprintf("+55119%08d", 10_000_000+10*i) }

func (r *channelRig) enrollAll() {
	r.t.Helper()
	for i := range r.people {
		r.ok("POST", "/api/v1/journeys/greet/enrollments", fmt.Sprintf(`{"contact_id":"pessoa-%d"}`, i))
	}
}

// messages counts messages by status.
func (r *channelRig) messages() map[string]int {
	r.t.Helper()
	count := map[string]int{}
	for cursor := ""; ; {
		var page struct {
			Items      []struct{ Status string }
			NextCursor *string `json:"next_cursor"`
		}
		require.NoError(r.t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/messages?limit=200&cursor="+cursor, "")), &page))
		for _, m := range page.Items {
			count[m.Status]++
		}
		if page.NextCursor == nil {
			return count
		}
		cursor = *page.NextCursor
	}
}

func (r *channelRig) notices() (kinds []string) {
	r.t.Helper()
	var page struct{ Items []struct{ Kind string } }
	require.NoError(r.t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/notices", "")), &page))
	for _, n := range page.Items {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func (r *channelRig) state() string {
	r.t.Helper()
	var page struct{ Items []struct{ ID, State string } }
	require.NoError(r.t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/integrations", "")), &page))
	for _, i := range page.Items {
		if i.ID == "wa" {
			return i.State
		}
	}
	return ""
}

// everybodyOnce waits until everybody has their message, and checks that nobody
// has it twice and no message failed.
func (r *channelRig) everybodyOnce() {
	r.t.Helper()
	r.eventually("everybody has a message", func() bool { return r.messages()["accepted"] == r.people })
	for i := range r.people {
		require.Len(r.t, r.vendors.to(r.phone(i)), 1)
	}
	require.Equal(r.t, map[string]int{"accepted": r.people}, r.messages())
}

// The token expires in the middle of a campaign: administrators are told once,
// and after new credentials everything goes out by itself, once.
func TestTheTokenExpiresInTheMiddleOfACampaign(t *testing.T) {
	r := newChannelRig(t, onSQLite, 150)
	r.vendors.refusing(func(c wire) (int, string) {
		if len(r.vendors.calls) >= 40 && c.Auth != "Bearer new-token" {
			return http.StatusUnauthorized, `{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}`
		}
		return 0, ""
	})
	r.enrollAll()
	r.eventually("the channel stops", func() bool { return r.state() == "needs_reconnect" && r.messages()["queued"] == r.people-40 })
	_, refused := r.vendors.counts()
	require.Equal(t, []string{"channel.needs_reconnect"}, r.notices())
	r.ok("PATCH", "/api/v1/integrations/wa", `{"secrets":{"token":"new-token"}}`)
	r.everybodyOnce()
	require.Equal(t, []string{"channel.needs_reconnect"}, r.notices(), "who reconnected it knows")
	_, after := r.vendors.counts()
	require.Equal(t, refused, after)
	t.Logf("%d calls ran into the expired token", refused)
}

// An administrator switches a channel off and on: nothing leaves meanwhile, what
// comes in is kept, and what waited goes out.
func TestAnAdministratorSwitchesAChannelOff(t *testing.T) {
	r := newChannelRig(t, onSQLite, 30)
	r.ok("POST", "/api/v1/integrations/wa/disable", "")
	r.enrollAll()
	r.eventually("all wait", func() bool { return r.messages()["queued"] == r.people })
	require.Equal(t, http.StatusOK, r.vendors.whatsApp(waAppSecret, waText(r.phone(3), "wamid.IN1", "vocês estão aí?")))
	sent, _ := r.vendors.counts()
	require.Zero(t, sent)
	require.Empty(t, r.notices())
	r.ok("POST", "/api/v1/integrations/wa/enable", "")
	r.everybodyOnce()
	// What came in while it was off opened the window and stands with the contact.
	export := r.ok("GET", "/api/v1/contacts/pessoa-3", "")
	require.Contains(t, export, `"windows":{"whatsapp":{"open":true`, export)
}

// The platform's limit: told once, tried by one message at a time, and over by
// itself.
func TestThePlatformsLimit(t *testing.T) {
	r := newChannelRig(t, onSQLite, 60)
	r.vendors.refusing(func(wire) (int, string) {
		return http.StatusBadRequest, `{"error":{"message":"(#131048) Spam rate limit hit","type":"OAuthException","code":131048}}`
	})
	r.enrollAll()
	r.eventually("the channel is limited", func() bool { return r.state() == "limited" && r.messages()["queued"] == r.people })
	_, first := r.vendors.counts()
	for range 3 { // the limit goes on: each time it has rested, one message finds out
		_, before := r.vendors.counts()
		r.jump(2 * time.Minute)
		r.eventually("a message tries", func() bool { _, n := r.vendors.counts(); return n > before })
		r.eventually("and waits again", func() bool { return r.messages()["queued"] == r.people })
		_, after := r.vendors.counts()
		require.LessOrEqual(t, after-before, 2)
	}
	require.Equal(t, []string{"channel.limited"}, r.notices())
	r.vendors.refusing(nil)
	r.jump(10 * time.Minute)
	r.everybodyOnce()
	require.Equal(t, "enabled", r.state())
	require.Equal(t, "channel.enabled channel.limited", strings.Join(r.notices(), " "))
	t.Logf("%d calls ran into the limit at first", first)
}
