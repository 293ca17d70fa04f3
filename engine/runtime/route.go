package runtime

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

// question is an open (or closed) wait with the step that opened it.
type question struct {
	*engine.Wait
	plan *dsl.Plan
	node *dsl.Node // nil when the plan has no such step any more
}

func (r *Runtime) question(ctx context.Context, w *engine.Wait) (question, error) {
	plan, err := r.Plans.load(ctx, w.VersionHash)
	if err != nil {
		return question{}, err
	}
	return question{w, plan, plan.Nodes[w.StepID]}, nil
}

// waitOf finds the question of a step, if it ever asked this contact.
func (r *Runtime) waitOf(ctx context.Context, in *incoming, e engine.EnrollmentID, step string, visit int) (*question, error) {
	w, err := r.Store.Wait(ctx, engine.WaitIDFor(e, step, visit))
	if isCode(err, engine.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("finding the question of step %q: %w", step, err)
	}
	if w == nil {
		return nil, nil
	}
	if w.ContactID != in.contact.ID { // closed before the two became one?
		asked, err := r.Store.Contact(ctx, w.ContactID)
		if err != nil && !isCode(err, engine.NotFound) {
			return nil, fmt.Errorf("reading contact %q: %w", w.ContactID, err)
		}
		if err != nil || asked.ID != in.contact.ID {
			return nil, nil //nolint:nilerr // a payload is a bearer's word: nobody answers for somebody else, known or not
		}
	}
	q, err := r.question(ctx, w)
	return &q, err
}

// route brings an answer to its question. quoted is our message that it quotes
// or whose button was tapped.
func (r *Runtime) route(ctx context.Context, in *incoming, quoted *engine.Message) (string, error) {
	// 1. A button of ours names its question and its option.
	if ref, ok := engine.ParsePayload(in.msg.ReplyPayload); ok {
		q, err := r.waitOf(ctx, in, ref.EnrollmentID, ref.StepID, ref.Visit)
		if err != nil {
			return "", err
		}
		if q != nil {
			return r.answerExactly(ctx, in, q, ref.Option)
		}
	}
	open, err := r.openQuestions(ctx, in)
	if err != nil {
		return "", err
	}
	var asked *question
	if quoted != nil && quoted.EnrollmentID != "" {
		if asked, err = r.waitOf(ctx, in, quoted.EnrollmentID, quoted.StepID, quoted.Visit); err != nil {
			return "", err
		}
	}
	// 3 before 2 in effect: an opt-out holds whatever it quotes, unless an open
	// question offers exactly this word as an answer.
	if result, done, err := r.keyword(ctx, in, asked, open); done || err != nil {
		return result, err
	}
	// 2. A quote names its question.
	if asked != nil {
		return r.answerExactly(ctx, in, asked, "")
	}
	// 4. The newest open question that the text can answer.
	for _, q := range open {
		if a, ok, err := r.match(ctx, in, q, ""); err != nil {
			return "", err
		} else if ok {
			won, err := r.answer(ctx, in, &q, a)
			if won || err != nil {
				return resultAnswered + " " + string(q.ID), err
			}
		}
	}
	// 5. The newest open ask hears that the answer fits nothing.
	for _, q := range open {
		if q.node != nil && q.node.Ask != nil {
			return r.unmatched(ctx, in, &q)
		}
	}
	// 6. and 7.
	return r.unclaimed(ctx, in)
}

func (r *Runtime) openQuestions(ctx context.Context, in *incoming) ([]question, error) {
	if !in.record.Asked {
		return nil, nil
	}
	waits, err := r.Store.OpenWaits(ctx, in.contact.ID, in.ev.Channel)
	if err != nil {
		return nil, fmt.Errorf("listing the open questions to contact %q: %w", in.contact.ID, err)
	}
	out := make([]question, 0, len(waits))
	for i := range waits {
		q, err := r.question(ctx, &waits[i])
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// match says how a message answers a question. A `wait` for a reply takes
// everything; an `ask` what its options, scale or kind allow.
func (r *Runtime) match(ctx context.Context, in *incoming, q question, option string) (*engine.Answer, bool, error) {
	switch {
	case q.node == nil:
		return nil, false, nil
	case q.node.Ask != nil:
		choices, err := r.choicesShown(ctx, in, q)
		if err != nil {
			return nil, false, err
		}
		a, ok := engine.MatchAnswer(q.node.Ask, engine.Reply{
			Text: in.msg.Text, OptionID: option, MediaURL: mediaURL(in.msg), Data: in.msg.ReplyData, Choices: choices,
		})
		return &a, ok, nil
	case q.node.Wait != nil:
		for _, e := range q.node.Wait.Events {
			if e.Reply == string(in.ev.Channel) {
				return &engine.Answer{Outcome: e.Outcome, Text: in.msg.Text}, true, nil
			}
		}
	}
	return nil, false, nil
}

// choicesShown are the titles as the contact saw them, when they may differ
// from the plan's: translated, or with values in them.
func (r *Runtime) choicesShown(ctx context.Context, in *incoming, q question) ([]engine.Choice, error) {
	dynamic := len(q.plan.Translations) > 0 || slices.ContainsFunc(q.node.Ask.Options, func(o dsl.Option) bool {
		return o.Title != nil && strings.Contains(o.Title.Source, "{{")
	})
	if !dynamic || len(q.node.Ask.Options) == 0 {
		return nil, nil
	}
	sent, err := r.messagesOf(ctx, in, q.EnrollmentID)
	if err != nil {
		return nil, err
	}
	var choices []engine.Choice
	for _, m := range sent {
		if m.StepID == q.StepID && m.Visit == q.Visit {
			choices = append(choices, m.Content.Choices...)
		}
	}
	return choices, nil
}

// mediaURL is where a picture is. Providers that only name it by an id get an
// address by that id, which the conversation resolves.
func mediaURL(m *engine.IncomingMessage) string {
	switch {
	case m.Media != nil && m.Media.URL != "" && (m.Media.Kind == "" || m.Media.Kind == "image"):
		return m.Media.URL
	case m.MediaID != "" && m.Type == "image":
		return "media:" + m.MediaID
	}
	return ""
}

// answerExactly is for a question that the message itself names.
func (r *Runtime) answerExactly(ctx context.Context, in *incoming, q *question, option string) (string, error) {
	if q.State != engine.WaitOpen {
		return late(q), nil
	}
	a, ok, err := r.match(ctx, in, *q, option)
	if err != nil {
		return "", err
	}
	if !ok {
		return r.unmatched(ctx, in, q)
	}
	won, err := r.answer(ctx, in, q, a)
	if err != nil {
		return "", err
	}
	if !won {
		return late(q), nil
	}
	return resultAnswered + " " + string(q.ID), nil
}

func late(q *question) string {
	return fmt.Sprintf("%s %s (the question was %s)", resultLate, q.ID, q.State)
}

// answer closes the wait by compare-and-set and tells the enrollment. won is
// false when the timeout, or another answer, was first.
func (r *Runtime) answer(ctx context.Context, in *incoming, q *question, a *engine.Answer) (won bool, err error) {
	if won, err = r.Store.CloseWait(ctx, q.ID, engine.WaitAnswered); err != nil || !won {
		return false, err
	}
	if err := r.answeredMeansDelivered(ctx, in, q); err != nil {
		return false, err
	}
	return true, r.reply(ctx, in, q, a)
}

// answeredMeansDelivered raises the question's message when it is in doubt: whoever
// answers has it, which is better proof than any webhook. One that is being sent is
// in doubt as well, because its sender may have died before it heard that the
// provider took it; unless the person may be answering another message of the
// same question, to which a reprompt is on its way.
func (r *Runtime) answeredMeansDelivered(ctx context.Context, in *incoming, q *question) error {
	if q.node.Ask == nil {
		return nil
	}
	sent, err := r.messagesOf(ctx, in, q.EnrollmentID)
	if err != nil {
		return err
	}
	sent = slices.DeleteFunc(slices.Clone(sent), func(m engine.Message) bool {
		return m.StepID != q.StepID || m.Visit != q.Visit || m.Channel != in.ev.Channel
	})
	taken := slices.ContainsFunc(sent, func(m engine.Message) bool {
		return m.Status.Rank() >= engine.Accepted.Rank() && m.Status != engine.Failed && m.Status != engine.Skipped
	})
	for i := range sent {
		if m := &sent[i]; m.Status == engine.Unconfirmed || (m.Status == engine.Sending && !taken) {
			if err := r.proveDelivery(ctx, m, in.at); err != nil {
				return err
			}
		}
	}
	return nil
}

// unmatched tells an ask that the person wrote something it did not offer; the
// question stays open.
func (r *Runtime) unmatched(ctx context.Context, in *incoming, q *question) (string, error) {
	return resultUnmatched + " " + string(q.ID), r.reply(ctx, in, q, nil)
}

func (r *Runtime) reply(ctx context.Context, in *incoming, q *question, a *engine.Answer) error {
	return r.tell(ctx, in.contact.KeyID, q.EnrollmentID, q.ContactID, workflows.Signal{
		ID: string(in.ev.ID), Kind: workflows.SignalReply, At: in.at, EventID: in.ev.ID,
		StepID: q.StepID, Visit: q.Visit, Channel: in.ev.Channel, Answer: a, Text: in.msg.Text,
	})
}

// keyword handles opt-out and opt-in words. done is false when the message is
// neither, or when an open question offers the word as an answer of its own.
func (r *Runtime) keyword(ctx context.Context, in *incoming, asked *question, open []question) (result string, done bool, err error) {
	action := engine.OptOutKeyword(in.msg.Text)
	if action != engine.KeywordStop && action != engine.KeywordStart {
		return "", false, nil
	}
	questions := open
	if asked != nil && asked.State == engine.WaitOpen {
		questions = append([]question{*asked}, open...)
	}
	for _, q := range questions {
		if q.node == nil || q.node.Ask == nil {
			continue
		}
		a, ok, err := r.match(ctx, in, q, "")
		if err != nil {
			return "", false, err
		}
		if ok && a.Option != "" {
			return "", false, nil
		}
	}
	if action == engine.KeywordStop {
		// Some providers report a stop apart from the message that says it, and
		// people say it twice: it is one withdrawal.
		known, err := r.hasWithdrawn(ctx, in.contact, engine.Withdrawal{ContactID: in.contact.ID, Channel: in.ev.Channel}, in.ev.From...)
		if err != nil || known {
			return resultOptedOut + " (before)", err == nil, err
		}
		return resultOptedOut, true, r.optOut(ctx, in.contact, in.ev.Channel, "", permissionChange{
			source: "inbound", evidence: fmt.Sprintf("wrote %q (event %s)", in.msg.Text, in.ev.ID), reason: reasonOptedOut, id: string(in.ev.ID), at: in.at,
		}, in.ev.From...)
	}
	lifted, err := r.optIn(ctx, in.contact, in.ev.Channel, "", permissionChange{
		source: "inbound", evidence: fmt.Sprintf("wrote %q (event %s)", in.msg.Text, in.ev.ID), id: string(in.ev.ID), at: in.at,
	}, in.ev.From...)
	if err != nil || !lifted {
		return "", false, err // "yes" from somebody who never left is just a word
	}
	return resultOptedIn, true, nil
}

// unclaimed offers a text that nobody waits for to `inbound` triggers: keywords
// first, then the journeys that take any text. While people have the
// conversation in hand, no automation answers in between.
func (r *Runtime) unclaimed(ctx context.Context, in *incoming) (string, error) {
	if in.record.WithPeople {
		taken, _, err := r.Store.Handoffs(ctx, engine.HandoffFilter{ContactID: in.contact.ID, State: "open", Limit: 1})
		if err != nil {
			return "", fmt.Errorf("looking for open hand-offs: %w", err)
		}
		if len(taken) > 0 {
			return resultUnclaimed + " (people have this conversation: hand-off " + string(taken[0].ID) + ")", nil
		}
	}
	journeys, err := r.live(ctx)
	if err != nil {
		return "", err
	}
	type start struct {
		live
		trigger *dsl.Trigger
	}
	var byKeyword, byAnything []start
	for _, j := range journeys {
		for i := range j.plan.Triggers {
			t := &j.plan.Triggers[i]
			if t.Inbound != string(in.ev.Channel) {
				continue
			}
			if len(t.Keywords) == 0 {
				byAnything = append(byAnything, start{j, t})
			} else if slices.ContainsFunc(t.Keywords, func(k string) bool { return sameWords(k, in.msg.Text) }) {
				byKeyword = append(byKeyword, start{j, t})
			}
		}
	}
	if len(byKeyword) == 0 {
		byKeyword = byAnything
	}
	var told []string
	started := false
	for _, s := range byKeyword {
		res, err := r.startByTrigger(ctx, s.live, s.trigger, in.contact, engine.TriggerRecord{
			Kind: "inbound", EventID: in.ev.ID, Channel: in.ev.Channel, Text: in.msg.Text,
		}, nil)
		if err != nil {
			return "", err
		}
		started = started || res.EnrollmentID != ""
		told = append(told, res.sentence(s.ID))
	}
	switch {
	case started:
		return resultStarted + " " + strings.Join(told, "; "), nil
	case len(told) > 0:
		return resultUnclaimed + " " + strings.Join(told, "; "), nil
	}
	return resultUnclaimed, nil
}

// sameWords compares a keyword with a whole message the way options are
// matched: without case, accents or punctuation around.
func sameWords(keyword, text string) bool {
	_, ok := engine.MatchAnswer(&dsl.Ask{Options: []dsl.Option{{ID: "-", Match: []string{keyword}}}}, engine.Reply{Text: text})
	// The number of the only option would match, too; only the word may.
	return ok && !isNumber(text) || ok && isNumber(keyword)
}

func isNumber(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
