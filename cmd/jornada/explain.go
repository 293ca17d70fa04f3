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
		Use:     "schema",
		Short:   "Print the JSON Schema of journey files, for editors",
		Example: "  jornada schema > journey.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(t.out, "%s\n", strings.TrimSpace(string(dsl.Schema())))
			return err
		},
	}
}
