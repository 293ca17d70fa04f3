package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
	"jornada/engine/runtime"
)

// campaignWorkspace is a journey of one template: what a campaign is.
var campaignWorkspace = map[string]string{
	"workspace.yaml": `workspace: campaign
timezone: America/Sao_Paulo
contact: {first_name: string}
`,
	"templates.lock.yaml": `lock: 1
synced_at: "2026-11-20T12:00:00Z"
templates:
  - {name: hello, channel: whatsapp, language: pt_BR, category: utility, status: approved, params: [name], body: "Bom dia, {{name}}!"}
`,
	"campaign.journey.yaml": `dsl: 1
journey: campaign
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
steps:
  - {id: hello, send: {whatsapp: {template: hello, params: {name: "{{ contact.first_name }}"}}}}
`,
}

const campaignPeople = 1000

// BenchmarkCampaign sends one template to a backlog of people through one number of
// 1,000 messages a second: enrollment, gate, ledger, an HTTP call to a Cloud API on
// loopback, and for every message three signed status webhooks, all of which end in
// the ledger. It prints one line per database. JORNADA_BENCH_PEOPLE sets the backlog.
func BenchmarkCampaign(b *testing.B) {
	people := campaignPeople
	if n, err := strconv.Atoi(os.Getenv("JORNADA_BENCH_PEOPLE")); err == nil && n > 0 {
		people = n
	}
	for b.Loop() {
		var rows []string
		for _, on := range []backend{onSQLite, onPostgres} {
			if only := os.Getenv("JORNADA_BENCH_BACKEND"); only == "" || only == string(on) {
				rows = append(rows, campaignOn(b, on, people))
			}
		}
		fmt.Printf("\n%d cores. A backlog of %d people, one template each, over one number of 1,000 messages a second.\n\n%s\n%s\n%s\n\n", goruntime.NumCPU(), people,
			"| backend | messages/s | refused as too fast | CPU per message | with its 3 statuses | statuses/s | status webhook p50 / p99 |",
			"|---|---|---|---|---|---|---|", strings.Join(rows, "\n"))
	}
}

// campaignOn plays a campaign and returns its line of the table.
func campaignOn(b *testing.B, on backend, people int) string {
	r := newRig(b, on, rigOptions{conns: 16})
	api := newCloudAPI(b, people)
	r.publishFiles(campaignWorkspace)
	r.ok("POST", "/api/v1/integrations", fmt.Sprintf(
		`{"id":"wa","provider":"meta","channel":"whatsapp","default":true,"settings":{"phone_number_id":%q,"base_url":%q,"messages_per_second":"1000"},"secrets":{"token":%q,"app_secret":%q,"verify_token":"palavras-demo"}}`,
		waNumber, api.server.URL, waToken, waAppSecret))
	for i := range people {
		r.ok("PUT", fmt.Sprintf("/api/v1/contacts/bench-%d", i), fmt.Sprintf(
			`{"attributes":{"first_name":"Demo"},"addresses":{"phone":%q},"opt_in":{"whatsapp":true}}`, phoneOf(i)))
	}
	cpu, began := cpuTime(), time.Now()
	atOnce(people, func(i int) {
		res, err := r.process.runtime.Enroll(r.ctx, runtime.EnrollRequest{JourneyID: "campaign", ContactID: engine.ContactID(fmt.Sprintf("bench-%d", i)), Trigger: engine.TriggerRecord{Kind: "api"}})
		require.NoError(b, err)
		require.Empty(b, res.Skipped)
	})
	r.eventually("the campaign to be sent", func() bool { return len(api.taken) == people })
	took, spent := api.lastAt.Load().(time.Time).Sub(began), cpuTime()-cpu

	cpu, began = cpuTime(), time.Now()
	webhooks := api.report(b, r.server.URL, people)
	r.eventually("all statuses to stand in the ledger", func() bool {
		return strings.Contains(r.ok("GET", "/metrics", ""), fmt.Sprintf("jornada_message_statuses_total{status=\"read\"} %d\n", people))
	})
	absorbed, statuses := time.Since(began), cpuTime()-cpu
	slices.Sort(webhooks)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("| %s | %.0f | %d | %.1f ms | %.1f ms | %.0f | %.0f / %.0f ms |", on, float64(people)/took.Seconds(), api.refused.Load(),
		ms(spent)/float64(people), ms(spent+statuses)/float64(people), float64(len(webhooks))/absorbed.Seconds(),
		ms(webhooks[len(webhooks)/2]), ms(webhooks[len(webhooks)*99/100]))
}

// cloudAPI is Meta's door on loopback: it takes 1,000 messages in any second, and
// refuses more.
type cloudAPI struct {
	server  *httptest.Server
	taken   chan string // ids of the messages it took
	refused atomic.Int64
	lastAt  atomic.Value // time.Time

	mu     sync.Mutex
	lately []time.Time
}

func newCloudAPI(b *testing.B, people int) *cloudAPI {
	a := &cloudAPI{taken: make(chan string, 2*people)}
	a.server = httptest.NewServer(http.HandlerFunc(a.take))
	b.Cleanup(a.server.Close)
	return a
}

func (a *cloudAPI) take(w http.ResponseWriter, q *http.Request) {
	_, _ = io.Copy(io.Discard, q.Body)
	w.Header().Set("Content-Type", "application/json")
	a.mu.Lock()
	now := time.Now()
	for len(a.lately) > 0 && now.Sub(a.lately[0]) >= time.Second {
		a.lately = a.lately[1:]
	}
	full := len(a.lately) >= 1000
	if !full {
		a.lately = append(a.lately, now)
	}
	a.mu.Unlock()
	if full {
		a.refused.Add(1)
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429}}`)
		return
	}
	id := engine.NewID("wamid")
	_, _ = fmt.Fprintf(w, `{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":%q}]}`, id)
	a.lastAt.Store(now)
	a.taken <- id
}

// report posts three statuses of every message, each in a call of its own, sixteen
// at a time, and returns how long each answer took.
func (a *cloudAPI) report(b *testing.B, to string, people int) []time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	var mu sync.Mutex
	var took []time.Duration
	ids := make([]string, people)
	for i := range ids {
		ids[i] = <-a.taken
	}
	var all sync.WaitGroup
	const posters = 16
	for p := range posters {
		all.Go(func() {
			var mine []time.Duration
			for i := p; i < len(ids); i += posters {
				for _, status := range []string{"sent", "delivered", "read"} {
					mine = append(mine, postStatus(b, client, to, ids[i], status))
				}
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	all.Wait()
	return took
}

func postStatus(b *testing.B, client *http.Client, to, id, status string) time.Duration {
	body := fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":%q},"statuses":[{"id":%q,"status":%q,"timestamp":"%d"}]}}]}]}`,
		waNumber, id, status, time.Now().Unix())
	mac := hmac.New(sha256.New, []byte(waAppSecret))
	mac.Write(body)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, to+"/webhooks/wa", bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	began := time.Now()
	answer, err := client.Do(request)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		b.Errorf("a status webhook answers %d", answer.StatusCode)
	}
	return time.Since(began)
}
