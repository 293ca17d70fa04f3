package engine

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"jornada/dsl"
)

var (
	allDays = []string{"fri", "mon", "sat", "sun", "thu", "tue", "wed"}
	workday = []string{"fri", "mon", "thu", "tue", "wed"}
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestInHours(t *testing.T) {
	sp := "America/Sao_Paulo"
	cases := []struct {
		name  string
		hours dsl.Hours
		zone  string
		local string
		want  bool
	}{
		{"from is inside", dsl.Hours{Days: workday, From: "09:00", To: "20:00"}, sp, "2026-11-23T09:00:00", true},
		{"a second before is not", dsl.Hours{Days: workday, From: "09:00", To: "20:00"}, sp, "2026-11-23T08:59:59", false},
		{"to is outside", dsl.Hours{Days: workday, From: "09:00", To: "20:00"}, sp, "2026-11-23T20:00:00", false},
		{"Sunday", dsl.Hours{Days: workday, From: "09:00", To: "20:00"}, sp, "2026-11-22T12:00:00", false},
		{"until midnight", dsl.Hours{Days: allDays, From: "09:00", To: "24:00"}, sp, "2026-11-22T23:59:59", true},
		{"across midnight, evening", dsl.Hours{Days: []string{"fri"}, From: "22:00", To: "02:00"}, sp, "2026-11-20T23:00:00", true},
		{"across midnight, the morning after belongs to Friday", dsl.Hours{Days: []string{"fri"}, From: "22:00", To: "02:00"}, sp, "2026-11-21T01:59:00", true},
		{"across midnight, not the morning before", dsl.Hours{Days: []string{"fri"}, From: "22:00", To: "02:00"}, sp, "2026-11-20T01:00:00", false},
		{"no days means every day", dsl.Hours{From: "08:00", To: "18:00"}, sp, "2026-11-22T10:00:00", true},
		{"holiday", dsl.Hours{Days: workday, From: "08:00", To: "18:00", Holidays: "br"}, sp, "2026-12-25T10:00:00", false},
		{"state holiday, national calendar", dsl.Hours{Days: workday, From: "08:00", To: "18:00", Holidays: "br"}, sp, "2026-07-09T10:00:00", true},
		{"state holiday, state calendar", dsl.Hours{Days: workday, From: "08:00", To: "18:00", Holidays: "br_sp"}, sp, "2026-07-09T10:00:00", false},
		{"unreadable hours are closed", dsl.Hours{Days: workday, From: "9 o'clock", To: "18:00"}, sp, "2026-11-23T10:00:00", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			at, err := time.ParseInLocation("2006-01-02T15:04:05", c.local, z)
			if err != nil {
				t.Fatal(err)
			}
			if got := InHours(c.hours, at.UTC(), z); got != c.want {
				t.Errorf("InHours(%s) = %v, want %v", c.local, got, c.want)
			}
		})
	}
}

func TestNextOpen(t *testing.T) {
	day := func(from, to string) dsl.Hours { return dsl.Hours{Days: allDays, From: from, To: to} }
	cases := []struct {
		name  string
		hours dsl.Hours
		zone  string
		at    string // RFC 3339
		want  string
	}{
		{"open now", day("09:00", "20:00"), "America/Sao_Paulo", "2026-11-23T12:30:15-03:00", "2026-11-23T12:30:15-03:00"},
		{"later today", day("09:00", "20:00"), "America/Sao_Paulo", "2026-11-23T03:00:00-03:00", "2026-11-23T09:00:00-03:00"},
		{"tomorrow", day("09:00", "20:00"), "America/Sao_Paulo", "2026-11-23T20:00:00-03:00", "2026-11-24T09:00:00-03:00"},
		{"over the weekend", dsl.Hours{Days: workday, From: "08:00", To: "18:00"}, "America/Sao_Paulo", "2026-11-27T18:30:00-03:00", "2026-11-30T08:00:00-03:00"},
		{"over Christmas and the weekend", dsl.Hours{Days: workday, From: "08:00", To: "18:00", Holidays: "br"}, "America/Sao_Paulo", "2026-12-24T18:30:00-03:00", "2026-12-28T08:00:00-03:00"},
		{"nonexistent opening: the next minute that exists", day("02:30", "05:00"), "America/New_York", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"nonexistent midnight", day("00:00", "05:00"), "America/Santiago", "2026-09-05T22:00:00-04:00", "2026-09-06T01:00:00-03:00"},
		{"half an hour's change", day("02:10", "05:00"), "Australia/Lord_Howe", "2026-10-04T01:00:00+10:30", "2026-10-04T02:30:00+11:00"},
		{"doubled hour: the first", day("01:30", "05:00"), "America/New_York", "2026-11-01T00:10:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"swallowed whole: the day after", day("02:10", "02:50"), "America/New_York", "2026-03-08T01:00:00-05:00", "2026-03-09T02:10:00-04:00"},
		{"Apia skipped a Friday", dsl.Hours{Days: []string{"fri"}, From: "09:00", To: "17:00"}, "Pacific/Apia", "2011-12-29T18:00:00-10:00", "2012-01-06T09:00:00+14:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			at, _ := time.Parse(time.RFC3339, c.at)
			want, _ := time.Parse(time.RFC3339, c.want)
			got, ok := NextOpen(c.hours, at, zone(t, c.zone))
			if !ok || !got.Equal(want) {
				t.Errorf("NextOpen(%s) = %s, %v; want %s", c.at, got.Format(time.RFC3339), ok, c.want)
			}
		})
	}
	if _, ok := NextOpen(dsl.Hours{Days: []string{"never"}, From: "09:00", To: "17:00"}, time.Now(), time.UTC); ok {
		t.Error("hours without any day opened")
	}
}

// Whatever the zone and the moment: the opening is open, not in the past, and
// nothing between now and then was open.
func TestNextOpenProperties(t *testing.T) {
	zones := []string{"America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "America/New_York", "Europe/Lisbon",
		"Asia/Kathmandu", "Africa/Casablanca", "America/Santiago", "Asia/Beirut", "Antarctica/Troll", "UTC"}
	random := rand.New(rand.NewPCG(1, 2))
	year := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 3000 {
		z := zone(t, zones[random.IntN(len(zones))])
		clock := func() string {
			return time.Date(0, 1, 1, random.IntN(24), random.IntN(4)*15, 0, 0, time.UTC).Format("15:04")
		}
		h := dsl.Hours{Days: allDays[:1+random.IntN(7)], From: clock(), To: clock()}
		if random.IntN(2) == 0 {
			h.Holidays = "br_sp"
		}
		at := year.Add(time.Duration(random.Int64N(int64(366 * 24 * time.Hour)))).Truncate(time.Second)
		open, ok := NextOpen(h, at, z)
		if !ok {
			t.Fatalf("%+v never opens after %s in %s", h, at, z)
		}
		if open.Before(at) || !InHours(h, open, z) {
			t.Fatalf("%+v after %s in %s: %s is not open", h, at, z, open)
		}
		for probe := at; probe.Before(open); probe = probe.Add(max(open.Sub(at)/40, time.Minute)) {
			if InHours(h, probe, z) {
				t.Fatalf("%+v after %s in %s: open at %s already, not only at %s", h, at, z, probe, open)
			}
		}
	}
}

func TestNextOpenAll(t *testing.T) {
	h := dsl.Hours{Days: allDays, From: "09:00", To: "20:00"}
	at := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	got, ok := NextOpenAll(h, at, []*time.Location{zone(t, "America/Noronha"), zone(t, "America/Rio_Branco")})
	want := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC) // nine in Rio Branco, noon on Noronha
	if !ok || !got.Equal(want) {
		t.Errorf("got %s, %v; want %s", got, ok, want)
	}
	short := dsl.Hours{Days: allDays, From: "09:00", To: "10:00"}
	if got, ok := NextOpenAll(short, at, []*time.Location{zone(t, "America/Noronha"), zone(t, "Asia/Tokyo")}); ok {
		t.Errorf("hours that never overlap opened at %s", got)
	}
}

func TestHolidays(t *testing.T) {
	cases := []struct {
		calendar, day string
		want          bool
	}{
		{"br", "2026-01-01", true}, {"br", "2026-02-16", true}, {"br", "2026-02-17", true}, {"br", "2026-02-18", false},
		{"br", "2026-04-03", true}, {"br", "2026-04-05", false}, {"br", "2026-04-21", true}, {"br", "2026-05-01", true},
		{"br", "2026-06-04", true}, {"br", "2026-07-09", false}, {"br", "2026-09-07", true}, {"br", "2026-10-12", true},
		{"br", "2026-11-02", true}, {"br", "2026-11-15", true}, {"br", "2026-11-20", true}, {"br", "2026-12-25", true},
		{"br", "2023-11-20", false}, {"br_sp", "2023-11-20", true}, {"br_sp", "2026-07-09", true}, {"br_sp", "1996-07-09", false},
		{"br_sp", "2026-11-23", false}, {"fr", "2026-01-01", false},
	}
	sp := zone(t, "America/Sao_Paulo")
	for _, c := range cases {
		day, _ := time.ParseInLocation(time.DateOnly, c.day, sp)
		if got := IsHoliday(c.calendar, day, sp); got != c.want {
			t.Errorf("IsHoliday(%s, %s) = %v, want %v", c.calendar, c.day, got, c.want)
		}
	}
	// The local day counts: 23:30 on December 24 in São Paulo is Christmas in UTC.
	eve := time.Date(2026, 12, 25, 2, 30, 0, 0, time.UTC)
	if IsHoliday("br", eve, sp) || !IsHoliday("br", eve, time.UTC) {
		t.Error("the holiday does not follow the local day")
	}
	if independence := time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC); !IsHoliday("br,us", independence, sp) || IsHoliday("ar,br", independence, sp) {
		t.Error("of several calendars each counts, and no other")
	}
}

// Days written beside a calendar close the hours as well, those of every year and
// those of one.
func TestClosedDays(t *testing.T) {
	sp := zone(t, "America/Sao_Paulo")
	h := dsl.Hours{Days: allDays, From: "08:00", To: "18:00", Holidays: "br", Closed: []string{"12-08", "2026-07-14"}}
	for day, open := range map[string]bool{
		"2026-12-08": false, "2027-12-08": false, "2026-07-14": false, "2027-07-14": true, "2026-12-25": false, "2026-12-09": true,
	} {
		at, _ := time.ParseInLocation(time.DateOnly, day, sp)
		if got := InHours(h, at.Add(12*time.Hour), sp); got != open {
			t.Errorf("open on %s: %v", day, got)
		}
	}
}

func TestCapFreeAt(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ago := func(hours ...int) []time.Time {
		var list []time.Time
		for _, h := range hours {
			list = append(list, now.Add(-time.Duration(h)*time.Hour))
		}
		return list
	}
	two := dsl.Cap{Max: 2, Per: dsl.Duration(24 * time.Hour)}
	cases := []struct {
		name  string
		cap   dsl.Cap
		sends []time.Time
		want  time.Duration
		ok    bool
	}{
		{"nothing sent", two, nil, 0, true},
		{"one sent", two, ago(1), 0, true},
		{"two sent: when the older leaves the day", two, ago(1, 20), 4 * time.Hour, true},
		{"three: still the second newest counts", two, ago(1, 3, 20), 21 * time.Hour, true},
		{"exactly a day ago is free", two, ago(1, 24), 0, true},
		{"no message at all", dsl.Cap{}, nil, 0, false},
	}
	for _, c := range cases {
		got, ok := CapFreeAt(c.cap, c.sends, now)
		if ok != c.ok || ok && !got.Equal(now.Add(c.want)) {
			t.Errorf("%s: %s, %v", c.name, got.Sub(now), ok)
		}
	}
}
