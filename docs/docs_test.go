// Package docs_test keeps the documentation true: every journey shown checks
// clean, every error shown is what the checker prints, the tables of functions
// and diagnostics are the language's own, and every path named exists.
package docs_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/dsl/holiday"
)

var update = flag.Bool("update", false, "rewrite the generated tables")

// root is the repository, seen from this folder.
const root = ".."

// pages are the texts that people read.
func pages(t *testing.T) []string {
	t.Helper()
	list := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	for _, dir := range []string{"docs", "examples"} {
		err := fs.WalkDir(os.DirFS(root), dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(name, ".md") && !strings.Contains(name, "/templates/") {
				list = append(list, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// block is a fenced block with the comment that stands before it.
type block struct {
	language, text, comment string
	line                    int
}

// blocks cuts a page into its fenced blocks.
func blocks(page string) []block {
	var list []block
	var b *block
	comment := ""
	for i, line := range strings.Split(page, "\n") {
		fence := strings.HasPrefix(line, "```")
		switch {
		case b == nil && fence:
			b = &block{language: strings.TrimPrefix(line, "```"), comment: comment, line: i + 2}
			comment = ""
		case fence:
			list, b = append(list, *b), nil
		case b != nil:
			b.text += line + "\n"
		case strings.HasPrefix(line, "<!--"):
			comment = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(line, "<!--"), "-->"))
		case strings.TrimSpace(line) != "":
			comment = ""
		}
	}
	return list
}

var firstKey = regexp.MustCompile(`(?m)^([a-z_]+):`)

// kind names a YAML block by its first key: journey, workspace, lock, steps (a
// fragment of steps), part (other keys of a journey), or "" for what is not ours.
func (b block) kind() string {
	m := firstKey.FindStringSubmatch(b.text)
	switch {
	case b.language != "yaml":
		return ""
	case strings.HasPrefix(b.text, "- "):
		return "steps"
	case m == nil:
		return ""
	case m[1] == "dsl":
		return "journey"
	case m[1] == "workspace", m[1] == "lock":
		return m[1]
	case slices.Contains([]string{"triggers", "entry", "delivery", "goals", "translations"}, m[1]):
		return "part"
	}
	return ""
}

// header is the journey around a fragment; a key that the fragment writes
// itself is left out.
var header = [][2]string{
	{"dsl", "1"}, {"category", "utility"}, {"timezone", "America/Sao_Paulo"},
	{"inputs", "{appointment_id: string, starts_at: time, doctor: string, total: number, items: list<string>}"},
	{"vars", "{attempts: 0, slot: string?}"}, {"triggers", "[{api: true}]"},
}

// whole makes a journey of a fragment.
func (b block) whole(id string) string {
	out := "journey: " + id + "\n"
	for _, kv := range header {
		if !strings.Contains("\n"+b.text, "\n"+kv[0]+":") {
			out += kv[0] + ": " + kv[1] + "\n"
		}
	}
	if b.kind() == "steps" {
		return out + "steps:\n  " + strings.ReplaceAll(b.text, "\n", "\n  ")
	}
	if !strings.Contains(b.text, "\nsteps:") {
		out += "steps: [{id: end_here, exit: done}]\n"
	}
	return out + b.text
}

// demo is the workspace of pages that show none of their own.
func demo(t *testing.T) []dsl.File {
	t.Helper()
	return folder(t, "examples/clinic", func(name string) bool { return !strings.HasSuffix(name, ".journey.yaml") })
}

func folder(t *testing.T, dir string, keep func(name string) bool) []dsl.File {
	t.Helper()
	var files []dsl.File
	err := fs.WalkDir(os.DirFS(filepath.Join(root, dir)), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !keep(name) || path.Ext(name) != ".yaml" && path.Ext(name) != ".md" {
			return err
		}
		files = append(files, dsl.File{Path: name, Content: []byte(read(t, path.Join(dir, name)))})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// workspaceOf is the workspace that a page shows, else the demo clinic's.
func workspaceOf(t *testing.T, list []block) []dsl.File {
	t.Helper()
	var files []dsl.File
	for _, b := range list {
		switch b.kind() {
		case "workspace":
			files = append(files, dsl.File{Path: "workspace.yaml", Content: []byte(b.text)})
		case "lock":
			files = append(files, dsl.File{Path: "templates.lock.yaml", Content: []byte(b.text)})
		}
	}
	if len(files) == 0 {
		return demo(t)
	}
	receipt := "---\nsubject: Recibo\n---\nOlá {{ name }}, obrigado.\n"
	return append(files, dsl.File{Path: "templates/receipt.md", Content: []byte(receipt)})
}

func render(t *testing.T, list diag.List, f *dsl.Folder) string {
	t.Helper()
	var out bytes.Buffer
	if err := list.Render(&out, f.Contents(), diag.English, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestJourneysShownCheckClean(t *testing.T) {
	for _, name := range pages(t) {
		list := blocks(read(t, name))
		files := workspaceOf(t, list)
		count := 0
		for _, b := range list {
			where := fmt.Sprintf("line_%d", b.line)
			switch b.kind() {
			case "journey":
				files = append(files, dsl.File{Path: where + ".journey.yaml", Content: []byte(b.text)})
			case "steps", "part":
				files = append(files, dsl.File{Path: where + ".journey.yaml", Content: []byte(b.whole(where))})
			default:
				continue
			}
			count++
		}
		f, problems := dsl.Load(files)
		if len(problems) > 0 {
			t.Errorf("%s does not check clean (files are named by the line of their block):\n%s", name, render(t, problems, f))
		}
		if len(f.Plans) != count && name != "README.md" && count > 0 {
			t.Errorf("%s: %d of its %d journeys have a plan", name, len(f.Plans), count)
		}
	}
}

// TestExamplesOfVerbsCheckClean: what a verb's page shows, which `jornada explain` prints
// and the editor's help shows, can be copied into a journey of the demo clinic.
func TestExamplesOfVerbsCheckClean(t *testing.T) {
	for _, v := range dsl.Verbs() {
		page, _ := dsl.ExplainVerb(v.Name, diag.English)
		for _, b := range blocks(page) {
			files := append(folder(t, "examples/clinic", func(string) bool { return true }), dsl.File{Path: v.Name + ".journey.yaml", Content: []byte(b.whole("page_of_" + v.Name))})
			if b.kind() != "steps" {
				t.Errorf("%s: the example is no step:\n%s", v.Name, b.text)
			}
			if f, problems := dsl.Load(files); len(problems) > 0 {
				t.Errorf("%s does not check clean:\n%s", v.Name, render(t, problems, f))
			}
		}
	}
}

var shown = regexp.MustCompile(`^(?:error|warning)\[J\d{4}\] (\S+?\.yaml):\d+:\d+: `)

// TestErrorsShownAreTrue plays every error block against the block before it. A
// comment above it says which edit makes the mistake: "without: …" takes a piece
// of text away, "instead: old => new" replaces one.
func TestErrorsShownAreTrue(t *testing.T) {
	count := 0
	for _, name := range pages(t) {
		list := blocks(read(t, name))
		base := workspaceOf(t, list)
		source := ""
		for _, b := range list {
			if b.language == "yaml" {
				source = b.text
			}
			m := shown.FindStringSubmatch(b.text)
			if b.language != "text" || m == nil {
				continue
			}
			count++
			text, err := edited(source, b.comment)
			if err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
				continue
			}
			f, problems := dsl.Load(append(slices.Clone(base), dsl.File{Path: m[1], Content: []byte(text)}))
			if got := render(t, problems, f); got != b.text {
				t.Errorf("%s:%d: the checker prints\n%s\nthe page shows\n%s", name, b.line, got, b.text)
			}
		}
	}
	if count < 2 {
		t.Errorf("%d error blocks found, want those of README.md and docs/language.md", count)
	}
}

// edited makes the mistake that a page speaks of.
func edited(source, comment string) (string, error) {
	verb, rest, _ := strings.Cut(comment, ": ")
	old, now := rest, ""
	switch verb {
	case "":
		return source, nil
	case "without":
	case "instead":
		old, now, _ = strings.Cut(rest, " => ")
	default:
		return "", fmt.Errorf("the comment %q is neither `without: …` nor `instead: … => …`", comment)
	}
	if !strings.Contains(source, old) {
		return "", fmt.Errorf("the block above does not hold %q", old)
	}
	if now == "" { // the whole line goes when nothing but a comment is left of it
		var lines []string
		for line := range strings.SplitSeq(source, "\n") {
			if left := strings.TrimSpace(strings.Replace(line, old, "", 1)); strings.Contains(line, old) && (left == "" || left[0] == '#') {
				continue
			}
			lines = append(lines, line)
		}
		source = strings.Join(lines, "\n")
	}
	return strings.Replace(source, old, now, 1), nil
}

// TestTablesAreGenerated compares the tables of functions and diagnostics with
// the language; -update writes them.
func TestTablesAreGenerated(t *testing.T) {
	var functions, codes, verbs strings.Builder
	functions.WriteString("| Function | Gives | Example |\n|---|---|---|\n")
	for _, f := range expression.Functions() {
		fmt.Fprintf(&functions, "| `%s` | %s | `%s` |\n", f.Signature, f.Summary.En, strings.ReplaceAll(f.Example, "|", `\|`))
	}
	codes.WriteString("| Code | Says |\n|---|---|\n")
	for _, c := range dsl.Codes() {
		fmt.Fprintf(&codes, "| [%s](../dsl/codes/%s.md) | %s |\n", c.Code, c.Code, c.Title.En)
	}
	verbs.WriteString("| `jornada explain` | Says |\n|---|---|\n")
	for _, v := range dsl.Verbs() {
		fmt.Fprintf(&verbs, "| [`%s`](../dsl/verbs/%s.md) | %s |\n", v.Name, v.Name, v.Title.En)
	}
	generated(t, "language.md", map[string]string{"functions": functions.String(), "codes": codes.String(), "verbs": verbs.String()})
}

// generated compares the tables between two comments of a page of this folder
// with what they should be; -update writes them.
func generated(t *testing.T, name string, tables map[string]string) {
	t.Helper()
	page := read(t, "docs/"+name)
	want := page
	for key, table := range tables {
		open, end := "<!-- "+key+" -->\n", "<!-- /"+key+" -->"
		head, rest, ok := strings.Cut(want, open)
		_, tail, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("docs/%s has no place for the table of %s", name, key)
		}
		want = head + open + table + end + tail
	}
	if want == page {
		return
	}
	if !*update {
		t.Fatalf("a table in docs/%s is not what the code says: run `go test ./docs -update`", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryKeyIsDocumented walks the JSON Schema: a key that an author may write
// stands in the reference.
func TestEveryKeyIsDocumented(t *testing.T) {
	page := read(t, "docs/language.md")
	var schema any
	if err := json.Unmarshal(dsl.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if properties, ok := v["properties"].(map[string]any); ok {
				for key := range properties {
					keys[key] = true
				}
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(schema)
	if len(keys) < 60 {
		t.Fatalf("the schema names only %d keys", len(keys))
	}
	for key := range keys {
		if !regexp.MustCompile("`" + key + "[`:]").MatchString(page) {
			t.Errorf("docs/language.md does not explain the key `%s`", key)
		}
	}
}

var (
	metricName = regexp.MustCompile(`"(jornada_[a-z_]+)"`)
	metricMade = regexp.MustCompile(`(?:counter|vec)\("([a-z_]+)", "([^"]+)"`)
	metricHelp = regexp.MustCompile(`(?s)Name: "(jornada_[a-z_]+)", Help: "([^"]+)"|NewDesc\("(jornada_[a-z_]+)", "([^"]+)"`)
)

// TestEveryMetricIsListed compares the list in docs/operations.md with the code.
func TestEveryMetricIsListed(t *testing.T) {
	help := map[string]string{}
	mentioned := map[string]bool{}
	for _, name := range []string{"engine/api/metrics.go", "engine/api/integration_pace.go", "engine/runtime/metrics.go"} {
		source := read(t, name)
		for _, m := range metricHelp.FindAllStringSubmatch(source, -1) {
			help[m[1]+m[3]] = m[2] + m[4]
		}
		for _, m := range metricMade.FindAllStringSubmatch(source, -1) {
			help["jornada_"+m[1]] = m[2]
		}
		for _, m := range metricName.FindAllStringSubmatch(source, -1) {
			mentioned[m[1]] = true
		}
	}
	delete(mentioned, "jornada_")
	for name := range mentioned {
		if help[name] == "" {
			t.Errorf("the metric %s has no help that this test can find", name)
		}
	}
	if len(help) < 15 {
		t.Fatalf("only %d metrics found", len(help))
	}
	var table strings.Builder
	table.WriteString("| Metric | Meaning |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(help)) {
		fmt.Fprintf(&table, "| `%s` | %s |\n", name, help[name])
	}
	generated(t, "operations.md", map[string]string{"metrics": table.String() + "\n"})
	page := read(t, "docs/operations.md")
	for _, m := range regexp.MustCompile("`(jornada_[a-z_]+)").FindAllStringSubmatch(page, -1) {
		if help[m[1]] == "" {
			t.Errorf("docs/operations.md names %s, which does not exist", m[1])
		}
	}
}

// TestEndpointsNamedExist: `GET /readyz` and the like stand in openapi.yaml.
func TestEndpointsNamedExist(t *testing.T) {
	known := map[string]string{}
	current := ""
	for line := range strings.SplitSeq(read(t, "engine/api/openapi.yaml"), "\n") {
		if strings.HasPrefix(line, "  /") {
			current = strings.TrimSuffix(strings.TrimSpace(line), ":")
		}
		if m := regexp.MustCompile(`^    (get|post|put|patch|delete):`).FindStringSubmatch(line); m != nil && current != "" {
			known[strings.ToUpper(m[1])+" "+current] = current
		}
	}
	count := 0
	for _, name := range pages(t) {
		for _, m := range regexp.MustCompile("(GET|POST|PUT|PATCH|DELETE) (/[a-z0-9_/{}.-]+)").FindAllStringSubmatch(read(t, name), -1) {
			if count++; known[m[1]+" "+m[2]] == "" {
				t.Errorf("%s names %s %s, which the API does not have", name, m[1], m[2])
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d endpoints found", count)
	}
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code     = regexp.MustCompile("`([^`\n]+)`")
	ourPath  = regexp.MustCompile(`^(?:cmd|engine|workflows|activities|dsl|examples|docs|ui|tools|\.ci|\.github)(?:/|$)[\w./{},*<>-]*$`)
	treeLine = regexp.MustCompile(`(?m)^([a-z]+/\S*)\s{2,}\S`)
)

// TestPathsNamedExist follows every link (with its anchor) and every path of this
// repository that a page names.
func TestPathsNamedExist(t *testing.T) {
	for _, name := range pages(t) {
		page := read(t, name)
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := path.Join(path.Dir(name), target)
			if target == "" {
				file = name
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, file)), anchor) {
				t.Errorf("%s links to %s: %s has no such heading", name, m[1], file)
			}
		}
		var named []string
		for _, m := range code.FindAllStringSubmatch(page, -1) {
			named = append(named, m[1])
		}
		for _, b := range blocks(page) {
			if b.language == "" {
				for _, m := range treeLine.FindAllStringSubmatch(b.text, -1) {
					named = append(named, m[1])
				}
			}
		}
		for _, p := range named {
			for _, one := range alternatives(p) {
				if !exists(one) {
					t.Errorf("%s names %s, which does not exist", name, one)
				}
			}
		}
	}
}

// alternatives writes out a{b,c}d, and drops what is no path of ours or stands
// for a name to be chosen (x.go, <provider>).
func alternatives(p string) []string {
	if !ourPath.MatchString(p) || strings.ContainsAny(p, "<>*") || strings.Contains(p, "NNNN") {
		return nil
	}
	head, rest, found := strings.Cut(p, "{")
	if !found {
		if base := path.Base(p); regexp.MustCompile(`(^|_)x\.`).MatchString(base) {
			p = path.Dir(p)
		}
		return []string{p}
	}
	middle, tail, _ := strings.Cut(rest, "}")
	var list []string
	for one := range strings.SplitSeq(middle, ",") {
		list = append(list, alternatives(head+one+tail)...)
	}
	return list
}

func exists(p string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(p)))
	return err == nil
}

// anchors are the headings of a page as links name them.
func anchors(page string) []string {
	var list []string
	for line := range strings.SplitSeq(page, "\n") {
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			title = strings.ToLower(strings.TrimSpace(title))
			title = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(title, "")
			list = append(list, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return list
}

// TestPackagesTeach: every package says what it is for, in more than a line.
func TestPackagesTeach(t *testing.T) {
	comments := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := path.Base(name); d.IsDir() && name != "." && (base[0] == '.' || base == "testdata" || base == "bin" || base == "node_modules") {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		comments[path.Dir(name)] += f.Doc.Text()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, text := range comments {
		if len(text) < 100 {
			t.Errorf("the package in %s says too little of itself: %q", dir, text)
		}
	}
}

// TestHolidayCalendarsAreListed: every calendar has its line, with the laws it
// comes from.
func TestHolidayCalendarsAreListed(t *testing.T) {
	text := read(t, "docs/language.md")
	for _, name := range holiday.Names() {
		line := regexp.MustCompile("(?m)^\\| `" + name + "` \\| .*" + regexp.QuoteMeta(holiday.Source(name)))
		if !line.MatchString(text) {
			t.Errorf("docs/language.md lacks the calendar %s (%s), or says another source", name, holiday.Title(name))
		}
	}
}
