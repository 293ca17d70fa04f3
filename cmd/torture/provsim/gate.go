package provsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// gate is a listener that can stop listening and start again on the same port,
// so that connecting is refused by the operating system, as by a server that is
// down. While it is shut, Accept waits.
type gate struct {
	mu      sync.Mutex
	changed *sync.Cond
	address *net.TCPAddr
	inner   *net.TCPListener // nil while shut
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

func listen(ctx context.Context, address string) (*net.TCPListener, error) {
	var config net.ListenConfig
	inner, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return inner.(*net.TCPListener), nil //nolint:forcetypeassert // of the network tcp there is no other
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

// shut stops listening, at a moment when nobody waits to be let in: closing resets
// the connections that the system has made and nobody has accepted yet, and their
// callers, who may have sent a message on them, would be left in doubt.
func (g *gate) shut() error {
	for {
		shut, err := g.shutUnlessAwaited()
		if shut || err != nil {
			return err
		}
		time.Sleep(50 * time.Microsecond) // Accept is at it
	}
}

func (g *gate) shutUnlessAwaited() (shut bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inner == nil {
		return true, nil
	}
	socket, err := g.inner.SyscallConn()
	if err != nil {
		return false, fmt.Errorf("reaching the socket of %s: %w", g.address, err)
	}
	var waiting int
	var polled error
	err = socket.Control(func(fd uintptr) {
		waiting, polled = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	})
	if err := errors.Join(err, polled); err != nil {
		return false, fmt.Errorf("asking whether somebody waits at %s: %w", g.address, err)
	}
	if waiting > 0 {
		return false, nil
	}
	inner := g.inner
	g.inner = nil
	return true, inner.Close()
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inner == nil
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
	if err := errors.Join(w.httpGate.shut(), w.smtpGate.shut()); err != nil {
		fmt.Fprintln(os.Stderr, "provsim: closing the doors:", err)
	}
	if plan.Down {
		// Who is down keeps no connection either: this closes the idle ones now, and
		// the busy ones after their answer. Whoever sends just then is left in doubt.
		w.http.SetKeepAlivesEnabled(false)
	}
}

// leaving lets callers know, while nobody listens, that the connection they have
// kept ends with this answer. To close it under them could cut off a call on its
// way, and they could not know whether it was accepted.
func (w *World) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		if w.httpGate.isShut() {
			answer.Header().Set("Connection", "close")
		}
		next.ServeHTTP(answer, r)
	})
}
