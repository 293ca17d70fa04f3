package provsim

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkMessages sends messages from 32 callers and waits for their three
// statuses each; one operation is one message.
func BenchmarkMessages(b *testing.B) {
	w := start(b, Config{TruthFile: b.TempDir() + "/truth.jsonl"})
	p := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })}
	gate, err := newGate(b.Context(), "")
	require.NoError(b, err)
	go func() { _ = p.Serve(gate) }()
	defer func() { _ = p.Close() }()
	w.Target("http://"+gate.Addr().String(), map[string]string{"whatsapp": "zap"})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, messagesURL(w), strings.NewReader(text("+5511988880001", fmt.Sprint("ref-", i))))
				if err != nil {
					b.Error(err)
					return
				}
				request.Header = bearer(w)
				response, err := client.Do(request)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
	wg.Wait()
	drain(b, w)
	b.StopTimer()
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N)/seconds, "messages/s")
	b.ReportMetric(float64(len(w.Webhooks()))/seconds, "webhooks/s")
}
