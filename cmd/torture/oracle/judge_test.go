package oracle

import (
	"slices"
	"testing"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/provsim"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// held is a run in which everything held: Ana was asked, confirmed, and thanked.
func held() Case {
	ended, accepted := noon.Add(5*time.Second), noon
	message := func(id, step string) driver.Message {
		return driver.Message{ID: id, EnrollmentID: "e1", StepID: step, ContactID: "ana", Channel: "whatsapp", Status: "delivered", ProviderID: "p-" + id, AcceptedAt: &accepted}
	}
	accept := func(seq int, id, text string) provsim.Accept {
		return provsim.Accept{Seq: seq, At: noon.Add(time.Duration(seq) * time.Second), Channel: "whatsapp", To: "+5511900000001", Ref: id, ProviderID: "p-" + id, Text: text, Attempt: 1}
	}
	told := func(id, status string) provsim.Hook {
		return provsim.Hook{Kind: "status", Channel: "whatsapp", Ref: id, Status: status, Answer: 200}
	}
	return Case{
		Accepts:     []provsim.Accept{accept(1, "m1", "Vem?"), accept(2, "m2", "Combinado!")},
		Webhooks:    []provsim.Hook{told("m1", "sent"), told("m1", "delivered"), told("m2", "delivered")},
		Requests:    []Request{{Contact: "ana", Enrollment: "e1", At: noon}},
		Enrollments: []driver.Enrollment{{ID: "e1", ContactID: "ana", Status: "exited", Outcome: "confirmed", StartedAt: noon, EndedAt: &ended}},
		Endings:     map[string]int{"e1": 1},
		Messages:    []driver.Message{message("m1", "ask"), message("m2", "thanks")},
		Looks:       1,
		Address: func(contact, _ string) string {
			return map[string]string{"ana": "+55 11 90000-0001", "bia": "+5511900000002"}[contact]
		},
		Rules: Rules{
			Passage: func(driver.Enrollment) Passage {
				return Passage{Due: map[string][]string{"confirmed": {"ask", "thanks"}, "silent": {"ask", "nudge"}}}
			},
			Once: func(provsim.Accept) bool { return true },
		},
	}
}

func TestARunInWhichEverythingHeld(t *testing.T) {
	l := Judge(held())
	if !l.Pass || l.Enrolled != 1 || l.EndedOnce != 1 || l.Due != 2 || l.Accepted != 2 || l.MaxCopies != 1 {
		t.Errorf("got %+v", l)
	}
}

// Every kind of breach is seen, counted in its column, and nothing else is said.
func TestWhatTheOracleSees(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(c *Case)
		rule  string
		count func(l Line) int
	}{
		{"a message never accepted that is called delivered", func(c *Case) { c.Accepts = c.Accepts[:1] }, "nothing is lost in silence", func(l Line) int { return l.Lost }},
		{"a message that has no row", func(c *Case) { c.Messages, c.Accepts = c.Messages[:1], c.Accepts[:1] }, "nothing is lost in silence", func(l Line) int { return l.Lost }},
		{"a message left in the queue", func(c *Case) {
			c.Messages[1].Status, c.Accepts, c.Webhooks = "queued", c.Accepts[:1], c.Webhooks[:2]
		}, "nothing is lost in silence", func(l Line) int { return l.Lost }},
		{"one reference accepted twice", func(c *Case) { c.Accepts = append(c.Accepts, c.Accepts[1]) }, "nothing is sent twice", func(l Line) int { return l.Dup }},
		{"one text with two references", func(c *Case) {
			again, row := c.Accepts[1], c.Messages[1]
			again.Ref, again.ProviderID, row.ID, row.ProviderID, row.Visit = "m3", "p-m3", "m3", "p-m3", 1
			c.Accepts, c.Messages = append(c.Accepts, again), append(c.Messages, row)
			c.Webhooks = append(c.Webhooks, provsim.Hook{Ref: "m3", Status: "delivered", Answer: 200})
		}, "nothing is sent twice", func(l Line) int { return l.Dup }},
		{"two rows with one key", func(c *Case) {
			again, row := c.Accepts[1], c.Messages[1]
			again.Ref, again.ProviderID, again.Text, row.ID, row.ProviderID = "m3", "p-m3", "Combinado?", "m3", "p-m3"
			c.Accepts, c.Messages = append(c.Accepts, again), append(c.Messages, row)
			c.Webhooks = append(c.Webhooks, provsim.Hook{Ref: "m3", Status: "delivered", Answer: 200})
		}, "nothing is sent twice", func(l Line) int { return l.Dup }},
		{"a reference nobody knows", func(c *Case) {
			c.Accepts = append(c.Accepts, provsim.Accept{At: noon, To: "+5511900000001", Ref: "m9", Text: "Oi"})
		}, "both records agree", func(l Line) int { return l.LedgerMismatch }},
		{"a message called failed that went out", func(c *Case) {
			c.Messages[1].Status, c.Webhooks, c.Rules.UnconfirmedFew = "failed", c.Webhooks[:2], 1
		}, "both records agree", func(l Line) int { return l.LedgerMismatch }},
		{"another provider id", func(c *Case) { c.Messages[1].ProviderID = "p-other" }, "both records agree", func(l Line) int { return l.LedgerMismatch }},
		{"delivered, and nobody said so", func(c *Case) { c.Webhooks = c.Webhooks[:2] }, "both records agree", func(l Line) int { return l.LedgerMismatch }},
		{"a status that was answered is missing", func(c *Case) { c.Messages[1].Status = "accepted" }, "statuses never go back", func(l Line) int { return l.StatusRegress }},
		{"a status that went back for a while", func(c *Case) { c.Regress = []string{"m1 was read and is sent"} }, "statuses never go back", func(l Line) int { return l.StatusRegress }},
		{"an enrollment that never ends", func(c *Case) {
			c.Enrollments[0].Status, c.Enrollments[0].Outcome, c.Enrollments[0].EndedAt = "active", "", nil
		}, "every enrollment ends", func(l Line) int { return 1 - l.EndedOnce }},
		{"two endings", func(c *Case) { c.Endings["e1"] = 2 }, "every enrollment ends once", func(l Line) int { return 1 - l.EndedOnce }},
		{"an ending that cannot be", func(c *Case) { c.Enrollments[0].Outcome, c.Messages, c.Accepts = "odd", c.Messages[:1], c.Accepts[:1] }, "an enrollment ends as what happened says", func(Line) int { return 1 }},
		{"messages of two branches", func(c *Case) {
			c.Messages = append(c.Messages, driver.Message{ID: "m3", EnrollmentID: "e1", StepID: "nudge", ContactID: "ana", Status: "accepted"})
			c.Accepts = append(c.Accepts, provsim.Accept{At: noon, To: "+5511900000001", Ref: "m3", Text: "Ainda?"})
		}, "messages of one branch only", func(Line) int { return 1 }},
		{"enrolled twice", func(c *Case) {
			twin := c.Enrollments[0]
			twin.ID = "e2"
			c.Enrollments, c.Endings["e2"] = append(c.Enrollments, twin), 1
			c.Rules.Passage = nil
		}, "one request, one enrollment", func(l Line) int { return l.Enrolled - 1 }},
		{"somebody enrolled whom nobody asked for", func(c *Case) {
			twin := c.Enrollments[0]
			twin.ID, twin.ContactID = "e2", "bia"
			c.Enrollments, c.Endings["e2"] = append(c.Enrollments, twin), 1
			c.Rules.Passage = nil
		}, "one request, one enrollment", func(l Line) int { return l.Enrolled - 1 }},
		{"a message to somebody else", func(c *Case) { c.Accepts[1].To = "+5511900000002" }, "everybody gets their own messages", func(Line) int { return 1 }},
		{"a message of somebody else's enrollment", func(c *Case) {
			c.Messages[1].ContactID, c.Accepts[1].To = "bia", "+5511900000002"
		}, "everybody gets their own messages", func(Line) int { return 1 }},
		{"a message of an enrollment that is not listed", func(c *Case) {
			other := c.Messages[1]
			other.ID, other.EnrollmentID, other.ProviderID = "m3", "e9", "p-m3"
			again := c.Accepts[1]
			again.Ref, again.ProviderID, again.Text = "m3", "p-m3", "Oi"
			c.Messages, c.Accepts = append(c.Messages, other), append(c.Accepts, again)
			c.Webhooks = append(c.Webhooks, provsim.Hook{Ref: "m3", Status: "delivered", Answer: 200})
		}, "both records agree", func(l Line) int { return l.LedgerMismatch }},
		{"a message given up without a reason", func(c *Case) { c.Messages[1].Status, c.Accepts, c.Webhooks = "failed", c.Accepts[:1], c.Webhooks[:2] }, "no message is given up without a reason", func(l Line) int { return l.Failed }},
		{"a message skipped for another reason", func(c *Case) {
			c.Messages[1].Status, c.Messages[1].Reason, c.Accepts, c.Webhooks = "skipped", "capped", c.Accepts[:1], c.Webhooks[:2]
			c.Rules.MayGiveUp = func(m driver.Message) bool { return m.Reason == "opted_out" }
		}, "no message is given up without a reason", func(l Line) int { return l.Skipped }},
		{"nobody was enrolled", func(c *Case) { *c = Case{Looks: 1, Endings: c.Endings} }, "the scenario tests something", func(Line) int { return 1 }},
		{"no message was made", func(c *Case) {
			c.Messages, c.Accepts, c.Webhooks = nil, nil, nil
			c.Rules.Passage = func(driver.Enrollment) Passage { return Passage{Due: map[string][]string{"confirmed": nil}} }
		}, "the scenario tests something", func(Line) int { return 1 }},
		{"everything was skipped", func(c *Case) {
			c.Messages[0].Status, c.Messages[1].Status, c.Accepts, c.Webhooks = "skipped", "skipped", nil, nil
			c.Rules.MayGiveUp = func(driver.Message) bool { return true }
		}, "the scenario tests something", func(l Line) int { return l.Skipped - 1 }},
		{"statuses that nobody looked at", func(c *Case) { c.Looks = 0 }, "the scenario tests something", func(Line) int { return 1 }},
		{"timelines that nobody read", func(c *Case) { c.Endings = nil }, "the scenario tests something", func(Line) int { return 1 }},
		{"kills that were not made", func(c *Case) { c.Rules.Kills, c.Facts.Kills = 2, 1 }, "the scenario tests something", func(l Line) int { return l.Kills }},
		{"recoveries that were not made", func(c *Case) { c.Rules.RecoverWithin = time.Second }, "the scenario tests something", func(Line) int { return 1 }},
		{"drains that were not made", func(c *Case) { c.Rules.DrainWithin = time.Second }, "the scenario tests something", func(Line) int { return 1 }},
		{"an answer without an enrollment", func(c *Case) { c.Requests = append(c.Requests, Request{Contact: "bia", Enrollment: "e2"}) }, "an enrollment that was answered exists", func(Line) int { return 1 }},
		{"a doubt that nobody is shown", func(c *Case) {
			c.Messages[1].Status, c.Webhooks, c.Rules.UnconfirmedFew = "unconfirmed", c.Webhooks[:2], 1
		}, "every unconfirmed message is shown", func(l Line) int { return l.Unconfirmed }},
		{"too much doubt", func(c *Case) {
			c.Messages[1].Status, c.Webhooks = "unconfirmed", c.Webhooks[:2]
			c.Unconfirmed = c.Messages[1:]
		}, "few messages are unconfirmed", func(l Line) int { return l.Unconfirmed }},
		{"after an opt-out", func(c *Case) { c.Rules.OptOuts = []OptOut{{To: "5511900000001", At: noon.Add(500 * time.Millisecond)}} }, "nothing after an opt-out", func(l Line) int { return l.AfterOptOut }},
		{"after the end", func(c *Case) { at := noon.Add(500 * time.Millisecond); c.Enrollments[0].EndedAt = &at }, "nothing after the end", func(l Line) int { return l.AfterEnd }},
		{"in quiet hours", func(c *Case) { c.Rules.Quiet = func(a provsim.Accept) bool { return a.Ref == "m2" } }, "nothing in quiet hours", func(l Line) int { return l.QuietHours }},
		{"outside the window", func(c *Case) { c.Rules.Window = func(a provsim.Accept) bool { return a.Ref == "m2" } }, "free-form text only inside the window", func(l Line) int { return l.OutsideWindow }},
		{"stale", func(c *Case) {
			c.Rules.NotAfter = func(a provsim.Accept) (time.Time, bool) { return noon, a.Ref == "m2" }
		}, "nothing stale", func(l Line) int { return l.Stale }},
		{"a process that died", func(c *Case) { c.Facts.Deaths = []string{"worker 1: panic"} }, "no process dies by itself", func(Line) int { return 1 }},
		{"a process that does not end", func(c *Case) { c.Facts.Drains = []driver.Drain{{Name: "worker 1", Hung: true}} }, "a process ends when asked", func(Line) int { return 1 }},
		{"a process that ends slowly", func(c *Case) {
			c.Facts.Drains, c.Rules.DrainWithin = []driver.Drain{{Name: "api 1", Took: 21 * time.Second}}, 20*time.Second
		}, "a process ends when asked", func(Line) int { return 1 }},
		{"not ready again in time", func(c *Case) {
			c.Facts.Recoveries, c.Rules.RecoverWithin = []time.Duration{11 * time.Second}, 10*time.Second
		}, "ready again in time", func(l Line) int { return int(l.RecoverP95) - 10 }},
		{"a rule of its own", func(c *Case) {
			c.Rules.Extra = func(breach func(rule, example string)) { breach("no rain", "it rains") }
		}, "no rain", func(Line) int { return 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := held()
			c.spoil(&one)
			l := Judge(one)
			var rules []string
			for _, b := range l.Breaches {
				rules = append(rules, b.Rule)
			}
			if l.Pass || !slices.Equal(rules, []string{c.rule}) || l.Breaches[0].Count != 1 || c.count(l) != 1 {
				t.Errorf("got %+v", l)
			}
		})
	}
}

// What looks like a fault and is none.
func TestWhatTheOracleAllows(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(c *Case)
	}{
		{"a skipped message", func(c *Case) {
			c.Rules.MayGiveUp = func(m driver.Message) bool { return m.Status == "skipped" }
			c.Messages[1].Status, c.Accepts, c.Webhooks = "skipped", c.Accepts[:1], c.Webhooks[:2]
		}},
		{"a message that failed before it was taken, of as many as may", func(c *Case) {
			c.Rules.UnconfirmedFew = 1
			c.Messages[1].Status, c.Accepts, c.Webhooks = "failed", c.Accepts[:1], c.Webhooks[:2]
		}},
		{"a failure that the provider reported", func(c *Case) {
			c.Rules.MayGiveUp = func(m driver.Message) bool { return m.Status == "failed" }
			c.Messages[1].Status, c.Webhooks[2].Status = "failed", "failed"
		}},
		{"a doubt within bounds", func(c *Case) {
			c.Messages[1].Status, c.Webhooks, c.Rules.UnconfirmedFew = "unconfirmed", c.Webhooks[:2], 1
			c.Unconfirmed = c.Messages[1:]
		}},
		{"delivered, because they answered", func(c *Case) {
			c.Webhooks, c.Rules.Answered = c.Webhooks[2:], map[string]bool{"ask": true}
		}},
		{"delivered, of which the answer was lost", func(c *Case) { c.Webhooks[2].Answer = 0 }},
		{"an opt-out while the message was under way", func(c *Case) {
			c.Rules.OptOuts = []OptOut{{To: "+551100000001", At: noon.Add(1500 * time.Millisecond)}}
		}},
		{"an opt-out of somebody else", func(c *Case) { c.Rules.OptOuts = []OptOut{{To: "+5511900000002", At: noon.Add(-time.Hour)}} }},
		{"an enrollment that may still run", func(c *Case) {
			c.Enrollments[0].Status, c.Enrollments[0].EndedAt = "active", nil
			c.Rules.MayRun = func(driver.Enrollment) bool { return true }
		}},
		{"a text that is said more than once on purpose", func(c *Case) {
			again, row := c.Accepts[1], c.Messages[1]
			again.Ref, again.ProviderID, row.ID, row.ProviderID, row.Visit = "m3", "p-m3", "m3", "p-m3", 1
			c.Accepts, c.Messages = append(c.Accepts, again), append(c.Messages, row)
			c.Webhooks = append(c.Webhooks, provsim.Hook{Ref: "m3", Status: "delivered", Answer: 200})
			c.Rules.Once = func(a provsim.Accept) bool { return a.Text != "Combinado!" }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := held()
			c.alter(&one)
			if l := Judge(one); !l.Pass {
				t.Errorf("got %+v", l.Breaches)
			}
		})
	}
}

func TestNinetyFifthPercentile(t *testing.T) {
	var all []time.Duration
	for i := 100; i > 0; i-- {
		all = append(all, time.Duration(i)*time.Second)
	}
	if got := p95(all); got != 95 {
		t.Errorf("of 1 to 100 seconds it is %v", got)
	}
	if got := p95(all[:1]); got != 100 {
		t.Errorf("of one it is that one, not %v", got)
	}
}
