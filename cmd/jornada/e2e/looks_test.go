//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// takePicture writes a picture of docs/images, when asked to.
func takePicture(t *testing.T, p *tab, name string) {
	t.Helper()
	if os.Getenv("JORNADA_SCREENSHOTS") == "" {
		return
	}
	dir := os.Getenv("JORNADA_SCREENSHOTS_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "docs", "images")
	}
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), p.picture(), 0o644))
}

// axeVersion is the accessibility checker's, pinned; it is fetched for the test
// and is no part of this repository.
const axeVersion = "4.14.1"

// axeSource is the checker's script, or "" where there is no npm to fetch it.
var axeSource = sync.OnceValues(func() (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", nil
	}
	dir, err := os.MkdirTemp("", "axe")
	if err != nil {
		return "", fmt.Errorf("making a folder for axe-core: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	install := exec.Command(npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir, "axe-core@"+axeVersion)
	var said bytes.Buffer
	install.Stdout, install.Stderr = &said, &said
	if err := install.Run(); err != nil {
		return "", fmt.Errorf("installing axe-core: %w\n%s", err, said.String())
	}
	b, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("reading axe-core: %w", err)
	}
	return string(b), nil
})

// The pages, full of a day's story, in both themes and on a narrow phone: no
// accessibility rule is broken, and nothing scrolls sideways.
func TestThePagesCanBeUsedByEveryone(t *testing.T) {
	t.Parallel()
	p := startDev(t, t.TempDir())
	playStory(p)
	chromium := openBrowser(t)
	axe, err := axeSource()
	require.NoError(t, err)
	if axe == "" {
		t.Log("NOT CHECKED: the accessibility rules. There is no npm on this machine to fetch axe-core with.")
	}
	pages := []struct{ name, path, full string }{
		{"phone", "/phone#" + ana, `document.querySelectorAll("#bubbles .bubble").length >= 7 && document.querySelectorAll("#desk li").length === 1`},
		{"clinic", "/dev/clinic/", `document.querySelectorAll("#calls li").length === 1`},
	}
	for _, page := range pages {
		for _, width := range []int64{360, 768, 1280} {
			for _, dark := range []bool{false, true} {
				l := look{width: width, height: 900, dark: dark}
				theme := map[bool]string{false: "light", true: "dark"}[dark]
				t.Run(fmt.Sprintf("%s, %s, %d px", page.name, theme, width), func(t *testing.T) {
					tab := openTab(t, chromium, p.base+page.path, l)
					tab.await("everything is there", page.full)
					requireNothingSideways(t, tab)
					takePicture(t, tab, fmt.Sprintf("%s-%s-%d.png", page.name, theme, width))
					if axe != "" {
						requireAccessible(t, tab, axe)
					}
					require.Equal(t, dark, eval[bool](tab, `matchMedia("(prefers-color-scheme: dark)").matches`))
				})
			}
		}
	}
	t.Run("phone before anything is imported", func(t *testing.T) {
		fresh := startDev(t, t.TempDir())
		tab := openTab(t, chromium, fresh.base+"/phone", desktop)
		tab.sees("#bubbles", "Para começar")
		takePicture(t, tab, "phone-empty.png")
		if axe != "" {
			requireAccessible(t, tab, axe)
		}
		tab.press(keyboard, "nav", "Sistema da clínica")
		tab.sees("h1", "Clínica Demo")
		tab.press(keyboard, "nav", "Telefone do paciente")
		tab.sees("#import", "Importar consultas")
		tab.press(mouse, ".language", "English")
		tab.sees("#import", "Import appointments")
		require.Equal(t, "en", eval[string](tab, `document.documentElement.lang`))
	})
}

// playStory brings the pages to where there is most to see.
func playStory(p *process) {
	p.t.Helper()
	p.importAgenda()
	p.awaitSent(ana, 1)
	p.says(ana, "option", "confirmed")
	p.awaitSent(ana, 2)
	p.post("/dev/clinic/appointments/A001/completed", struct{}{})
	p.awaitSent(ana, 3)
	p.says(ana, "text", "2")
	p.awaitSent(ana, 4)
	p.says(ana, "text", "demorou muito")
}

func requireNothingSideways(t *testing.T, p *tab) {
	t.Helper()
	type overflow struct {
		Page, Window int
		Wide         []string
	}
	got := eval[overflow](p, `({Page: document.documentElement.scrollWidth, Window: innerWidth,
		Wide: [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".hidden, thead, .skip")).map((e) => e.tagName + "." + e.className)})`)
	require.LessOrEqual(t, got.Page, got.Window, "the page scrolls sideways: %v", got.Wide)
	require.Empty(t, got.Wide, "reaches beyond the right edge")
}

func requireAccessible(t *testing.T, p *tab, axe string) {
	t.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[any](axe+"; 0"))
	require.NoError(t, err)
	type violation struct {
		ID, Help string
		Nodes    []string
	}
	found := eval[[]violation](p, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => ({ID: v.id, Help: v.help, Nodes: v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary)})))`)
	if len(found) > 0 {
		b, _ := json.MarshalIndent(found, "", "  ") // strings always fit
		t.Errorf("axe-core finds:\n%s", b)
	}
}
