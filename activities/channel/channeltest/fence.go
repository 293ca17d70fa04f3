package channeltest

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
)

// nowhere is a proxy that nobody runs. Go's HTTP clients ask a proxy for every
// address but the machine's own.
const nowhere = "http://127.0.0.1:1"

// outside is the environment as it was before the fence, for programs that a test
// starts and that may reach a registry of packages.
var outside []string

// Main runs a package's tests inside a fence: no name outside the machine can be
// looked up, and no client made by channel.NewClient, whose settings bring none of
// their own, reaches an address outside it. It is the TestMain of every driver:
//
//	func TestMain(m *testing.M) { channeltest.Main(m) }
//
// What a driver dials by itself (SMTP, SMPP) is fenced by name only: an address in
// digits would be dialed.
func Main(m *testing.M) {
	outside = os.Environ()
	for name, value := range map[string]string{"HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "http_proxy": nowhere, "https_proxy": nowhere, "NO_PROXY": "", "no_proxy": ""} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("channeltest: tests may look up no name outside this machine")
	}}
	m.Run()
}
