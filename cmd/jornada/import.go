package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newImport(t *terminal) *cobra.Command {
	c := &cobra.Command{
		Use:     "import",
		Short:   "Import contacts, events or a block list from a CSV file",
		Example: "  jornada import contacts patients.csv\n  jornada import events --event appointment.scheduled tomorrow.csv\n  jornada import suppressions --list nao_me_ligue blocked.csv",
		Args:    cobra.ArbitraryArgs,
		RunE:    subcommandsOnly,
	}
	contacts := newImportOf(t, "contacts", "Import contacts: one line per contact", "  jornada import contacts patients.csv", func(string) string {
		return "/api/v1/contacts/import"
	})
	var event string
	events := newImportOf(t, "events", "Import events: one line per event, such as tomorrow's appointments",
		"  jornada import events --event appointment.scheduled tomorrow.csv", func(string) string {
			return "/api/v1/events/import?event=" + url.QueryEscape(event)
		})
	events.Flags().StringVar(&event, "event", "", "`name` of the event each line is")
	run := events.RunE
	events.RunE = func(c *cobra.Command, args []string) error {
		if event == "" {
			return usage("--event: is missing; for example --event appointment.scheduled")
		}
		return run(c, args)
	}
	c.AddCommand(contacts, events, newImportSuppressions(t))
	return c
}

// newImportSuppressions imports a list of addresses that must not be messaged.
func newImportSuppressions(t *terminal) *cobra.Command {
	var list, channels, purpose string
	c := newImportOf(t, "suppressions", "Import a block list: one line per address, plain or as its SHA-256",
		"  jornada import suppressions --list nao_me_ligue blocked.csv", func(string) string {
			query := url.Values{"list": {list}}
			if channels != "" {
				query.Set("channels", channels)
			}
			if purpose != "" {
				query.Set("purpose", purpose)
			}
			return "/api/v1/suppressions/import?" + query.Encode()
		})
	c.Flags().StringVar(&list, "list", "", "`name` of the list, as journeys give it under delivery: suppress")
	c.Flags().StringVar(&channels, "channels", "", "comma-separated `channels` the list concerns (whatsapp,sms; email for e-mail addresses)")
	c.Flags().StringVar(&purpose, "purpose", "", "what the list stops: marketing, utility, authentication, service or all (marketing)")
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if list == "" {
			return usage("--list: is missing; for example --list nao_me_ligue")
		}
		return run(c, args)
	}
	return c
}

// imported is the server's answer to an import.
type imported struct {
	Rows     int `json:"rows"`
	Imported int `json:"imported"`
	Created  int `json:"created"`
	Updated  int `json:"updated"`
	Repeated int `json:"repeated"`
	Failed   int `json:"failed"`
	Errors   []struct {
		Line    int    `json:"line"`
		Column  string `json:"column"`
		Message string `json:"message"`
	} `json:"errors"`
	Omitted int      `json:"errors_omitted"`
	Ignored []string `json:"ignored_columns"`
}

func (i *imported) print(out io.Writer, file string) error {
	var b strings.Builder
	for _, e := range i.Errors {
		fmt.Fprintf(&b, "%s:%d: ", file, e.Line)
		if e.Column != "" {
			fmt.Fprintf(&b, "%s: ", e.Column)
		}
		fmt.Fprintln(&b, e.Message)
	}
	if i.Omitted > 0 {
		fmt.Fprintf(&b, "... and %d more lines with mistakes\n", i.Omitted)
	}
	if len(i.Ignored) > 0 {
		fmt.Fprintf(&b, "columns that nobody reads: %s\n", strings.Join(i.Ignored, ", "))
	}
	fmt.Fprintf(&b, "%d imported", i.Imported)
	if i.Repeated > 0 {
		fmt.Fprintf(&b, " (%d of them known already)", i.Repeated)
	}
	fmt.Fprintf(&b, ", %d rejected\n", i.Failed)
	_, err := io.WriteString(out, b.String())
	return err
}

func newImportOf(t *terminal, name, short, example string, path func(string) string) *cobra.Command {
	var at remoteFlags
	var format string
	c := &cobra.Command{
		Use:     name + " FILE.csv",
		Short:   short,
		Example: example,
		Long: short + `.

Good lines are imported even when others are not; each bad one is printed with
its line, its column and the reason, and the exit code is then 1.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			server, err := at.open(t.language, c.Flags().Changed)
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if errors.Is(err, os.ErrNotExist) {
				return usage("%s does not exist; name a CSV file", args[0])
			}
			if err != nil {
				return usage("%w", err)
			}
			defer func() { _ = f.Close() }()
			var body io.Reader = f
			if info, err := f.Stat(); err == nil && isTerminal(t.err) {
				body = newProgress(f, info.Size(), t.err)
			}
			var answer imported
			if err := server.do(c.Context(), "POST", path(args[0]), "text/csv", body, &answer); err != nil {
				return err
			}
			if format == "json" {
				err = json.NewEncoder(t.out).Encode(answer)
			} else {
				err = answer.print(t.out, args[0])
			}
			if err != nil {
				return err
			}
			if answer.Failed > 0 {
				return &failure{code: exitFailed}
			}
			return nil
		},
	}
	at.register(c.Flags())
	formatVar(c.Flags(), &format, "how the result is printed", "text", "json")
	return c
}

// progress draws a bar on a terminal while a file is being read.
type progress struct {
	from  io.Reader
	size  int64
	done  int64
	out   io.Writer
	drawn time.Time
}

func newProgress(from io.Reader, size int64, out io.Writer) *progress {
	return &progress{from: from, size: size, out: out}
}

// Read implements io.Reader.
func (p *progress) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	p.done += int64(n)
	if now := time.Now(); p.size > 0 && (err != nil || now.Sub(p.drawn) > 100*time.Millisecond) {
		p.drawn = now
		const width = 30
		full := int(min(p.done*width/p.size, width))
		_, _ = fmt.Fprintf(p.out, "\r[%-*s] %3d %%", width, bar(full), p.done*100/p.size)
		if err != nil {
			_, _ = fmt.Fprintln(p.out)
		}
	}
	return n, err
}

func bar(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '#'
	}
	return string(b)
}
