package activities_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/store/storetest"
	"jornada/workflows"
)

const spokenJourney = `dsl: 1
journey: spoken
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
translations: {en: {q.reprompt: "Please answer 1 or 2"}}
steps:
  - id: q
    ask: {sms: {text: "Vem?"}, options: [{id: come, title: Sim}, {id: stay, title: Depois}], retries: 1, reprompt: "Responda 1 ou 2", timeout: 1d}
    branches: {otherwise: []}
  - {id: desk, handoff: {queue: reception, note: "Vem amanha", timeout: 1h}, branches: {timeout: []}}
  - {id: bye, send: {sms: {text: Tchau}}}
`

// spoken compiles a text of the journey and publishes it.
func (w *world) spoken(plans plans, changes ...string) engine.VersionHash {
	w.t.Helper()
	folder, list := dsl.Load([]dsl.File{
		{Path: "workspace.yaml", Content: []byte("workspace: demo\ntimezone: America/Sao_Paulo\ncontact: {first_name: string}\nqueues: [reception]\n")},
		{Path: "spoken.journey.yaml", Content: []byte(strings.NewReplacer(changes...).Replace(spokenJourney))},
	})
	if list.HasErrors() {
		w.t.Fatal(list)
	}
	p := folder.Plans["spoken"]
	hash := engine.VersionHash(p.Hash)
	w.must3(w.store.Publish(w.ctx, &engine.Version{Journey: "spoken", Hash: hash, FlowHash: p.FlowHash, CopyHash: p.CopyHash, Source: "source of " + p.Hash, Plan: p}))
	plans[hash] = p
	return hash
}

// play walks a contact through a version, on the interpreter with the real
// activities: an answer that fits nothing after an hour, one that fits after two,
// and nobody at the desk. meanwhile happens after half an hour.
func (w *world) play(id engine.EnrollmentID, in engine.VersionHash, p plans, meanwhile func()) (said []string, note string) {
	w.t.Helper()
	w.must(w.store.InsertEnrollment(w.ctx, &engine.Enrollment{ID: id, JourneyID: "spoken", VersionHash: in, ContactID: "ana", Key: string(id), Status: engine.Active, StartedAt: w.clock.Now()}))
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(w.clock.Now())
	(&workflows.Journeys{Plans: p}).Register(env)
	for name, f := range map[string]any{
		workflows.ActivityEvaluate: w.Evaluate, workflows.ActivitySendMessage: w.SendMessage, workflows.ActivityCloseWait: w.CloseWait,
		workflows.ActivityOpenHandoff: w.OpenHandoff, workflows.ActivityCancelHandoff: w.CancelHandoff, workflows.ActivityRecord: w.Record, workflows.ActivityEnd: w.End,
	} {
		env.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
	reply := func(answer *engine.Answer, text string) func() {
		return func() {
			env.SignalWorkflow(workflows.SignalName, workflows.Signal{ID: "reply " + text, Kind: workflows.SignalReply, At: w.clock.Now(), StepID: "q", Channel: engine.SMS, Text: text, Answer: answer})
		}
	}
	env.RegisterDelayedCallback(meanwhile, 30*time.Minute)
	env.RegisterDelayedCallback(reply(nil, "talvez"), time.Hour)
	env.RegisterDelayedCallback(reply(&engine.Answer{Outcome: "come", Option: "come"}, "1"), 2*time.Hour)
	env.ExecuteWorkflow(workflows.WorkflowName, workflows.JourneyInput{EnrollmentID: id, JourneyID: "spoken", VersionHash: in, ContactID: "ana", Trigger: engine.TriggerRecord{Kind: "api"}})
	if err := env.GetWorkflowError(); err != nil {
		w.t.Fatal(err)
	}
	list, _, err := w.store.Messages(w.ctx, engine.MessageFilter{EnrollmentID: id})
	w.must(err)
	slices.SortFunc(list, func(a, b engine.Message) int { return strings.Compare(a.StepID, b.StepID)*-2 + a.Try - b.Try })
	for _, m := range list {
		said = append(said, m.Content.Text)
	}
	handoffs, _, err := w.store.Handoffs(w.ctx, engine.HandoffFilter{ContactID: "ana"})
	w.must(err)
	for _, h := range handoffs {
		if h.EnrollmentID == id {
			note = h.Note
		}
	}
	return said, note
}

// New texts that are published for everybody reach who is inside an older version
// of the same flow, from their next message on, reprompts, notes and translations
// included; who is inside another flow keeps theirs.
func TestNewWordsReachThePeopleInside(t *testing.T) {
	for name, locale := range map[string]string{"in the journey's language": "", "translated": "en"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			w.change(func(c *engine.Contact) { c.Locale = locale })
			p := plans{}
			w.config.Plans = p
			w.restart()
			again, anew := "Responda 1 ou 2", "Digite 1 ou 2"
			if locale == "en" {
				again, anew = "Please answer 1 or 2", "Type 1 or 2"
			}
			choices := "\n1. Sim\n2. Depois"
			first := w.spoken(p)
			other := w.spoken(p, "timeout: 1d", "timeout: 2d")
			reword := []string{"Vem?", "Voce vem?", "Responda", "Digite", "Tchau", "Ate logo", "Please answer", "Type", "Vem amanha", "Chega amanha", "title: Depois", "title: Outro dia"}

			said, note := w.play("enr_old", first, p, func() {
				w.must2(w.store.LendWords(w.ctx, "spoken", w.spoken(p, reword...)))
			})
			want := []string{"Vem?" + choices, anew + "\n1. Sim\n2. Outro dia", "Ate logo"}
			if !slices.Equal(said, want) || note != "Chega amanha" {
				t.Errorf("who is inside hears %q and the desk %q, want %q", said, note, want)
			}
			said, note = w.play("enr_other", other, p, func() {})
			if want := []string{"Vem?" + choices, again + choices, "Tchau"}; !slices.Equal(said, want) || note != "Vem amanha" {
				t.Errorf("who is inside another flow hears %q and the desk %q, want %q", said, note, want)
			}
		})
	}
}
