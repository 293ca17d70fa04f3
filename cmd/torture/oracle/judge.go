package oracle

import (
	"slices"
	"strings"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/provsim"
)

// something: zero breaches among zero messages are no result. What a scenario
// says that it does must have happened, and what it says that it measures must be
// there.
func (j *judge) something() {
	nothing := func(format string, args ...any) { j.breachf("the scenario tests something", format, args...) }
	switch {
	case len(j.Requests) == 0:
		nothing("nobody was enrolled")
	case len(j.Messages) == 0:
		nothing("the product made no message")
	case len(j.Accepts) == 0:
		nothing("nobody accepted any message")
	}
	if len(j.Endings) == 0 {
		nothing("no timeline was read")
	}
	if j.Looks == 0 {
		nothing("the statuses were never looked at while it played")
	}
	if n := j.Facts.Kills; n < j.Rules.Kills {
		nothing("%d kills of %d", n, j.Rules.Kills)
	}
	if j.Rules.RecoverWithin > 0 && len(j.Facts.Recoveries) == 0 {
		nothing("nothing came back, so nobody knows how quickly it would")
	}
	if j.Rules.DrainWithin > 0 && len(j.Facts.Drains) == 0 {
		nothing("no process was asked to end")
	}
}

// endings: every request one enrollment, every enrollment one ending, and one of
// those it may have.
func (j *judge) endings() {
	asked := map[string]int{}
	for _, r := range j.Requests {
		asked[r.Contact]++
		if j.enrollments[r.Enrollment] == nil {
			j.breachf("an enrollment that was answered exists", "%s of %s is not in the product's list", r.Enrollment, r.Contact)
		}
	}
	made := map[string]int{}
	for _, e := range j.Enrollments {
		made[e.ContactID]++
		if n := asked[e.ContactID]; made[e.ContactID] == n+1 {
			j.breachf("one request, one enrollment", "%s was enrolled more than the %d times it was asked for (%s)", e.ContactID, n, e.ID)
		}
	}
	j.line.Enrolled = len(j.Enrollments)
	for _, e := range j.Enrollments {
		if e.Running() || e.EndedAt == nil {
			if j.Rules.MayRun != nil && j.Rules.MayRun(e) {
				continue
			}
			j.breachf("every enrollment ends", "%s of %s is %s at step %q", e.ID, e.ContactID, e.Status, e.CurrentStep)
			continue
		}
		if n, looked := j.Endings[e.ID]; looked && n != 1 {
			j.breachf("every enrollment ends once", "%s of %s has %d endings in its timeline", e.ID, e.ContactID, n)
			continue
		}
		j.line.EndedOnce++
		if j.Rules.Passage == nil {
			continue
		}
		if due := j.Rules.Passage(e).Due; due != nil {
			if _, may := due[e.Outcome]; !may {
				j.breachf("an enrollment ends as what happened says", "%s of %s ended %s/%s, and could end %s", e.ID, e.ContactID, e.Status, e.Outcome, words(due))
			}
		}
	}
}

// sent: what the world accepted belongs to a message of the product, with the
// same id on both sides, and to the branch that its enrollment took.
func (j *judge) sent() {
	j.line.Accepted = len(j.Accepts)
	for _, a := range j.Accepts {
		ref, all := a.Ref, j.accepts[a.Ref]
		if a.Seq != all[0].Seq {
			continue // looked at with the first
		}
		m := j.messages[ref]
		if m == nil {
			j.mismatchf("%d accepted with the reference %q to %s, which the product does not know", len(all), ref, all[0].To)
			continue
		}
		switch {
		case m.Status == "skipped", m.Status == "failed" && !j.told[ref].failed:
			j.mismatchf("%s is %s (%s), and the provider accepted it", j.name(m), m.Status, m.Reason)
		// (An SMTP server gives no id that its client would see.)
		case gone(m.Status) && m.ProviderID != "" && all[0].Provider != "smtp" && !slices.ContainsFunc(all, func(a provsim.Accept) bool { return a.ProviderID == m.ProviderID }):
			j.mismatchf("%s has the provider id %s, and the provider knows it as %s", j.name(m), m.ProviderID, all[0].ProviderID)
		}
	}
	for i := range j.Messages {
		m := &j.Messages[i]
		if gone(m.Status) && len(j.accepts[m.ID]) == 0 {
			j.lostf("%s is %s, and the provider never accepted it", j.name(m), m.Status)
		}
	}
}

// recipients: what was accepted went to the person whose message it is, at the
// address that the harness gave them, and that person is the enrollment's.
func (j *judge) recipients() {
	for i := range j.Messages {
		m := &j.Messages[i]
		switch e := j.enrollments[m.EnrollmentID]; {
		case e == nil && m.EnrollmentID != "":
			j.mismatchf("%s is of an enrollment that the product does not list", j.name(m))
		case e != nil && e.ContactID != m.ContactID:
			j.breachf("everybody gets their own messages", "%s is of an enrollment of %s", j.name(m), e.ContactID)
		}
	}
	if j.Address == nil {
		return
	}
	for _, a := range j.Accepts {
		m := j.messages[a.Ref]
		if m == nil {
			continue // told by sent
		}
		if want := j.Address(m.ContactID, a.Channel); want != "" && !samePerson(a.To, want) {
			j.breachf("everybody gets their own messages", "%s went to %s, and %s has %s", j.name(m), a.To, m.ContactID, want)
		}
	}
}

// due: every message on the way to an enrollment's ending has gone out, or the
// product says why not.
func (j *judge) due() {
	if j.Rules.Passage == nil {
		j.line.Due = len(j.Messages)
		return
	}
	for _, e := range j.Enrollments {
		steps, known := j.Rules.Passage(e).Due[e.Outcome]
		if e.Running() || !known {
			continue
		}
		j.line.Due += len(steps)
		for _, step := range steps {
			if len(j.byStep[e.ID][step]) == 0 {
				j.lostf("%s of %s ended %q without any message of step %q", e.ID, e.ContactID, e.Outcome, step)
			}
		}
		for step, list := range j.byStep[e.ID] {
			if slices.Contains(steps, step) {
				continue
			}
			for _, m := range list {
				if len(j.accepts[m.ID]) > 0 {
					j.breachf("messages of one branch only", "%s ended %q and got %s", e.ID, e.Outcome, j.name(m))
				}
			}
		}
	}
	for i := range j.Messages {
		m := &j.Messages[i]
		e := j.enrollments[m.EnrollmentID]
		if !settled(m.Status) && (e == nil || !e.Running()) {
			j.lostf("%s is still %s although its enrollment has ended", j.name(m), m.Status)
		}
	}
}

// doubles: one accept per key of the product, and, where a scenario says a text
// once, per person and text of the world's own record.
func (j *judge) doubles() {
	copies := map[string]int{}
	var order []string
	count := func(key string, a provsim.Accept) {
		if copies[key]++; copies[key] == 2 {
			order = append(order, key)
		}
		if copies[key] > 1 {
			j.line.Dup++
			j.breachf("nothing is sent twice", "%s: accepted again at %s (call %d)", key, a.At.Format(time.RFC3339Nano), a.Attempt)
		}
		j.line.MaxCopies = max(j.line.MaxCopies, copies[key])
	}
	seen := map[string]bool{} // references whose repetition is counted by their key
	for _, a := range j.Accepts {
		if m := j.messages[a.Ref]; m != nil {
			count(strings.Join([]string{m.EnrollmentID, m.StepID, number(m.Visit), number(m.Route), number(m.Try)}, "/"), a)
		} else {
			count("reference "+a.Ref, a)
		}
	}
	if j.Rules.Once == nil {
		return
	}
	texts := map[string]string{} // person and text: the reference it went out with
	for _, a := range j.Accepts {
		if !j.Rules.Once(a) {
			continue
		}
		key := strings.Join([]string{a.Channel, canonical(a.To), a.Template, a.Text}, " ")
		if first, again := texts[key]; again && first != a.Ref && !seen[a.Ref] {
			seen[a.Ref] = true
			j.line.Dup++
			j.breachf("nothing is sent twice", "%s: accepted with two references, %s and %s", key, first, a.Ref)
			continue
		}
		texts[key] = a.Ref
	}
}

// doubt: few messages are unconfirmed, and every one is shown.
func (j *judge) doubt() {
	shown := map[string]bool{}
	for _, m := range j.Unconfirmed {
		shown[m.ID] = true
	}
	for i := range j.Messages {
		m := &j.Messages[i]
		if m.Status != "unconfirmed" {
			continue
		}
		j.line.Unconfirmed++
		if !shown[m.ID] {
			j.breachf("every unconfirmed message is shown", "%s is unconfirmed and not in the list", j.name(m))
		}
	}
	most := max(int(j.Rules.UnconfirmedShare*float64(j.line.Due)), j.Rules.UnconfirmedFew)
	if j.line.Unconfirmed > most {
		for i := range j.Messages {
			if m := &j.Messages[i]; m.Status == "unconfirmed" {
				j.breachf("few messages are unconfirmed", "%s (more than %d of %d): %s", j.name(m), most, j.line.Due, m.ErrorDetail)
			}
		}
	}
}

// givenUp: what the product did not send, it had a reason for that the scenario
// gave it.
func (j *judge) givenUp() {
	var list []*driver.Message
	for i := range j.Messages {
		m := &j.Messages[i]
		switch m.Status {
		case "skipped":
			j.line.Skipped++
		case "failed":
			j.line.Failed++
		default:
			continue
		}
		if j.Rules.MayGiveUp == nil || !j.Rules.MayGiveUp(*m) {
			list = append(list, m)
		}
	}
	most := max(int(j.Rules.UnconfirmedShare*float64(j.line.Due)), j.Rules.UnconfirmedFew)
	if len(list) <= most {
		return
	}
	for _, m := range list {
		j.breachf("no message is given up without a reason", "%s (more than %d of %d) is %s (%s): %s", j.name(m), most, j.line.Due, m.Status, m.Reason, m.ErrorDetail)
	}
}

// statuses never go back, and end where the world said.
func (j *judge) statuses() {
	for _, r := range j.Regress {
		j.line.StatusRegress++
		j.breachf("statuses never go back", "%s", r)
	}
	for i := range j.Messages {
		m := &j.Messages[i]
		t := j.told[m.ID]
		switch r := rank(m.Status); {
		case r < t.answered:
			j.line.StatusRegress++
			j.breachf("statuses never go back", "%s is %s, and the product answered 2xx to %s", j.name(m), m.Status, wordOf(t.answered))
		case r >= rank("delivered") && r > t.tried && !j.Rules.Answered[m.StepID]:
			j.mismatchf("%s is %s, and nobody ever said so", j.name(m), m.Status)
		}
	}
}

// rules of sending, by the world's record alone.
func (j *judge) rules() {
	for _, a := range j.Accepts {
		for _, o := range j.Rules.OptOuts {
			if samePerson(a.To, o.To) && (o.Channel == "" || o.Channel == a.Channel) && a.At.After(o.At.Add(optOutGrace)) {
				j.line.AfterOptOut++
				j.breachf("nothing after an opt-out", "%s to %s, %s after it", a.Ref, a.To, a.At.Sub(o.At))
			}
		}
		if m := j.messages[a.Ref]; m != nil {
			if e := j.enrollments[m.EnrollmentID]; e != nil && e.EndedAt != nil && a.At.After(e.EndedAt.Add(optOutGrace)) {
				j.line.AfterEnd++
				j.breachf("nothing after the end", "%s went out %s after the enrollment ended", j.name(m), a.At.Sub(*e.EndedAt))
			}
		}
		if j.Rules.Quiet != nil && j.Rules.Quiet(a) {
			j.line.QuietHours++
			j.breachf("nothing in quiet hours", "%s to %s at %s", a.Ref, a.To, a.At.Format(time.RFC3339))
		}
		if j.Rules.Window != nil && j.Rules.Window(a) {
			j.line.OutsideWindow++
			j.breachf("free-form text only inside the window", "%s to %s at %s", a.Ref, a.To, a.At.Format(time.RFC3339))
		}
		if j.Rules.NotAfter != nil {
			if limit, has := j.Rules.NotAfter(a); has && a.At.After(limit) {
				j.line.Stale++
				j.breachf("nothing stale", "%s to %s, %s too late", a.Ref, a.To, a.At.Sub(limit))
			}
		}
	}
	if j.Rules.Extra != nil {
		j.Rules.Extra(func(rule, example string) { j.breaches.add(rule, example) })
	}
}

// processes: they come back, they drain, and they do not die by themselves.
func (j *judge) processes() {
	j.line.Kills = j.Facts.Kills
	j.line.RecoverP95 = p95(j.Facts.Recoveries)
	if limit := j.Rules.RecoverWithin; limit > 0 && j.line.RecoverP95 > limit.Seconds() {
		j.breachf("ready again in time", "p95 of %d recoveries is %.1f s, more than %s", len(j.Facts.Recoveries), j.line.RecoverP95, limit)
	}
	for _, d := range j.Facts.Drains {
		switch {
		case d.Hung:
			j.breachf("a process ends when asked", "%s had not ended %s after SIGTERM and was killed", d.Name, d.Took.Round(time.Millisecond))
		case j.Rules.DrainWithin > 0 && d.Took > j.Rules.DrainWithin:
			j.breachf("a process ends when asked", "%s took %s to end after SIGTERM", d.Name, d.Took.Round(time.Millisecond))
		case d.Code != 0:
			j.breachf("a process ends when asked", "%s ended with exit code %d after SIGTERM", d.Name, d.Code)
		}
	}
	if !j.Rules.MayDie {
		for _, d := range j.Facts.Deaths {
			j.breachf("no process dies by itself", "%s", d)
		}
	}
}

func (j *judge) lostf(format string, args ...any) {
	j.line.Lost++
	j.breachf("nothing is lost in silence", format, args...)
}

func (j *judge) mismatchf(format string, args ...any) {
	j.line.LedgerMismatch++
	j.breachf("both records agree", format, args...)
}

// name is a message as a reader looks for it.
func (j *judge) name(m *driver.Message) string {
	return m.ID + " (" + strings.Join([]string{m.EnrollmentID, m.StepID, number(m.Visit), number(m.Route), number(m.Try)}, "/") + ", " + m.Channel + " to " + m.ContactID + ")"
}
