package engine

import "time"

// The calendars a schedule may name.
const (
	CalendarBR   = "br"    // Brazil, national
	CalendarBRSP = "br_sp" // Brazil, national and the state of São Paulo
)

// fixedHoliday is a day of every year since (and until) the year of its law.
type fixedHoliday struct {
	month time.Month
	day   int
	since int // first year, 0 = always
	name  string
}

// Laws 662/1949, 6.802/1980, 9.093/1995, 10.607/2002 and 14.759/2023.
var nationalBR = []fixedHoliday{
	{time.January, 1, 0, "Confraternização Universal"},
	{time.April, 21, 0, "Tiradentes"},
	{time.May, 1, 0, "Dia do Trabalho"},
	{time.September, 7, 0, "Independência"},
	{time.October, 12, 1980, "Nossa Senhora Aparecida"},
	{time.November, 2, 0, "Finados"},
	{time.November, 15, 0, "Proclamação da República"},
	{time.November, 20, 2024, "Dia da Consciência Negra"},
	{time.December, 25, 0, "Natal"},
}

// Law 9.497/1997 of the state; November 20 is a state holiday since law
// 17.746/2023 as well, but national from the next year on.
var stateSP = []fixedHoliday{
	{time.July, 9, 1997, "Revolução Constitucionalista"},
	{time.November, 20, 2023, "Dia da Consciência Negra"},
}

// Movable days, as days from Easter Sunday. Carnival and Corpus Christi are
// optional days by law, yet nobody answers a clinic's phone on them, and a
// message that waits a day does no harm: they count.
var movableBR = map[int]string{
	-48: "Carnaval",
	-47: "Carnaval",
	-2:  "Sexta-feira Santa",
	60:  "Corpus Christi",
}

// KnownCalendar reports whether a schedule may name the calendar.
func KnownCalendar(calendar string) bool { return calendar == CalendarBR || calendar == CalendarBRSP }

// IsHoliday reports whether the local day of a moment is a holiday. A calendar
// nobody knows has no holidays; the checker refuses its name beforehand.
func IsHoliday(calendar string, day time.Time, zone *time.Location) bool {
	if !KnownCalendar(calendar) {
		return false
	}
	y, m, d := day.In(zone).Date()
	for _, h := range nationalBR {
		if h.month == m && h.day == d && y >= h.since {
			return true
		}
	}
	if calendar == CalendarBRSP {
		for _, h := range stateSP {
			if h.month == m && h.day == d && y >= h.since {
				return true
			}
		}
	}
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	_, movable := movableBR[int(date.Sub(easter(y)).Hours())/24]
	return movable
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
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
