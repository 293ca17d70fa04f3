package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"jornada/dsl/diag"
	"jornada/engine"
)

// Exit codes of every command.
const (
	exitOK     = 0
	exitFailed = 1 // the work was done and found errors, or could not be done
	exitUsage  = 2 // the command line itself is wrong
)

// failure is an error that already chose its exit code. A nil err means that
// what there is to say was said.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

func usage(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...)}
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	language diag.Language
}

// Main runs one command line and returns its exit code. Nothing it prints is a
// stack trace.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := &terminal{in: in, out: out, err: errOut, language: languageOf(os.Getenv)}
	root := newRoot(t)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code := exitFailed
	var f *failure
	if errors.As(err, &f) {
		code = f.code
	}
	if text := err.Error(); text != "" {
		_, _ = fmt.Fprintf(errOut, "jornada: %s\n", text)
		var refused *engine.Error
		if errors.As(err, &refused) && refused.Field != "" {
			_, _ = fmt.Fprintf(errOut, "  field: %s\n", refused.Field)
		}
	}
	return code
}

// languageOf follows the machine's language: Portuguese where it is set, else English.
func languageOf(env func(string) string) diag.Language {
	for _, name := range []string{"JORNADA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "pt") {
				return diag.Portuguese
			}
			return diag.English
		}
	}
	return diag.English
}

func newRoot(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "jornada",
		Short: "Customer journeys over WhatsApp, SMS and e-mail, as files you can read",
		Long: `Jornada runs customer journeys: messages, waits, questions and branches over
WhatsApp, SMS and e-mail, written as YAML files and executed on Temporal.`,
		Example: `  jornada dev                       # everything on this machine, with the demo clinic
  jornada validate examples/clinic  # check a folder of journeys
  jornada serve --temporal temporal:7233 --database postgres://…`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("there is no command %q%s; `jornada --help` lists them", args[0], didYouMean(args[0], c))
			}
			return c.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newDev(t), newServe(t), newWorker(t), newMigrate(t), newRotateKey(t), newHealth(t),
		newValidate(t), newFix(t), newTest(t), newSimulate(t), newDiff(t), newExplain(t), newSchema(t),
		newPublish(t), newPull(t), newEnroll(t), newImport(t),
		newFmt(t), newGraph(t),
	)
	checkArgs(root)
	return root
}

func didYouMean(name string, root *cobra.Command) string {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	if near := diag.Near(name, names); near != "" {
		return fmt.Sprintf(" (did you mean `%s`?)", near)
	}
	return ""
}
