package dsl

import (
	"path"
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// File is one file of a workspace folder. Path is relative to the folder and
// written with slashes.
type File struct {
	Path    string
	Content []byte
}

// Folder is a whole workspace, read and checked: the shared schema, every
// journey, and a plan for each journey that is clean.
type Folder struct {
	Workspace *Workspace
	Journeys  []*Journey       // sorted by path
	Plans     map[string]*Plan // by journey id; only journeys without errors
	Sources   map[string]File  // by path, for rendering diagnostics

	checks map[string]*checker // by journey id, for what is asked later
}

// Contents are the texts of the folder by path, as diag.List.Render wants them.
func (f *Folder) Contents() map[string][]byte {
	contents := make(map[string][]byte, len(f.Sources))
	for name, file := range f.Sources {
		contents[name] = file.Content
	}
	return contents
}

// Load parses, checks and compiles all files of a workspace folder:
// workspace.yaml, templates.lock.yaml, the e-mail templates it names, and every
// *.journey.yaml. Other files are ignored. It never does I/O: the caller reads
// the files.
//
// A journey with errors has no plan; the others do. With errors in
// workspace.yaml or the lock file no journey has one, because nothing was
// proved.
func Load(files []File) (*Folder, diag.List) {
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	folder := &Folder{Plans: map[string]*Plan{}, Sources: map[string]File{}, checks: map[string]*checker{}}
	ws, list := ParseWorkspace(files)
	folder.Workspace = ws
	sound := !list.HasErrors()
	owner := map[string]*Journey{}
	for _, f := range files {
		folder.Sources[f.Path] = f
		if !strings.HasSuffix(path.Base(f.Path), journeySuffix) {
			continue
		}
		j, problems := Parse(f)
		list = append(list, problems...)
		folder.Journeys = append(folder.Journeys, j)
		if j.ID == nil {
			continue
		}
		if first := owner[j.ID.Value]; first != nil {
			list = append(list, diag.Diagnostic{
				Code: "J0107", Severity: diag.Error, Span: j.ID.Span(),
				Message: diag.T("the journey `%s` is already in %s", "a jornada `%s` já está em %s", j.ID.Value, first.Path),
				Hint:    diag.T("give this one another id", "dê outro id a esta"),
			})
			j.broken[""] = true
			continue
		}
		owner[j.ID.Value] = j
		ws.Journeys[j.ID.Value] = j.Summary()
	}
	for _, j := range folder.Journeys {
		c := runCheck(j, ws)
		plan, problems := c.compile()
		list = append(list, problems...)
		if j.ID != nil && owner[j.ID.Value] == j {
			folder.checks[j.ID.Value] = c
		}
		if plan != nil && sound {
			folder.Plans[plan.Journey] = plan
		}
	}
	return folder, list.Sort()
}

// optedOut is how a marketing journey ends when the contact opts out.
const optedOut = "opted_out"

// Summary is what other journeys may know of this one.
func (j *Journey) Summary() JourneySummary {
	s := JourneySummary{ID: j.ID.String(), Inputs: j.Inputs, Triggers: j.kinds(), journey: j}
	add := func(name *Scalar) {
		if name != nil && name.Value != completed {
			s.Exits = append(s.Exits, name.Value)
		}
	}
	j.all(func(step *Step) {
		if e, ok := step.Body.(*ExitStep); ok {
			add(e.Outcome)
		}
	})
	for _, g := range j.Goals {
		if g.Exit.or(false) {
			add(g.ID)
		}
	}
	for _, e := range j.Exits {
		if !e.Failure.or(false) {
			add(e.ID)
		}
	}
	if j.Category.String() == marketing {
		s.Exits = append(s.Exits, optedOut) // a marketing journey has this exit by itself
	}
	for _, m := range j.messages() {
		if m.Template != nil {
			s.Templates = append(s.Templates, m.channel+"/"+m.Template.Value)
		}
	}
	slices.Sort(s.Templates)
	s.Templates = slices.Compact(s.Templates)
	slices.Sort(s.Exits)
	s.Exits = slices.Compact(s.Exits)
	return s
}
