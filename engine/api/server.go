package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Limits of bodies, in bytes.
const (
	maxJSON    = 1 << 20
	maxWebhook = 256 << 10
	maxCSV     = 50 << 20
)

// New makes the HTTP handler of everything. It panics only when a required
// dependency is missing, which is the programmer's mistake.
func New(d Deps) http.Handler {
	if err := d.validate(); err != nil {
		panic(err)
	}
	e := echo.New()
	return e
}
