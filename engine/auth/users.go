package auth

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"jornada/engine"
)

// Users lists everybody.
func (p *People) Users(ctx context.Context) ([]engine.User, error) { return p.store.Users(ctx) }

// Add makes a user and the link with which they choose their password. The error
// is engine.Invalid or engine.Conflict, and names the field.
func (p *People) Add(ctx context.Context, name, email string, role engine.Role) (u *engine.User, link string, err error) {
	u = &engine.User{Name: strings.TrimSpace(name), Email: tidyEmail(email), Role: role}
	if err := checkPerson(u); err != nil {
		return nil, "", err
	}
	err = p.store.InTx(ctx, func(ctx context.Context) error {
		if err := p.store.PutUser(ctx, u); err != nil {
			return err
		}
		link, err = p.link(ctx, u.ID, InviteLink)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return u, link, nil
}

// Changed is what may change of a user; nil leaves it.
type Changed struct {
	Name     *string
	Role     *engine.Role
	Disabled *bool
}

// Change changes a user. Another role, and being disabled, end their sessions.
// Somebody who administers must remain: engine.Conflict.
func (p *People) Change(ctx context.Context, id engine.UserID, c Changed) (*engine.User, error) {
	var u *engine.User
	err := p.store.InTx(ctx, func(ctx context.Context) (err error) {
		if err := p.store.LockUsers(ctx); err != nil {
			return err
		}
		if u, err = p.store.User(ctx, id); err != nil {
			return err
		}
		before := *u
		if c.Name != nil {
			u.Name = strings.TrimSpace(*c.Name)
		}
		if c.Role != nil {
			u.Role = *c.Role
		}
		if c.Disabled != nil && *c.Disabled != (u.DisabledAt != nil) {
			u.DisabledAt = nil
			if *c.Disabled {
				now := p.clock.Now()
				u.DisabledAt = &now
			}
		}
		if err := checkPerson(u); err != nil {
			return err
		}
		if err := p.store.PutUser(ctx, u); err != nil {
			return err
		}
		held := before.PasswordHash != "" || id == localUser // else nobody could have administered with it yet
		if held && before.Role == engine.Administrator && before.DisabledAt == nil && (u.Role != engine.Administrator || u.DisabledAt != nil) {
			has, err := p.hasAdministrator(ctx)
			if err != nil {
				return err
			}
			if !has {
				return &engine.Error{Code: engine.Conflict, Message: "nobody else could administer: make somebody else an administrator first, and wait until they have chosen a password"}
			}
		}
		if u.Role != before.Role || u.DisabledAt != nil {
			return p.store.EndSessionsOf(ctx, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Lengths, in bytes: RFC 5321 gives an address 254.
const (
	maxEmail = 254
	maxName  = 100
)

func checkPerson(u *engine.User) error {
	if n := utf8.RuneCountInString(u.Name); n == 0 || n > maxName {
		return invalid("name", fmt.Sprintf("a person needs a name of 1 to %d characters", maxName))
	}
	if u.ID != localUser {
		parsed, err := mail.ParseAddress(u.Email)
		if err != nil || parsed.Address != u.Email || len(u.Email) > maxEmail {
			return invalid("email", fmt.Sprintf("%q is no e-mail address such as ana@clinic.example", u.Email))
		}
	}
	if !knownRole(u.Role) {
		return invalid("role", fmt.Sprintf("there is no role %q: use administrator, author, operator or viewer", u.Role))
	}
	return nil
}

func invalid(field, message string) error {
	return &engine.Error{Code: engine.Invalid, Field: field, Message: message}
}
