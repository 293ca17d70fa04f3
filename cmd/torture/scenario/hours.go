package scenario

import (
	"fmt"
	"time"
	_ "time/tzdata" // the same zones on every machine
)

// hours are the send window of a journey, read by the harness: the product's
// reading of them is what is on trial.
type hours struct {
	weekdays func(time.Weekday) bool // nil: all
	from, to int                     // minutes of the day; to before from is past midnight
}

// open reports whether a moment lies inside, on the wall clock of a zone.
func (h hours) open(t time.Time, zone *time.Location) bool {
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	if h.from < h.to {
		return minute >= h.from && minute < h.to && (h.weekdays == nil || h.weekdays(local.Weekday()))
	}
	return minute >= h.from || minute < h.to // only windows of all days cross midnight here
}

// next are the minutes at which the hours are next open, and closed again after
// that; the first is t itself while they are open. Minute by minute, so that no
// rule about clocks that are put forward or back has to be known here.
func (h hours) next(t time.Time, zone *time.Location) (opens, closes time.Time) {
	at := t
	for ; !h.open(at, zone); at = at.Truncate(time.Minute).Add(time.Minute) {
		if at.Sub(t) > 30*24*time.Hour {
			panic(fmt.Sprintf("the hours %d–%d never open in %s", h.from, h.to, zone))
		}
	}
	opens = at
	for h.open(at, zone) {
		at = at.Truncate(time.Minute).Add(time.Minute)
	}
	return opens, at
}

// changes are the moments of a year from t on at which a zone's clocks change,
// to the hour.
func changes(t time.Time, zone *time.Location) (list []time.Time) {
	_, offset := t.In(zone).Zone()
	for at := t; at.Before(t.AddDate(1, 0, 0)); at = at.Add(time.Hour) {
		if _, now := at.In(zone).Zone(); now != offset {
			offset = now
			list = append(list, at)
		}
	}
	return list
}

// zones are forty places: with and without summer time, north and south, with
// odd offsets, with half an hour or two hours of summer time, and on both sides
// of the date line.
var zones = []string{
	"America/Sao_Paulo", "America/Noronha", "America/Manaus", "America/Asuncion", "America/Santiago", "America/Bogota",
	"America/Havana", "America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
	"America/St_Johns", "Pacific/Honolulu", "Pacific/Marquesas", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Tongatapu",
	"Pacific/Auckland", "Pacific/Chatham", "Pacific/Norfolk", "Australia/Lord_Howe", "Australia/Sydney", "Australia/Adelaide",
	"Australia/Eucla", "Asia/Tokyo", "Asia/Shanghai", "Asia/Yangon", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran",
	"Asia/Gaza", "Europe/Moscow", "Europe/Istanbul", "Africa/Cairo", "Africa/Casablanca", "Europe/Berlin", "Europe/London",
	"Atlantic/Azores", "Antarctica/Troll",
}

// strangers are people whose zone nobody told the product: the area of their
// phone number has one only.
var strangers = []struct{ prefix, zone string }{
	{"+819012", "Asia/Tokyo"}, {"+919812", "Asia/Kolkata"}, {"+551191", "America/Sao_Paulo"},
}
