package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const visitWorkspace = "workspace: shop\ntimezone: America/Sao_Paulo\ncontact: {first_name: string}\n"

const visitJourney = `dsl: 1
journey: visit
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
steps:
  - id: confirm
    ask: {sms: {text: "Vem?"}, options: [{id: come, title: Sim}, {id: stay, title: Depois}], retries: 1, reprompt: "Responda 1 ou 2", timeout: 1d}
    branches: {come: [{id: thanks, send: {sms: {text: Obrigado}}}], otherwise: []}
  - {id: end, exit: done}
`

// What an edit does to the people inside, in the whole product: one keeps an open
// question through its new name and hears the new words of what follows, one is
// moved to another step, one out; who is not asked hears new words of the same
// flow only.
func TestEditingWhilePeopleAreInside(t *testing.T) {
	for _, on := range []backend{onSQLite, onPostgres} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			r := newRig(t, on, rigOptions{})
			publish := func(text, more string) {
				t.Helper()
				body, err := json.Marshal(map[string]string{"workspace.yaml": visitWorkspace, "visit.journey.yaml": text})
				require.NoError(t, err)
				r.ok("POST", "/api/v1/publish", `{"files":`+string(body)+more+`}`)
			}
			enter := func(contact string, phone int) {
				t.Helper()
				r.ok("PUT", "/api/v1/contacts/"+contact, fmt.Sprintf(`{"attributes":{"first_name":"Demo"},"addresses":{"phone":"+55119000000%02d"},"opt_in":{"sms":true}}`, phone))
				r.ok("POST", "/api/v1/journeys/visit/enrollments", `{"contact_id":"`+contact+`"}`)
				r.sent(contact, 1)
				r.eventually(contact+" is asked", func() bool {
					list := r.enrollments(contact, "visit")
					return len(list) == 1 && list[0].CurrentStep == "confirm"
				})
			}
			at := func(contact, step, outcome string) {
				t.Helper()
				r.eventually(contact+" is at "+step+" "+outcome, func() bool {
					list := r.enrollments(contact, "visit")
					return len(list) == 1 && list[0].Outcome == outcome && (step == "" || list[0].CurrentStep == step)
				})
			}
			publish(visitJourney, "")
			enter("ana", 11)

			// New words of the same flow: the next message speaks them.
			publish(strings.Replace(visitJourney, "Responda", "Digite", 1), `,"copy":"live"`)
			r.says("ana", "sms", "text", "talvez")
			require.Contains(t, r.sent("ana", 2).Text, "Digite 1 ou 2")

			// The question gets another name: it stays open, and its answer counts.
			enter("bia", 22)
			renamed := strings.Replace(strings.Replace(visitJourney, "id: confirm\n", "id: question\n    was: [confirm]\n", 1), "Obrigado", "Combinado", 1)
			publish(renamed, "")
			require.Contains(t, r.ok("POST", "/api/v1/journeys/visit/migrate", ""), `"asked":2`)
			at("ana", "question", "")
			at("bia", "question", "")
			r.says("bia", "sms", "text", "1")
			require.Equal(t, "Combinado", r.sent("bia", 2).Text)
			at("bia", "", "done")

			// The question goes: who waits at it is moved out, or to another step.
			gone := strings.Replace(visitJourney, "  - id: confirm\n", "  - {id: pause, wait: {for: 30d}}\n  - id: other_question\n", 1)
			publish(gone, "")
			require.Contains(t, r.ok("POST", "/api/v1/journeys/visit/migrate", ""), "was removed")
			at("ana", "question", "")
			require.Contains(t, r.ok("POST", "/api/v1/journeys/visit/migrate", `{"move":{"question":"pause"}}`), `"asked":1`)
			at("ana", "pause", "")
			publish(visitJourney, "") // the first version again
			require.Contains(t, r.ok("POST", "/api/v1/journeys/visit/migrate", `{"move":{"pause":"exit"}}`), `"exiting":1`)
			at("ana", "", "moved_out")
			require.Contains(t, r.ok("GET", "/api/v1/audit", ""), `"move":{"pause":"exit"}`)
		})
	}
}
