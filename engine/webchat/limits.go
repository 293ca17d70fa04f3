package webchat

import (
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits are how often somebody may do something. They are per process, and real
// time: patience is not sped up.
type limits struct {
	calls    *counter // of one address of the network
	sessions *counter
	writes   *counter // of one visitor
	strange  *counter // writes of one address of the network: visitors cost nothing
}

func newLimits() *limits {
	return &limits{
		calls:    newCounter(20, 100),
		sessions: newCounter(0.2, 20),
		writes:   newCounter(1, 10),
		strange:  newCounter(2, 40),
	}
}

// keptMost bounds what a counter remembers.
const keptMost = 20_000

// counter limits by a key.
type counter struct {
	each  rate.Limit
	burst int

	mu   sync.Mutex
	kept map[string]*rate.Limiter
}

func newCounter(perSecond float64, burst int) *counter {
	return &counter{each: rate.Limit(perSecond), burst: burst, kept: map[string]*rate.Limiter{}}
}

// take counts one; it returns how long to wait when that is too many.
func (c *counter) take(key string) time.Duration {
	now := time.Now() //nolint:forbidigo // the machine's clock is what is meant
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.kept[key]
	if l == nil {
		if len(c.kept) >= keptMost {
			c.forget(now)
		}
		l = rate.NewLimiter(c.each, c.burst)
		c.kept[key] = l
	}
	if l.AllowN(now, 1) {
		return 0
	}
	return time.Duration(float64(time.Second) / float64(c.each))
}

// forget drops those who have been quiet, and everybody when that is nobody: to
// count somebody anew is better than to grow without end.
func (c *counter) forget(now time.Time) {
	for key, l := range c.kept {
		if l.TokensAt(now) >= float64(c.burst) {
			delete(c.kept, key)
		}
	}
	if len(c.kept) >= keptMost {
		clear(c.kept)
	}
}

// ip is who calls as the network knows them. Behind a proxy all visitors share its
// address, so the limits by address are generous, and those by visitor are not.
func ip(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }
