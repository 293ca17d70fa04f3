package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// integrationStore keeps channels' settings; secrets are sealed inside it.
type integrationStore interface {
	Integrations(ctx context.Context) ([]engine.Integration, error)
	Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error)
	PutIntegration(ctx context.Context, i *engine.Integration) (created bool, err error)
	SetIntegrationState(ctx context.Context, id engine.IntegrationID, c engine.IntegrationChange) (changed bool, err error)
	PeopleReached(ctx context.Context, portfolio string) (int, error)
	Quality(ctx context.Context, id engine.IntegrationID) (string, error)
}

// integrationView never carries a secret, only which ones are set.
type integrationView struct {
	engine.Integration
	SecretsSet []string `json:"secrets_set"`
	WebhookURL string   `json:"webhook_url"`
	Pace       *pace    `json:"pace,omitempty"` // of one whose settings make a driver
}

type integrationInput struct {
	ID       *string           `json:"id"`
	Provider *string           `json:"provider"`
	Channel  *engine.Channel   `json:"channel"`
	Name     *string           `json:"name"`
	Settings map[string]string `json:"settings"`
	Secrets  map[string]string `json:"secrets"`
	Default  *bool             `json:"default"`
}

var integrationIDPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

func (s *server) integrationOf(i *engine.Integration) integrationView {
	v := integrationView{Integration: *i, SecretsSet: slices.Sorted(maps.Keys(i.Secrets)), WebhookURL: s.webhookURL(i.ID)}
	v.Secrets = nil
	if v.Settings == nil {
		v.Settings = map[string]string{}
	}
	if v.SecretsSet == nil {
		v.SecretsSet = []string{}
	}
	return v
}

func (s *server) webhookURL(id engine.IntegrationID) string {
	return strings.TrimRight(s.PublicURL, "/") + "/webhooks/" + string(id)
}

func (s *server) findIntegration(ctx context.Context, id string) (*engine.Integration, error) {
	i, err := s.Store.Integration(ctx, engine.IntegrationID(id))
	if isCode(err, engine.NotFound) || (err == nil && i == nil) {
		return nil, notFound(diag.T("there is no integration %q", "não existe a integração %q", id))
	}
	if err != nil {
		return nil, fmt.Errorf("reading integration %q: %w", id, err)
	}
	return i, nil
}

func (s *server) listIntegrations(ctx context.Context, q *request) (*answer, error) {
	list, err := s.Store.Integrations(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing integrations: %w", err)
	}
	views := each(list, s.integrationOf)
	for i := range list {
		if views[i].Pace, err = s.paceOf(ctx, &list[i]); err != nil {
			return nil, err
		}
	}
	return ok(pageOf(views, "")), nil
}

func (s *server) getIntegration(ctx context.Context, q *request) (*answer, error) {
	i, err := s.findIntegration(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	view := s.integrationOf(i)
	if view.Pace, err = s.paceOf(ctx, i); err != nil {
		return nil, err
	}
	return ok(view), nil
}

// badChannel says which channels there are.
func badChannel() diag.Text {
	return diag.Text{En: "channel must be " + channelsInWords.En, Pt: "channel deve ser " + channelsInWords.Pt}
}

func (s *server) createIntegration(ctx context.Context, q *request) (*answer, error) {
	var in integrationInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.ID == nil || !integrationIDPattern.MatchString(*in.ID) {
		return nil, invalid("id", diag.T("id is missing or has other characters than small letters, digits, - and _: it stands in the webhook's address",
			"id falta ou tem outros caracteres além de letras minúsculas, dígitos, - e _: ele faz parte do endereço do webhook"))
	}
	if in.Provider == nil {
		return nil, invalid("provider", diag.T("provider is missing", "falta provider"))
	}
	if in.Channel == nil || !in.Channel.Known() {
		return nil, invalid("channel", badChannel())
	}
	_, err := s.Store.Integration(ctx, engine.IntegrationID(*in.ID))
	if err == nil {
		return nil, conflict(diag.T("the integration %q exists already: change it with PATCH", "a integração %q já existe: altere com PATCH", *in.ID))
	}
	if !isCode(err, engine.NotFound) {
		return nil, fmt.Errorf("reading integration %q: %w", *in.ID, err)
	}
	i := &engine.Integration{ID: engine.IntegrationID(*in.ID), Provider: *in.Provider, Channel: *in.Channel, Settings: map[string]string{},
		Secrets: map[string]string{}, State: engine.Enabled, CreatedAt: s.Clock.Now()}
	if in.Default == nil {
		if i.Default, err = s.firstOfItsChannel(ctx, i); err != nil {
			return nil, err
		}
	}
	if err := s.storeIntegration(ctx, q, i, in, "integration.created"); err != nil {
		return nil, err
	}
	return created(s.integrationOf(i)), nil
}

// simulated is the provider of the phone of `jornada dev`, which stands in only
// until a real one is connected.
const simulated = "fake"

// firstOfItsChannel reports whether a new integration becomes its channel's
// sender without being told to: nobody else is, or only the simulated phone.
func (s *server) firstOfItsChannel(ctx context.Context, i *engine.Integration) (bool, error) {
	list, err := s.Store.Integrations(ctx)
	if err != nil {
		return false, fmt.Errorf("listing integrations: %w", err)
	}
	return !slices.ContainsFunc(list, func(other engine.Integration) bool {
		return other.Channel == i.Channel && (other.Provider != simulated || i.Provider == simulated)
	}), nil
}

// patchIntegration changes what is given: settings and secrets one by one, ""
// takes one away.
func (s *server) patchIntegration(ctx context.Context, q *request) (*answer, error) {
	var in integrationInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	i, err := s.findIntegration(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if in.ID != nil && *in.ID != string(i.ID) {
		return nil, invalid("id", diag.T("an integration's id never changes", "o id de uma integração não muda"))
	}
	if in.Provider != nil && *in.Provider != i.Provider || in.Channel != nil && *in.Channel != i.Channel {
		return nil, invalid("provider", diag.T("provider and channel never change: make another integration", "provider e channel não mudam: crie outra integração"))
	}
	if i.Settings = maps.Clone(i.Settings); i.Settings == nil {
		i.Settings = map[string]string{}
	}
	if i.Secrets = maps.Clone(i.Secrets); i.Secrets == nil {
		i.Secrets = map[string]string{}
	}
	if err := s.storeIntegration(ctx, q, i, in, "integration.changed"); err != nil {
		return nil, err
	}
	return ok(s.integrationOf(i)), nil
}

func (s *server) storeIntegration(ctx context.Context, q *request, i *engine.Integration, in integrationInput, action string) error {
	set := func(into, from map[string]string) {
		for name, value := range from {
			if value == "" {
				delete(into, name)
				continue
			}
			into[name] = value
		}
	}
	set(i.Settings, in.Settings)
	set(i.Secrets, in.Secrets)
	if in.Name != nil {
		i.Name = *in.Name
	}
	if in.Default != nil {
		i.Default = *in.Default
	}
	i.UpdatedAt = s.Clock.Now()
	if _, err := s.Providers.Open(i); err != nil {
		return wrapUnlessRefused(fmt.Sprintf("checking the settings of integration %q", i.ID), s.explained(i, err))
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		// Its state may have changed since it was read: only credentials and
		// settings are ours to change here.
		now, err := s.Store.Integration(ctx, i.ID)
		if err != nil && !isCode(err, engine.NotFound) {
			return fmt.Errorf("reading integration %q: %w", i.ID, err)
		}
		if err == nil {
			i.State, i.StateNote, i.ResumeAt = now.State, now.StateNote, now.ResumeAt
		}
		if i.State == engine.NeedsReconnect && len(in.Secrets)+len(in.Settings) > 0 {
			i.State, i.StateNote, i.ResumeAt = engine.Enabled, "", nil // new credentials deserve a try
		}
		if _, err := s.Store.PutIntegration(ctx, i); err != nil {
			return wrapUnlessRefused(fmt.Sprintf("storing integration %q", i.ID), err)
		}
		return s.audit(ctx, q, action, string(i.ID), map[string]any{"settings": slices.Sorted(maps.Keys(in.Settings)), "secrets": slices.Sorted(maps.Keys(in.Secrets))})
	})
	if err != nil {
		return err
	}
	return s.channelChanged(ctx, i.ID)
}

func (s *server) channelChanged(ctx context.Context, id engine.IntegrationID) error {
	if err := s.Runtime.ChannelChanged(ctx, id); err != nil {
		return wrapUnlessRefused(fmt.Sprintf("letting parked messages of integration %q go", id), err)
	}
	return nil
}

type testView struct {
	OK      bool   `json:"ok"`
	Message string `json:"message"`
}

// testIntegration really talks to the provider and says in a sentence what is wrong.
func (s *server) testIntegration(ctx context.Context, q *request) (*answer, error) {
	i, err := s.findIntegration(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	provider, _, err := s.Providers.For(ctx, i.ID)
	err = s.explained(i, err)
	var refused *engine.Error
	if err != nil {
		if errors.As(err, &refused) && refused.Code == engine.Invalid {
			return ok(testView{false, refused.Text().In(q.lang)}), nil
		}
		return nil, wrapUnlessRefused(fmt.Sprintf("opening integration %q", i.ID), err)
	}
	tester, can := provider.(channel.Tester)
	if !can {
		return ok(testView{true, diag.T("the settings are complete; this provider offers no way to try them without sending",
			"as configurações estão completas; este provedor não permite testá-las sem enviar").In(q.lang)}), nil
	}
	err = tester.Test(ctx)
	if errors.As(err, &refused) {
		return ok(testView{false, refused.Text().In(q.lang)}), nil
	}
	if err != nil {
		return ok(testView{false, err.Error()}), nil //nolint:nilerr // the answer tells it
	}
	return ok(testView{true, diag.T("the provider answers and accepts the credentials", "o provedor responde e aceita as credenciais").In(q.lang)}), nil
}

func (s *server) enableIntegration(ctx context.Context, q *request) (*answer, error) {
	return s.switchIntegration(ctx, q, engine.Enabled, "integration.enabled")
}

func (s *server) disableIntegration(ctx context.Context, q *request) (*answer, error) {
	return s.switchIntegration(ctx, q, engine.Disabled, "integration.disabled")
}

// switchIntegration turns a channel on or off. Messages of a channel that is
// off are parked, not lost; switching it on lets them go.
func (s *server) switchIntegration(ctx context.Context, q *request, state engine.IntegrationState, action string) (*answer, error) {
	i, err := s.findIntegration(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	note := ""
	if state == engine.Disabled {
		note = "switched off by " + q.actor()
	}
	changed := false
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		changed, err = s.Store.SetIntegrationState(ctx, i.ID, engine.IntegrationChange{State: state, Note: note, By: q.actor()})
		if err != nil {
			return wrapUnlessRefused(fmt.Sprintf("switching integration %q", i.ID), err)
		}
		if !changed {
			return nil
		}
		return s.audit(ctx, q, action, string(i.ID), nil)
	})
	if err != nil {
		return nil, err
	}
	if changed {
		if err := s.channelChanged(ctx, i.ID); err != nil {
			return nil, err
		}
	}
	if i, err = s.findIntegration(ctx, q.params["id"]); err != nil {
		return nil, err
	}
	return ok(s.integrationOf(i)), nil
}
