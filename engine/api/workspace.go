package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/engine"
)

// workspaceCache keeps the parsed workspace until its files change: every event
// is checked against it, and parsing YAML for each would be waste.
type workspaceCache struct {
	mu   sync.Mutex
	hash string
	ws   *dsl.Workspace
}

// currentWorkspace is the published workspace: schema of contacts and events,
// templates, time zone.
func (s *server) currentWorkspace(ctx context.Context) (*dsl.Workspace, error) {
	files, err := s.Store.WorkspaceFiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace: %w", err)
	}
	list := filesOf(files)
	h := sha256.New()
	for _, f := range list {
		fmt.Fprintf(h, "%s\x00%d\x00", f.Path, len(f.Content))
		h.Write(f.Content)
	}
	hash := hex.EncodeToString(h.Sum(nil))
	c := &s.workspace
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ws == nil || c.hash != hash {
		ws, _ := dsl.ParseWorkspace(list) // its mistakes were refused when it was stored
		if ws == nil {
			ws = dsl.DefaultWorkspace()
		}
		c.hash, c.ws = hash, ws
	}
	return c.ws, nil
}

// filesOf sorts files by path, so that results never depend on map order.
func filesOf(files map[string]string) []dsl.File {
	out := make([]dsl.File, 0, len(files))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out = append(out, dsl.File{Path: name, Content: []byte(files[name])})
	}
	return out
}

func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && name != "" {
		return zone
	}
	return time.UTC
}

// builtinFields are always there for expressions; nobody sends them as attributes.
var builtinFields = []string{"id", "opt_in", "timezone", "locale"}

// fit types attributes (or any record) by a schema. Unknown fields come back
// apart: contacts refuse them, events ignore them. Missing fields of a contact
// are no error, because a clinic learns them over time; events must be whole.
func fit(prefix string, schema expression.Fields, values map[string]any, zone *time.Location) (typed map[string]any, faults []fieldFault, unknown []string) {
	typed, errs := schema.Coerce(values, zone)
	for _, e := range errs {
		if e.Unknown {
			unknown = append(unknown, e.Path)
			continue
		}
		field := prefix + e.Path
		faults = append(faults, fieldFault{field, diag.Text{En: "`" + field + "` " + e.Text.En, Pt: "`" + field + "` " + e.Text.Pt}})
	}
	return typed, faults, unknown
}

// fieldFault is one field that does not fit; Text names it.
type fieldFault struct {
	Field string
	Text  diag.Text
}

// hinted adds "(did you mean …?)" when there is something to suggest.
func hinted(text, hint diag.Text) diag.Text {
	if hint.IsZero() {
		return text
	}
	return diag.Text{En: text.En + " (" + hint.En + ")", Pt: text.Pt + " (" + hint.Pt + ")"}
}

// faultsProblem is a 422 that names the first culprit and lists them all.
func faultsProblem(faults []fieldFault, lang diag.Language) *problem {
	first := faults[0]
	list := make([]map[string]string, 0, len(faults))
	for _, f := range faults {
		list = append(list, map[string]string{"field": f.Field, "message": f.Text.In(lang)})
	}
	p := invalid(first.Field, first.Text)
	p.Details = map[string]any{"fields": list}
	return p
}

// ---- /workspace/files

type filesView struct {
	Files map[string]string `json:"files"`
}

func (s *server) getWorkspaceFiles(ctx context.Context, q *request) (*answer, error) {
	files, err := s.Store.WorkspaceFiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace: %w", err)
	}
	if files == nil {
		files = map[string]string{}
	}
	return ok(filesView{files}), nil
}

func (s *server) putWorkspaceFiles(ctx context.Context, q *request) (*answer, error) {
	var in filesView
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	files, err := cleanFiles(in.Files)
	if err != nil {
		return nil, err
	}
	for name := range files {
		if isJourneyFile(name) {
			return nil, invalid("files."+name, diag.T("%s is a journey: save it as a draft, or publish the whole folder with POST /api/v1/publish",
				"%s é uma jornada: salve como rascunho ou publique a pasta com POST /api/v1/publish", name))
		}
	}
	if _, list := dsl.ParseWorkspace(filesOf(files)); list.HasErrors() {
		return nil, diagnosticsProblem(list, q.lang)
	}
	if err := s.Store.PutWorkspaceFiles(ctx, files); err != nil {
		return nil, fmt.Errorf("storing the workspace: %w", err)
	}
	if err := s.audit(ctx, q, "workspace.changed", "workspace", nil); err != nil {
		return nil, err
	}
	return ok(filesView{files}), nil
}

func isJourneyFile(name string) bool {
	return strings.HasSuffix(name, ".journey.yaml") || strings.HasSuffix(name, ".journey.yml")
}

// maxFiles bounds a folder: each journey may name every other.
const maxFiles = 2000

// cleanFiles refuses paths that leave the folder.
func cleanFiles(files map[string]string) (map[string]string, error) {
	if len(files) == 0 {
		return nil, invalid("files", diag.T("files is empty: send a map of file name to text", "files está vazio: envie um mapa de nome de arquivo para texto"))
	}
	if len(files) > maxFiles {
		return nil, invalid("files", diag.T("these are %d files; a folder has at most %d", "são %d arquivos; uma pasta tem no máximo %d", len(files), maxFiles))
	}
	for name := range files {
		if name == "" || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "..") || strings.ContainsAny(name, "\\\x00") || len(name) > 200 {
			return nil, invalid("files."+name, diag.T("%q is no relative path inside the folder", "%q não é um caminho relativo dentro da pasta", name))
		}
	}
	return files, nil
}

// ---- the audit trail

type auditStore interface {
	Audit(ctx context.Context, e engine.AuditEntry) error
	AuditLog(ctx context.Context, limit int, cursor string) ([]engine.AuditEntry, string, error)
	CountAudit(ctx context.Context, action, target string, since time.Time) (int64, error)
}

// audit records who did what. It fails the call when it cannot: what must be
// recorded does not happen in secret.
func (s *server) audit(ctx context.Context, q *request, action, target string, detail map[string]any) error {
	err := s.Store.Audit(ctx, engine.AuditEntry{At: s.Clock.Now(), Actor: q.actor(), Action: action, Target: target, Detail: detail})
	if err != nil {
		return fmt.Errorf("recording %s in the audit trail: %w", action, err)
	}
	return nil
}

func (s *server) listAudit(ctx context.Context, q *request) (*answer, error) {
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	list, next, err := s.Store.AuditLog(ctx, limit, cursor)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	return ok(pageOf(list, next)), nil
}
