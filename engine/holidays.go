package engine

import (
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/holiday"
)

// IsHoliday reports whether the local day of a moment is a holiday of a calendar,
// or of one of several with commas between. A calendar nobody knows has no
// holidays; the checker refuses its name beforehand.
func IsHoliday(calendar string, day time.Time, zone *time.Location) bool {
	y, m, d := day.In(zone).Date()
	for name := range strings.SplitSeq(calendar, ",") {
		if holiday.Is(name, y, m, d) {
			return true
		}
	}
	return false
}

// closedDay reports whether hours are closed on the local day of a moment: because
// it is a holiday, or one of the days written beside the calendar.
func closedDay(h dsl.Hours, day time.Time, zone *time.Location) bool {
	if h.Holidays != "" && IsHoliday(h.Holidays, day, zone) {
		return true
	}
	local := day.In(zone).Format(time.DateOnly)
	for _, closed := range h.Closed {
		if closed == local || closed == local[len("2006-"):] {
			return true
		}
	}
	return false
}
