//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const defaultChromium = "/usr/bin/chromium"

// openBrowser starts a Chromium of the test's own, with an empty profile. It
// talks to nobody but the process under test.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("JORNADA_CHROMIUM")
	if path == "" {
		path = defaultChromium
	}
	_, err := os.Stat(path)
	require.NoError(t, err, "these tests need Chromium: `apt-get install chromium`, or name another one with JORNADA_CHROMIUM")
	allocated, stopAllocator := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.Headless,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "pt-BR"),
	)
	ctx, stop := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process, so that its profile can be removed
		stop()
		stopAllocator()
	})
	require.NoError(t, chromedp.Do(ctx), "starting %s", path)
	return ctx
}

// tab is one page, watched for everything a browser complains about.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	expected   string // a complaint with this text is meant
}

// look is how a page is shown.
type look struct {
	width, height int64
	dark          bool
}

var desktop = look{width: 1280, height: 900}

// openTab opens an address. When the test ends, the page must have logged no
// error, thrown no exception and broken no content policy.
func openTab(t *testing.T, browserCtx context.Context, address string, l look) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(browserCtx)
	p := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.complaints) > 0 {
			t.Errorf("the browser complains about %s:\n%s", address, strings.Join(p.complaints, "\n"))
		}
		closeTab()
	})
	require.NoError(t, chromedp.Listen(ctx, p.listen))
	call(p, log.Enable, cdp.Empty{})
	call(p, runtime.Enable, cdp.Empty{})
	// Reported by the page itself, too: a violation in a style attribute does not
	// always reach the log.
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener("securitypolicyviolation", (e) => console.error("policy", e.violatedDirective, e.blockedURI, e.sourceFile, e.lineNumber))`})
	p.show(l)
	p.open(address)
	return p
}

func (p *tab) listen(event any) {
	var complaint string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity || e.Entry.Source == log.EntrySourceViolation {
			complaint = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			complaint = "console: " + strings.Join(words, " ")
		}
	case *runtime.EventExceptionThrown:
		complaint = "exception: " + e.ExceptionDetails.Text
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if complaint != "" && (p.expected == "" || !strings.Contains(complaint, p.expected)) {
		p.complaints = append(p.complaints, complaint)
	}
}

// expects names a complaint that the test provokes.
func (p *tab) expects(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = text
}

// call runs one command of the protocol.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, command, params)
	require.NoError(p.t, err, command.Method)
}

// do runs actions with the test's patience.
func (p *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v\nthe page says:\n%s", what, err, p.text())
	}
}

func (p *tab) text() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return text
}

func (p *tab) open(address string) {
	p.t.Helper()
	p.do("opening "+address, chromedp.Navigate(address))
}

func (p *tab) show(l look) {
	p.t.Helper()
	theme := "light"
	if l.dark {
		theme = "dark"
	}
	p.do("setting the size", chromedp.EmulateViewport(l.width, l.height))
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// eval reads a value of the page.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, expression)
	return value
}

// await waits until an expression holds on the page. It asks again from outside,
// so that it survives the page being left for another one.
func (p *tab) await(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if err == nil && holds {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			p.t.Fatalf("waited %s until %s: %v\nthe page says:\n%s", patience, what, err, p.text())
		}
	}
}

// sees waits until an element's text contains something.
func (p *tab) sees(selector, text string) {
	p.t.Helper()
	p.await(fmt.Sprintf("%s shows %q", selector, text),
		fmt.Sprintf(`[...document.querySelectorAll(%s)].some((e) => e.checkVisibility() && e.innerText.includes(%s))`, quote(selector), quote(text)))
}

// count says how many elements there are.
func (p *tab) count(selector string) int {
	p.t.Helper()
	return eval[int](p, fmt.Sprintf(`document.querySelectorAll(%s).length`, quote(selector)))
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string always fits
	return string(b)
}

// hand is how a person operates a page.
type hand string

const (
	mouse    hand = "mouse"
	keyboard hand = "keyboard"
)

// press uses a button or a link inside a container: the one with the given line
// of text or accessible name.
func (p *tab) press(with hand, container, name string) {
	p.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%s)].flatMap((c) => [...c.querySelectorAll("button, a[href], summary")]).find((e) => e.checkVisibility() && !e.disabled && (e.innerText.split("\n").some((l) => l.trim() === %s) || e.getAttribute("aria-label") === %s))`, quote(container), quote(name), quote(name))
	p.await(fmt.Sprintf("there is %q in %s", name, container), "!!"+find)
	if with == keyboard {
		p.tabTo(find, name)
		p.do("pressing Enter on "+name, chromedp.KeyEvent(kb.Enter))
		return
	}
	p.click(find)
}

// click presses the mouse in the middle of an element, where something else that
// covers it would take the click, as for a person.
func (p *tab) click(find string) {
	p.t.Helper()
	at := eval[struct{ X, Y float64 }](p, `(() => { const e = `+find+`; e.scrollIntoView({block: "center", behavior: "instant"}); const r = e.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2}; })()`)
	p.do("clicking", chromedp.MouseClickXY(at.X, at.Y))
}

// maxTabs is more stops than either page has.
const maxTabs = 120

// tabTo walks with the Tab key until an element has the focus, and requires that
// the focus can be seen there.
func (p *tab) tabTo(find, name string) {
	p.t.Helper()
	for range maxTabs {
		if eval[bool](p, fmt.Sprintf(`document.activeElement === %s`, find)) {
			require.NotEqual(p.t, "none", eval[string](p, `getComputedStyle(document.activeElement).outlineStyle`), "the focus on %q cannot be seen", name)
			return
		}
		p.do("pressing Tab", chromedp.KeyEvent(kb.Tab))
	}
	p.t.Fatalf("%q is not reached with the Tab key\n%s", name, p.text())
}

// write puts text into a field and sends it with Enter.
func (p *tab) write(with hand, selector, text string) {
	p.t.Helper()
	find := fmt.Sprintf(`document.querySelector(%s)`, quote(selector))
	if with == keyboard {
		p.tabTo(find, selector)
	} else {
		p.click(find)
	}
	p.do("writing "+text, chromedp.KeyEvent(text), chromedp.KeyEvent(kb.Enter))
}

// download presses a link and returns the file it brings.
func (p *tab) download(with hand, container, name string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	_, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir})
	require.NoError(p.t, err)
	p.press(with, container, name)
	var path string
	require.Eventually(p.t, func() bool {
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 || !strings.HasSuffix(files[0].Name(), ".csv") {
			return false
		}
		path = dir + "/" + files[0].Name()
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0
	}, patience, 50*time.Millisecond, "the file of %q is downloaded", name)
	return path
}

// picture takes a screenshot of what is shown.
func (p *tab) picture() []byte {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	return png
}

// chooseFile presses a button that asks for a file, and gives it one.
func (p *tab) chooseFile(with hand, container, name, path string) {
	p.t.Helper()
	call(p, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	asked := chromedp.Events(ctx, page.FileChooserOpened)
	p.press(with, container, name)
	for e, err := range asked {
		require.NoError(p.t, err, "%q asks for a file", name)
		call(p, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: e.BackendNodeID})
		return
	}
}
