package storetest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jornada/engine"
	"jornada/engine/store"
)

// paces: what is shared comes back as it was stored, and of those who change it at
// once one wins.
func paces(t *testing.T, open Open) {
	w := begin(t, open)
	now := w.clock.Real()
	var state engine.PaceState
	same(t, "nobody has sent", must(w.Pace(w.ctx, "wa")).Seq, 0)
	same(t, "turns", state.Take(now, 80, 3), 3)
	state.Queue(now, 80, 4, false)
	state.Queue(now, 80, 8, true)
	same(t, "the first", must(w.SwapPace(w.ctx, "wa", state)), true)
	same(t, "another first", must(w.SwapPace(w.ctx, "wa", state)), false)
	got := must(w.Pace(w.ctx, "wa"))
	same(t, "seq", got.Seq, 1)
	same(t, "turns taken", len(got.Took), 1)
	same(t, "when", got.Took[0].At, now)
	same(t, "how many", got.Took[0].N, 3)
	same(t, "the line", got.LineAt, state.LineAt)
	same(t, "the other line", got.BackAt, state.BackAt)
	same(t, "of another integration", must(w.Pace(w.ctx, "sms")).Seq, 0)

	var total atomic.Int64
	var all sync.WaitGroup
	for range 8 { // they want 160, and 77 are left
		all.Go(func() {
			for took := 0; took < 20; {
				state := must(w.Pace(w.ctx, "wa"))
				n := state.Take(now, 80, 1)
				if n == 0 {
					return
				}
				if must(w.SwapPace(w.ctx, "wa", state)) {
					took += n
					total.Add(int64(n))
				}
			}
		})
	}
	all.Wait()
	same(t, "together", total.Load(), 77)
}

func learntPace(t *testing.T, open Open) {
	w := begin(t, open)
	must(w.PutIntegration(w.ctx, &engine.Integration{ID: "wa", Provider: "meta", Channel: engine.WhatsApp}))
	now := w.clock.Real()
	same(t, "half", must(w.LearnPace(w.ctx, "wa", 80, now)), 40)
	same(t, "one storm is one lesson", must(w.LearnPace(w.ctx, "wa", 80, now.Add(time.Second))), 40)
	same(t, "the next", must(w.LearnPace(w.ctx, "wa", 80, now.Add(20*time.Second))), 30)
	i := must(w.Integration(w.ctx, "wa"))
	same(t, "kept", fmt.Sprint(i.LearntRate, i.LearntAt.Sub(now)), "30 20s")
	i.Name = "Recepção"
	must(w.PutIntegration(w.ctx, i))
	same(t, "kept when it is renamed", must(w.Integration(w.ctx, "wa")).LearntRate, 30)
	same(t, "no rate to lower", must(w.LearnPace(w.ctx, "wa", 0, now.Add(time.Hour))), 30)
	_, err := w.LearnPace(w.ctx, "nobody", 80, now)
	refused(t, err, engine.NotFound)
}

// busyContacts: the gate hears when many messages went to one person, and the
// closer look says when, through which integration.
func busyContacts(t *testing.T, open Open) {
	w := begin(t, open)
	w.contact("ana")
	w.enrollment("e1", "confirm", "ana")
	began := w.clock.Now()
	for n := range 3 {
		m := w.message(fmt.Sprint("m", n), "ana")
		same(t, "claimed", must(w.ClaimMessage(w.ctx, m.ID, "token")), true)
		w.clock.Advance(time.Minute)
	}
	busy := func(messages int, since time.Time) bool {
		return must(w.GateRecord(w.ctx, "e1", "ana", engine.WhatsApp, nil, engine.Burst{Messages: messages, Since: since})).Busy
	}
	same(t, "nobody asks", busy(0, began), false)
	same(t, "as many", busy(3, began), true)
	same(t, "more", busy(4, began), false)
	same(t, "lately", busy(3, began.Add(time.Second)), false)
	sends := must(w.SendsTo(w.ctx, "ana", "wa", began.Add(time.Second)))
	same(t, "sends", fmt.Sprint(len(sends), sends[0].Sub(began), sends[1].Sub(began)), "2 2m0s 1m0s")
	same(t, "through another", len(must(w.SendsTo(w.ctx, "ana", "wa2", began))), 0)

	// The same messages, as news of all until a moment finds them.
	upTo := func(contact engine.ContactID, through engine.IntegrationID, then time.Time) string {
		var ids []string
		for _, m := range must(w.SentUpTo(w.ctx, contact, through, then)) {
			ids = append(ids, string(m.ID))
		}
		return strings.Join(ids, " ")
	}
	same(t, "up to the second", upTo("ana", "wa", began.Add(time.Minute)), "m1 m0")
	same(t, "before all", upTo("ana", "wa", began.Add(-time.Second)), "")
	same(t, "through another number", upTo("ana", "wa2", began.Add(time.Hour)), "")
	same(t, "to another person", upTo("bia", "wa", began.Add(time.Hour)), "")
	must(w.RaiseStatus(w.ctx, "m1", engine.MessageUpdate{Status: engine.Read, At: began}))
	same(t, "what was read is done with", upTo("ana", "wa", began.Add(time.Hour)), "m2 m0")
}

// tiers: so many people in 24 hours and no more, whoever counts at the same time;
// who was reached is reached again, and administrators hear of it once.
func tiers(t *testing.T, open Open) {
	w := begin(t, open)
	for _, id := range []engine.IntegrationID{"wa", "wa2"} {
		must(w.PutIntegration(w.ctx, &engine.Integration{ID: id, Provider: "meta", Channel: engine.WhatsApp, Name: "Recepção"}))
	}
	count := func(contact string) engine.Opened {
		return must(w.CountPerson(w.ctx, engine.Opening{Portfolio: "clinic", IntegrationID: "wa", ContactID: engine.ContactID(contact), Limit: 10}))
	}
	began := w.clock.Now()
	var fitted atomic.Int64
	var all sync.WaitGroup
	for n := range 30 {
		all.Go(func() {
			if count(fmt.Sprint("p", n)).Fits {
				fitted.Add(1)
			}
		})
	}
	all.Wait()
	same(t, "of thirty at once", fitted.Load(), 10)
	full := count("late")
	same(t, "one more", full.Fits, false)
	same(t, "free again", full.FreeAt, began.Add(24*time.Hour))
	same(t, "another portfolio", must(w.CountPerson(w.ctx, engine.Opening{Portfolio: "other", IntegrationID: "wa2", ContactID: "late", Limit: 10})).Fits, true)
	told := func() string {
		list, _, err := w.Notices(w.ctx, time.Time{}, 0, "")
		ok(t, err)
		var words strings.Builder
		for _, n := range list {
			words.WriteString(fmt.Sprint(n.Kind, " ", n.IntegrationID, " ", n.ResolvedAt != nil, ";"))
		}
		return words.String()
	}
	same(t, "told once", told(), "channel.tier_reached wa false;")

	w.clock.Advance(23 * time.Hour)
	var reached string
	for n := range 30 {
		if id := fmt.Sprint("p", n); count(id).Fits {
			reached = id
			break
		}
	}
	w.clock.Advance(time.Hour)
	again := count("late")
	same(t, "a day later", fmt.Sprint(again.Fits, again.People), "true 2") // with the one reached again an hour ago
	if reached == "" {
		t.Fatal("nobody who was reached could be reached again")
	}
	same(t, "settled", told(), "channel.tier_reached wa true;")
	// Another number of the portfolio frees it; a new name settles nothing.
	for _, id := range []engine.IntegrationID{"wa", "wa2"} {
		i := must(w.Integration(w.ctx, id))
		i.Name, i.Settings = "Agenda", map[string]string{"portfolio": "clinic"}
		must(w.PutIntegration(w.ctx, i))
	}
	for n := range 9 {
		count(fmt.Sprint("q", n))
	}
	same(t, "told again", told(), "channel.tier_reached wa false;channel.tier_reached wa true;")
	i := must(w.Integration(w.ctx, "wa"))
	i.Name = "Recepção"
	must(w.PutIntegration(w.ctx, i))
	same(t, "still so", told(), "channel.tier_reached wa false;channel.tier_reached wa true;")
	w.clock.Advance(24 * time.Hour)
	same(t, "by the other", must(w.CountPerson(w.ctx, engine.Opening{Portfolio: "clinic", IntegrationID: "wa2", ContactID: "z", Limit: 10})).Fits, true)
	same(t, "settled for both", told(), "channel.tier_reached wa true;channel.tier_reached wa true;")
	w.clock.Advance(24 * time.Hour)
	count(reached)
	count("late")
	same(t, "not counted", must(w.CountPerson(w.ctx, engine.Opening{Portfolio: "clinic", IntegrationID: "wa", ContactID: "x", Limit: 10, Uncounted: true})).People, 0)
	same(t, "but noted", count("y").People, 4)
}

// fullAgain: a portfolio that is full under a new limit, too, is told anew.
func fullAgain(t *testing.T, open Open) {
	w := begin(t, open)
	limit := func(tier string) {
		must(w.PutIntegration(w.ctx, &engine.Integration{ID: "wa", Provider: "meta", Channel: engine.WhatsApp, Settings: map[string]string{"portfolio": "clinic", "tier": tier}}))
	}
	fits := func(contact string, most int) bool {
		return must(w.CountPerson(w.ctx, engine.Opening{Portfolio: "portfolio:clinic", IntegrationID: "wa", ContactID: engine.ContactID(contact), Limit: most})).Fits
	}
	told := func() (open, all int) {
		list, _, err := w.Notices(w.ctx, time.Time{}, 0, "")
		ok(t, err)
		for _, n := range list {
			if n.ResolvedAt == nil {
				open++
			}
		}
		return open, len(list)
	}
	limit("2")
	for _, c := range []struct {
		contact string
		fits    bool
	}{{"a", true}, {"b", true}, {"c", false}, {"d", false}} {
		same(t, "of two, "+c.contact, fits(c.contact, 2), c.fits)
	}
	limit("3")
	same(t, "of three", fits("c", 3), true)
	same(t, "and full again", fits("d", 3), false)
	still, all := told()
	same(t, "notices", fmt.Sprint(still, " of ", all), "1 of 2")
}

// tierChanges: the platform's word reaches all who share a portfolio and count,
// and what waited for a place tries again.
func tierChanges(t *testing.T, open Open) {
	w := begin(t, open)
	put := func(id, tier, portfolio string) {
		settings := map[string]string{"portfolio": portfolio}
		if tier != "" {
			settings["tier"] = tier
		}
		must(w.PutIntegration(w.ctx, &engine.Integration{ID: engine.IntegrationID(id), Provider: "meta", Channel: engine.WhatsApp, Settings: settings, Secrets: map[string]string{"token": "t"}}))
	}
	put("wa", "250", "clinic")
	put("wa2", "250", "clinic")
	put("wa3", "", "clinic")
	put("wa4", "250", "lab")
	held := w.message("m1", "ana")
	held.Reason = engine.HeldByTier
	ok(t, w.UpdateQueued(w.ctx, held))
	w.message("m2", "bia")
	tier := func(id engine.IntegrationID) string { return must(w.Integration(w.ctx, id)).Settings["tier"] }

	same(t, "news", must(w.SetTier(w.ctx, "wa", "TIER_2K")), true)
	same(t, "tiers", fmt.Sprint(tier("wa"), " ", tier("wa2"), " ", tier("wa3"), " ", tier("wa4")), "TIER_2K TIER_2K  250")
	same(t, "secrets stay", must(w.Integration(w.ctx, "wa2")).Secrets["token"], "t")
	same(t, "no news", must(w.SetTier(w.ctx, "wa", "TIER_2K")), false)
	same(t, "of one that nobody knows", must(w.SetTier(w.ctx, "gone", "TIER_2K")), false)
	parked := must(w.TakeParked(w.ctx, engine.WhatsApp, nil, 10))
	same(t, "let go", len(parked), 1)
	same(t, "which", parked[0].ID, held.ID)
}

// senderQuality: a platform's rating is kept, and that it fell to red is told once, until
// it is red no more.
func senderQuality(t *testing.T, open Open) {
	w := begin(t, open)
	for _, id := range []engine.IntegrationID{"wa", "wa2"} {
		must(w.PutIntegration(w.ctx, &engine.Integration{ID: id, Provider: "meta", Channel: engine.WhatsApp, Name: "Recepção"}))
	}
	told := func() string {
		list, _, err := w.Notices(w.ctx, time.Time{}, 0, "")
		ok(t, err)
		var words strings.Builder
		for _, n := range list {
			words.WriteString(fmt.Sprint(n.Kind, " ", n.IntegrationID, " ", n.Name, " ", n.ResolvedAt != nil, ";"))
		}
		return words.String()
	}
	same(t, "nobody has said", must(w.Quality(w.ctx, "wa")), "")
	same(t, "green", must(w.SetQuality(w.ctx, "wa", "green")), true)
	same(t, "green again", must(w.SetQuality(w.ctx, "wa", "green")), false)
	same(t, "nothing to tell", told(), "")
	same(t, "red", must(w.SetQuality(w.ctx, "wa", "red")), true)
	same(t, "red again", must(w.SetQuality(w.ctx, "wa", "red")), false)
	same(t, "kept", must(w.Quality(w.ctx, "wa"))+"|"+must(w.Quality(w.ctx, "wa2")), "red|")
	same(t, "told once", told(), "channel.quality_red wa Recepção false;")
	_, err := w.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.NeedsReconnect})
	ok(t, err)
	_, err = w.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Enabled})
	ok(t, err)
	same(t, "the channel's return does not settle it", strings.Contains(told(), "channel.quality_red wa Recepção false;"), true)
	same(t, "yellow", must(w.SetQuality(w.ctx, "wa", "yellow")), true)
	same(t, "settled", strings.Contains(told(), "channel.quality_red wa Recepção true;"), true)
	same(t, "of one that nobody knows", must(w.SetQuality(w.ctx, "gone", "red")), false)
}

// senderThroughput: the platform's number comes with the integration wherever it is read,
// and with its quality it is forgotten once the integration speaks for another sender.
func senderThroughput(t *testing.T, open Open) {
	w := begin(t, open)
	put := func(provider string, settings map[string]string) {
		i := &engine.Integration{ID: "wa", Provider: provider, Channel: engine.WhatsApp, Settings: settings, Default: true}
		must(w.PutIntegration(w.ctx, i))
	}
	put("meta", map[string]string{"phone_number_id": "1"})
	must(w.PutIntegration(w.ctx, &engine.Integration{ID: "wa2", Provider: "meta", Channel: engine.WhatsApp}))
	known := func() string {
		all := must(w.Integrations(w.ctx))
		return fmt.Sprint(must(w.Integration(w.ctx, "wa")).Throughput, must(w.DefaultIntegration(w.ctx, engine.WhatsApp)).Throughput,
			all[0].Throughput, all[1].Throughput, " ", must(w.Quality(w.ctx, "wa")))
	}
	same(t, "nobody has said", known(), "0 0 0 0 ")
	same(t, "said", must(w.SetThroughput(w.ctx, "wa", 1000)), true)
	same(t, "said again", must(w.SetThroughput(w.ctx, "wa", 1000)), false)
	same(t, "of one that nobody knows", must(w.SetThroughput(w.ctx, "gone", 1000)), false)
	must(w.SetQuality(w.ctx, "wa", "red"))
	must(w.SetThroughput(w.ctx, "wa2", 0.5))
	same(t, "kept", known(), "1000 1000 1000 0.5 red")
	other := open(t, store.Options{Clock: w.clock, Workspace: "other"})
	must(other.PutIntegration(w.ctx, &engine.Integration{ID: "wa", Provider: "meta", Channel: engine.WhatsApp}))
	same(t, "in another workspace", must(other.Integration(w.ctx, "wa")).Throughput, 0)

	put("meta", map[string]string{"phone_number_id": "1", "messages_per_second": "50", "tier": "250", "portfolio": "clinic"})
	same(t, "paced otherwise", known(), "1000 1000 1000 0.5 red")
	same(t, "a new tier", must(w.SetTier(w.ctx, "wa", "TIER_2K")), true)
	same(t, "counted otherwise", known(), "1000 1000 1000 0.5 red")
	put("meta", map[string]string{"phone_number_id": "2"})
	same(t, "another number", known(), "0 0 0 0.5 ")
	list, _, err := w.Notices(w.ctx, time.Time{}, 0, "")
	ok(t, err)
	same(t, "its notice is settled", len(list) == 1 && list[0].ResolvedAt != nil, true)
	must(w.SetThroughput(w.ctx, "wa", 80))
	put("dialog360", map[string]string{"phone_number_id": "2"})
	same(t, "another provider", known(), "0 0 0 0.5 ")
}
