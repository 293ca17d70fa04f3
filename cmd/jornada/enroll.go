package main

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

func newEnroll(t *terminal) *cobra.Command {
	var at remoteFlags
	var contact, inputs, format string
	c := &cobra.Command{
		Use:     "enroll JOURNEY --contact ID [--inputs JSON]",
		Short:   "Start a journey for one contact",
		Example: `  jornada enroll confirm_appointment --contact ana --inputs '{"appointment_id":"A1","starts_at":"2026-12-01T14:00:00-03:00"}'`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if contact == "" {
				return usage("--contact: is missing; name the contact's id")
			}
			values := map[string]any{}
			if inputs != "" {
				if err := json.Unmarshal([]byte(inputs), &values); err != nil {
					return usage(`--inputs: %s is not a JSON object such as {"appointment_id":"A1"}`, inputs)
				}
			}
			server, err := at.open(t.language, c.Flags().Changed)
			if err != nil {
				return err
			}
			var answer struct {
				ID        string `json:"enrollment_id"`
				Journey   string `json:"journey"`
				ContactID string `json:"contact_id"`
				Skipped   string `json:"skipped"`
			}
			err = server.post(c.Context(), "/api/v1/journeys/"+url.PathEscape(args[0])+"/enrollments",
				map[string]any{"contact_id": contact, "inputs": values}, &answer)
			if err != nil {
				return err
			}
			if format == "json" {
				return json.NewEncoder(t.out).Encode(answer)
			}
			if answer.Skipped != "" {
				_, err = fmt.Fprintf(t.out, "%s was not enrolled: %s\n", contact, answer.Skipped)
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s is in %s: enrollment %s\n", contact, args[0], answer.ID)
			return err
		},
	}
	at.register(c.Flags())
	c.Flags().StringVar(&contact, "contact", "", "`id` of the contact")
	c.Flags().StringVar(&inputs, "inputs", "", "the journey's inputs as a `JSON` object")
	formatVar(c.Flags(), &format, "how the result is printed", "text", "json")
	return c
}
