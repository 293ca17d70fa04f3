package channel_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// source is a table of integrations.
type source map[engine.IntegrationID]*engine.Integration

func (s source) Integration(_ context.Context, id engine.IntegrationID) (*engine.Integration, error) {
	if i := s[id]; i != nil {
		return i, nil
	}
	return nil, engine.Errorf(engine.NotFound, "there is no integration %q", id)
}

func (s source) IntegrationUpdatedAt(ctx context.Context, id engine.IntegrationID) (time.Time, error) {
	i, err := s.Integration(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	return i.UpdatedAt, nil
}

// recorded is a driver that remembers its settings.
type recorded struct {
	channel.Provider
	settings channel.Settings
}

func (recorded) Capabilities() channel.Capabilities { return channel.Capabilities{} }

func (recorded) Classify(string) channel.Class { return channel.Suppress }

func TestRegistry(t *testing.T) {
	made := 0
	construct := func(s channel.Settings) (channel.Provider, error) {
		if _, err := s.RequireSecret("token", "the console"); err != nil {
			return nil, err
		}
		made++
		return &recorded{settings: s}, nil
	}
	integrations := source{
		"wa":   {ID: "wa", Provider: "meta", Channel: engine.WhatsApp, Settings: map[string]string{"a": "b"}, Secrets: map[string]string{"token": "t"}},
		"bare": {ID: "bare", Provider: "meta", Channel: engine.WhatsApp},
		"odd":  {ID: "odd", Provider: "pigeon", Channel: engine.SMS},
	}
	clock := engine.NewClock(engine.Anchor{}, func() time.Time { return time.Unix(0, 0) })
	registry := channel.NewRegistry(map[string]channel.Constructor{"meta": construct, "twilio": construct, "fake": construct}, integrations, clock,
		func(id engine.IntegrationID) string { return "https://example.com/webhooks/" + string(id) })
	ctx := context.Background()

	first, integration, err := registry.For(ctx, "wa")
	if err != nil || integration.ID != "wa" {
		t.Fatal(integration, err)
	}
	settings := first.(*recorded).settings
	if settings.PublicURL != "https://example.com/webhooks/wa" || settings.Clock != clock || settings.Channel != engine.WhatsApp || settings.Values["a"] != "b" || settings.IntegrationID != "wa" {
		t.Errorf("settings %+v", settings)
	}
	if again, _, _ := registry.For(ctx, "wa"); again != first || made != 1 {
		t.Errorf("the driver was made %d times", made)
	}
	changed := *integrations["wa"]
	changed.UpdatedAt, changed.State = time.Unix(1, 0), engine.NeedsReconnect
	integrations["wa"] = &changed
	if again, integration, _ := registry.For(ctx, "wa"); again == first || made != 2 || integration.State != engine.NeedsReconnect {
		t.Errorf("a changed integration kept its driver (%d made), state %s", made, integration.State)
	}

	for _, at := range []int64{2, 3} { // seconds
		changed := *integrations["wa"]
		changed.UpdatedAt, changed.Secrets = time.Unix(at, 0), map[string]string{"token": fmt.Sprint(at)}
		integrations["wa"] = &changed
		for range 2 {
			provider, integration, err := registry.ForCall(ctx, "wa")
			if err != nil || integration.Secrets["token"] != fmt.Sprint(at) || provider.(*recorded).settings.Secrets["token"] != fmt.Sprint(at) || made != int(at)+1 {
				t.Errorf("a call after the secret was changed: %+v, %v, %d made", integration, err, made)
			}
		}
	}
	if _, _, err := registry.ForCall(ctx, "none"); err == nil || err.Error() != `reading integration "none": there is no integration "none"` {
		t.Errorf("a call for nobody: %v", err)
	}

	for id, want := range map[engine.IntegrationID]channel.Class{"wa": channel.Suppress, "bare": "", "none": ""} {
		if got := registry.Classify(ctx, id, "21610"); got != want {
			t.Errorf("%s classifies as %q, want %q", id, got, want)
		}
	}

	for id, want := range map[engine.IntegrationID]struct {
		code engine.ErrorCode
		say  string
	}{
		"bare": {engine.Invalid, "bare: secrets.token is missing; you find it in the console"},
		"odd":  {engine.Invalid, `integration "odd" names the provider "pigeon", which is unknown; set provider to one of: fake, meta, twilio`},
		"none": {engine.NotFound, `reading integration "none": there is no integration "none"`},
	} {
		_, _, err := registry.For(ctx, id)
		var refusal *engine.Error
		if !errors.As(err, &refusal) || refusal.Code != want.code || err.Error() != want.say {
			t.Errorf("%s: %v, want %s", id, err, want.say)
		}
	}
}
