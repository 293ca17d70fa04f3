package dsl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must be the same on every machine

	"jornada/dsl/diag"
	"jornada/dsl/holiday"
)

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

var clockPattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

type hoursDecl struct {
	days     *node
	from, to *Scalar
	holidays *node
}

var hoursFields = []field[hoursDecl]{
	{key: "days", doc: doc("all, mon-fri, or a list of days.", "all, mon-fri, ou uma lista de dias."), shape: textOr(textShape, "array", listShape(textShape)), read: func(_ *parser, n *node, h *hoursDecl) { h.days = n }},
	{key: "from", required: true, doc: doc("\"09:00\"", "\"09:00\""), shape: textShape, read: func(p *parser, n *node, h *hoursDecl) { h.from = p.clock(n, quoted("from"), false) }},
	{key: "to", required: true, doc: doc("\"20:00\", up to \"24:00\"", "\"20:00\", até \"24:00\""), shape: textShape, read: func(p *parser, n *node, h *hoursDecl) { h.to = p.clock(n, quoted("to"), true) }},
	{key: "holidays", doc: doc("A holiday calendar, a day, or a list of those: br_sp, [br, \"12-08\"].", "Um calendário de feriados, um dia, ou uma lista: br_sp, [br, \"12-08\"]."), shape: textOr(textShape, "array", listShape(textShape)), read: func(_ *parser, n *node, h *hoursDecl) { h.holidays = n }},
}

func (p *parser) clock(n *node, what diag.Text, end bool) *Scalar {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	if !clockPattern.MatchString(s.Value) && !(end && s.Value == "24:00") {
		p.report("J0202", s.Span(), diag.T("`%s` is not a time of day", "`%s` não é uma hora do dia", s.Value)).
			Hint = diag.T("write \"09:00\", with two digits and quotes", "escreva \"09:00\", com dois dígitos e aspas")
		return nil
	}
	return s
}

// hours reads {days: mon-sat, from: "09:00", to: "20:00"}.
func (p *parser) hours(n *node, what diag.Text) *Hours {
	h := &hoursDecl{}
	if !readFields(p, n, what, hoursFields, h) || h.from == nil || h.to == nil {
		return nil
	}
	if h.from.Value == h.to.Value {
		p.report("J0202", h.to.Span(), diag.T("`from` and `to` are the same: these hours never open", "`from` e `to` são iguais: este horário nunca abre")).
			Hint = diag.T("for the whole day write from: \"00:00\", to: \"24:00\"", "para o dia todo escreva from: \"00:00\", to: \"24:00\"")
		return nil
	}
	days := slices.Clone(weekdays)
	if h.days != nil {
		if days = p.days(h.days); days == nil {
			return nil
		}
	}
	out := &Hours{Days: days, From: h.from.Value, To: h.to.Value}
	if h.holidays != nil && !p.holidays(h.holidays, out) {
		return nil
	}
	return out
}

var (
	everyYear = regexp.MustCompile(`^[0-9]{2}-[0-9]{2}$`)
	oneDay    = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// maxClosed bounds the days written beside a calendar.
const maxClosed = 400

// holidays reads br_sp, "12-08", "2026-07-14", or a list of those.
func (p *parser) holidays(n *node, h *Hours) bool {
	items := []*node{n}
	if n.kind == listNode {
		items = n.items
	}
	if len(items) > maxClosed {
		p.report("J0001", n.span(), diag.T("`holidays` has %d entries; at most %d are allowed", "`holidays` tem %d itens; o máximo é %d", len(items), maxClosed))
		return false
	}
	var calendars []string
	for _, item := range items {
		s := p.scalar(item, quoted("holidays"))
		if s == nil {
			return false
		}
		date := s.Value
		switch {
		case holiday.Known(s.Value):
			if !slices.Contains(calendars, s.Value) {
				calendars = append(calendars, s.Value)
			}
			continue
		case everyYear.MatchString(date):
			date = "2024-" + date // a leap year: February 29 exists
		case !oneDay.MatchString(date):
			p.notAllowed(s, quoted("holidays"), holiday.Names())
			return false
		}
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			p.report("J0202", s.Span(), diag.T("`%s` is not a day of the calendar", "`%s` não é um dia do calendário", s.Value)).
				Hint = diag.T("write \"12-08\" for December 8 of every year, or \"2026-07-14\" for one day", "escreva \"12-08\" para 8 de dezembro de todo ano, ou \"2026-07-14\" para um dia só")
			return false
		}
		if !slices.Contains(h.Closed, s.Value) {
			h.Closed = append(h.Closed, s.Value)
		}
	}
	slices.Sort(calendars)
	slices.Sort(h.Closed)
	h.Holidays = strings.Join(calendars, ",")
	return true
}

// days reads all, mon, mon-fri, fri-mon, or a list of those, into sorted days.
func (p *parser) days(n *node) []string {
	items := []*node{n}
	if n.kind == listNode {
		items = n.items
	}
	var open [7]bool
	for _, item := range items {
		s := p.scalar(item, quoted("days"))
		if s == nil {
			return nil
		}
		for part := range strings.SplitSeq(s.Value, ",") {
			part = strings.TrimSpace(part)
			first, last, isRange := strings.Cut(part, "-")
			from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
			switch {
			case part == "all":
				open = [7]bool{true, true, true, true, true, true, true}
			case !isRange && from >= 0:
				open[from] = true
			case isRange && from >= 0 && to >= 0:
				for d := from; ; d = (d + 1) % 7 {
					open[d] = true
					if d == to {
						break
					}
				}
			default:
				p.notAllowed(s, quoted("days"), append([]string{"all", "mon-fri", "mon-sat"}, weekdays...))
				return nil
			}
		}
	}
	var days []string
	for i, isOpen := range open {
		if isOpen {
			days = append(days, weekdays[i])
		}
	}
	return days
}

// zones are offered when a zone is misspelled; any IANA zone is accepted.
var zones = []string{
	"America/Sao_Paulo", "America/Manaus", "America/Fortaleza", "America/Bahia", "America/Recife", "America/Belem", "America/Cuiaba",
	"America/Campo_Grande", "America/Porto_Velho", "America/Boa_Vista", "America/Rio_Branco", "America/Noronha", "America/Maceio",
	"America/Araguaina", "America/New_York", "America/Mexico_City", "America/Bogota", "America/Lima", "America/Santiago",
	"America/Argentina/Buenos_Aires", "America/Montevideo", "America/Asuncion", "Europe/Lisbon", "Europe/Madrid", "Europe/London", "UTC",
}

func (p *parser) zone(n *node) *Scalar {
	s := p.scalar(n, quoted("timezone"))
	if s == nil {
		return nil
	}
	if _, err := time.LoadLocation(s.Value); err != nil || s.Value == "Local" {
		d := p.report("J0202", s.Span(), diag.T("`%s` is not a time zone", "`%s` não é um fuso horário", s.Value))
		d.Suggestion = didYouMean(s.Value, zones)
		d.Hint = diag.T("write an IANA name: America/Sao_Paulo, America/Manaus, UTC", "escreva um nome IANA: America/Sao_Paulo, America/Manaus, UTC")
		return nil
	}
	return s
}

var ratePattern = regexp.MustCompile(`^([1-9][0-9]{0,6})/(s|min|h|d)$`)

func (p *parser) rate(n *node) *Rate {
	s := p.scalar(n, quoted("rate"))
	if s == nil {
		return nil
	}
	m := ratePattern.FindStringSubmatch(s.Value)
	if m == nil {
		p.report("J0202", s.Span(), diag.T("`%s` is not a rate", "`%s` não é um ritmo", s.Value)).
			Hint = diag.T("write 3000/h, 50/min, 5/s or 10000/d", "escreva 3000/h, 50/min, 5/s ou 10000/d")
		return nil
	}
	count, _ := strconv.Atoi(m[1])
	per := map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	return &Rate{count, Duration(per)}
}

type scheduleDecl struct{ cron, at *Scalar }

var scheduleFields = []field[scheduleDecl]{
	{key: "cron", doc: doc("Minute, hour, day, month, weekday: \"0 9 * * mon\".", "Minuto, hora, dia, mês, dia da semana: \"0 9 * * mon\"."), shape: textShape, read: func(p *parser, n *node, s *scheduleDecl) {
		if s.cron = p.scalar(n, quoted("cron")); s.cron != nil && !validCron(s.cron.Value) {
			p.report("J0202", s.cron.Span(), diag.T("`%s` is not a cron line", "`%s` não é uma linha de cron", s.cron.Value)).
				Hint = diag.T("five fields: minute hour day month weekday, for example \"0 9 * * mon\"", "cinco campos: minuto hora dia mês dia-da-semana, por exemplo \"0 9 * * mon\"")
			s.cron = nil
		}
	}},
	{key: "at", doc: doc("One moment, local: \"2026-11-27T08:00\".", "Um momento, local: \"2026-11-27T08:00\"."), shape: textShape, read: func(p *parser, n *node, s *scheduleDecl) {
		if s.at = p.scalar(n, quoted("at")); s.at != nil {
			if _, err := time.Parse("2006-01-02T15:04", s.at.Value); err != nil {
				p.report("J0202", s.at.Span(), diag.T("`%s` is not a local time", "`%s` não é um horário local", s.at.Value)).
					Hint = diag.T("write \"2026-11-27T08:00\"", "escreva \"2026-11-27T08:00\"")
				s.at = nil
			}
		}
	}},
}

var (
	cronNames = []map[string]int{nil, nil, nil,
		{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12},
		{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}}
	cronRanges = [][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}}
)

// validCron checks five fields of numbers, names, ranges, lists and steps.
func validCron(line string) bool {
	fields := strings.Fields(line)
	if len(fields) != 5 {
		return false
	}
	for i, f := range fields {
		for part := range strings.SplitSeq(strings.ToLower(f), ",") {
			span, step, stepped := strings.Cut(part, "/")
			if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
				return false
			}
			if span == "*" {
				continue
			}
			first, last, isRange := strings.Cut(span, "-")
			from, ok := cronValue(i, first)
			if !ok {
				return false
			}
			if to, ok := cronValue(i, last); isRange && (!ok || to < from) {
				return false
			}
		}
	}
	return true
}

func cronValue(fieldIndex int, s string) (int, bool) {
	if v, ok := cronNames[fieldIndex][s]; ok {
		return v, true
	}
	v, err := strconv.Atoi(s)
	return v, err == nil && s[0] != '+' && s[0] != '-' && v >= cronRanges[fieldIndex][0] && v <= cronRanges[fieldIndex][1]
}
