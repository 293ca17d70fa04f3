package driver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Proxy is a network between two parts that can be cut, blackened or slowed.
type Proxy struct {
	p    *toxiproxy.Proxy
	port int
}

// NewProxy listens on a port of its own and passes everything on to upstream.
func NewProxy(name, upstream string) (*Proxy, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &Proxy{p: toxiproxy.NewProxy(server, name, loopback(ports[0]), upstream), port: ports[0]}
	if err := p.p.Start(); err != nil {
		return nil, fmt.Errorf("starting the proxy in front of %s: %w", name, err)
	}
	return p, nil
}

// Addr is what clients connect to instead of upstream.
func (p *Proxy) Addr() string { return loopback(p.port) }

// Cut closes every connection and refuses new ones, as a host that is gone.
func (p *Proxy) Cut() { p.p.Stop() }

// Mend takes connections again after Cut.
func (p *Proxy) Mend() error {
	if err := p.p.Start(); err != nil && !errors.Is(err, toxiproxy.ErrProxyAlreadyStarted) {
		return fmt.Errorf("mending a proxy: %w", err)
	}
	return nil
}

// Partition swallows everything in both directions and closes nothing, as a
// network that drops packets: both sides only notice by their own timeouts.
func (p *Proxy) Partition() error {
	for _, stream := range []string{"upstream", "downstream"} {
		if err := p.toxic(fmt.Sprintf(`{"name":"partition_%s","type":"timeout","stream":%q,"attributes":{"timeout":0}}`, stream, stream)); err != nil {
			return err
		}
	}
	return nil
}

// Slow delays everything that comes back from upstream.
func (p *Proxy) Slow(by, jitter time.Duration) error {
	return p.toxic(fmt.Sprintf(`{"name":"slow","type":"latency","stream":"downstream","attributes":{"latency":%d,"jitter":%d}}`, by.Milliseconds(), jitter.Milliseconds()))
}

func (p *Proxy) toxic(text string) error {
	if _, err := p.p.Toxics.AddToxicJson(strings.NewReader(text)); err != nil {
		return fmt.Errorf("disturbing a network: %w", err)
	}
	return nil
}

// Heal takes Partition and Slow away.
func (p *Proxy) Heal() { p.p.Toxics.ResetToxics(context.Background()) }

// Close ends the proxy.
func (p *Proxy) Close() {
	p.p.Stop()
	givePorts(p.port)
}
