package provsim

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// gate is a listener that can stop listening and start again on the same port,
// so that connecting is refused by the operating system, as by a server that is
// down. While it is shut, Accept waits.
type gate struct {
	mu      sync.Mutex
	changed *sync.Cond
	address *net.TCPAddr
	inner   net.Listener // nil while shut
	closed  bool
}

func newGate(ctx context.Context, address string) (*gate, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	inner, err := listen(ctx, address)
	if err != nil {
		return nil, err
	}
	where, _ := inner.Addr().(*net.TCPAddr)
	if where == nil || !where.IP.IsLoopback() {
		_ = inner.Close()
		return nil, fmt.Errorf("listening on %s: the simulated providers listen on loopback only; use 127.0.0.1:<port>", address)
	}
	g := &gate{inner: inner, address: where}
	g.changed = sync.NewCond(&g.mu)
	return g, nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	inner, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return inner, nil
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mu.Lock()
		for g.inner == nil && !g.closed {
			g.changed.Wait()
		}
		inner, closed := g.inner, g.closed
		g.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		conn, err := inner.Accept()
		if err == nil {
			return conn, nil
		}
		g.mu.Lock()
		ours := g.inner != inner || g.closed // we closed it: wait for the next one
		g.mu.Unlock()
		if !ours {
			return nil, err //nolint:wrapcheck // http.Server decides on the type of this error
		}
	}
}

// Addr implements net.Listener.
func (g *gate) Addr() net.Addr { return g.address }

// Close implements net.Listener.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.changed.Broadcast()
	if g.inner == nil {
		return nil
	}
	inner := g.inner
	g.inner = nil
	return inner.Close()
}

// shut stops listening and says whether anything changed.
func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inner == nil || g.closed {
		return false
	}
	inner := g.inner
	g.inner = nil
	_ = inner.Close()
	return true
}

// open listens again. The port may take a moment to be free.
func (g *gate) open(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inner != nil || g.closed {
		return
	}
	inner, err := listen(ctx, g.address.String())
	if err != nil {
		return // the next beat tries again
	}
	g.inner = inner
	g.changed.Broadcast()
}

// beat is how long a slot of RefuseConnect lasts.
const beat = 250 * time.Millisecond

// watchGates shuts and opens the doors as the plan says, until the context ends.
func (w *World) watchGates(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for slot := 0; ; slot++ {
		w.setGates(ctx, slot)
		select {
		case <-ctx.Done():
			return
		case <-w.planned: // at once when the plan changes
		case <-ticker.C:
		}
	}
}

func (w *World) setGates(ctx context.Context, slot int) {
	plan := w.Plan()
	if !plan.Down && w.dice.draw("slot", "", slot) >= plan.RefuseConnect {
		w.httpGate.open(ctx)
		w.smtpGate.open(ctx)
		w.http.SetKeepAlivesEnabled(true)
		return
	}
	if w.httpGate.shut() {
		// Callers must not find an old connection still open: this closes the idle
		// ones now, and the busy ones after their answer.
		w.http.SetKeepAlivesEnabled(false)
	}
	w.smtpGate.shut()
}
