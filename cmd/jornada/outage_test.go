package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Six hours in which nothing leaves: the provider is away, or everything is.
// What was due and still makes sense goes out afterwards; a reminder whose visit
// has passed, or that would be older than hold_max, never does.
func TestSixHoursOfOutage(t *testing.T) {
	outages := map[string]func(r *channelRig){
		// It answers that it cannot take messages now.
		"of the provider": func(r *channelRig) {
			r.vendors.refusing(func(wire) (int, string) {
				return http.StatusBadRequest, `{"error":{"message":"(#131016) Service unavailable","code":131016}}`
			})
			r.jump(90 * time.Minute) // everything falls due, and finds nobody
			r.eventually("all that are due were tried", func() bool { _, n := r.vendors.counts(); return n >= 10 })
			r.jump(270 * time.Minute)
			r.vendors.refusing(nil)
			r.jump(20 * time.Minute)
		},
		"of everything": func(r *channelRig) { r.jump(6 * time.Hour) },
	}
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			r := newChannelRig(t, onSQLite, 20)
			r.publishFiles(map[string]string{
				"workspace.yaml": shop["workspace.yaml"], "templates.lock.yaml": shop["templates.lock.yaml"],
				"soon.journey.yaml": `dsl: 1
journey: soon
category: utility
timezone: America/Sao_Paulo
inputs: {starts_at: time}
triggers: [{api: true}]
steps:
  - id: ahead
    wait: {until: inputs.starts_at, offset: -2h}
    branches: {past: [{id: late, exit: too_late}]}
  - {id: remind, send: {whatsapp: {template: reminder}}}
`,
				"news.journey.yaml": `dsl: 1
journey: news
category: utility
timezone: America/Sao_Paulo
delivery: {hold_max: 3h}
triggers: [{api: true}]
steps:
  - {id: pause, wait: {for: 1h}}
  - {id: tell, send: {whatsapp: {template: hello}}}
`,
			})
			enroll := func(i int, journey string, ahead time.Duration) {
				inputs := "{}"
				if ahead > 0 {
					inputs = fmt.Sprintf(`{"starts_at":%q}`, r.clock.Now().Add(ahead).Format(time.RFC3339))
				}
				r.ok("POST", "/api/v1/journeys/"+journey+"/enrollments", fmt.Sprintf(`{"contact_id":"pessoa-%d","inputs":%s}`, i, inputs))
			}
			for i := range 5 {
				enroll(i, "soon", 3*time.Hour)      // due in the outage, and over in it
				enroll(5+i, "soon", 8*time.Hour)    // due at its end, still ahead
				enroll(10+i, "news", 0)             // due in the outage, worth three hours
				enroll(15+i, "soon", 200*time.Hour) // not due at all
			}
			r.eventually("everybody waits", func() bool { return countWaiting(r) == 20 })
			outage(r)
			r.eventually("what makes sense goes out", func() bool { return r.messages()["accepted"] == 5 })
			r.eventually("what does not is given up", func() bool { return r.messages()["skipped"]+r.messages()["failed"] == 10 })
			for i := range 20 {
				want := 0
				if i >= 5 && i < 10 {
					want = 1
				}
				require.Len(t, r.vendors.to(r.phone(i)), want, "person %d", i)
			}
			for _, id := range []string{"pessoa-0", "pessoa-10"} {
				require.Contains(t, r.ok("GET", "/api/v1/messages?contact_id="+id, ""), `"reason":"expired"`)
			}
		})
	}
}

// countWaiting is how many enrollments wait for a moment.
func countWaiting(r *channelRig) (n int) {
	for i := range r.people {
		es := r.enrollments(fmt.Sprintf("pessoa-%d", i), "")
		if len(es) == 1 && es[0].CurrentStep != "" {
			n++
		}
	}
	return n
}
