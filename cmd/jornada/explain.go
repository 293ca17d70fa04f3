package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
)

func newExplain(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:     "explain CODE",
		Short:   "Say what a diagnostic means and how to mend it",
		Example: "  jornada explain J0301",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			code := strings.ToUpper(args[0])
			text, ok := dsl.Explain(code, t.language)
			if !ok {
				var codes []string
				for _, c := range dsl.Codes() {
					codes = append(codes, c.Code)
				}
				near := diag.Near(code, codes)
				if near != "" {
					near = fmt.Sprintf(" (did you mean %s?)", near)
				}
				return usage("there is no diagnostic %q%s; codes look like J0301", args[0], near)
			}
			_, err := fmt.Fprintln(t.out, strings.TrimSpace(text))
			return err
		},
	}
}

func newSchema(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [journey|workspace|lock|test]",
		Short: "Print the JSON Schema of journeys and their neighbours, for editors",
		Long: `Prints the JSON Schema of journey files or, with the word workspace, lock or test, of
workspace.yaml, templates.lock.yaml or *.test.yaml. An editor with it completes keys, shows what they
mean and marks most mistakes of form; jornada validate says the rest.`,
		Example: "  jornada schema > journey.schema.json\n  jornada schema workspace > workspace.schema.json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			schemas := map[string]func() []byte{"journey": dsl.Schema, "workspace": dsl.WorkspaceSchema, "lock": dsl.LockSchema, "test": dsl.ScenarioSchema}
			kind := "journey"
			if len(args) > 0 {
				kind = args[0]
			}
			schema := schemas[kind]
			if schema == nil {
				return usage("there is no schema of %q; there are journey, workspace, lock and test", kind)
			}
			_, err := fmt.Fprintf(t.out, "%s\n", strings.TrimSpace(string(schema())))
			return err
		},
	}
}
