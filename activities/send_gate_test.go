package activities

import (
	"reflect"
	"testing"
	"time"
	_ "time/tzdata"

	"jornada/dsl"
	"jornada/engine"
)

// A Monday, 15:00 in São Paulo.
var noon = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

func location(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func saoPaulo(h int, day int) time.Time {
	return time.Date(2026, 11, day, h, 0, 0, 0, location("America/Sao_Paulo"))
}

// allowed are facts to which the gate says yes.
func allowed() GateFacts {
	return GateFacts{
		Now: noon, FirstAt: noon, NotAfter: noon.Add(24 * time.Hour), Enrollment: engine.Active,
		Integration: &engine.Integration{ID: "wa", State: engine.Enabled},
		To:          engine.Address{Kind: engine.Phone, Value: "+5511987654321"},
		OptIn:       true, OptInKnown: true, Category: "utility",
		SendWindow: &dsl.Hours{From: "09:00", To: "20:00"}, Zones: []*time.Location{location("America/Sao_Paulo")},
		NeedsWindow: true,
	}
}

func TestGate(t *testing.T) {
	in := noon.Add
	moment := func(t time.Time) *time.Time { return &t }
	limit := in(24 * time.Hour)
	send := Decision{Verdict: VerdictSend}
	cases := []struct {
		name string
		with func(*GateFacts)
		want Decision // Detail is not compared
	}{
		{"a template, everything in order", func(f *GateFacts) {}, send},

		// enrollment and journey
		{"the enrollment ended", func(f *GateFacts) { f.Enrollment = engine.Exited }, Decision{Verdict: VerdictInactive, Reason: "exited"}},
		{"the enrollment is gone", func(f *GateFacts) { f.Enrollment = "" }, Decision{Verdict: VerdictInactive}},
		{"ended beats a channel that is down", func(f *GateFacts) { f.Enrollment, f.Integration = engine.Unenrolled, nil }, Decision{Verdict: VerdictInactive, Reason: "unenrolled"}},
		{"the journey is paused", func(f *GateFacts) { f.JourneyPaused = true }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"the enrollment is paused", func(f *GateFacts) { f.Enrollment = engine.Paused }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"paused for too long", func(f *GateFacts) { f.JourneyPaused, f.NotAfter = true, noon }, skip(ReasonExpired, "")},
		{"urgent does not send from a paused journey", func(f *GateFacts) { f.JourneyPaused, f.Urgent = true, true }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},

		// a restored database
		{"nothing is sent", func(f *GateFacts) { f.Halted = true }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"nothing is sent, urgent, paused, channel down", func(f *GateFacts) {
			f.Halted, f.Urgent, f.JourneyPaused, f.Integration = true, true, true, nil
		}, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},

		// channel
		{"no integration", func(f *GateFacts) { f.Integration = nil }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"disabled", func(f *GateFacts) { f.Integration.State = engine.Disabled }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"disabled until it was too late", func(f *GateFacts) { f.Integration.State, f.NotAfter = engine.Disabled, in(-time.Second) }, skip(ReasonExpired, "")},
		{"must be reconnected", func(f *GateFacts) { f.Integration.State = engine.NeedsReconnect }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"limited", func(f *GateFacts) {
			f.Integration.State, f.Integration.ResumeAt = engine.Limited, moment(in(time.Hour))
		}, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"limited beyond the limit of the message", func(f *GateFacts) {
			f.Integration.State, f.Integration.ResumeAt = engine.Limited, moment(in(48*time.Hour))
		}, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"throttled", func(f *GateFacts) {
			f.Spread, f.Integration.ThrottledUntil = time.Second, moment(in(time.Minute))
		}, Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: in(time.Minute + time.Second)}},
		{"throttled for too long", func(f *GateFacts) {
			f.NotAfter, f.Integration.ThrottledUntil = noon, moment(in(time.Minute))
		}, skip(ReasonExpired, "")},
		{"the throttle is over", func(f *GateFacts) { f.Integration.ThrottledUntil = moment(noon) }, send},
		{"limited without end", func(f *GateFacts) { f.Integration.State = engine.Limited }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},
		{"the platform's limit has passed", func(f *GateFacts) { f.Integration.State, f.Integration.ResumeAt = engine.Limited, moment(noon) }, send},
		{"urgent does not pass a disabled channel", func(f *GateFacts) { f.Integration.State, f.Urgent = engine.Disabled, true }, Decision{Verdict: VerdictPark, Reason: ReasonExpired, RetryAt: limit}},

		// contact
		{"erased", func(f *GateFacts) { f.ContactGone = true }, skip(ReasonUnreachable, "")},
		{"no address", func(f *GateFacts) { f.To = engine.Address{} }, skip(ReasonUnreachable, "")},

		// suppression
		{"opted out", func(f *GateFacts) { f.Suppressed = []engine.Suppression{{Reason: "opted_out"}} }, skip(ReasonOptedOut, "")},
		{"complained", func(f *GateFacts) { f.Suppressed = []engine.Suppression{{Reason: "complaint"}} }, skip(ReasonOptedOut, "")},
		{"on a public list", func(f *GateFacts) {
			f.Category, f.Suppressed = "marketing", []engine.Suppression{{Purpose: "marketing", Reason: "list:nao_me_ligue"}}
		}, skip(ReasonOptedOut, "")},
		{"a marketing suppression lets utility pass", func(f *GateFacts) { f.Suppressed = []engine.Suppression{{Purpose: "marketing", Reason: "opted_out"}} }, send},
		{"a public list, utility", func(f *GateFacts) {
			f.Suppressed = []engine.Suppression{{Purpose: "marketing", Reason: "list:nao_me_ligue"}}
		}, send},
		{"a public list, utility that honors it", func(f *GateFacts) {
			f.Lists, f.Suppressed = []string{"nao_me_ligue"}, []engine.Suppression{{Purpose: "marketing", Reason: "list:nao_me_ligue"}}
		}, skip(ReasonOptedOut, "")},
		{"bounced", func(f *GateFacts) { f.Suppressed = []engine.Suppression{{Reason: "hard_bounce"}} }, skip(ReasonUnreachable, "")},
		{"out of reach on WhatsApp", func(f *GateFacts) { f.Urgent, f.Suppressed = true, []engine.Suppression{{Reason: "unreachable"}} }, skip(ReasonUnreachable, "")},
		{"blocked us", func(f *GateFacts) { f.Suppressed = []engine.Suppression{{Reason: "blocked"}} }, skip(ReasonBlocked, "")},
		{"the second suppression counts too", func(f *GateFacts) {
			f.Suppressed = []engine.Suppression{{Purpose: "marketing", Reason: "opted_out"}, {Reason: "blocked"}}
		}, skip(ReasonBlocked, "")},
		{"urgent does not pass an opt-out", func(f *GateFacts) { f.Urgent, f.Suppressed = true, []engine.Suppression{{Reason: "opted_out"}} }, skip(ReasonOptedOut, "")},
		{"suppression beats quiet hours", func(f *GateFacts) {
			f.Now, f.Suppressed = saoPaulo(23, 23), []engine.Suppression{{Reason: "opted_out"}}
		}, skip(ReasonOptedOut, "")},

		// a wish to be left alone that waits for its turn
		{"may be leaving", func(f *GateFacts) { f.Leaving = true }, Decision{Verdict: VerdictHold, Reason: ReasonOptedOut, RetryAt: in(time.Second)}},
		{"may be leaving, urgent, the answer to a reply", func(f *GateFacts) { f.Leaving, f.Urgent, f.AnswersReply = true, true, true }, Decision{Verdict: VerdictHold, Reason: ReasonOptedOut, RetryAt: in(time.Second)}},
		{"may be leaving until it is too late", func(f *GateFacts) { f.Leaving, f.NotAfter = true, noon }, skip(ReasonOptedOut, "")},
		{"an opt-out that stands beats one that waits", func(f *GateFacts) { f.Leaving, f.Suppressed = true, []engine.Suppression{{Reason: "opted_out"}} }, skip(ReasonOptedOut, "")},

		// consent
		{"said no", func(f *GateFacts) { f.OptIn = false }, skip(ReasonOptedOut, "")},
		{"said no, then wrote", func(f *GateFacts) { f.OptIn, f.AnswersReply = false, true }, skip(ReasonOptedOut, "")},
		{"never asked", func(f *GateFacts) { f.OptIn, f.OptInKnown = false, false }, skip(ReasonOptedOut, "")},
		{"never asked, but wrote", func(f *GateFacts) { f.OptIn, f.OptInKnown, f.AnswersReply = false, false, true }, send},
		{"opened the conversation", func(f *GateFacts) { f.OptIn, f.OptInKnown, f.WroteFirst = false, false, true }, send},
		{"opened the conversation, then said no", func(f *GateFacts) { f.OptIn, f.OptInKnown, f.WroteFirst = false, true, true }, skip(ReasonOptedOut, "")},
		{"opened the conversation, and gets advertising", func(f *GateFacts) {
			f.OptIn, f.OptInKnown, f.WroteFirst, f.Category = false, false, true, "marketing"
		}, skip(ReasonOptedOut, "")},
		{"never asked, wrote, marketing", func(f *GateFacts) {
			f.OptIn, f.OptInKnown, f.AnswersReply, f.Category = false, false, true, "marketing"
		}, skip(ReasonOptedOut, "")},
		{"category refused", func(f *GateFacts) { f.Refused = true }, skip(ReasonOptedOut, "")},
		{"category refused, in answer", func(f *GateFacts) { f.Refused, f.AnswersReply = true, true }, skip(ReasonOptedOut, "")},

		// holds
		{"quiet hours", func(f *GateFacts) {
			f.Now, f.FirstAt, f.NotAfter = saoPaulo(23, 23), saoPaulo(23, 23), saoPaulo(23, 24)
		},
			Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: saoPaulo(9, 24)}},
		{"quiet hours, not until the morning", func(f *GateFacts) { f.Now, f.NotAfter = saoPaulo(23, 23), saoPaulo(5, 24) },
			Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: saoPaulo(5, 24)}},
		{"quiet hours to the end", func(f *GateFacts) { f.Now, f.NotAfter = saoPaulo(5, 24), saoPaulo(5, 24) }, skip(ReasonExpired, "")},
		{"the opening minute is the last one", func(f *GateFacts) { f.Now, f.NotAfter = saoPaulo(9, 24), saoPaulo(9, 24) }, send},
		{"quiet in one of the possible zones", func(f *GateFacts) {
			f.Now, f.Zones = saoPaulo(10, 23), append(f.Zones, location("America/Rio_Branco"))
		}, Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: saoPaulo(11, 23)}},
		{"never opens", func(f *GateFacts) { f.SendWindow = &dsl.Hours{Days: []string{"never"}, From: "09:00", To: "20:00"} }, skip(ReasonExpired, "")},
		{"urgent utility at night", func(f *GateFacts) { f.Now, f.Urgent = saoPaulo(23, 23), true }, send},
		{"urgent marketing at night", func(f *GateFacts) {
			f.Now, f.Urgent, f.Category = saoPaulo(23, 23), true, "marketing"
		}, Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: saoPaulo(9, 24)}},
		{"urgent marketing as an answer", func(f *GateFacts) {
			f.Now, f.Urgent, f.Category, f.AnswersReply = saoPaulo(23, 23), true, "marketing", true
		}, send},
		{"an answer that is not urgent waits for the morning", func(f *GateFacts) { f.Now, f.AnswersReply = saoPaulo(23, 23), true },
			Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: saoPaulo(9, 24)}},
		{"capped", func(f *GateFacts) {
			f.Cap, f.Sends = &dsl.Cap{Max: 1, Per: dsl.Duration(3 * time.Hour)}, []time.Time{in(-time.Hour)}
		}, Decision{Verdict: VerdictHold, Reason: ReasonCapped, RetryAt: in(2 * time.Hour)}},
		{"capped into the night: the next morning at once", func(f *GateFacts) {
			f.Cap, f.Sends = &dsl.Cap{Max: 1, Per: dsl.Duration(8 * time.Hour)}, []time.Time{noon}
		}, Decision{Verdict: VerdictHold, Reason: ReasonCapped, RetryAt: saoPaulo(9, 24)}},
		{"capped for too long", func(f *GateFacts) {
			f.Cap, f.Sends, f.NotAfter = &dsl.Cap{Max: 1, Per: dsl.Duration(72 * time.Hour)}, []time.Time{noon}, noon
		}, skip(ReasonCapped, "")},
		{"capped, urgent", func(f *GateFacts) {
			f.Cap, f.Sends, f.Urgent = &dsl.Cap{Max: 1, Per: dsl.Duration(3 * time.Hour)}, []time.Time{in(-time.Hour)}, true
		}, send},
		{"a cap of nothing", func(f *GateFacts) { f.Cap = &dsl.Cap{} }, skip(ReasonCapped, "")},
		{"people are talking", func(f *GateFacts) { f.WithPeople = true }, Decision{Verdict: VerdictHold, Reason: ReasonBusy, RetryAt: in(time.Minute)}},
		{"people have been talking for long", func(f *GateFacts) { f.WithPeople, f.FirstAt = true, in(-time.Hour) },
			Decision{Verdict: VerdictHold, Reason: ReasonBusy, RetryAt: in(30 * time.Minute)}},
		{"people talked to the end", func(f *GateFacts) { f.WithPeople, f.NotAfter = true, noon }, skip(ReasonBusy, "")},

		// service window and template
		{"free-form, open", func(f *GateFacts) { f.FreeForm, f.WindowOpen = true, true }, send},
		{"free-form, closed", func(f *GateFacts) { f.FreeForm = true }, skip(ReasonWindowClosed, "")},
		{"free-form, closed, with a template", func(f *GateFacts) { f.FreeForm, f.HasClosed = true, true }, Decision{Verdict: VerdictSend, UseClosed: true}},
		{"free-form, open, with a template", func(f *GateFacts) { f.FreeForm, f.WindowOpen, f.HasClosed = true, true, true }, send},
		{"free-form, closed, template paused", func(f *GateFacts) { f.FreeForm, f.HasClosed, f.ClosedProblem = true, true, "paused" }, skip(ReasonFailed, "")},
		{"free-form where no window exists", func(f *GateFacts) { f.FreeForm, f.NeedsWindow = true, false }, send},
		{"urgent free-form, closed", func(f *GateFacts) { f.FreeForm, f.Urgent = true, true }, skip(ReasonWindowClosed, "")},
		{"template rejected", func(f *GateFacts) { f.TemplateProblem = "rejected" }, skip(ReasonFailed, "")},
		{"a paused alternative does not matter while open", func(f *GateFacts) {
			f.FreeForm, f.WindowOpen, f.HasClosed, f.ClosedProblem = true, true, true, "paused"
		}, send},

		// too many to this person
		{"nowhere near the pair's limit", func(f *GateFacts) {
			f.Pair, f.PairSends = dsl.Cap{Max: 2, Per: dsl.Duration(12 * time.Second)}, []time.Time{in(-time.Second)}
		}, send},
		{"at the pair's limit", func(f *GateFacts) {
			f.Pair, f.PairSends = dsl.Cap{Max: 2, Per: dsl.Duration(12 * time.Second)}, []time.Time{in(-time.Second), in(-5 * time.Second)}
		}, Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: in(7 * time.Second), Held: engine.HeldByPair}},
		{"at the pair's limit, urgent: the platform's own", func(f *GateFacts) {
			f.Pair, f.PairSends, f.Urgent = dsl.Cap{Max: 1, Per: dsl.Duration(6 * time.Second)}, []time.Time{noon}, true
		}, Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: in(6 * time.Second), Held: engine.HeldByPair}},
		{"at the pair's limit, and soon too late", func(f *GateFacts) {
			f.Pair, f.PairSends, f.NotAfter = dsl.Cap{Max: 1, Per: dsl.Duration(6 * time.Second)}, []time.Time{noon}, in(2*time.Second)
		}, Decision{Verdict: VerdictHold, Reason: ReasonExpired, RetryAt: in(2 * time.Second), Held: engine.HeldByPair}},
		{"at the pair's limit until it is too late", func(f *GateFacts) {
			f.Pair, f.PairSends, f.NotAfter = dsl.Cap{Max: 1, Per: dsl.Duration(6 * time.Second)}, []time.Time{noon}, noon
		}, skip(ReasonExpired, "")},
		{"the template is no better for it", func(f *GateFacts) {
			f.Pair, f.PairSends, f.TemplateProblem = dsl.Cap{Max: 1, Per: dsl.Duration(6 * time.Second)}, []time.Time{noon}, "rejected"
		}, skip(ReasonFailed, "")},

		// too late
		{"too late", func(f *GateFacts) { f.NotAfter = in(-time.Second) }, skip(ReasonExpired, "")},
		{"too late, urgent", func(f *GateFacts) { f.NotAfter, f.Urgent = in(-time.Second), true }, skip(ReasonExpired, "")},
		{"just in time", func(f *GateFacts) { f.NotAfter = noon }, send},
		{"no limit", func(f *GateFacts) { f.NotAfter = time.Time{} }, send},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := allowed()
			c.with(&f)
			got := Decide(f)
			if got.Verdict == VerdictSkip && got.Detail == "" {
				t.Error("a skip without an explanation")
			}
			got.Detail = ""
			if !got.RetryAt.Equal(c.want.RetryAt) {
				t.Errorf("retry at %s, want %s", got.RetryAt, c.want.RetryAt)
			}
			got.RetryAt, c.want.RetryAt = time.Time{}, time.Time{}
			c.want.Detail = ""
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// Whatever the facts: what must never leave does not, and a hold never lasts
// beyond the point where the message makes no sense.
func TestGateInvariants(t *testing.T) {
	bools := []bool{false, true}
	states := []engine.IntegrationState{engine.Enabled, engine.Disabled, engine.NeedsReconnect, engine.Limited}
	n := 0
	for mask := range 1 << 12 {
		bit := func(i int) bool { return bools[(mask>>i)&1] }
		for _, state := range states {
			for _, category := range []string{"utility", "marketing"} {
				f := allowed()
				f.Integration.State, f.Category = state, category
				f.Urgent, f.AnswersReply, f.OptIn, f.OptInKnown = bit(0), bit(1), bit(2), bit(2) || bit(3)
				f.FreeForm, f.WindowOpen, f.HasClosed, f.WithPeople = bit(4), bit(5), bit(6), bit(7)
				f.Refused, f.JourneyPaused = bit(8), bit(9)
				if bit(10) {
					f.Now = saoPaulo(23, 23)
				}
				if bit(11) {
					f.Cap, f.Sends = &dsl.Cap{Max: 1, Per: dsl.Duration(30 * time.Hour)}, []time.Time{f.Now}
				}
				d := Decide(f)
				n++
				if !d.RetryAt.IsZero() && (d.RetryAt.After(f.NotAfter) || !d.RetryAt.After(f.Now)) {
					t.Fatalf("%+v waits until %s", f, d.RetryAt)
				}
				if d.Verdict != VerdictSend {
					continue
				}
				quiet := f.Now.Equal(saoPaulo(23, 23))
				mayRush := f.Urgent && (category == "utility" || f.AnswersReply)
				switch {
				case state != engine.Enabled, f.JourneyPaused,
					!f.OptIn && f.OptInKnown, !f.OptIn && category == "marketing", f.Refused,
					f.FreeForm && !f.WindowOpen && !d.UseClosed, d.UseClosed && !f.HasClosed,
					(quiet || f.Cap != nil || f.WithPeople) && !mayRush:
					t.Fatalf("sent against a rule: %+v -> %+v", f, d)
				}
			}
		}
	}
	if n != 1<<15 {
		t.Errorf("%d combinations", n)
	}
}
