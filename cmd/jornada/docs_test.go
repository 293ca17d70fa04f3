package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// repository is the top folder, seen from this one.
const repository = "../.."

// pagesForPeople are the texts that show commands.
func pagesForPeople(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	add := func(name string) {
		b, err := os.ReadFile(filepath.Join(repository, name))
		require.NoError(t, err)
		pages[name] = string(b)
	}
	add("README.md")
	add("CONTRIBUTING.md")
	for _, dir := range []string{"docs", "examples"} {
		require.NoError(t, fs.WalkDir(os.DirFS(repository), dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(name, ".md") && !strings.Contains(name, "/templates/") {
				add(name)
			}
			return err
		}))
	}
	return pages
}

var (
	fencedBlock = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```")
	inlineCode  = regexp.MustCompile("`([^`\n]+)`")
	ourCommand  = regexp.MustCompile(`(?:^|\s)(?:bin/)?jornada((?:[ ]+[^\s#|&;]+)*)`)
	makeTarget  = regexp.MustCompile(`(?m)^\s*(?:\w+=\S+ )?make ([a-z0-9]+)`)
	madeTargets = regexp.MustCompile(`(?m)^([a-z0-9]+):.*## `)
)

// commandsOf are the command lines of a page: lines of shell blocks, and inline
// code that begins with the command.
func commandsOf(page string) []string {
	var list []string
	for _, b := range fencedBlock.FindAllStringSubmatch(page, -1) {
		if b[1] == "sh" {
			list = append(list, strings.Split(b[2], "\n")...)
		}
	}
	for _, m := range inlineCode.FindAllStringSubmatch(fencedBlock.ReplaceAllString(page, ""), -1) {
		if strings.HasPrefix(m[1], "jornada ") || strings.HasPrefix(m[1], "bin/jornada ") || strings.HasPrefix(m[1], "make ") {
			list = append(list, m[1])
		}
	}
	return list
}

// TestCommandsShownExist compares every command line of the documentation with
// the commands and flags of the binary, and with the targets of the Makefile.
func TestCommandsShownExist(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(repository, "Makefile"))
	require.NoError(t, err)
	targets := map[string]bool{}
	for _, m := range madeTargets.FindAllStringSubmatch(string(b), -1) {
		targets[m[1]] = true
	}
	count := 0
	for name, page := range pagesForPeople(t) {
		for _, line := range commandsOf(page) {
			for _, m := range makeTarget.FindAllStringSubmatch(line, -1) {
				if count++; !targets[m[1]] {
					t.Errorf("%s shows `%s`: the Makefile has no target %q", name, strings.TrimSpace(line), m[1])
				}
			}
			code, _, _ := strings.Cut(line, " #")
			for _, m := range ourCommand.FindAllStringSubmatch(code, -1) {
				count++
				if err := knownCommand(strings.Fields(m[1])); err != nil {
					t.Errorf("%s shows `%s`: %v", name, strings.TrimSpace(line), err)
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d commands found in the documentation", count)
	}
}

// knownCommand checks a command line without running it.
func knownCommand(args []string) error {
	root := newRoot(&terminal{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	root.InitDefaultHelpFlag()
	c := root
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		next, _, err := c.Find(args[:1])
		if err != nil || next == c {
			break
		}
		c, args = next, args[1:]
	}
	if c == root && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return fmt.Errorf("there is no command %q", args[0])
	}
	c.InitDefaultHelpFlag()
	for _, a := range args {
		flag, _, _ := strings.Cut(a, "=")
		if name, ok := strings.CutPrefix(flag, "--"); ok && c.Flags().Lookup(name) == nil {
			return fmt.Errorf("`%s` has no flag %s", c.CommandPath(), flag)
		}
	}
	return nil
}

// TestSettingsShownExist: every flag that the page about operations explains is
// one of serve, worker or migrate.
func TestSettingsShownExist(t *testing.T) {
	page := pagesForPeople(t)["docs/operations.md"]
	others := map[string]bool{"SECRET_NAME": true, "CONFIG": true, "LANG": true, "SERVER": true}
	for name, text := range pagesForPeople(t) {
		for _, m := range regexp.MustCompile(`JORNADA_([A-Z_]+)`).FindAllStringSubmatch(text, -1) {
			flag := "--" + strings.ReplaceAll(strings.ToLower(m[1]), "_", "-")
			sets := func(command string) bool { return knownCommand([]string{command, flag}) == nil }
			if !others[m[1]] && !strings.HasPrefix(m[1], "SECRET_") && !sets("serve") && !sets("rotate-key") {
				t.Errorf("%s names JORNADA_%s, which sets nothing", name, m[1])
			}
		}
	}
	for _, m := range regexp.MustCompile("`(--[a-z-]+)[^`]*`").FindAllStringSubmatch(page, -1) {
		if m[1] == "--config" {
			continue
		}
		if knownCommand([]string{"serve", m[1]}) != nil && knownCommand([]string{"dev", m[1]}) != nil {
			t.Errorf("docs/operations.md names %s, which neither `serve` nor `dev` has", m[1])
		}
	}
}

// TestProvidersAreListed: every provider has its line in the table that compares
// them and in that of the settings, and stands in the list of the API.
func TestProvidersAreListed(t *testing.T) {
	pages := pagesForPeople(t)
	for name := range everyKind() {
		line := regexp.MustCompile("(?m)^\\| \\[?`" + name + "`")
		for _, page := range []string{"docs/channels/README.md", "docs/operations.md"} {
			if !line.MatchString(pages[page]) {
				t.Errorf("%s has no line for the provider %s", page, name)
			}
		}
		if !strings.Contains(pages["docs/api.md"], "`"+name+"`") {
			t.Errorf("docs/api.md does not list the provider %s", name)
		}
	}
}

// curl is one example of docs/api.md.
type curl struct {
	line        int
	method, url string
	header      http.Header
	body        string
	status      int
	want        any // nil: the page shows no answer
}

// TestAPIExamplesWork plays docs/api.md from top to bottom against a whole
// Jornada with the demo clinic. Dates in December 2026 stand for tomorrow.
func TestAPIExamplesWork(t *testing.T) {
	d := newDemoClinic(t, onSQLite, rigOptions{})
	page, err := os.ReadFile(filepath.Join(repository, "docs/api.md"))
	require.NoError(t, err)
	tomorrow := d.clock.Now().Add(20 * time.Hour)
	zone, err := time.LoadLocation("America/Sao_Paulo")
	require.NoError(t, err)
	text := strings.NewReplacer(
		"2026-12-01T14:30:00-03:00", tomorrow.In(zone).Format(time.RFC3339),
		"01/12/2026 15:00", tomorrow.In(zone).Format("02/01/2006 15:04"),
	).Replace(string(page))
	vars := map[string]string{"JORNADA": d.server.URL, "JORNADA_TOKEN": d.token}
	count := 0
	for _, c := range examplesOf(t, text) {
		count++
		if strings.Contains(c.url, "/dev/inbound") {
			d.sent("demo-eva", 1)
		}
		var status int
		var answer, wrong string
		play := func() bool {
			status, answer = c.send(t, d, vars)
			wrong = ""
			var got any
			if json.Unmarshal([]byte(answer), &got) == nil && c.want != nil {
				wrong = differs(c.want, got, "answer")
			}
			return status == c.status && wrong == ""
		}
		if c.method == "GET" { // what was caused may still be on its way
			require.Eventually(t, play, time.Minute, 20*time.Millisecond, "docs/api.md:%d never answers as shown", c.line)
		} else if !play() {
			t.Fatalf("docs/api.md:%d: %s %s answers %d %s\n%s\nwant %d", c.line, c.method, c.url, status, wrong, answer, c.status)
		}
		remember(answer, vars)
	}
	if count < 12 {
		t.Errorf("only %d examples found", count)
	}
}

// examplesOf reads the curl lines of the page, with the CSV before and the answer
// after them.
func examplesOf(t *testing.T, page string) []curl {
	t.Helper()
	var list []curl
	table := ""
	for _, at := range fencedBlock.FindAllStringSubmatchIndex(page, -1) {
		language, text := page[at[2]:at[3]], page[at[4]:at[5]]
		line := 2 + strings.Count(page[:at[0]], "\n")
		switch {
		case language == "csv":
			table = text
		case language == "sh" && strings.HasPrefix(text, "curl "):
			list = append(list, parseCurl(t, text, table, line))
		case language == "json" && len(list) > 0 && list[len(list)-1].want == nil && line-list[len(list)-1].line < 15:
			require.NoError(t, json.Unmarshal([]byte(text), &list[len(list)-1].want), "docs/api.md:%d", line)
		}
	}
	return list
}

// parseCurl reads a command line with the few options that the page uses. What
// stands behind the last # is the status.
func parseCurl(t *testing.T, text, table string, line int) curl {
	t.Helper()
	cut := strings.LastIndex(text, "# ")
	require.Positive(t, cut, "docs/api.md:%d has no `# status`", line)
	c := curl{line: line, method: "GET", header: http.Header{}}
	var err error
	c.status, err = strconv.Atoi(strings.TrimSpace(text[cut+2:]))
	require.NoError(t, err, "docs/api.md:%d", line)
	args := words(strings.ReplaceAll(text[:cut], "\\\n", " "))
	method := ""
	for i := 1; i < len(args); i++ {
		switch args[i] {
		case "-X":
			i++
			method = args[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(args[i], ": ")
			c.header.Set(name, value)
		case "-d":
			i++
			c.body, c.method = args[i], "POST"
		case "--data-binary":
			i++
			c.body, c.method = table, "POST"
		default:
			c.url = args[i]
		}
	}
	if method != "" {
		c.method = method
	}
	return c
}

// words cuts a command line as a shell does, without expanding anything. Line
// breaks inside quotes become blanks, which JSON does not mind.
func words(line string) []string {
	var list []string
	var word strings.Builder
	var quote rune
	in := false
	for _, c := range strings.ReplaceAll(line, "\n", " ") + " " {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, in = c, true
		case quote == 0 && c == ' ':
			if in {
				list = append(list, word.String())
			}
			word.Reset()
			in = false
		default:
			word.WriteRune(c)
			in = true
		}
	}
	return list
}

func (c curl) send(t *testing.T, d *demoClinic, vars map[string]string) (int, string) {
	t.Helper()
	expand := func(s string) string { return os.Expand(s, func(name string) string { return vars[name] }) }
	req, err := http.NewRequestWithContext(d.ctx, c.method, expand(c.url), strings.NewReader(c.body))
	require.NoError(t, err, "docs/api.md:%d", c.line)
	for name := range c.header {
		req.Header.Set(name, expand(c.header.Get(name)))
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}

// differs compares what the page shows with an answer, which may hold more. An
// ellipsis stands for any text.
func differs(want, got any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return at + " is no object"
		}
		for key, v := range want {
			if wrong := differs(v, g[key], at+"."+key); wrong != "" {
				return wrong
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) < len(want) {
			return at + " is shorter"
		}
		for i, v := range want {
			if wrong := differs(v, g[i], fmt.Sprintf("%s[%d]", at, i)); wrong != "" {
				return wrong
			}
		}
		return ""
	case string:
		g, ok := got.(string)
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".+") + "$"
		if !ok || !regexp.MustCompile(pattern).MatchString(g) {
			return fmt.Sprintf("%s is %v, not %q", at, got, want)
		}
		return ""
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return fmt.Sprintf("%s is %v, not %v", at, got, want)
	}
	return ""
}

// remember keeps what later examples name: $ENROLLMENT, $HANDOFF, $CURSOR.
func remember(answer string, vars map[string]string) {
	var got struct {
		EnrollmentID string `json:"enrollment_id"`
		NextCursor   string `json:"next_cursor"`
		Items        []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if json.Unmarshal([]byte(answer), &got) != nil {
		return
	}
	if got.EnrollmentID != "" {
		vars["ENROLLMENT"] = got.EnrollmentID
	}
	if got.NextCursor != "" {
		vars["CURSOR"] = got.NextCursor
	}
	if len(got.Items) > 0 && strings.HasPrefix(got.Items[0].ID, "hnd_") {
		vars["HANDOFF"] = got.Items[0].ID
	}
}

// TestImportTellsOfBadLines and of what it printed: the command line shows what
// the API says.
func TestImportTellsOfBadLines(t *testing.T) {
	d := newDemoClinic(t, onSQLite, rigOptions{})
	file := filepath.Join(t.TempDir(), "patients.csv")
	require.NoError(t, os.WriteFile(file, []byte("id,first_name,phone,shoe\ndemo-eva,Eva,+5511900000055,37\ndemo-lia,Lia,12,38\n"), 0o600))
	jornada := func(args ...string) (code int, out, errOut string) {
		t.Setenv("JORNADA_LANG", "en")
		var o, e strings.Builder
		code = Main(append(args, "--server", d.server.URL, "--token", d.token), strings.NewReader(""), &o, &e)
		return code, o.String(), e.String()
	}
	code, out, errOut := jornada("import", "contacts", file)
	require.Equal(t, exitFailed, code, errOut)
	require.Contains(t, out, file+":3: phone: ")
	require.Contains(t, out, "columns that nobody reads: shoe\n")
	require.Contains(t, out, "1 imported, 1 rejected\n")

	blocked := filepath.Join(t.TempDir(), "blocked.csv")
	require.NoError(t, os.WriteFile(blocked, []byte("phone\n+5511900000055\n12\n"), 0o600))
	for _, says := range []string{"1 imported, 1 rejected\n", "1 imported (1 of them known already), 1 rejected\n"} {
		code, out, errOut = jornada("import", "suppressions", "--list", "nao_me_ligue", blocked)
		require.Equal(t, exitFailed, code, errOut)
		require.Contains(t, out, blocked+":3: phone: ")
		require.Contains(t, out, says)
	}
	code, _, errOut = jornada("import", "suppressions", blocked)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "--list nao_me_ligue")

	code, out, errOut = jornada("enroll", "no_show_recovery", "--contact", "demo-eva", "--inputs", `{"appointment_id":"A1","specialty":"demo"}`)
	require.Equal(t, exitOK, code, errOut)
	require.Regexp(t, `^demo-eva is in no_show_recovery: enrollment enr_\S+\n$`, out)
	code, out, errOut = jornada("enroll", "no_show_recovery", "--contact", "demo-eva", "--inputs", `{"appointment_id":"A1","specialty":"demo"}`)
	require.Equal(t, exitOK, code, errOut)
	require.Equal(t, "demo-eva was not enrolled: overlap\n", out)
}
