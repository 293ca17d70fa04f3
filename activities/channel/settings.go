package channel

import (
	"net/url"
	"strings"
	"time"

	"jornada/engine"
)

// Value is a setting without surrounding blanks, or fallback when it is empty.
func (s Settings) Value(name, fallback string) string {
	s.reads("settings." + name)
	if v := strings.TrimSpace(s.Values[name]); v != "" {
		return v
	}
	return fallback
}

// Family are the settings whose names begin so, by the rest of their names.
func (s Settings) Family(prefix string) map[string]string {
	s.reads("settings." + prefix + "<>")
	all := map[string]string{}
	for name := range s.Values {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			all[rest] = strings.TrimSpace(s.Values[name])
		}
	}
	return all
}

// AllSecrets are the secrets, whatever whoever connects the channel called them.
func (s Settings) AllSecrets() map[string]string {
	s.reads("secrets.<>")
	all := map[string]string{}
	for name := range s.Secrets {
		all[name] = strings.TrimSpace(s.Secrets[name])
	}
	return all
}

func (s Settings) reads(name string) {
	if s.Watch != nil {
		s.Watch(name)
	}
}

// Require is a setting that must be there; where says in which place of the
// provider's console a person finds it.
func (s Settings) Require(name, where string) (string, error) {
	if v := s.Value(name, ""); v != "" {
		return v, nil
	}
	return "", s.refuse("settings."+name, "is missing; you find it in "+where)
}

// RequireSecret is a secret that must be there.
func (s Settings) RequireSecret(name, where string) (string, error) {
	if v := s.Secret(name); v != "" {
		return v, nil
	}
	return "", s.refuse("secrets."+name, "is missing; you find it in "+where)
}

// Secret is a secret without surrounding blanks (a pasted line break is the
// most frequent cause of a 401), "" when it is not set.
func (s Settings) Secret(name string) string {
	s.reads("secrets." + name)
	return strings.TrimSpace(s.Secrets[name])
}

// BaseURL is the setting base_url, or the provider's public address. It has no
// trailing slash. Credentials, a query or a fragment in it are refused: they
// would end up in logs or be lost.
func (s Settings) BaseURL(fallback string) (string, error) { return s.Address("base_url", fallback) }

// Address is BaseURL of another setting.
func (s Settings) Address(name, fallback string) (string, error) {
	raw := strings.TrimRight(s.Value(name, fallback), "/")
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return "", s.refuse("settings."+name, "must be an http or https address such as "+fallback)
	case u.User != nil:
		return "", s.refuse("settings."+name, "must not contain a user or password; put them into the secrets")
	case u.RawQuery != "" || u.Fragment != "":
		return "", s.refuse("settings."+name, "must end before any ? or #")
	}
	return raw, nil
}

// Refuse is the error of a constructor about one setting ("settings.from") or
// secret ("secrets.token").
func (s Settings) Refuse(field, problem string) error { return s.refuse(field, problem) }

func (s Settings) refuse(field, problem string) error {
	name := string(s.IntegrationID)
	if name == "" {
		name = "new integration"
	}
	return &engine.Error{Code: engine.Invalid, Field: field, Message: name + ": " + field + " " + problem}
}

// Real is the machine's present, in which a company's tokens and signatures end, at
// any speed of ours.
func (s Settings) Real() time.Time {
	if s.Clock == nil {
		return time.Now() //nolint:forbidigo // the machine's clock is what is meant
	}
	return s.Clock.Real()
}

// OccurredAt maps a provider's timestamp to the virtual time all of Jornada
// lives in; zero stays zero.
func (s Settings) OccurredAt(real time.Time) time.Time {
	if real.IsZero() || s.Clock == nil {
		return real
	}
	return s.Clock.Virtual(real)
}
