package channel

import (
	"context"
	"errors"

	"jornada/engine"
)

// Standing is what a platform says of a sender now; "" or 0 where it says nothing.
type Standing struct {
	Tier      string  // people in 24 hours, in words that the setting tier takes
	Quality   string  // GREEN, YELLOW or RED
	PerSecond float64 // messages a second
}

// StandingTeller is a provider that can be asked for a sender's limits. Its errors are
// for people.
type StandingTeller interface {
	Standing(ctx context.Context) (Standing, error)
}

// TellsStanding reports whether an integration's provider can be asked for the sender's
// limits; not when its settings make no driver.
func (r *Registry) TellsStanding(i *engine.Integration) bool {
	provider, err := r.Driver(i)
	if err != nil {
		return false
	}
	_, tells := provider.(StandingTeller)
	return tells
}

// ErrNoStanding is a driver that cannot tell: its provider publishes no way.
var ErrNoStanding = errors.New("this provider does not tell a sender's limits")

// Standing asks an integration's provider for the sender's limits.
func (r *Registry) Standing(ctx context.Context, i *engine.Integration) (Standing, error) {
	provider, err := r.Driver(i)
	if err != nil {
		return Standing{}, err
	}
	if teller, ok := provider.(StandingTeller); ok {
		return teller.Standing(ctx)
	}
	return Standing{}, ErrNoStanding
}
