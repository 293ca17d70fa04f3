package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"jornada/dsl"
)

func newPublish(t *terminal) *cobra.Command {
	var at remoteFlags
	var format string
	c := &cobra.Command{
		Use:   "publish DIR",
		Short: "Check a folder and publish its journeys to a server",
		Long: `Checks the folder, then publishes every journey that changed. With errors nothing
is published, and what was live stays live. People inside a journey finish the
version they started.`,
		Example: "  jornada publish journeys/ --server https://jornada.example",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := folderExists(args[0]); err != nil {
				return &failure{exitUsage, err}
			}
			server, err := at.open(t.language, c.Flags().Changed)
			if err != nil {
				return err
			}
			files, err := readFolder(os.DirFS(args[0]))
			if err != nil {
				return err
			}
			_, list := dsl.Load(files)
			if list.HasErrors() {
				c := &checked{list: list, sources: map[string][]byte{}, files: len(files)}
				for i := range c.list {
					c.list[i].Span.File = filepath.Join(args[0], c.list[i].Span.File)
				}
				for _, f := range files {
					c.sources[filepath.Join(args[0], f.Path)] = f.Content
				}
				if err := c.print(t, "text"); err != nil {
					return err
				}
				return &failure{exitFailed, fmt.Errorf("nothing was published: mend the errors above first")}
			}
			body := map[string]map[string]string{"files": {}}
			for _, f := range files {
				body["files"][f.Path] = string(f.Content)
			}
			var answer struct {
				Published []struct {
					Journey string `json:"journey"`
					Version int    `json:"version"`
					New     bool   `json:"new"`
				} `json:"published"`
			}
			if err := server.post(c.Context(), "/api/v1/publish", body, &answer); err != nil {
				return err
			}
			if format == "json" {
				return json.NewEncoder(t.out).Encode(answer)
			}
			for _, j := range answer.Published {
				what := "unchanged"
				if j.New {
					what = "published"
				}
				if _, err := fmt.Fprintf(t.out, "%-30s version %-4d %s\n", j.Journey, j.Version, what); err != nil {
					return err
				}
			}
			return nil
		},
	}
	at.register(c.Flags())
	formatVar(c.Flags(), &format, "how the result is printed", "text", "json")
	return c
}
