package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
)

func newFix(t *terminal) *cobra.Command {
	var ascii bool
	c := &cobra.Command{
		Use:   "fix --sms-ascii PATH...",
		Short: "Write SMS texts without the letters that make them dearer",
		Long: `Rewrites journeys in place. --sms-ascii takes from SMS texts the accents, quotes and
dashes that are outside the SMS alphabet: á becomes a, “ becomes ". A single such
letter more than halves what fits into an SMS (diagnostic J0540). Nothing else of a
file changes: other texts, comments and layout stay.`,
		Example: "  jornada fix --sms-ascii journeys/\n  jornada fix --sms-ascii journeys/campaign.journey.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !ascii {
				return usage("say what to fix: jornada fix --sms-ascii %s", strings.Join(args, " "))
			}
			total := 0
			for _, p := range args {
				changed, err := fixSMS(t, p)
				if err != nil {
					return err
				}
				total += changed
			}
			if total == 0 {
				_, err := fmt.Fprintln(t.out, diag.T("nothing to fix", "nada a corrigir").In(t.language))
				return err
			}
			return nil
		},
	}
	c.Flags().BoolVar(&ascii, "sms-ascii", false, "write SMS texts in the SMS alphabet")
	return c
}

func fixSMS(t *terminal, p string) (changed int, err error) {
	at, err := findTarget(p)
	if err != nil {
		return 0, err
	}
	files, err := readFolder(os.DirFS(at.root))
	if err != nil {
		return 0, err
	}
	if at.only != "" && !contains(files, at.only) {
		return 0, usage("%s is not a journey (*.journey.yaml)", p)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".journey.yaml") || at.only != "" && at.only != f.Path {
			continue
		}
		fixed, n := dsl.PlainSMS(f)
		if n == 0 || bytes.Equal(fixed.Content, f.Content) {
			continue
		}
		name := filepath.Join(at.root, f.Path)
		info, err := os.Stat(name)
		if err != nil {
			return changed, fmt.Errorf("looking at %s: %w", name, err)
		}
		if err := replaceFile(name, fixed.Content, info.Mode().Perm()); err != nil {
			return changed, err
		}
		changed += n
		if _, err := fmt.Fprintln(t.out, diag.T("%s: %d letters", "%s: %d letras", name, n).In(t.language)); err != nil {
			return changed, err
		}
	}
	return changed, nil
}
