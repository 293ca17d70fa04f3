package integration

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"jornada/activities"
	"jornada/activities/channel/fake"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/runtime"
	"jornada/engine/store/storetest"
	"jornada/workflows"
)

// publish adds a version of the journey under another name.
func (r *rig) publish(name string) engine.VersionHash {
	r.Helper()
	source := strings.Replace(journey, "journey: hello", "journey: "+name, 1)
	folder, findings := dsl.Load([]dsl.File{
		{Path: name + ".journey.yaml", Content: []byte(source)}, {Path: "workspace.yaml", Content: []byte(workspace)}, {Path: "templates.lock.yaml", Content: []byte(lock)},
	})
	plan := folder.Plans[name]
	require.NotNil(r, plan, "%v", findings)
	hash := engine.VersionHash(plan.Hash)
	_, _, err := r.db.Publish(r.ctx, &engine.Version{Journey: engine.JourneyID(name), Hash: hash, FlowHash: plan.FlowHash, CopyHash: plan.CopyHash, Source: source, Plan: plan})
	require.NoError(r, err)
	return hash
}

func (r *rig) enrollNew(name string, n int) []engine.EnrollmentID {
	r.Helper()
	ids := make([]engine.EnrollmentID, n)
	for i := range ids {
		c := engine.ContactID(engine.NewID("c"))
		_, err := r.db.PutContact(r.ctx, &engine.Contact{ID: c, Attributes: map[string]any{"first_name": "Demo"},
			Addresses: []engine.Address{{Kind: engine.Phone, Value: "+55" + itoa(11930010010+phones.Add(10))}}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true}})
		require.NoError(r, err)
		res, err := r.rt.Enroll(r.ctx, runtime.EnrollRequest{JourneyID: engine.JourneyID(name), ContactID: c, Inputs: map[string]any{"note": "n"}})
		require.NoError(r, err)
		ids[i] = res.EnrollmentID
	}
	return ids
}

var phones atomic.Int64

// Enrollments that meet a mistake in the program, in the workflow or in an
// activity, are quarantined within a minute, with a reason in words; their
// neighbors do not notice, and what only waits for the machine is left alone.
func TestAPoisonedEnrollmentIsQuarantined(t *testing.T) {
	r := newRig(t, storetest.SQLite(t))
	panics, away := r.publish("panics"), r.publish("away")
	r.publish("activity")
	var back atomic.Bool
	r.breakPlan = func(hash engine.VersionHash, p *dsl.Plan) (*dsl.Plan, error) {
		switch {
		case hash == panics:
			broken := *p
			ask := *p.Nodes["ask_time"]
			ask.Ask = nil // the interpreter trusts a checked plan
			broken.Nodes = map[string]*dsl.Node{"ask_time": &ask}
			return &broken, nil
		case hash == away && !back.Load():
			return nil, errors.New("the database is away")
		}
		return p, nil
	}
	r.breakSend = func(in activities.SendInput) {
		if in.JourneyID == "activity" {
			panic("index out of range")
		}
	}
	began := time.Now()
	poisoned := append(r.enrollNew("panics", 3), r.enrollNew("activity", 2)...)
	waiting := r.enrollNew("away", 2)
	healthy := r.enrollNew("hello", 20)
	r.until("the healthy ones ask", func() bool { return len(r.network.Outbox(fake.Filter{})) == len(healthy) })
	t.Logf("the neighbors were served after %v", time.Since(began))
	for _, id := range poisoned {
		var e *engine.Enrollment
		require.Eventually(t, func() bool {
			var err error
			e, err = r.db.Enrollment(r.ctx, id)
			return err == nil && e.EndedAt != nil
		}, time.Minute, 20*time.Millisecond, "enrollment %s is not quarantined", id)
		require.Equal(t, engine.Quarantine, e.Status)
		require.Contains(t, e.Reason, "mistake in the program")
		trail, err := r.db.Trail(r.ctx, id)
		require.NoError(t, err)
		last := trail[len(trail)-1]
		require.Equal(t, "ended", last.Kind)
		require.Equal(t, e.Reason, last.Detail)
		r.until("its workflow ends", func() bool {
			d, err := r.client.DescribeWorkflowExecution(r.ctx, workflows.WorkflowID(id), "")
			return err == nil && d.WorkflowExecutionInfo.Status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
		})
	}
	t.Logf("quarantined after %v", time.Since(began))
	require.Less(t, time.Since(began), time.Minute)
	// What failed because of the machine goes on when that is back.
	for _, id := range waiting {
		e, err := r.db.Enrollment(r.ctx, id)
		require.NoError(t, err)
		require.Equal(t, engine.Active, e.Status)
	}
	back.Store(true)
	require.Eventually(t, func() bool { return len(r.network.Outbox(fake.Filter{})) == len(healthy)+len(waiting) }, time.Minute, 20*time.Millisecond)
	for _, id := range healthy {
		e, err := r.db.Enrollment(r.ctx, id)
		require.NoError(t, err)
		require.Equal(t, engine.Active, e.Status)
	}
}

// What holds the data keys is away again and again, while enrollments begin, hear
// answers and end: nothing of that is an end of its own, nor is an answer dropped.
func TestKeysThatAreAwayLoseNothing(t *testing.T) {
	r := newRig(t, storetest.SQLite(t))
	var mu sync.Mutex
	asked := map[string]int{}
	r.breakKeys = func(id string) error {
		mu.Lock()
		defer mu.Unlock()
		if asked[id]++; id != runtime.WorkspaceKey && asked[id]%2 == 0 && asked[id] < 8 {
			return engine.Errorf(engine.Unavailable, "the database is away or busy; try again")
		}
		return nil
	}
	const people = 10
	for i := range people {
		_, err := r.db.PutContact(r.ctx, &engine.Contact{ID: engine.ContactID("c" + itoa(int64(i))), Attributes: map[string]any{"first_name": "Demo"},
			Addresses: []engine.Address{{Kind: engine.Phone, Value: "+55" + itoa(11940010010+int64(i)*10)}}, OptIn: map[engine.Channel]bool{engine.WhatsApp: true}})
		require.NoError(t, err)
	}
	ids := make([]engine.EnrollmentID, people)
	for i := range ids {
		r.until("an enrollment", func() bool {
			res, err := r.rt.Enroll(r.ctx, runtime.EnrollRequest{JourneyID: "hello", ContactID: engine.ContactID("c" + itoa(int64(i))), Inputs: map[string]any{"note": "n"}})
			ids[i] = res.EnrollmentID
			return err == nil
		})
	}
	r.until("all questions", func() bool { return len(r.network.Outbox(fake.Filter{})) >= people })
	for i := range ids {
		r.until("a place for the answer", func() bool {
			waits, err := r.db.OpenWaits(r.ctx, engine.ContactID("c"+itoa(int64(i))), engine.WhatsApp)
			return err == nil && len(waits) > 0
		})
		_, err := r.network.Inbound(fake.Inbound{IntegrationID: "wa", Channel: engine.WhatsApp, Text: "às nove",
			From: []engine.Address{{Kind: engine.WAID, Value: "55" + itoa(11940010010+int64(i)*10)}}})
		require.NoError(t, err)
	}
	for _, id := range ids {
		var e *engine.Enrollment
		require.Eventually(t, func() bool {
			var err error
			e, err = r.db.Enrollment(r.ctx, id)
			return err == nil && e.EndedAt != nil
		}, 3*time.Minute, 20*time.Millisecond, "enrollment %s does not end", id)
		require.Equal(t, engine.Exited, e.Status, e.Reason)
	}
	require.Len(t, r.network.Outbox(fake.Filter{}), 2*people)
}
