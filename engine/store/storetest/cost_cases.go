package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"jornada/engine"
)

// spent writes what MessageCosts tells, one line a kind.
func (w *world) spent(f engine.CostFilter) string {
	w.t.Helper()
	if f.From == "" {
		f.From, f.To = "2026-01-01", "2026-12-31"
	}
	lines, err := w.MessageCosts(w.ctx, f)
	ok(w.t, err)
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %s %s %s %d=%dr+%dt+%df+%du %d", l.Day, l.Channel, l.Category, l.Currency, l.Messages, l.Reported, l.Listed, l.Free, l.Unknown, l.Micros))
	}
	return strings.Join(all, "; ")
}

func (w *world) fold() int {
	w.t.Helper()
	n, err := w.FoldMessageCosts(w.ctx, 1000)
	ok(w.t, err)
	return n
}

func listed(micros int64, day string) *engine.Cost {
	return &engine.Cost{Micros: micros, Currency: "USD", Source: engine.CostListed, Category: "utility", Day: day}
}

func (w *world) accepted(id string, c *engine.Cost) {
	w.t.Helper()
	w.message(id, "ana")
	same(w.t, "claimed", must(w.ClaimMessage(w.ctx, engine.MessageID(id), "t")), true)
	same(w.t, "accepted", must(w.FinishMessage(w.ctx, engine.MessageID(id), "t", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "p" + id, Cost: c})), true)
}

// A message is counted once, with what is known last of its cost.
func costs(t *testing.T, open Open) {
	w := begin(t, open)
	same(t, "nothing", w.spent(engine.CostFilter{}), "")
	w.message("m0", "ana")
	same(t, "queued costs nothing", w.spent(engine.CostFilter{}), "")
	w.accepted("m1", listed(6800, "2026-11-25"))
	same(t, "the message says it", must(w.Message(w.ctx, "m1")).Cost, *listed(6800, "2026-11-25"))
	same(t, "by the table", w.spent(engine.CostFilter{}), "2026-11-25 whatsapp utility USD 1=0r+1t+0f+0u 6800")

	reported := engine.Cost{Micros: 9000, Currency: "BRL", Source: engine.CostReported, Category: "marketing", Day: "2026-11-25"}
	for range 2 { // a status may come again
		must(w.RaiseStatus(w.ctx, "m1", engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now(), Cost: &reported}))
	}
	same(t, "as reported", w.spent(engine.CostFilter{}), "2026-11-25 whatsapp marketing BRL 1=1r+0t+0f+0u 9000")
	must(w.RaiseStatus(w.ctx, "m1", engine.MessageUpdate{Status: engine.Read, At: w.clock.Now()}))
	same(t, "read changes nothing", must(w.Message(w.ctx, "m1")).Cost, reported)

	late := reported
	late.Micros = 8000
	same(t, "news of lower rank", must(w.RaiseStatus(w.ctx, "m1", engine.MessageUpdate{Status: engine.Sent, At: w.clock.Now(), Cost: &late})), false)
	same(t, "brings its price all the same", must(w.Message(w.ctx, "m1")).Cost, late)

	w.accepted("m2", nil)
	day := w.clock.Now().UTC().Format("2006-01-02")
	same(t, "nobody knows", must(w.Message(w.ctx, "m2")).Cost, engine.Cost{Source: engine.CostUnknown, Category: "utility", Day: day})
	must(w.RaiseStatus(w.ctx, "m2", engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now()}))
	same(t, "still", must(w.Message(w.ctx, "m2")).Cost.Source, engine.CostUnknown)

	w.message("m3", "ana") // a status is faster than the answer of the call
	must(w.ClaimMessage(w.ctx, "m3", "t"))
	must(w.RaiseStatus(w.ctx, "m3", engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now(), Cost: listed(6800, "2026-11-26")}))
	must(w.FinishMessage(w.ctx, "m3", "t", engine.MessageUpdate{Status: engine.Accepted, ProviderID: "pm3"}))
	w.message("m4", "ana") // refused at once
	must(w.ClaimMessage(w.ctx, "m4", "t"))
	must(w.FinishMessage(w.ctx, "m4", "t", engine.MessageUpdate{Status: engine.Failed}))

	want := "2026-11-25 whatsapp marketing BRL 1=1r+0t+0f+0u 8000; 2026-11-26 whatsapp utility USD 1=0r+1t+0f+0u 6800"
	same(t, "days asked for", w.spent(engine.CostFilter{From: "2026-11-25", To: "2026-11-26"}), want)
	same(t, "one day", w.spent(engine.CostFilter{From: "2026-11-26", To: "2026-11-26"}), want[strings.Index(want, "; ")+2:])
	same(t, "its journey and number", w.spent(engine.CostFilter{From: "2026-11-25", To: "2026-11-26", JourneyID: "confirm", IntegrationID: "wa"}), want)
	same(t, "another journey", w.spent(engine.CostFilter{From: "2026-11-25", To: "2026-11-26", JourneyID: "other"}), "")
	same(t, "another number", w.spent(engine.CostFilter{From: "2026-11-25", To: "2026-11-26", IntegrationID: "sms"}), "")
}

// Adding up changes no sum, whenever it is done and by however many.
func costsFolded(t *testing.T, open Open) {
	w := begin(t, open)
	same(t, "nothing to add", w.fold(), 0)
	for i := range 20 {
		w.accepted(fmt.Sprint("m", i), listed(int64(i), []string{"2026-11-25", "2026-11-26"}[i%2]))
	}
	before := w.spent(engine.CostFilter{})
	same(t, "all of them", before, "2026-11-25 whatsapp utility USD 10=0r+10t+0f+0u 90; 2026-11-26 whatsapp utility USD 10=0r+10t+0f+0u 100")
	var all sync.WaitGroup
	var mu sync.Mutex
	folded := 0
	for range 3 {
		all.Go(func() {
			for {
				n, err := w.FoldMessageCosts(w.ctx, 4)
				if err != nil {
					t.Error(err)
				}
				if n == 0 || err != nil {
					return
				}
				mu.Lock()
				folded += n
				mu.Unlock()
			}
		})
	}
	all.Wait()
	folded += w.fold() // what was held by another when a folder looked
	same(t, "each once", folded, 20)
	same(t, "the same sums", w.spent(engine.CostFilter{}), before)
	free := engine.Cost{Currency: "USD", Source: engine.CostFree, Category: "utility", Day: "2026-11-25"}
	must(w.RaiseStatus(w.ctx, "m4", engine.MessageUpdate{Status: engine.Delivered, At: w.clock.Now(), Cost: &free}))
	want := strings.Replace(before, "10=0r+10t+0f+0u 90", "10=0r+9t+1f+0u 86", 1)
	same(t, "a change after adding up", w.spent(engine.CostFilter{}), want)
	same(t, "one row", w.fold(), 1)
	same(t, "added up again", w.spent(engine.CostFilter{}), want)
	same(t, "nothing left", w.fold(), 0)
}

// A number's free messages of a month are used once each.
func freeMessages(t *testing.T, open Open) {
	w := begin(t, open)
	take := func(integration engine.IntegrationID, month string) bool {
		t.Helper()
		taken, err := w.TakeFreeMessage(w.ctx, integration, month, 3)
		ok(t, err)
		return taken
	}
	for i := range 5 {
		same(t, fmt.Sprint("message ", i), take("wa", "2026-10"), i < 3)
	}
	same(t, "another month", take("wa", "2026-11"), true)
	same(t, "another number", take("wb", "2026-10"), true)
	var all sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 8 {
		all.Go(func() {
			taken, err := w.TakeFreeMessage(w.ctx, "wc", "2026-10", 3)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if taken {
				won++
			}
		})
	}
	all.Wait()
	same(t, "at once", won, 3)
}
