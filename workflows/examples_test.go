package workflows

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// examples compiles the journeys of the language's own tests.
func examples(t *testing.T) map[string]*dsl.Plan {
	t.Helper()
	root := filepath.Join("..", "dsl", "testdata", "ok")
	var files []dsl.File
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		b, err := os.ReadFile(path)
		files = append(files, dsl.File{Path: rel, Content: b})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := dsl.Load(files)
	if len(folder.Plans) == 0 {
		t.Fatal("no journey compiled")
	}
	return folder.Plans
}

// clinic is the appointment journey with an appointment in two days.
func clinic(t *testing.T) *stage {
	t.Helper()
	p := examples(t)["confirm_appointment"]
	if p == nil {
		t.Fatal("confirm_appointment did not compile")
	}
	s := newStage(t, p)
	s.in.Inputs = map[string]any{
		"appointment_id": "A1", "starts_at": day0.Add(48 * time.Hour).Format(time.RFC3339), "doctor": "Dra. Lima",
		"unit": map[string]any{"name": "Centro", "map_url": "https://m.example/c"},
	}
	s.evaluate = windowUntil(day0.Add(1000 * time.Hour))
	return s
}

func TestClinicConfirms(t *testing.T) {
	s := clinic(t)
	s.at(24*time.Hour+5*time.Minute, status("m_confirm_0_0_0", engine.Delivered, ""))
	s.at(24*time.Hour+12*time.Minute, reply("confirm", "confirmed", "Confirmar"))
	s.at(49*time.Hour, event("appointment.completed", map[string]any{"appointment_id": "A1"}))
	two := 2.0
	s.at(50*time.Hour, Signal{Kind: SignalReply, StepID: "rate", Channel: engine.WhatsApp, Text: "2", Answer: &engine.Answer{Outcome: "dissatisfied", Score: &two}})
	s.at(51*time.Hour, Signal{Kind: SignalReply, StepID: "what_went_wrong", Channel: engine.WhatsApp, Text: "demorou", Answer: &engine.Answer{Outcome: "answered", Text: "demorou"}})
	s.at(52*time.Hour, Signal{Kind: SignalHandoff, Handoff: "h_quality_team", Outcome: "resolved"})
	s.play().ended(engine.Exited, "done")
	s.did("send confirm visit 0 route 0 try 0", "call save_confirmed attempt 0", "send directions visit 0 route 0 try 0",
		"send rate visit 0 route 0 try 0", "send what_went_wrong visit 0 route 0 try 0", "OpenHandoff quality_team")
}

func TestClinicCallsOff(t *testing.T) {
	s := clinic(t)
	s.at(time.Hour, event("appointment.cancelled", map[string]any{"appointment_id": "other"}))
	s.at(2*time.Hour, event("appointment.cancelled", map[string]any{"appointment_id": "A1"}))
	s.play().ended(engine.Exited, "called_off")
	s.took(2 * time.Hour)
	s.did()
}

func TestClinicFallsBackAndHandsOver(t *testing.T) {
	s := clinic(t)
	s.send = func(in activities.SendInput) (activities.SendResult, error) {
		if in.StepID == "confirm" {
			return undelivered("unreachable")
		}
		return accept(in), nil
	}
	s.play().ended(engine.Exited, "unknown")
	s.outcome("confirm", "undelivered")
	s.outcome("front_desk", "timeout")
}

// TestExamplesAtRandom plays every example in random worlds, whole and cut.
func TestExamplesAtRandom(t *testing.T) {
	plans := examples(t)
	for _, id := range sorted(plans) {
		t.Run(id, func(t *testing.T) {
			for seed := range 25 {
				s := newStage(t, plans[id])
				s.in.Inputs = map[string]any{
					"appointment_id": "A1", "doctor": "Dra. Lima", "unit": map[string]any{"name": "Centro", "map_url": "x"}, "specialty": "x",
					"starts_at": day0.Add(time.Duration(seed*7) * time.Hour).Format(time.RFC3339),
					"cart_id":   "c", "total": 99.5, "items": []any{"a"}, "url": "https://x.example",
				}
				s.evaluate = func(source string, in activities.EvaluateInput) activities.Value {
					if strings.Contains(source, "closes_at") {
						return activities.Value{Value: in.Scope.Now.Add(20 * time.Hour)}
					}
					return windowUntil(day0.Add(time.Duration(seed*5)*time.Hour))(source, in)
				}
				s.j.cutEvery = seed % 5
				improvise(s, rand.New(rand.NewSource(int64(seed))), plans[id])
				s.play()
				if len(s.ends) != 1 || s.ends[0].Status == engine.Quarantine {
					t.Fatalf("seed %d: %v\n%s", seed, s.ends, s.story())
				}
				if r := s.ends[0].Reason; s.ends[0].Status == engine.FailedRun && !strings.Contains(r, "fail") && !strings.Contains(r, "falhou") {
					t.Fatal(fmt.Sprintf("seed %d: %s\n", seed, r), s.story())
				}
			}
		})
	}
}
