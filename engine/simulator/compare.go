package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// unexpected finds the first deed that no line expects, once the lines that were
// fulfilled before it are done with.
func (p *play) unexpected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.loose) == 0 || p.diff != nil {
		return
	}
	d := p.loose[0]
	if p.cursor < len(p.done) && p.done[p.cursor] != nil && p.done[p.cursor].line < d.line {
		return
	}
	var at *dsl.Act
	where := diag.T("before this line", "antes desta linha")
	switch {
	case p.cursor < len(p.script):
		at = &p.script[p.cursor]
	case len(p.script) > 0:
		at, where = &p.script[len(p.script)-1], diag.T("after this line", "depois desta linha")
	default:
		where = diag.T("to the script", "ao roteiro")
	}
	if at != nil && at.Kind == dsl.Skipped && at.Step == d.step {
		p.differLocked(at, diag.T("`%s` was not skipped", "`%s` não foi pulado", d.step))
	} else {
		add := "- {expect: " + d.step + "}"
		if d.verb == "call" {
			add = "- {expect: " + d.step + ", respond: {status: 200}}"
		}
		diff := p.differLocked(at, diag.T("nobody expects this: `%s` %s", "ninguém espera isto: `%s` %s", d.step, d.title()))
		diff.Hint = diag.Text{En: "if it is right, add `" + add + "` " + where.En, Pt: "se está certo, acrescente `" + add + "` " + where.Pt}
	}
	p.diff.Line = d.line + 1
}

// never says what became of a step that did not do what it must.
func (p *play) never(a *dsl.Act) diag.Text {
	switch ended := p.scanned(a.Step); {
	case ended == "skipped":
		return diag.T("`%s` was skipped: its `if` was false", "`%s` foi pulado: seu `if` era falso", a.Step)
	case ended != "":
		return diag.T("`%s` did nothing more: it ended with `%s`", "`%s` não fez mais nada: terminou com `%s`", a.Step, p.because(a.Step, ended))
	}
	return diag.T("`%s` was never reached", "`%s` nunca foi alcançado", a.Step)
}

// because adds the reason to how a step ended: "undelivered (capped)".
func (p *play) because(step, outcome string) string {
	for _, e := range slices.Backward(p.b.store.entries()) {
		if e.Kind == "outcome" && e.StepID == step && e.Result == outcome && e.Detail != "" {
			return outcome + " (" + e.Detail + ")"
		}
	}
	return outcome
}

// compare checks content and moment.
func (p *play) compare(a *dsl.Act, d *deed) *Difference {
	if m, got, differs := d.differs(a.Match); differs {
		what := diag.T("`%s` is %q, not %q", "`%s` é %q, não %q", m.Key, got, m.Pattern)
		if _, has := d.values[m.Key]; !has {
			what = diag.T("there is no `%s`; there is: %s", "não há `%s`; há: %s", m.Key, strings.Join(d.keys(), ", "))
		}
		diff := p.differ(a, what)
		diff.Span = m.Span
		return diff
	}
	off := time.Duration(0)
	want := a.At
	switch {
	case !a.At.IsZero():
		off = d.at.Sub(a.At)
	case a.After > 0:
		want = p.lastAt.Add(a.After)
		off = d.at.Sub(want)
	}
	if off < -time.Second || off >= time.Minute {
		diff := p.differ(a, diag.T("it happened at %s, not at %s", "aconteceu em %s, não em %s", p.local(d.at), p.local(want)))
		diff.Span = a.Clock
		return diff
	}
	return nil
}

// conclude compares how it ended.
func (p *play) conclude() {
	if p.b.stage.stopped && p.diff == nil && p.free {
		return
	}
	if p.b.stage.stopped && p.diff == nil && p.scenario.Stop {
		p.checkSent()
		return
	}
	for p.diff == nil && p.cursor < len(p.script) {
		a := &p.script[p.cursor]
		switch a.Kind {
		case dsl.Expect:
			p.fulfilled(a, true)
		case dsl.Skipped:
			p.wasSkipped(a, true)
		default:
			p.differ(a, diag.T("the enrollment had ended before", "a inscrição já tinha terminado antes"))
		}
	}
	if p.unexpected(); p.diff == nil { // all lines are done with
		p.checkSent()
	}
	if p.diff != nil || p.scenario.End == nil {
		return
	}
	e, err := p.b.store.Enrollment(p.ctx, p.enrollment)
	if err != nil {
		p.must(fmt.Errorf("reading how it ended: %w", err))
		return
	}
	if got := ending(e); got != p.scenario.End.Name {
		diff := p.differ(nil, diag.T("it ended with `%s`, not with `%s`", "terminou com `%s`, não com `%s`", got, p.scenario.End.Name))
		diff.Span = p.scenario.End.Span
		if e.Reason != "" {
			diff.Hint = diag.Text{En: e.Reason, Pt: e.Reason}
		}
	}
}

// ending is how an enrollment ended, in one word.
func ending(e *engine.Enrollment) string {
	if e.Status == engine.FailedRun || e.Status == engine.Quarantine || e.Outcome == "" {
		return string(e.Status)
	}
	return e.Outcome
}

// checkSent compares the messages that went out with `sent`.
func (p *play) checkSent() {
	if p.scenario.Sent == nil {
		return
	}
	got := []string{}
	for _, d := range p.all {
		if d.wentOut() {
			got = append(got, d.step)
		}
	}
	if !slices.Equal(got, p.scenario.Sent) {
		diff := p.differ(nil, diag.T("sent: [%s], not [%s]", "enviadas: [%s], e não [%s]", strings.Join(got, ", "), strings.Join(p.scenario.Sent, ", ")))
		diff.Span = p.scenario.SentAt
	}
}
