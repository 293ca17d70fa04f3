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
		Use:   "explain CODE|VERB",
		Short: "Say what a diagnostic means and how to mend it, or what a verb does",
		Long: `Prints the page of a diagnostic (J0301): what it means, a wrong example and a right one; or of a verb
of the language (send): what it does, its fields, how it ends, and an example.`,
		Example: "  jornada explain J0301\n  jornada explain send",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, ok := dsl.Explain(args[0], t.language)
			if !ok {
				text, ok = dsl.ExplainVerb(args[0], t.language)
			}
			if !ok {
				return nothingExplained(args[0])
			}
			_, err := fmt.Fprintln(t.out, strings.TrimSpace(text))
			return err
		},
	}
}

// nothingExplained refuses a word that is no code and no verb, and names the one that
// was probably meant.
func nothingExplained(word string) error {
	var codes, verbs []string
	for _, c := range dsl.Codes() {
		codes = append(codes, c.Code)
	}
	for _, v := range dsl.Verbs() {
		verbs = append(verbs, v.Name)
	}
	near := diag.Near(strings.ToUpper(word), codes)
	if near == "" {
		near = dsl.NearVerb(word)
	}
	if near != "" {
		near = fmt.Sprintf(" (did you mean %s?)", near)
	}
	return usage("there is no diagnostic and no verb %q%s; codes look like J0301, and the verbs are %s", word, near, strings.Join(verbs, ", "))
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
