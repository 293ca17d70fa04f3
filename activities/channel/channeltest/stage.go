package channeltest

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// Stage is where the tests of one driver play: how it is made, and with which
// settings. On and With set up another one.
type Stage struct {
	New      channel.Constructor
	Settings channel.Settings // without a client and, for a test server, without base_url

	changes []func(*channel.Settings)
}

// On is the change to one channel of a driver that has several.
func On(ch engine.Channel) func(*channel.Settings) {
	return func(settings *channel.Settings) { settings.Channel = ch }
}

// On is the stage on one channel.
func (s Stage) On(ch engine.Channel) Stage { return s.With(On(ch)) }

// With is the stage with changed settings; nil changes nothing.
func (s Stage) With(change func(*channel.Settings)) Stage {
	if change != nil {
		s.changes = append(s.changes[:len(s.changes):len(s.changes)], change)
	}
	return s
}

// Fresh are the stage's settings, for one test to spoil.
func (s Stage) Fresh() channel.Settings {
	settings := s.Settings
	settings.Values, settings.Secrets = maps.Clone(settings.Values), maps.Clone(settings.Secrets)
	for _, change := range s.changes {
		change(&settings)
	}
	return settings
}

// Open makes a driver that calls nobody: it reads webhooks and sorts codes.
func (s Stage) Open(t testing.TB) channel.Provider {
	t.Helper()
	settings := s.Fresh()
	if settings.Client == nil {
		settings.Client = Client()
	}
	provider, err := s.New(settings)
	if err != nil {
		t.Fatalf("the settings are refused: %v", err)
	}
	return provider
}

// Serve starts a provider that gives these answers, and a driver that talks to it.
func (s Stage) Serve(t *testing.T, answers ...Answer) (*Server, channel.Provider) {
	t.Helper()
	server := NewServer(t, answers...)
	return server, server.Open(t, s.New, s.Fresh(), nil)
}

// Outgoing runs a table of messages.
func (s Stage) Outgoing(t *testing.T, cases []OutgoingCase) {
	t.Helper()
	Outgoing(t, s.New, s.Fresh(), cases)
}

// VirtualTime fails the test unless a call about a moment becomes an event at that
// moment of the virtual time. The stage's clock runs sixty times as fast, from ten
// seconds before.
func (s Stage) VirtualTime(t *testing.T, r channel.Request, moment time.Time) {
	t.Helper()
	start := moment.Add(-10 * time.Second)
	clock := engine.NewClock(engine.Anchor{Real: start, Virtual: start, Speed: 60}, func() time.Time { return start })
	events, _, err := s.With(func(settings *channel.Settings) { settings.Clock = clock }).Open(t).Receive(r)
	if err != nil || len(events) != 1 || !events[0].OccurredAt.Equal(start.Add(10*time.Minute)) {
		t.Errorf("got %+v, %v", events, err)
	}
}

// SettingCase is a wrong setting and the error that names it: the whole message
// where Want begins with the integration's id, else a part of it.
type SettingCase struct {
	Change      func(*channel.Settings)
	Field, Want string
}

// Refuses runs a table of settings that make no driver.
func (s Stage) Refuses(t *testing.T, cases map[string]SettingCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := s.New(s.With(c.Change).Fresh())
			var refused *engine.Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %T %v, want an *engine.Error: %s", err, err, c.Want)
			}
			said := strings.Contains(refused.Message, c.Want)
			if strings.HasPrefix(c.Want, string(s.Settings.IntegrationID)+": ") {
				said = err.Error() == c.Want
			}
			if refused.Code != engine.Invalid || refused.Field != c.Field || !said {
				t.Errorf("got %s, %s: %v\nwant %s: %s", refused.Code, refused.Field, err, c.Field, c.Want)
			}
		})
	}
}

// TrialCase is what a provider says to a test of the integration, and what a
// person is told of it, in part; "" when all is well.
type TrialCase struct {
	Answer Answer
	Want   string
	Change func(*channel.Settings)
	Asked  *Request // instead of the table's
}

// Trials runs a table of tests. Each asks once, with asked.
func (s Stage) Trials(t *testing.T, asked Request, cases map[string]TrialCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			server, provider := s.With(c.Change).Serve(t, c.Answer)
			err := provider.(channel.Tester).Test(t.Context())
			if (err == nil) != (c.Want == "") || err != nil && !strings.Contains(err.Error(), c.Want) {
				t.Errorf("got %v, want %q", err, c.Want)
			}
			want := asked
			if c.Asked != nil {
				want = *c.Asked
			}
			if want.Method == "" {
				want.Method = http.MethodGet
			}
			got := server.Requests()
			if len(got) != 1 {
				t.Fatalf("exactly one question expected, got %d", len(got))
			}
			want.compare(t, got[0])
		})
	}
}

// Classes fails the test where a provider sorts a code differently.
func Classes(t *testing.T, provider channel.Provider, want map[string]channel.Class) {
	t.Helper()
	classifier := provider.(channel.Classifier)
	for code, class := range want {
		if got := classifier.Classify(code); got != class {
			t.Errorf("%q is %s, want %s", code, got, class)
		}
	}
}

// Fail is a failure of which only these are known.
func Fail(class channel.Class, doubt channel.Doubt, code string) *Failure {
	return &Failure{Class: class, Doubt: doubt, Code: code}
}
