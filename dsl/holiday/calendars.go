package holiday

import "time"

const (
	jan, feb, mar, apr, may, jun = time.January, time.February, time.March, time.April, time.May, time.June
	jul, aug, sep, oct, nov, dec = time.July, time.August, time.September, time.October, time.November, time.December
)

// Days as they are counted from Easter Sunday.
const (
	carnivalMonday, carnivalTuesday = -48, -47
	maundyThursday, goodFriday      = -3, -2
	holySaturday, easterSunday      = -1, 0
	corpusChristi                   = 60
)

// toMonday is Colombia's rule: whatever the weekday, the Monday after.
var toMonday = map[time.Weekday]int{time.Tuesday: 6, time.Wednesday: 5, time.Thursday: 4, time.Friday: 3, time.Saturday: 2, time.Sunday: 1}

var calendars = map[string]calendar{
	"br": {
		name:   "Brasil",
		source: "Leis 662/1949, 6.802/1980, 9.093/1995, 10.607/2002 e 14.759/2023; Carnaval e Corpus Christi por costume (ponto facultativo)",
		days: []rule{
			fixed(jan, 1, 0), fixed(apr, 21, 0), fixed(may, 1, 0), fixed(sep, 7, 0), fixed(oct, 12, 1980),
			fixed(nov, 2, 0), fixed(nov, 15, 0), fixed(nov, 20, 2024), fixed(dec, 25, 0),
			easterPlus(carnivalMonday, carnivalTuesday, goodFriday, corpusChristi),
		},
	},
	// November 20 is a state holiday since 2023 as well, national from the next year on.
	"br_sp": {
		name: "São Paulo (estado)", of: "br",
		source: "Leis 9.497/1997 e 17.746/2023 do estado",
		days:   []rule{fixed(jul, 9, 1997), fixed(nov, 20, 2023)},
	},
	"pt": {
		name:   "Portugal",
		source: "Código do Trabalho, art. 234.º (Lei 7/2009, na redação da Lei 8/2016); Carnaval por costume",
		days: []rule{
			fixed(jan, 1, 0), fixed(apr, 25, 1975), fixed(may, 1, 0), fixed(jun, 10, 0), fixed(aug, 15, 0), fixed(oct, 5, 2016),
			fixed(nov, 1, 2016), fixed(dec, 1, 2016), fixed(dec, 8, 0), fixed(dec, 25, 0),
			easterPlus(carnivalTuesday, goodFriday, easterSunday), every(1, 2016, easterPlus(corpusChristi)),
		},
	},
	"es": {
		name:   "España",
		source: "Estatuto de los Trabajadores, art. 37.2, y Real Decreto 2001/1983, art. 45: fiestas nacionales, sin las de las comunidades",
		days: []rule{
			fixed(jan, 1, 0), fixed(jan, 6, 0), fixed(may, 1, 0), fixed(aug, 15, 0), fixed(oct, 12, 0), fixed(nov, 1, 0),
			fixed(dec, 6, 0), fixed(dec, 8, 0), fixed(dec, 25, 0), easterPlus(goodFriday),
		},
	},
	"ar": {
		name:   "Argentina",
		source: "Ley 27.399 (2017), arts. 1 y 6, y Resolución 139/2025; sin lo que fija cada año el Ejecutivo: los días no laborables con fines turísticos y, desde el Decreto 614/2025, los traslados de feriados que caen en sábado o domingo",
		days: []rule{
			fixed(jan, 1, 0), fixed(mar, 24, 2006), fixed(apr, 2, 0), fixed(may, 1, 0), fixed(may, 25, 0), fixed(jun, 20, 0),
			fixed(jul, 9, 0), fixed(dec, 8, 0), fixed(dec, 25, 0), easterPlus(carnivalMonday, carnivalTuesday, goodFriday),
			moved(fixed(jun, 17, 2016), argentina), moved(fixed(aug, 17, 0), argentina),
			instead(on(2025, oct, 12), on(2025, oct, 10), moved(fixed(oct, 12, 0), argentina)), moved(fixed(nov, 20, 2010), argentina),
		},
	},
	"cl": {
		name:   "Chile",
		source: "Leyes 2.977, 19.668, 19.973, 20.148, 20.215, 20.299, 20.983 y 21.357; sin elecciones",
		days: []rule{
			fixed(jan, 1, 0), only(time.Monday, fixed(jan, 2, 2017)), fixed(may, 1, 0), fixed(may, 21, 0), fixed(jul, 16, 2007),
			fixed(aug, 15, 0), fixed(sep, 18, 0), fixed(sep, 19, 0), only(time.Monday, fixed(sep, 17, 2007)),
			only(time.Friday, fixed(sep, 17, 2017)), only(time.Friday, fixed(sep, 20, 2007)), fixed(nov, 1, 0), fixed(dec, 8, 0),
			fixed(dec, 25, 0), easterPlus(goodFriday, holySaturday), solstice,
			moved(fixed(jun, 29, 0), chile), moved(fixed(oct, 12, 0), chile),
			moved(fixed(oct, 31, 2008), map[time.Weekday]int{time.Tuesday: -4, time.Wednesday: 2}),
		},
	},
	"co": {
		name:   "Colombia",
		source: "Código Sustantivo del Trabajo, art. 177, y Leyes 51 de 1983 (Ley Emiliani) y 2578 de 2026",
		days: []rule{
			fixed(jan, 1, 0), fixed(may, 1, 0), fixed(jul, 20, 0), fixed(aug, 7, 0), fixed(dec, 8, 0), fixed(dec, 25, 0),
			easterPlus(maundyThursday, goodFriday),
			moved(fixed(jan, 6, 1984), toMonday), moved(fixed(mar, 19, 1984), toMonday), moved(fixed(jun, 29, 1984), toMonday),
			moved(fixed(jul, 9, 2026), toMonday), // Our Lady of Chiquinquirá
			moved(fixed(aug, 15, 1984), toMonday), moved(fixed(oct, 12, 1984), toMonday), moved(fixed(nov, 1, 1984), toMonday),
			moved(fixed(nov, 11, 1984), toMonday),
			easterPlus(43, 64, 71), // Ascension, Corpus Christi and the Sacred Heart, on their Mondays
		},
	},
	"mx": {
		name:   "México",
		source: "Ley Federal del Trabajo, art. 74; sin jornadas electorales",
		days: []rule{
			fixed(jan, 1, 0), nth(1, time.Monday, feb, 2006), nth(3, time.Monday, mar, 2006), fixed(may, 1, 0), fixed(sep, 16, 0),
			nth(3, time.Monday, nov, 2006), every(6, 2024, fixed(oct, 1, 0)), fixed(dec, 25, 0),
		},
	},
	"us": {
		name:   "United States (federal)",
		source: "5 U.S.C. § 6103(a) and (b); a holiday on a Saturday is observed on Friday, on a Sunday on Monday (Executive Order 11582)",
		days: []rule{
			observed(fixed(jan, 1, 0)), nth(3, time.Monday, jan, 1986), nth(3, time.Monday, feb, 1971), nth(-1, time.Monday, may, 1971),
			observed(fixed(jun, 19, 2021)), observed(fixed(jul, 4, 0)), nth(1, time.Monday, sep, 0), nth(2, time.Monday, oct, 1971),
			observed(fixed(nov, 11, 0)), nth(4, time.Thursday, nov, 1942), observed(fixed(dec, 25, 0)),
		},
	},
}

// argentina: a movable holiday on a Tuesday or Wednesday goes to the Monday before,
// on a Thursday or Friday to the Monday after.
var argentina = map[time.Weekday]int{time.Tuesday: -1, time.Wednesday: -2, time.Thursday: 4, time.Friday: 3}

// chile: law 19.668, to the Monday of the same week, from a Friday to the next.
var chile = map[time.Weekday]int{time.Tuesday: -1, time.Wednesday: -2, time.Thursday: -3, time.Friday: 3}

func observed(days rule) rule {
	return beside(days, map[time.Weekday]int{time.Saturday: -1, time.Sunday: 1})
}

// solstice is Chile's day of the indigenous peoples (law 21.357): the day of the
// June solstice, which is the 20th or the 21st; in its first year, by the law's own
// exception, Monday the 21st. The mean solstice of Meeus' Astronomical Algorithms
// (chapter 27) is within 14 minutes of the one with its periodic terms, and from 2022
// to 2060 never less than 22 minutes from a midnight of Chile's winter time.
func solstice(year int) []time.Time {
	if year == 2021 {
		return []time.Time{on(year, jun, 21)}
	}
	y := float64(year-2000) / 1000
	julian := 2451716.56767 + 365241.62603*y + 0.00325*y*y + 0.00888*y*y*y - 0.00030*y*y*y*y
	const unixEpoch = 2440587.5
	at := time.Unix(int64((julian-unixEpoch)*86400), 0).UTC().Add(-4 * time.Hour)
	return from(2021, year, on(year, at.Month(), at.Day()))
}
