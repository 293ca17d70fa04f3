package driver

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports are looked for below the range that systems give to outgoing
// connections (32768 and up on Linux, 49152 elsewhere): a process that was
// killed comes back on the same port, and nobody may have taken it meanwhile.
const (
	portFirst = 10_240
	portLast  = 32_767
)

// taken are ports this process has handed out: they stay with their owner while
// it is down.
var taken = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// freePorts finds n ports of this machine that nobody uses.
func freePorts(n int) ([]int, error) {
	taken.Lock()
	defer taken.Unlock()
	var list []int
	var last error
	for try := 0; len(list) < n; try++ {
		if try > 200 {
			return nil, fmt.Errorf("looking for a free port between %d and %d: %w", portFirst, portLast, last)
		}
		port := portFirst + rand.IntN(portLast-portFirst+1) //nolint:gosec // a port is no secret
		if taken.ports[port] {
			continue
		}
		l, err := net.Listen("tcp", loopback(port)) //nolint:noctx // closed again at once
		if err != nil {
			last = err
			continue
		}
		_ = l.Close()
		taken.ports[port] = true
		list = append(list, port)
	}
	return list, nil
}

// givePorts makes ports free for the next scenario.
func givePorts(ports ...int) {
	taken.Lock()
	defer taken.Unlock()
	for _, p := range ports {
		delete(taken.ports, p)
	}
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
