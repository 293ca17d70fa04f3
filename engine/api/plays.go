package api

import (
	"context"
	"net/http"
	"sync"

	"jornada/dsl/diag"
)

// plays lets each token play one scenario at a time, and few at once altogether:
// playing takes a whole processor.
type plays struct {
	mu    sync.Mutex
	busy  map[string]bool // by token
	rooms chan struct{}
}

func newPlays() *plays {
	return &plays{busy: map[string]bool{}, rooms: make(chan struct{}, playsAtOnce)}
}

// begin waits for room; whoever calls done gives it back.
func (p *plays) begin(ctx context.Context, token string) (done func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[token] {
		return nil, &problem{Status: http.StatusTooManyRequests, Code: codeRateLimited,
			Text: diag.T("this token is playing a scenario already: one at a time", "este token já está executando um cenário: um de cada vez")}
	}
	p.busy[token] = true
	p.mu.Unlock()
	select {
	case p.rooms <- struct{}{}:
		err = nil
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.mu.Lock()
	if err != nil {
		delete(p.busy, token)
		return nil, err
	}
	return func() {
		<-p.rooms
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.busy, token)
	}, nil
}
