package activities

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Bounds of an outbound call.
const (
	egressRedirects = 3
	egressBodyMax   = 1 << 20
	egressTimeout   = 10 * time.Second
	egressMax       = 60 * time.Second
)

// ErrEgress is a request to an address that journeys may not reach.
var ErrEgress = errors.New("the address is in a private or reserved network; the operator can list it with --allow-egress")

// reserved are networks that are no public hosts, beyond what netip knows:
// RFC 6890 and its companions. Translation prefixes are refused whole, because
// what they lead to depends on a gateway we cannot see.
var reserved = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
	"2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Egress decides which addresses journeys may call, and makes the one HTTP
// client that every address written by an author goes through.
//
// The decision falls on the resolved IP, in the moment the socket is connected
// (net.Dialer.Control): a name that resolves differently the second time, a
// redirect, an odd spelling of an address all end there. No proxy of the
// environment is used, because a proxy would resolve the name again, out of sight.
type Egress struct {
	Allow    []netip.Prefix // reachable although private
	Resolver *net.Resolver  // nil: the system's
}

// Permits says whether an address may be called.
func (e Egress) Permits(ip netip.Addr) bool {
	if !ip.IsValid() {
		return false
	}
	ip = ip.WithZone("").Unmap()
	if within(ip, e.Allow) {
		return true
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false // loopback, link-local, multicast, unspecified, broadcast, private
	}
	return !within(ip, reserved)
}

func within(ip netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func (e Egress) control(_, address string, _ syscall.RawConn) error {
	peer, err := netip.ParseAddrPort(address)
	if err != nil || !e.Permits(peer.Addr()) {
		return ErrEgress
	}
	return nil
}

// Client makes the HTTP client. It speaks HTTP/1.1 only: over HTTP/2 Go resends
// requests on a server's word about what it has processed.
func (e Egress) Client() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: e.control, Resolver: e.Resolver}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        30 * time.Second,
			Protocols:              &protocols,
		},
	}
}

// checkRedirect follows at most three, never from https to http, and takes the
// author's headers (tokens) no further than the host they were written for.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > egressRedirects {
		return fmt.Errorf("the server redirected more than %d times", egressRedirects)
	}
	if err := checkURL(req.URL); err != nil {
		return err
	}
	first := via[0].URL
	if first.Scheme == "https" && req.URL.Scheme != "https" {
		return errors.New("the server redirected from https to http")
	}
	if req.URL.Host != first.Host {
		req.Header = http.Header{"User-Agent": {userAgent}, "Accept": {"application/json"}}
	}
	return nil
}

func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("the address must begin with http:// or https://, not %q", u.Scheme+":")
	}
	if u.Hostname() == "" {
		return errors.New("the address has no host")
	}
	return nil
}
