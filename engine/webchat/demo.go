package webchat

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"jornada/engine"
)

//go:embed demo.html
var demoSource string

//go:embed demo.css
var demoStyle []byte

var demoPage = template.Must(template.New("demo").Parse(demoSource))

// Demo is a page with the chat, for `jornada dev`: in Portuguese, or in English with
// ?lang=en or a browser that prefers it.
func Demo(integration engine.IntegrationID) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(demoStyle)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		lang := r.URL.Query().Get("lang")
		if lang == "" && strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
			lang = "en"
		}
		if lang != "en" {
			lang = "pt-BR"
		}
		var page bytes.Buffer
		err := demoPage.Execute(&page, map[string]any{"Integration": string(integration), "Lang": lang, "English": lang == "en"})
		if err != nil {
			http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' https: data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		_, _ = page.WriteTo(w)
	})
	return mux
}
