package channel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"jornada/engine"
)

// IntegrationSource finds integrations with their secrets opened.
type IntegrationSource interface {
	Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error)
	// IntegrationUpdatedAt is when one was last changed by people or by its
	// provider: its UpdatedAt, for a fraction of what reading it whole costs.
	IntegrationUpdatedAt(ctx context.Context, id engine.IntegrationID) (time.Time, error)
}

// Registry turns integrations into drivers. It is safe for concurrent use.
type Registry struct {
	constructors map[string]Constructor
	source       IntegrationSource
	clock        engine.Clock
	publicURL    func(engine.IntegrationID) string

	mu     sync.Mutex
	opened map[engine.IntegrationID]opened
}

// opened is a driver and the state of the integration it was made from.
type opened struct {
	provider    Provider
	integration engine.Integration // as it was when UpdatedAt was last seen to change
}

// NewRegistry makes a registry. constructors are keyed by the integration's
// provider name; publicURL is the public address of an integration's webhook.
func NewRegistry(constructors map[string]Constructor, source IntegrationSource, clock engine.Clock, publicURL func(engine.IntegrationID) string) *Registry {
	return &Registry{
		constructors: constructors, source: source, clock: clock, publicURL: publicURL,
		opened: map[engine.IntegrationID]opened{},
	}
}

// For is an integration and its driver. The integration is read every time, so
// a change of state or of a secret counts at once; the driver (and with it its
// kept-alive connections) is reused until the integration's UpdatedAt changes.
// A driver that cannot be made is an engine.Invalid error naming the setting.
func (r *Registry) For(ctx context.Context, id engine.IntegrationID) (Provider, *engine.Integration, error) {
	integration, err := r.source.Integration(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("reading integration %q: %w", id, err)
	}
	provider, err := r.Driver(integration)
	return provider, integration, err
}

// ForCall is For for a call of the provider's, which come by the hundred in a second:
// the integration is read again only when its UpdatedAt is another. Its settings,
// secrets and state are those of now; what does not change UpdatedAt (a learnt pace,
// say) may be older.
func (r *Registry) ForCall(ctx context.Context, id engine.IntegrationID) (Provider, *engine.Integration, error) {
	updatedAt, err := r.source.IntegrationUpdatedAt(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("reading integration %q: %w", id, err)
	}
	r.mu.Lock()
	known, ok := r.opened[id]
	r.mu.Unlock()
	if ok && known.integration.UpdatedAt.Equal(updatedAt) {
		return known.provider, &known.integration, nil
	}
	return r.For(ctx, id)
}

// Driver is For for an integration that the caller has just read.
func (r *Registry) Driver(integration *engine.Integration) (Provider, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.opened[integration.ID]; ok && known.integration.UpdatedAt.Equal(integration.UpdatedAt) && known.integration.Provider == integration.Provider {
		return known.provider, nil
	}
	provider, err := r.Open(integration)
	if err != nil {
		return nil, err
	}
	r.opened[integration.ID] = opened{provider, *integration}
	return provider, nil
}

// Classify sorts a code of an integration's status webhook as its provider
// does, "" when the integration or its driver cannot say.
func (r *Registry) Classify(ctx context.Context, id engine.IntegrationID, code string) Class {
	provider, _, err := r.For(ctx, id)
	if err != nil {
		return ""
	}
	if classifier, ok := provider.(Classifier); ok {
		return classifier.Classify(code)
	}
	return ""
}

// Slows is the rate, in messages a second without any refusal, that a late refusal with
// this code says is too fast for its sender; 0 when it says nothing of the kind, or
// no rate is known that could be lowered.
func (r *Registry) Slows(ctx context.Context, id engine.IntegrationID, code string) float64 {
	provider, integration, err := r.For(ctx, id)
	if err != nil {
		return 0
	}
	classifier, ok := provider.(Classifier)
	if !ok || classifier.Classify(code) != Throttle {
		return 0
	}
	if limiter, ok := provider.(PersonLimiter); ok && limiter.OneRecipient(code) {
		return 0
	}
	pacing, err := PacingOf(integration, provider.Capabilities().Pace)
	if err != nil {
		return 0
	}
	return pacing.PerSecond
}

// Open makes a driver without remembering it: to check the settings of an
// integration before it is stored, or to test it.
func (r *Registry) Open(integration *engine.Integration) (Provider, error) {
	construct, ok := r.constructors[integration.Provider]
	if !ok {
		return nil, &engine.Error{
			Code: engine.Invalid, Field: "provider",
			Message: fmt.Sprintf("integration %q names the provider %q, which is unknown; set provider to one of: %s",
				integration.ID, integration.Provider, strings.Join(r.Providers(), ", ")),
			Details: map[string]any{"known": r.Providers()},
		}
	}
	settings := Settings{
		IntegrationID: integration.ID, Channel: integration.Channel,
		Values: integration.Settings, Secrets: integration.Secrets, Clock: r.clock,
	}
	if r.publicURL != nil {
		settings.PublicURL = r.publicURL(integration.ID)
	}
	provider, err := construct(settings)
	if err != nil {
		return nil, err
	}
	if _, err := PacingOf(integration, provider.Capabilities().Pace); err != nil {
		return nil, err
	}
	if _, tells := provider.(StandingTeller); !tells && settings.Value(SettingTier, "") == TierAuto {
		return nil, settings.Refuse("settings."+SettingTier, "cannot be auto: this provider does not tell it; write the messaging limit that it shows, like 250, 2000, 10K, 100K or unlimited")
	}
	return provider, nil
}

// Providers are the known providers' names, sorted.
func (r *Registry) Providers() []string { return slices.Sorted(maps.Keys(r.constructors)) }

// MarkRead shows a person that their message was read, where its integration can do
// so and is not told otherwise.
func (r *Registry) MarkRead(ctx context.Context, id engine.IntegrationID, providerID string) error {
	provider, integration, err := r.For(ctx, id)
	if err != nil || integration.State != engine.Enabled {
		return err
	}
	if marker, ok := provider.(ReadMarker); ok {
		return marker.MarkRead(ctx, providerID)
	}
	return nil
}
