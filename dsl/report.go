package dsl

import "jornada/dsl/diag"

// reporter collects every mistake of a run; nothing stops at the first.
type reporter struct {
	src  *source
	list []*diag.Diagnostic
	step string // the step being read or checked
}

// maxMistakes is how many mistakes one reading of a file tells. Nobody mends more
// at once, and a file made of mistakes must not cost more than one of steps.
const maxMistakes = 200

// report adds an error and returns it, for the caller to add a hint.
func (r *reporter) report(code string, at diag.Span, message diag.Text) *diag.Diagnostic {
	d := &diag.Diagnostic{Code: code, Severity: diag.Error, Span: at, StepID: r.step, Message: message}
	r.keep(d)
	return d
}

// warn adds a warning: it is told, and does not stop publishing.
func (r *reporter) warn(code string, at diag.Span, message diag.Text) *diag.Diagnostic {
	d := r.report(code, at, message)
	d.Severity = diag.Warning
	return d
}

func (r *reporter) keep(d *diag.Diagnostic) {
	switch {
	case len(r.list) < maxMistakes:
		r.list = append(r.list, d)
	case !r.full():
		r.list = append(r.list, &diag.Diagnostic{
			Code: "J0001", Severity: diag.Error, Span: d.Span,
			Message: diag.T("this file has more mistakes than the %d that are listed", "este arquivo tem mais erros do que os %d listados", maxMistakes),
			Hint:    diag.T("mend these first, then check again", "corrija estes primeiro, depois confira de novo"),
		})
	}
}

// full reports whether further mistakes are no longer listed.
func (r *reporter) full() bool { return len(r.list) > maxMistakes }

// add takes over diagnostics made elsewhere, and says in which step they are.
func (r *reporter) add(list diag.List) {
	for _, d := range list {
		if d.StepID == "" {
			d.StepID = r.step
		}
		r.keep(&d)
	}
}

// diagnostics is everything reported so far, in the order of the file.
func (r *reporter) diagnostics() diag.List {
	if len(r.list) == 0 {
		return nil
	}
	list := make(diag.List, len(r.list))
	for i, d := range r.list {
		list[i] = *d
	}
	return list.Sort()
}

// didYouMean is what stands right of the caret, or nothing.
func didYouMean(name string, candidates []string) diag.Text { return diag.Suggest(name, candidates) }
