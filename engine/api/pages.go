package api

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// What the editor's pages are served as. Other kinds of files are not served.
var pageTypes = map[string]string{
	".html":  "text/html; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".woff2": "font/woff2",
}

// notPages are the addresses that belong to machines or to other pages: below
// them a mistyped one is an error in JSON, never the editor.
var notPages = []string{"/api", "/webhooks", "/u", "/phone", "/dev", "/webchat", "/healthz", "/readyz", "/metrics"}

// noncePlace is where index.html wants the nonce of its styles.
const noncePlace = "__CSP_NONCE__"

// pages are the editor's files, in memory: a few hundred kilobytes.
type pages struct {
	index []byte // nil: nobody has built them
	files map[string]pageFile
}

// pageFile is one file; brotli is nil when there is no compressed form beside it.
type pageFile struct {
	raw, brotli []byte
	contentType string
}

// loadPages reads what `make ui` built. Hidden files are no pages.
func loadPages(files fs.FS) (*pages, error) {
	p := &pages{files: map[string]pageFile{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != "." && strings.HasPrefix(path.Base(name), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		contentType, served := pageTypes[path.Ext(name)]
		if d.IsDir() || !served {
			return nil
		}
		f := pageFile{contentType: contentType}
		if f.raw, err = fs.ReadFile(files, name); err != nil {
			return err
		}
		if packed, err := fs.ReadFile(files, name+".br"); err == nil {
			f.brotli = packed
		}
		p.files["/"+name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the editor's pages: %w", err)
	}
	if index, built := p.files["/index.html"]; built {
		p.index = index.raw
		delete(p.files, "/index.html")
	}
	return p, nil
}

// editor answers what is not the API's: the pages' own files, and index.html for
// every other address, because the pages know their addresses themselves.
func (s *server) editor(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		address := c.Request().URL.Path
		if s.pages == nil || !isPage(address) {
			return next(c)
		}
		q := requestOf(c)
		q.route = route{method: http.MethodGet, path: "/", operation: "getPage"}
		if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
			return echo.ErrMethodNotAllowed
		}
		if file, found := s.pages.files[address]; found {
			return file.write(c, strings.HasPrefix(address, "/assets/"))
		}
		// A file that an older build had: answering with a page, which a browser
		// would run as a script, is worse than saying that it is gone.
		if kind := path.Ext(address); strings.HasPrefix(address, "/assets/") || kind == ".js" || kind == ".css" {
			return echo.ErrNotFound
		}
		if s.pages.index == nil {
			c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
			return writeBytes(c, http.StatusServiceUnavailable, pageTypes[".html"], []byte(notBuilt))
		}
		nonce, err := newNonce()
		if err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Content-Security-Policy", cspEditor(nonce))
		h.Set("Cache-Control", "no-cache")
		return writeBytes(c, http.StatusOK, pageTypes[".html"], bytes.ReplaceAll(s.pages.index, []byte(noncePlace), []byte(nonce)))
	}
}

func isPage(address string) bool {
	for _, prefix := range notPages {
		if address == prefix || strings.HasPrefix(address, prefix+"/") {
			return false
		}
	}
	return true
}

// cspEditor lets the pages load their own files and talk to this server, and
// nothing else. Styles that their libraries make carry the nonce.
func cspEditor(nonce string) string {
	return "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data:; connect-src 'self'; " +
		"object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}

func newNonce() (string, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("drawing a nonce: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

// write answers with the file. One with its contents' hash in its name never
// changes; the others are asked for anew each time.
func (f pageFile) write(c echo.Context, hashed bool) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-cache")
	if hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if f.brotli == nil {
		return writeBytes(c, http.StatusOK, f.contentType, f.raw)
	}
	h.Set("Vary", "Accept-Encoding")
	if !takesBrotli(c.Request().Header.Values("Accept-Encoding")) {
		return writeBytes(c, http.StatusOK, f.contentType, f.raw)
	}
	h.Set("Content-Encoding", "br")
	return writeBytes(c, http.StatusOK, f.contentType, f.brotli)
}

// writeBytes answers; to HEAD with the headers alone.
func writeBytes(c echo.Context, status int, contentType string, b []byte) error {
	h := c.Response().Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	c.Response().WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(b)
	return err
}

// takesBrotli reads Accept-Encoding: "br" or "*" without a weight of zero; what
// is said of br goes before what is said of everything.
func takesBrotli(headers []string) bool {
	anything := false
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight := 1.0
		if value, weighed := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(parameters), " ", ""), "q="); weighed {
			weight, _ = strconv.ParseFloat(value, 64) // no number: not wanted
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "br":
			return weight > 0
		case "*":
			anything = weight > 0
		}
	}
	return anything
}

// notBuilt is the editor's page in a binary that was built without it.
const notBuilt = `<!doctype html>
<html lang="pt-BR">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jornada</title>
<h1>As páginas do editor não estão neste binário</h1>
<p>Construa com <code>make build</code> (precisa de Node 20.19 ou mais novo), ou só as páginas com <code>make ui</code>, e compile de novo. A API responde em <code>/api/v1</code>.</p>
<h1 lang="en">The editor's pages are not in this binary</h1>
<p lang="en">Build it with <code>make build</code> (needs Node 20.19 or newer), or the pages alone with <code>make ui</code>, and compile again. The API answers at <code>/api/v1</code>.</p>
</html>
`
