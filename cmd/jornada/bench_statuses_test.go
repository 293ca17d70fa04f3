package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

const (
	statusesASecond = 3000 // of a number that sends 1,000 messages: sent, delivered and read
	statusSeconds   = 5
	statusPeople    = 2000 // whose messages they are; everybody gets one every two seconds
	statusPosters   = 64   // calls that the platform makes at once
)

// statusBatches are how many statuses one call carries. Meta puts up to 1,000 into one
// and says no more; a busy number sees single ones as well as dozens.
var statusBatches = []int{1, 10, 50}

// BenchmarkStatuses offers the statuses of a number at its fastest, 3,000 a second, in
// signed calls of Meta's over HTTP, to a whole Jornada whose messages they are. A call
// that is due goes out as soon as one of the platform's connections is free, and is
// timed from the moment it was due: what does not keep up shows. It prints one line for
// each database and size of a call; an answer is a commit, and "in the ledger" is when
// the last message was seen as read.
//
// JORNADA_BENCH_SECONDS sets for how long, JORNADA_BENCH_BATCH the sizes,
// JORNADA_BENCH_BACKEND the database.
func BenchmarkStatuses(b *testing.B) {
	seconds, batches := statusSeconds, statusBatches
	if n, err := strconv.Atoi(os.Getenv("JORNADA_BENCH_SECONDS")); err == nil && n > 0 {
		seconds = n
	}
	if sizes := strings.Fields(os.Getenv("JORNADA_BENCH_BATCH")); len(sizes) > 0 {
		batches = nil
		for _, size := range sizes {
			n, err := strconv.Atoi(size)
			require.NoError(b, err)
			batches = append(batches, n)
		}
	}
	for b.Loop() {
		var rows []string
		for _, on := range []backend{onSQLite, onPostgres} {
			if only := os.Getenv("JORNADA_BENCH_BACKEND"); only == "" || only == string(on) {
				rows = append(rows, statusesOn(b, on, seconds, batches)...)
			}
		}
		fmt.Printf("\n%d cores. %d statuses a second offered for %d s, in signed calls over HTTP, %d at once at most.\n\n%s\n%s\n%s\n\n", goruntime.NumCPU(), statusesASecond, seconds, statusPosters,
			"| backend | statuses a call | absorbed/s | answer p50 / p99, from when it was due | CPU per status | in the ledger/s | CPU per status, with the ledger |",
			"|---|---|---|---|---|---|---|", strings.Join(rows, "\n"))
	}
}

// statusesOn offers the statuses once for each size, and returns the lines of the table.
func statusesOn(b *testing.B, on backend, seconds int, batches []int) []string {
	r := newRig(b, on, rigOptions{conns: 16})
	r.ok("POST", "/api/v1/integrations", fmt.Sprintf(
		`{"id":"wa","provider":"meta","channel":"whatsapp","default":true,"settings":{"phone_number_id":%q,"base_url":"http://127.0.0.1:1"},"secrets":{"token":%q,"app_secret":%q,"verify_token":"palavras-demo"}}`,
		waNumber, waToken, waAppSecret))
	atOnce(statusPeople, func(i int) {
		r.ok("PUT", fmt.Sprintf("/api/v1/contacts/bench-%d", i), fmt.Sprintf(`{"addresses":{"phone":%q}}`, phoneOf(i)))
	})
	messages := seconds * statusesASecond / 3
	var rows []string
	for round, size := range batches {
		ids := r.acceptedMessages(b, round, messages)
		calls := statusCalls(ids, size)
		before := r.statusesRead(b)
		cpu := cpuTime()
		took, waited := offer(b, r.server.URL+"/webhooks/wa", calls, time.Second*time.Duration(size)/statusesASecond)
		spent, began := cpuTime()-cpu, time.Now().Add(-took)
		for r.statusesRead(b) < before+messages {
			require.Less(b, time.Since(began), 10*time.Minute, "the statuses do not reach the ledger")
			time.Sleep(50 * time.Millisecond)
		}
		ledger, all := time.Since(began), cpuTime()-cpu
		slices.Sort(waited)
		n := float64(3 * messages)
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		rows = append(rows, fmt.Sprintf("| %s | %d | %.0f | %.0f / %.0f ms | %.2f ms | %.0f | %.2f ms |", on, size, n/took.Seconds(),
			ms(waited[len(waited)/2]), ms(waited[len(waited)*99/100]), ms(spent)/n, n/ledger.Seconds(), ms(all)/n))
	}
	return rows
}

// acceptedMessages writes messages into the ledger that Meta has taken, and returns
// their ids; Meta's begin with "wamid.".
func (r *rig) acceptedMessages(b *testing.B, round, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("msg_%d_%d", round, i)
	}
	const chunk = 500 // of one transaction
	for from := 0; from < n; from += chunk {
		require.NoError(b, r.store.InTx(r.ctx, func(ctx context.Context) error {
			for i := from; i < min(from+chunk, n); i++ {
				_, err := r.store.InsertMessage(ctx, &engine.Message{
					ID: engine.MessageID(ids[i]), ContactID: engine.ContactID(fmt.Sprintf("bench-%d", i%statusPeople)), IntegrationID: "wa", Provider: "meta",
					Channel: engine.WhatsApp, To: engine.Address{Kind: engine.Phone, Value: phoneOf(i % statusPeople)}, Status: engine.Accepted, ProviderID: "wamid." + ids[i],
					Category: "utility", Content: engine.Content{Text: "Olá!", Template: "hello", Language: "pt_BR"},
				})
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return ids
}

// statusesRead is how many messages were seen as read.
func (r *rig) statusesRead(b *testing.B) int {
	const name = `jornada_message_statuses_total{status="read"} `
	_, rest, found := strings.Cut(r.ok("GET", "/metrics", ""), name)
	if !found {
		return 0
	}
	number, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(number, 64)
	require.NoError(b, err)
	return int(n)
}

// statusCall is one signed call.
type statusCall struct {
	body      []byte
	signature string
}

// statusCalls are all statuses of the messages in calls of a size, in the order in which
// a platform tells them: a message is delivered when 400 others were sent after it, and
// read after 1,200.
func statusCalls(ids []string, size int) []statusCall {
	type news struct {
		at, message int
		word        string
	}
	var all []news
	for i := range ids {
		all = append(all, news{i, i, "sent"}, news{i + 400, i, "delivered"}, news{i + 1200, i, "read"})
	}
	slices.SortStableFunc(all, func(a, b news) int { return a.at - b.at })
	now := time.Now().Unix()
	var calls []statusCall
	for part := range slices.Chunk(all, size) {
		var statuses []map[string]any
		for _, one := range part {
			id := ids[one.message]
			status := map[string]any{
				"id": "wamid." + id, "status": one.word, "timestamp": strconv.FormatInt(now, 10),
				"recipient_id": strings.TrimPrefix(phoneOf(one.message%statusPeople), "+"), "biz_opaque_callback_data": id,
			}
			if one.word != "read" {
				status["pricing"] = map[string]any{"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"}
			}
			statuses = append(statuses, status)
		}
		body, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
			"id": "102290129340398", "changes": []any{map[string]any{"field": "messages", "value": map[string]any{
				"messaging_product": "whatsapp", "statuses": statuses,
				"metadata": map[string]any{"display_phone_number": "15550001111", "phone_number_id": waNumber},
			}}},
		}}})
		if err != nil {
			panic(err) // of strings and numbers
		}
		mac := hmac.New(sha256.New, []byte(waAppSecret))
		mac.Write(body)
		calls = append(calls, statusCall{body, "sha256=" + hex.EncodeToString(mac.Sum(nil))})
	}
	return calls
}

// offer makes the calls, one every so often, and returns how long all took and how long
// after it was due each was answered. Whatever is not answered with 200 fails the
// benchmark.
func offer(b *testing.B, to string, calls []statusCall, every time.Duration) (took time.Duration, waited []time.Duration) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: statusPosters}}
	defer client.CloseIdleConnections()
	waited = make([]time.Duration, len(calls))
	due := make(chan int, len(calls))
	began := time.Now()
	var all sync.WaitGroup
	for range statusPosters {
		all.Go(func() {
			for i := range due {
				if err := calls[i].post(client, to); err != nil {
					b.Error(err)
				}
				waited[i] = time.Since(began.Add(time.Duration(i) * every))
			}
		})
	}
	for i := range calls {
		time.Sleep(time.Until(began.Add(time.Duration(i) * every)))
		due <- i
	}
	close(due)
	all.Wait()
	return time.Since(began), waited
}

// post makes the call; its error is whatever is no 200.
func (c statusCall) post(client *http.Client, to string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, to, bytes.NewReader(c.body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature-256", c.signature)
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("a status webhook answers %d", answer.StatusCode)
	}
	return nil
}
