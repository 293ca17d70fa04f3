package dsl

import (
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/dsl/diag"
)

// Every file of testdata/format becomes what its .out file holds.
func TestFormatGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/format/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			out, err := Format(File{name, content})
			require.NoError(t, err)
			golden(t, strings.TrimSuffix(name, ".yaml")+".out", string(out))
			formatKeeps(t, File{name, content})
		})
	}
}

// formatKeeps proves what Format promises of one file: refused with the
// checker's messages when it cannot be read, else the same tree, the same
// comments, and nothing left to do the second time.
func formatKeeps(t testing.TB, f File) (out []byte, done bool) {
	t.Helper()
	out, err := Format(f)
	r := &reporter{}
	root := readYAML(f, r)
	if err != nil {
		var list diag.List
		require.ErrorAs(t, err, &list, "%s", f.Content)
		require.Nil(t, out)
		require.True(t, len(r.list) > 0 || root.kind != mappingNode || noWord(root) != nil, "refused without a reason:\n%s", f.Content)
		return nil, false
	}
	again, err := Format(File{f.Path, out})
	require.NoError(t, err, "%s", out)
	require.Equal(t, string(out), string(again), "formatting twice differs from once; it was\n%s", f.Content)
	if len(r.list) > 0 { // quotes were put in: there is no tree to compare with
		return out, true
	}
	r = &reporter{}
	formatted := readYAML(File{f.Path, out}, r)
	require.Empty(t, r.list)
	require.True(t, sameMeaning(root, formatted), "another meaning:\n%s\n--- was\n%s", out, f.Content)
	was, _, ok := remarksOf(root)
	require.True(t, ok)
	is, _, ok := remarksOf(formatted)
	require.True(t, ok)
	require.Equal(t, wordsOf(was), wordsOf(is), "comments differ:\n%s\n--- was\n%s", out, f.Content)
	return out, true
}

// sameJourney proves that a formatted journey is the same to the checker: the
// same plan, or the same mistakes.
func sameJourney(t testing.TB, f File, out []byte, ws *Workspace) {
	t.Helper()
	plan, list := compiled(f, ws)
	formatted, again := compiled(File{f.Path, out}, ws)
	require.Equal(t, codesOf(list), codesOf(again), "%s\n--- was\n%s", out, f.Content)
	require.Equal(t, plan == nil, formatted == nil)
	if plan == nil {
		return
	}
	require.Equal(t, []string{plan.FlowHash, plan.CopyHash, plan.Hash}, []string{formatted.FlowHash, formatted.CopyHash, formatted.Hash})
	require.Equal(t, plan.Name, formatted.Name)
	require.Equal(t, plan.Translations, formatted.Translations)
}

func compiled(f File, ws *Workspace) (*Plan, diag.List) {
	j, list := Parse(f)
	plan, more := Compile(j, ws)
	return plan, slices.Concat(list, more)
}

func codesOf(list diag.List) []string {
	codes := make([]string, len(list))
	for i, d := range list {
		codes[i] = d.Code + " " + d.StepID
	}
	slices.Sort(codes)
	return codes
}

// yamlFiles are all files of the language in the repository, with the folder
// whose workspace they belong to.
func yamlFiles(t testing.TB) (files []File) {
	t.Helper()
	for _, root := range []string{"testdata", "../examples"} {
		for _, f := range readFolder(t, root) {
			if strings.HasSuffix(f.Path, ".yaml") {
				files = append(files, f)
			}
		}
	}
	require.Greater(t, len(files), 40)
	return files
}

func TestFormatKeepsJourneys(t *testing.T) {
	ws, _ := ParseWorkspace(readFolder(t, "testdata/ok"))
	formatted := 0
	for _, f := range yamlFiles(t) {
		out, done := formatKeeps(t, f)
		if done {
			formatted++
			if _, list := Parse(f); !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == "J0013" }) {
				sameJourney(t, f, out, ws)
			}
		}
	}
	require.Greater(t, formatted, 30)
}

// Journeys changed at random: lines moved in and out, comments, brackets over
// several lines, words that YAML has its own mind about.
func TestFormatKeepsMutatedJourneys(t *testing.T) {
	ws, _ := ParseWorkspace(readFolder(t, "testdata/ok"))
	rng := rand.New(rand.NewSource(1))
	files := yamlFiles(t)
	formatted, plans := 0, 0
	for range 1000 {
		f := files[rng.Intn(len(files))]
		f.Content = mutated(rng, f.Content)
		out, done := formatKeeps(t, f)
		if !done {
			continue
		}
		formatted++
		if r := (&reporter{}); readYAML(f, r) != nil && len(r.list) == 0 {
			sameJourney(t, f, out, ws)
			if plan, _ := compiled(f, ws); plan != nil {
				plans++
			}
		}
	}
	require.Greater(t, formatted, 500)
	require.Greater(t, plans, 40)
}

func mutated(rng *rand.Rand, content []byte) []byte {
	text := string(content)
	gentle := rng.Intn(2) == 0 // only what says nothing else
	for range 1 + rng.Intn(6) {
		lines := strings.Split(text, "\n")
		at := rng.Intn(len(lines))
		line := lines[at]
		change := rng.Intn(9)
		if gentle {
			change %= 6
		}
		switch change {
		case 0:
			lines[at] = line + strings.Repeat(" ", 1+rng.Intn(3)) + "#" + strings.Repeat(" ", rng.Intn(2)) + "why, {not} [that]: \"this\""
		case 1:
			lines[at] = strings.Repeat(" ", rng.Intn(12)) + "# a comment\n" + line
		case 2:
			lines[at] = line + "\n"
		case 3, 4: // brackets over several lines
			i := strings.LastIndexAny(line, ",{[")
			if rng.Intn(2) == 0 {
				i = strings.IndexAny(line, ",{[")
			}
			if i >= 0 {
				remark := []string{"", "", " # inside", "\n    # between"}[rng.Intn(4)]
				lines[at] = line[:i+1] + remark + "\n      " + strings.Repeat(" ", rng.Intn(9)) + line[i+1:]
			}
		case 6:
			if i := strings.Index(line, ": "); i >= 0 {
				word := []string{"no", "20:30", "2026-03-10", "0123", "1_000", "~", "", "true", "3.50", "'it''s'", `"a\tb"`, "é # c", "[a, no]", "{no: 08:00}", "\n  - a\n  - b", "|\n      two\n       lines\n", ">-\n      folded\n\n      text", "|+\n      kept\n\n", "a\n      b", "{{ contact.first_name }}"}[rng.Intn(20)]
				lines[at] = line[:i+2] + word
			}
		case 7:
			lines[at] = "  " + line
		case 8:
			lines = slices.Delete(lines, at, at+1)
		case 5:
			lines[at] = line + "\r"
		}
		text = strings.Join(lines, "\n")
	}
	return []byte(text)
}

// FuzzFormat: whatever is written, it is refused with messages, or formatted
// without another meaning, and formatting again changes nothing.
func FuzzFormat(f *testing.F) {
	seeds(f, "testdata/ok/*.yaml", "testdata/err/*.yaml", "testdata/format/*.yaml")
	f.Fuzz(func(t *testing.T, content []byte) {
		formatKeeps(t, File{"fuzz.journey.yaml", content})
	})
}
