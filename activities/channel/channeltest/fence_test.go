package channeltest_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
)

func TestMain(m *testing.M) { channeltest.Main(m) }

// TestTheFenceHolds: inside it, what a driver makes for itself reaches this machine
// and nothing else.
func TestTheFenceHolds(t *testing.T) {
	for _, address := range []string{"https://api.example.com/", "http://192.0.2.1/", "https://192.0.2.1/", "http://[2001:db8::1]/"} {
		answer, failure := channel.Call(t.Context(), channel.NewClient(), http.MethodGet, address, nil, nil)
		if failure == nil || failure.Doubt != channel.Certain || !strings.Contains(failure.Detail, "127.0.0.1:1") {
			t.Errorf("%s was called: %+v, %v", address, answer, failure)
		}
	}
	if addresses, err := net.DefaultResolver.LookupHost(t.Context(), "smtp.example.com"); err == nil {
		t.Errorf("a name was looked up: %v", addresses)
	}
	server := channeltest.NewServer(t, channeltest.Answer{})
	for _, client := range []*http.Client{channel.NewClient(), channeltest.Client()} {
		if _, failure := channel.Call(t.Context(), client, http.MethodGet, server.URL, nil, nil); failure != nil {
			t.Errorf("this machine was not reached: %v", failure)
		}
	}
	if _, failure := channel.Call(t.Context(), channeltest.Client(), http.MethodGet, "http://192.0.2.1/", nil, nil); failure == nil || !strings.Contains(failure.Detail, "may only dial loopback") {
		t.Errorf("the harness's own client dialed: %v", failure)
	}
}

var (
	dials  = regexp.MustCompile(`\(channel\.Provider, error\)|channel\.Constructor \{|net\.Dial`)
	fenced = regexp.MustCompile(`func TestMain\(m \*testing\.M\) *\{ channeltest\.Main\(m\) \}`)
)

// TestEveryDriverIsFenced: a package that makes a provider, or dials, runs its tests
// inside the fence.
func TestEveryDriverIsFenced(t *testing.T) {
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	makes, fence := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		driver := filepath.Base(filepath.Dir(file))
		switch {
		case strings.HasSuffix(file, "_test.go"):
			fence[driver] = fence[driver] || fenced.Match(text)
		case dials.Match(text):
			makes[driver] = true
		}
	}
	for driver := range makes {
		if !fence[driver] {
			t.Errorf("the tests of activities/channel/%s could reach the world: add main_test.go with\nfunc TestMain(m *testing.M) { channeltest.Main(m) }", driver)
		}
	}
	if len(makes) < 17 {
		t.Errorf("only %d drivers were found: %v", len(makes), makes)
	}
}
