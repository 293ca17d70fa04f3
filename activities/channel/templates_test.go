package channel_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/engine"
)

// shelf shows pages of one template each; endless never ends.
type shelf struct {
	channel.Provider

	pages   int
	endless bool
}

func (s *shelf) Templates(_ context.Context, after string) ([]engine.Template, string, error) {
	n, _ := strconv.Atoi(after)
	list := []engine.Template{{Name: "t" + strconv.Itoa(n), Language: "pt_BR"}, {Name: "t0", Language: "pt_BR"}, {Language: "pt_BR"}, {Name: strings.Repeat("x", 513), Language: "pt_BR"}}
	if n+1 >= s.pages && !s.endless {
		return list, "", nil
	}
	return list, strconv.Itoa(n + 1), nil
}

// mute shows none.
type mute struct{ channel.Provider }

func (mute) Capabilities() channel.Capabilities { return channel.Capabilities{} }

func (*shelf) Capabilities() channel.Capabilities { return channel.Capabilities{} }

func TestAllTemplatesIsBounded(t *testing.T) {
	list, err := channel.AllTemplates(t.Context(), &shelf{pages: 3})
	if err != nil || len(list) != 3 || list[2].Name != "t2" {
		t.Errorf("%v %+v", err, list)
	}
	if list, err := channel.AllTemplates(t.Context(), &shelf{endless: true}); list != nil || err == nil || !strings.Contains(err.Error(), "more than 100 pages") {
		t.Errorf("%v %+v", err, list)
	}
}

func TestRegistryTemplates(t *testing.T) {
	r := channel.NewRegistry(map[string]channel.Constructor{
		"shelf": func(channel.Settings) (channel.Provider, error) { return &shelf{pages: 1}, nil },
		"mute":  func(channel.Settings) (channel.Provider, error) { return mute{}, nil },
	}, nil, nil, nil)
	list, err := r.Templates(t.Context(), &engine.Integration{ID: "wa", Provider: "shelf", Channel: engine.WhatsApp})
	if err != nil || len(list) != 1 || list[0].IntegrationID != "wa" || list[0].Channel != engine.WhatsApp {
		t.Errorf("%v %+v", err, list)
	}
	for name, i := range map[string]engine.Integration{
		"a driver that lists none": {ID: "b", Provider: "mute", Channel: engine.WhatsApp}, "a channel without templates": {ID: "c", Provider: "shelf", Channel: engine.SMS},
	} {
		if _, err := r.Templates(t.Context(), &i); !errors.Is(err, channel.ErrNoTemplates) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Templates(t.Context(), &engine.Integration{ID: "d", Provider: "nobody"}); err == nil || errors.Is(err, channel.ErrNoTemplates) {
		t.Errorf("a provider that nobody knows: %v", err)
	}
}
