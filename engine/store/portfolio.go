package store

import (
	"context"
	"slices"
	"time"

	"jornada/engine"
)

// personRow is whom a portfolio reached last, and when.
type personRow struct {
	WorkspaceID string
	Portfolio   string
	ContactID   string
	OpenedAt    stamp
}

// TableName implements gorm's schema.Tabler.
func (personRow) TableName() string { return "portfolio_people" }

// portfolioRow is a portfolio that came near its limit.
type portfolioRow struct {
	WorkspaceID string
	Name        string
	FullAt      *stamp
}

// TableName implements gorm's schema.Tabler.
func (portfolioRow) TableName() string { return "portfolios" }

// nearLimit is how close to a limit openings are counted one after the other. It
// is more than transactions that can be open at the same time.
const nearLimit = 200

// CountPerson counts a person as reached by a portfolio, in the transaction that claims
// the message, unless that many were reached in 24 hours already; then it says
// when to try again, and administrators are told, once until there is room again.
//
// Far from the limit those who count do not wait for each other; near it they do,
// so that it is never passed.
func (s *Store) CountPerson(ctx context.Context, o engine.Opening) (out engine.Opened, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		out = engine.Opened{}
		now := s.now()
		since := now.Add(-engine.TierPeriod)
		var before personRow
		found := s.write(ctx).Where("portfolio = ? AND contact_id = ?", o.Portfolio, o.ContactID).Limit(1).Find(&before)
		if found.Error != nil {
			return wrap(found.Error, "looking for contact %q in portfolio %q", o.ContactID, o.Portfolio)
		}
		if fresh := found.RowsAffected == 0 || !before.OpenedAt.time.After(since); fresh && !o.Uncounted {
			if err := s.room(ctx, o, since, now, &out); err != nil || out.People > o.Limit {
				return err
			}
		}
		out.Fits = true
		row := personRow{Portfolio: o.Portfolio, ContactID: string(o.ContactID), OpenedAt: at(now)}
		err := s.write(ctx).Clauses(upsertOn([]string{"portfolio", "contact_id"}, []string{"opened_at"})).Create(&row).Error
		return wrap(err, "counting contact %q in portfolio %q", o.ContactID, o.Portfolio)
	})
	return out, err
}

// room counts the people of a portfolio with one more.
func (s *Store) room(ctx context.Context, o engine.Opening, since, now time.Time, out *engine.Opened) error {
	n, err := s.peopleOf(ctx, o, since)
	if err != nil {
		return err
	}
	if n+nearLimit < o.Limit {
		out.People = n + 1
		return s.roomAgain(ctx, o, n, now)
	}
	if err := s.ifNew(ctx).Create(&portfolioRow{Name: o.Portfolio}).Error; err != nil {
		return wrap(err, "counting in portfolio %q", o.Portfolio)
	}
	var state portfolioRow
	if err := one(s.forUpdate(s.write(ctx)).Where("name = ?", o.Portfolio), &state, "portfolio", o.Portfolio); err != nil {
		return err
	}
	if n, err = s.peopleOf(ctx, o, since); err != nil {
		return err
	}
	out.People = n + 1
	if n < o.Limit {
		return s.roomAgain(ctx, o, n, now)
	}
	// The Limit-th newest falls out first among those that matter.
	var oldest personRow
	err = one(s.write(ctx).Where("portfolio = ? AND opened_at > ?", o.Portfolio, at(since)).
		Order("opened_at DESC, contact_id").Offset(o.Limit-1), &oldest, "person of portfolio", o.Portfolio)
	if err != nil {
		return err
	}
	out.FreeAt = oldest.OpenedAt.time.Add(engine.TierPeriod)
	if state.FullAt != nil {
		return nil
	}
	err = s.write(ctx).Model(&portfolioRow{}).Where("name = ?", o.Portfolio).UpdateColumn("full_at", at(now)).Error
	if err != nil {
		return wrap(err, "marking portfolio %q as full", o.Portfolio)
	}
	var i integrationRow
	if err := one(s.read(ctx).Where("id = ?", o.IntegrationID), &i, "integration", o.IntegrationID); err != nil {
		return err
	}
	return s.insertNotice(ctx, &engine.Notice{
		Kind: engine.NoticeTier, IntegrationID: o.IntegrationID, Channel: engine.Channel(i.Channel), Name: i.Name, ResumeAt: &out.FreeAt,
	})
}

func (s *Store) peopleOf(ctx context.Context, o engine.Opening, since time.Time) (int, error) {
	var n int64
	err := s.write(ctx).Model(&personRow{}).Where("portfolio = ? AND opened_at > ?", o.Portfolio, at(since)).Count(&n).Error
	return int(n), wrap(err, "counting the people of portfolio %q", o.Portfolio)
}

// PeopleReached is how many people a portfolio reached in the last 24 hours.
func (s *Store) PeopleReached(ctx context.Context, portfolio string) (int, error) {
	return s.peopleOf(ctx, engine.Opening{Portfolio: portfolio}, s.now().Add(-engine.TierPeriod))
}

// roomAgain settles the notice that a portfolio was full, once a tenth of it is
// free: at the very limit every message would be news.
func (s *Store) roomAgain(ctx context.Context, o engine.Opening, people int, now time.Time) error {
	if people > o.Limit*9/10 {
		return nil
	}
	freed := s.write(ctx).Model(&portfolioRow{}).Where("name = ? AND full_at IS NOT NULL", o.Portfolio).UpdateColumn("full_at", nil)
	if freed.Error != nil || freed.RowsAffected == 0 {
		return wrap(freed.Error, "marking portfolio %q as free", o.Portfolio)
	}
	// Whichever number of the portfolio came to its end told it.
	all, err := s.Integrations(ctx)
	if err != nil {
		return err
	}
	return s.settleTier(ctx, sharing(all, o.IntegrationID), now)
}

// sharing are the integrations that share a portfolio with one, and it.
func sharing(all []engine.Integration, id engine.IntegrationID) []engine.IntegrationID {
	var portfolio string
	for i := range all {
		if all[i].ID == id {
			portfolio = all[i].Settings["portfolio"]
		}
	}
	list := []engine.IntegrationID{id}
	for i := range all {
		if all[i].ID != id && portfolio != "" && all[i].Settings["portfolio"] == portfolio {
			list = append(list, all[i].ID)
		}
	}
	return list
}

// portfoliosOf are the names that an integration's people were and are counted under
// (channel.PacingOf).
func portfoliosOf(id engine.IntegrationID, settings ...map[string]string) []string {
	names := []string{"integration:" + string(id)}
	for _, of := range settings {
		if name := of["portfolio"]; name != "" {
			names = append(names, "portfolio:"+name)
		}
	}
	return names
}

// settleTier closes the notices that the tier of some integrations was reached.
func (s *Store) settleTier(ctx context.Context, ids []engine.IntegrationID, now time.Time) error {
	err := s.write(ctx).Model(&noticeRow{}).Where("kind = ? AND resolved_at IS NULL AND integration_id IN ?", string(engine.NoticeTier), ids).
		Update("resolved_at", at(now)).Error
	return wrap(err, "closing the notices about the tier of integrations %q", ids)
}

// releaseHeldByTier lets the messages of a channel that wait for a place in their
// portfolio try again now, because a limit was changed.
func (s *Store) releaseHeldByTier(ctx context.Context, ch engine.Channel, now time.Time) error {
	err := s.write(ctx).Model(&messageRow{}).Where("status = ? AND reason = ? AND channel = ? AND parked_at IS NULL", string(engine.Queued), engine.HeldByTier, string(ch)).
		UpdateColumn("parked_at", at(now)).Error
	return wrap(err, "letting the messages go that wait for a higher limit")
}

// SetTier stores the messaging limit that the platform tells, in its words, for an
// integration that counts one, and for all that share its portfolio. changed is
// false when nothing of it is new, or nobody asked to count.
func (s *Store) SetTier(ctx context.Context, id engine.IntegrationID, tier string) (changed bool, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		changed = false
		all, err := s.Integrations(ctx)
		if err != nil {
			return err
		}
		shares := sharing(all, id)
		for i := range all {
			in := &all[i]
			if !slices.Contains(shares, in.ID) || in.Settings["tier"] == "" || in.Settings["tier"] == tier {
				continue
			}
			in.Settings["tier"] = tier
			in.Secrets = nil // as they are
			if _, err := s.PutIntegration(ctx, in); err != nil {
				return err
			}
			changed = true
		}
		return nil
	})
	return changed && err == nil, err
}
