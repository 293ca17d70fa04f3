package holiday

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// yearOf lists the holidays of a year as "01-01 04-03 …".
func yearOf(name string, year int) string {
	var days []string
	for d := on(year, time.January, 1); d.Year() == year; d = d.AddDate(0, 0, 1) {
		if Is(name, d.Year(), d.Month(), d.Day()) {
			days = append(days, d.Format("01-02"))
		}
	}
	return strings.Join(days, " ")
}

// Whole years, as governments published them.
func TestYears(t *testing.T) {
	for _, c := range []struct {
		name string
		year int
		want string
	}{
		{"br", 2023, "01-01 02-20 02-21 04-07 04-21 05-01 06-08 09-07 10-12 11-02 11-15 12-25"},
		{"br", 2024, "01-01 02-12 02-13 03-29 04-21 05-01 05-30 09-07 10-12 11-02 11-15 11-20 12-25"},
		{"br", 2026, "01-01 02-16 02-17 04-03 04-21 05-01 06-04 09-07 10-12 11-02 11-15 11-20 12-25"},
		{"br_sp", 2026, "01-01 02-16 02-17 04-03 04-21 05-01 06-04 07-09 09-07 10-12 11-02 11-15 11-20 12-25"},
		{"pt", 2026, "01-01 02-17 04-03 04-05 04-25 05-01 06-04 06-10 08-15 10-05 11-01 12-01 12-08 12-25"},
		{"es", 2026, "01-01 01-06 04-03 05-01 08-15 10-12 11-01 12-06 12-08 12-25"},
		{"ar", 2024, "01-01 02-12 02-13 03-24 03-29 04-02 05-01 05-25 06-17 06-20 07-09 08-17 10-12 11-18 12-08 12-25"},
		{"ar", 2026, "01-01 02-16 02-17 03-24 04-02 04-03 05-01 05-25 06-15 06-20 07-09 08-17 10-12 11-23 12-08 12-25"},
		{"cl", 2024, "01-01 03-29 03-30 05-01 05-21 06-20 06-29 07-16 08-15 09-18 09-19 09-20 10-12 10-31 11-01 12-08 12-25"},
		{"cl", 2026, "01-01 04-03 04-04 05-01 05-21 06-21 06-29 07-16 08-15 09-18 09-19 10-12 10-31 11-01 12-08 12-25"},
		{"ar", 2025, "01-01 03-03 03-04 03-24 04-02 04-18 05-01 05-25 06-16 06-20 07-09 08-17 10-10 11-24 12-08 12-25"},
		{"co", 2025, "01-01 01-06 03-24 04-17 04-18 05-01 06-02 06-23 06-30 07-20 08-07 08-18 10-13 11-03 11-17 12-08 12-25"},
		{"co", 2026, "01-01 01-12 03-23 04-02 04-03 05-01 05-18 06-08 06-15 06-29 07-13 07-20 08-07 08-17 10-12 11-02 11-16 12-08 12-25"},
		{"mx", 2024, "01-01 02-05 03-18 05-01 09-16 10-01 11-18 12-25"},
		{"mx", 2026, "01-01 02-02 03-16 05-01 09-16 11-16 12-25"},
		{"us", 2020, "01-01 01-20 02-17 05-25 07-03 07-04 09-07 10-12 11-11 11-26 12-25"},
		{"us", 2021, "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31"},
		{"us", 2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"},
		{"fr", 2026, ""},
	} {
		if got := yearOf(c.name, c.year); got != c.want {
			t.Errorf("%s %d:\n got %s\nwant %s", c.name, c.year, got, c.want)
		}
	}
}

// TestTwoYears lists every calendar's days of two years, with their weekdays, as a
// person would compare them with a calendar on the wall. They were compared with two
// public collections, python-holidays and date-holidays, for 2024 to 2028; what differs
// from these is a custom (Carnival, Corpus Christi), a region's choice (Spain), an
// election, or a day that a government announces year by year.
func TestTwoYears(t *testing.T) {
	var out strings.Builder
	for _, name := range Names() {
		for _, year := range []int{2026, 2027} {
			fmt.Fprintf(&out, "%s %d\n", name, year)
			for d := on(year, time.January, 1); d.Year() == year; d = d.AddDate(0, 0, 1) {
				if Is(name, d.Year(), d.Month(), d.Day()) {
					fmt.Fprintf(&out, "  %s\n", d.Format("2006-01-02 Mon"))
				}
			}
		}
	}
	const file = "testdata/two-years.out"
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("%s differs; got\n%s", file, out.String())
	}
}

// Easter of 2024 to 2030, as published by the Vatican's calendar.
func TestEaster(t *testing.T) {
	for year, day := range map[int]string{2024: "03-31", 2025: "04-20", 2026: "04-05", 2027: "03-28", 2028: "04-16", 2029: "04-01", 2030: "04-21"} {
		if got := easter(year).Format("01-02"); got != day {
			t.Errorf("Easter of %d is %s, want %s", year, got, day)
		}
	}
}

func TestSolstice(t *testing.T) {
	var got []string
	for year := 2020; year <= 2030; year++ {
		for _, d := range solstice(year) {
			got = append(got, d.Format("2006-01-02"))
		}
	}
	want := "2021-06-21 2022-06-21 2023-06-21 2024-06-20 2025-06-20 2026-06-21 2027-06-21 2028-06-20 2029-06-20 2030-06-21"
	if fmt.Sprint(got) != "["+want+"]" {
		t.Errorf("solstices: %v, want %s", got, want)
	}
}

func TestEveryCalendarSaysWhereItComesFrom(t *testing.T) {
	if names := Names(); !slices.IsSorted(names) || len(names) != len(calendars) {
		t.Errorf("names: %v", names)
	}
	for _, name := range Names() {
		if !Known(name) || Source(name) == "" || Title(name) == "" {
			t.Errorf("%s has no name or no source", name)
		}
		if of := calendars[name].of; of != "" && !Known(of) {
			t.Errorf("%s builds on %q, which nobody knows", name, of)
		}
	}
	if Known("fr") || Source("fr") != "" {
		t.Error("an unknown calendar is known")
	}
}
