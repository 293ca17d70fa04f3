package dsl

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// Past tells what is written into the journeys of a folder that has already
// been, or never comes (J0541): a start at a moment that is past, a cron line for
// the 30th of February, a date given to an input. It is asked when a journey is
// about to be published, because only then does the time matter: a campaign that
// ran last year is no mistake in a repository. Errors, because what waits for
// them would never start.
func (f *Folder) Past(now time.Time) diag.List {
	var list diag.List
	for _, j := range f.Journeys {
		list = append(list, Past(j, f.Workspace, now)...)
	}
	return list.Sort()
}

// Past is Folder.Past for one journey.
func Past(j *Journey, ws *Workspace, now time.Time) diag.List {
	c := runCheck(j, ws)
	if j.node == nil {
		return nil
	}
	p := &pastCheck{reporter: &reporter{src: j.src}, now: now, zone: c.zone()}
	for _, t := range j.Triggers {
		p.trigger(t)
	}
	for _, m := range c.moments {
		p.step = m.step
		p.moment(m.at)
	}
	return p.diagnostics()
}

// constantMoment is a time written out where a value of that type is needed.
type constantMoment struct {
	at   *Scalar
	step string
}

// zone is that of the journey's local times.
func (c *checker) zone() *time.Location {
	name := c.ws.Timezone
	if c.journey.Timezone != nil {
		name = c.journey.Timezone.Value
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // an unknown zone has its own message
	}
	return zone
}

type pastCheck struct {
	*reporter
	now  time.Time
	zone *time.Location
}

func (p *pastCheck) trigger(t *TriggerDecl) {
	schedule := t.node.get("schedule")
	if t.Schedule == nil || schedule == nil {
		return
	}
	if at := schedule.get("at"); at != nil && t.Schedule.At != "" {
		p.moment(&Scalar{t.Schedule.At, at})
	}
	if cron := schedule.get("cron"); cron != nil && t.Schedule.Cron != "" && neverComes(t.Schedule.Cron) {
		p.report("J0541", cron.span(), diag.T("no day is ever `%s`: this never starts", "nenhum dia é `%s`: isto nunca começa", t.Schedule.Cron)).
			Hint = diag.T("the fields are minute, hour, day, month, weekday", "os campos são minuto, hora, dia, mês, dia da semana")
	}
}

func (p *pastCheck) moment(at *Scalar) {
	value, err := expression.Type{Kind: expression.Time}.CoerceIn(at.Value, p.zone)
	moment, ok := value.(time.Time)
	if err != nil || !ok || moment.After(p.now) {
		return
	}
	d := p.report("J0541", at.Span(), diag.T("%s is past", "%s já passou", at.Value))
	d.Note = diag.T("it is now %[1]s in %[2]s", "agora são %[1]s em %[2]s", p.now.In(p.zone).Format("2006-01-02T15:04"), p.zone)
	d.Hint = diag.T("write a moment to come, or remove it", "escreva um momento por vir, ou remova")
}

var longestMonth = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// neverComes reports a cron line whose days do not exist in its months. A
// weekday beside the day of the month is an alternative, and those always come.
func neverComes(line string) bool {
	fields := strings.Fields(strings.ToLower(line))
	if len(fields) != 5 || fields[4] != "*" {
		return false
	}
	days, months := cronFirst(2, fields[2]), cronSet(3, fields[3])
	return !slices.ContainsFunc(months, func(m int) bool { return days <= longestMonth[m] })
}

// cronFirst is the smallest value of a field, cronSet are all.
func cronFirst(i int, field string) int { return slices.Min(cronSet(i, field)) }

func cronSet(i int, field string) []int {
	var set []int
	for part := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(part, "/")
		from, to := cronRanges[i][0], cronRanges[i][1]
		if span != "*" {
			first, last, isRange := strings.Cut(span, "-")
			from, _ = cronValue(i, first)
			if isRange {
				to, _ = cronValue(i, last)
			} else if !stepped {
				to = from
			}
		}
		by := 1
		if n, err := strconv.Atoi(step); stepped && err == nil {
			by = n
		}
		for v := from; v <= to; v += by {
			set = append(set, v)
		}
	}
	return set
}
