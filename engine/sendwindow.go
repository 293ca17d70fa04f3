package engine

import (
	"fmt"
	"slices"
	"time"

	"jornada/dsl"
)

// maxSearchDays bounds the search for an opening: hours that do not open within
// a year never open.
const maxSearchDays = 366

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// InHours reports whether a moment is inside the hours, read in a zone. From is
// inside, To is not. Hours that cross midnight (From > To) belong to the day on
// which they begin; From = To means the whole day.
func InHours(h dsl.Hours, t time.Time, zone *time.Location) bool {
	from, to, ok := clockMinutes(h)
	if !ok {
		return false
	}
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	today := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, zone)
	if from < to {
		return minute >= from && minute < to && openDay(h, today, zone)
	}
	if minute >= from && openDay(h, today, zone) {
		return true
	}
	return minute < to && openDay(h, today.AddDate(0, 0, -1), zone)
}

// NextOpen is the first moment, not before t, that is inside the hours: t itself
// when they are open. Where the clocks are put forward over the opening, it is
// the next minute that exists; where an hour happens twice, the first of the two.
// False means that the hours do not open within a year.
func NextOpen(h dsl.Hours, t time.Time, zone *time.Location) (time.Time, bool) {
	if InHours(h, t, zone) {
		return t, true
	}
	from, to, ok := clockMinutes(h)
	if !ok {
		return time.Time{}, false
	}
	local := t.In(zone)
	for day := -1; day <= maxSearchDays; day++ {
		noon := time.Date(local.Year(), local.Month(), local.Day()+day, 12, 0, 0, 0, zone)
		// A zone that skipped a whole calendar day (Apia, 2011) normalizes into a
		// neighbor; the check of the opened moment below keeps that honest.
		if !openDay(h, noon, zone) {
			continue
		}
		open := wallTime(noon, from, zone)
		if open.Before(t) {
			continue
		}
		if InHours(h, open, zone) {
			return open, true
		}
		// The gap swallowed the opening and wallTime landed after it; when the
		// hours are so short that they were swallowed whole, try the next day.
		_ = to
	}
	return time.Time{}, false
}

// NextOpenAll is the first moment that is inside the hours in every one of the
// zones: for a person whose zone is one of several.
func NextOpenAll(h dsl.Hours, t time.Time, zones []*time.Location) (time.Time, bool) {
	// Each round moves to an opening of a zone that was closed. Two zones can
	// push each other at most twice a day.
	for range 4 * maxSearchDays {
		moved := false
		for _, z := range zones {
			next, ok := NextOpen(h, t, z)
			if !ok {
				return time.Time{}, false
			}
			if next.After(t) {
				t, moved = next, true
			}
		}
		if !moved {
			return t, true
		}
	}
	return time.Time{}, false
}

func openDay(h dsl.Hours, noon time.Time, zone *time.Location) bool {
	if len(h.Days) > 0 && !slices.Contains(h.Days, weekdays[noon.Weekday()]) {
		return false
	}
	return !closedDay(h, noon, zone)
}

// wallTime is the first existing moment at or after a wall-clock minute of the
// day that noon stands in.
func wallTime(noon time.Time, minute int, zone *time.Location) time.Time {
	y, m, d := noon.Date()
	t := time.Date(y, m, d, minute/60, minute%60, 0, 0, zone)
	if t.Hour()*60+t.Minute() != minute%(24*60) {
		// Go resolves a nonexistent time with one of the two offsets. The next
		// valid minute is the transition itself.
		return transition(t.Add(-3*time.Hour), t.Add(3*time.Hour), zone)
	}
	// A doubled hour: Go does not promise which of the two it gives; the first
	// has the same wall clock at the transition's length before.
	for _, back := range [...]time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		first := t.Add(-back)
		if first.Hour() == t.Hour() && first.Minute() == t.Minute() && first.Day() == t.Day() {
			return first
		}
	}
	return t
}

// transition is the moment between lo and hi at which the zone's offset changes.
func transition(lo, hi time.Time, zone *time.Location) time.Time {
	_, before := lo.In(zone).Zone()
	for hi.Sub(lo) > time.Second {
		mid := lo.Add(hi.Sub(lo) / 2).Truncate(time.Second)
		if !mid.After(lo) {
			break
		}
		if _, off := mid.In(zone).Zone(); off == before {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi.In(zone)
}

func clockMinutes(h dsl.Hours) (from, to int, ok bool) {
	from, err1 := parseClock(h.From, 0)
	to, err2 := parseClock(h.To, 24*60)
	return from, to, err1 == nil && err2 == nil
}

func parseClock(s string, missing int) (int, error) {
	if s == "" {
		return missing, nil
	}
	var h, m int
	if _, err := fmt.Sscanf(s, "%d:%d", &h, &m); err != nil || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("reading the time of day %q: write it as HH:MM", s)
	}
	return h*60 + m, nil
}
