package api

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// providerView is a provider as a form needs it: what it carries, what it must be
// told, and what a person does at its console.
type providerView struct {
	Name     string         `json:"name"`
	Title    string         `json:"title"`
	Page     string         `json:"page"`
	Channels []carriageView `json:"channels"`
	Fields   []settingView  `json:"fields"`
	Webhook  *hookView      `json:"webhook"`
}

// carriageView is what a provider can do on one channel.
type carriageView struct {
	Channel       engine.Channel      `json:"channel"`
	LostAnswer    channel.Idempotency `json:"lost_answer"`
	ServiceWindow bool                `json:"service_window"`
	Buttons       int                 `json:"buttons"`
	ListRows      int                 `json:"list_rows"`
	TextMax       int                 `json:"text_max"`
	Media         bool                `json:"media"`
	Links         bool                `json:"links"`
	Forms         bool                `json:"forms"`
	Locations     bool                `json:"locations"`
	Statuses      bool                `json:"statuses"`
	PerSecond     float64             `json:"per_second"`
	ListsTemplate bool                `json:"lists_templates"`
	Invites       bool                `json:"invites"`
	Tests         bool                `json:"tests"`
	TestMessage   engine.AddressKind  `json:"test_message"`
}

type settingView struct {
	Key      string           `json:"key"`
	Secret   bool             `json:"secret"`
	Required bool             `json:"required"`
	Unless   string           `json:"unless"`
	Advised  bool             `json:"advised"`
	Made     bool             `json:"made"`
	Channels []engine.Channel `json:"channels"`
	Label    string           `json:"label"`
	Help     string           `json:"help"`
	Example  string           `json:"example"`
	Default  string           `json:"default"`
	Choices  []string         `json:"choices"`
}

type hookView struct {
	Address string `json:"address"`
	Enter   string `json:"enter"`
	Proof   string `json:"proof"`
}

// listProviders is every provider that this binary can connect.
func (s *server) listProviders(_ context.Context, q *request) (*answer, error) {
	list := make([]providerView, 0, len(s.Kinds))
	for _, name := range slices.Sorted(maps.Keys(s.Kinds)) {
		list = append(list, s.providerOf(name, s.Kinds[name], q.lang))
	}
	slices.SortStableFunc(list, func(a, b providerView) int { return cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)) })
	return ok(pageOf(list, "")), nil
}

func (s *server) providerOf(name string, k channel.Kind, lang diag.Language) providerView {
	v := providerView{Name: name, Title: k.Title, Page: "docs/operations.md#connecting-a-channel", Channels: []carriageView{}, Fields: []settingView{}}
	if k.Page != "" {
		v.Page = "docs/channels/" + k.Page + ".md"
	}
	for _, ch := range k.Channels {
		v.Channels = append(v.Channels, carriageOf(k, ch))
	}
	for _, f := range k.All() {
		on := f.On
		if on == nil {
			on = k.Channels
		}
		if !slices.ContainsFunc(k.Channels, func(ch engine.Channel) bool { return slices.Contains(on, ch) }) {
			continue
		}
		v.Fields = append(v.Fields, settingView{
			Key: f.Key, Secret: f.Secret, Required: f.Required, Unless: f.Unless, Advised: f.Advised, Made: f.Made, Channels: on,
			Label: f.Label.In(lang), Help: f.Help.In(lang), Example: f.Example, Default: f.Default, Choices: append([]string{}, f.Choices...),
		})
	}
	if k.Webhook != nil {
		v.Webhook = &hookView{Address: s.webhookURL("{id}"), Enter: k.Webhook.Enter.In(lang), Proof: k.Webhook.Proof.In(lang)}
	}
	return v
}

// carriageOf asks a driver itself, made of settings that are nobody's.
func carriageOf(k channel.Kind, ch engine.Channel) carriageView {
	v := carriageView{Channel: ch, TestMessage: typedAddress(ch)}
	driver, err := k.New(k.Sample(ch))
	if err != nil { // a test of each provider's description refuses that
		return v
	}
	c := driver.Capabilities()
	v.LostAnswer, v.ServiceWindow, v.Buttons, v.ListRows, v.TextMax, v.PerSecond = c.Idempotency, c.ServiceWindow, c.Buttons, c.ListRows, c.TextMax, c.Pace.PerSecond
	v.Media, v.Links, v.Forms, v.Locations, v.Statuses = c.Media, c.Links, c.Forms, c.Locations, c.ReportsStatus
	_, v.ListsTemplate = driver.(channel.TemplateLister)
	_, v.Invites = driver.(channel.Inviter)
	_, v.Tests = driver.(channel.Tester)
	return v
}

// explained adds to a driver's refusal of a setting what it is in Portuguese, which
// drivers do not speak.
func (s *server) explained(i *engine.Integration, err error) error {
	var refused *engine.Error
	if !errors.As(err, &refused) || refused.Pt != "" || refused.Field == "" {
		return err
	}
	where, key, _ := strings.Cut(refused.Field, ".")
	given := i.Settings[key]
	if where == "secrets" {
		given = i.Secrets[key]
	}
	told := *refused
	told.Pt = s.Kinds[i.Provider].Explain(refused.Field, strings.TrimSpace(given) != "")
	return &told
}
