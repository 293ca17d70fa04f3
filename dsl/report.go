package dsl

import "jornada/dsl/diag"

// reporter collects every mistake of a run; nothing stops at the first.
type reporter struct {
	src  *source
	list []*diag.Diagnostic
	step string // the step being read or checked
}

// report adds an error and returns it, for the caller to add a hint.
func (r *reporter) report(code string, at diag.Span, message diag.Text) *diag.Diagnostic {
	d := &diag.Diagnostic{Code: code, Severity: diag.Error, Span: at, StepID: r.step, Message: message}
	r.list = append(r.list, d)
	return d
}

// add takes over diagnostics made elsewhere, and says in which step they are.
func (r *reporter) add(list diag.List) {
	for _, d := range list {
		if d.StepID == "" {
			d.StepID = r.step
		}
		r.list = append(r.list, &d)
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
func didYouMean(name string, candidates []string) diag.Text {
	near := diag.Near(name, candidates)
	if near == "" {
		return diag.Text{}
	}
	return diag.T("did you mean `%s`?", "você quis dizer `%s`?", near)
}
