// Package holiday knows the days on which a country does not work: the calendars
// that hours may name under `holidays`.
//
// A calendar is data: fixed days, days counted from Easter, the third Monday of a
// month, each with the year from which its law holds, and the law itself as the
// calendar's source. Days that a government announces year by year (bridge days,
// elections) are not in it; whoever keeps them writes them beside the calendar.
//
// Days that are optional by law, such as Brazil's Carnival, count where nobody
// answers a clinic's phone on them: a message that waits a day does no harm.
package holiday

import (
	"maps"
	"slices"
	"time"
)

// calendar is the holidays of a country or a part of one.
type calendar struct {
	name   string // for people
	source string // the laws
	of     string // another calendar whose days count as well
	days   []rule
}

// rule gives the days of a year; it is called with the years around as well, so a
// day that is moved over New Year is found.
type rule func(year int) []time.Time

// Names lists the calendars, sorted.
func Names() []string { return slices.Sorted(maps.Keys(calendars)) }

// Known reports whether there is such a calendar.
func Known(name string) bool { _, known := calendars[name]; return known }

// Title is the calendar's name for people, "" when nobody knows it.
func Title(name string) string { return calendars[name].name }

// Source is where a calendar's days come from, "" when nobody knows it.
func Source(name string) string { return calendars[name].source }

// Is reports whether a day is a holiday. A calendar nobody knows has none; the
// checker refuses its name beforehand.
func Is(name string, year int, month time.Month, day int) bool {
	date := on(year, month, day)
	for name != "" {
		c := calendars[name]
		for _, days := range c.days {
			// A holiday that is observed on the Friday before may be the next year's.
			for y := year - 1; y <= year+1; y++ {
				if slices.ContainsFunc(days(y), date.Equal) {
					return true
				}
			}
		}
		name = c.of
	}
	return false
}

func on(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// fixed is a day of every year since a year, 0 = always.
func fixed(month time.Month, day, since int) rule {
	return func(year int) []time.Time { return from(since, year, on(year, month, day)) }
}

// easterPlus is so many days after Easter Sunday.
func easterPlus(days ...int) rule {
	return func(year int) []time.Time {
		out := make([]time.Time, len(days))
		for i, d := range days {
			out[i] = easter(year).AddDate(0, 0, d)
		}
		return out
	}
}

// nth is the nth weekday of a month since a year; -1 is the last.
func nth(n int, weekday time.Weekday, month time.Month, since int) rule {
	return func(year int) []time.Time {
		if n < 0 {
			last := on(year, month+1, 0)
			return from(since, year, last.AddDate(0, 0, -int((last.Weekday()-weekday+7)%7)))
		}
		first := on(year, month, 1)
		return from(since, year, first.AddDate(0, 0, int((weekday-first.Weekday()+7)%7)+7*(n-1)))
	}
}

// moved puts the days of a rule elsewhere, by their weekday: by[time.Tuesday] = -1
// makes a Tuesday the Monday before.
func moved(days rule, by map[time.Weekday]int) rule {
	return func(year int) []time.Time {
		out := days(year)
		for i, d := range out {
			out[i] = d.AddDate(0, 0, by[d.Weekday()])
		}
		return out
	}
}

// instead puts one day of a rule where its year's decree put it.
func instead(of, day time.Time, days rule) rule {
	return func(year int) []time.Time {
		out := days(year)
		for i, d := range out {
			if d.Equal(of) {
				out[i] = day
			}
		}
		return out
	}
}

// beside adds the day that is free as well when a holiday falls on a weekday.
func beside(days rule, by map[time.Weekday]int) rule {
	return func(year int) []time.Time {
		out := days(year)
		for _, d := range out {
			if shift := by[d.Weekday()]; shift != 0 {
				out = append(out, d.AddDate(0, 0, shift))
			}
		}
		return out
	}
}

// only keeps the days of a rule that fall on a weekday.
func only(weekday time.Weekday, days rule) rule {
	return func(year int) []time.Time {
		return slices.DeleteFunc(days(year), func(d time.Time) bool { return d.Weekday() != weekday })
	}
}

// every is a day of each so many years, beginning with one.
func every(years, first int, days rule) rule {
	return func(year int) []time.Time {
		if year < first || (year-first)%years != 0 {
			return nil
		}
		return days(year)
	}
}

func from(since, year int, day time.Time) []time.Time {
	if year < since {
		return nil
	}
	return []time.Time{day}
}

// easter is the Gregorian Easter Sunday (the anonymous algorithm published in
// Nature in 1876), valid for every year of the calendar.
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month := (h + l - 7*m + 114) / 31
	day := (h+l-7*m+114)%31 + 1
	return on(year, time.Month(month), day)
}
