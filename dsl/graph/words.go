package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

var (
	wordStart     = diag.T("Start", "Início")
	wordOnlyIf    = diag.T("only if", "só se")
	wordCompleted = diag.T("Completed", "Concluída")
	wordFailed    = diag.T("Failed", "Falhou")
	wordOnFailure = diag.T("When it fails", "Se falhar")
	wordGoal      = diag.T("Goal", "Meta")
	wordExit      = diag.T("Exit", "Saída")
	wordAlways    = diag.T("At any time", "A qualquer momento")
	wordEnds      = diag.T("ends the journey", "termina a jornada")
	wordEvent     = diag.T("event", "evento")
	wordIf        = diag.T("if", "se")
	wordElse      = diag.T("if not", "se não")
	wordRound     = diag.T("each round", "a cada volta")
	wordAllLanes  = diag.T("all lanes ended", "todas as raias terminaram")
	wordFirstLane = diag.T("the first lane ended", "a primeira raia terminou")
	wordUntil     = diag.T("until", "até")
	wordTemplate  = diag.T("template", "modelo")
)

// verbs are what a box is called.
var verbs = map[string]diag.Text{
	"send": diag.T("Send", "Enviar"), "ask": diag.T("Ask", "Perguntar"), "wait": diag.T("Wait", "Esperar"),
	"switch": diag.T("Decide", "Decidir"), "split": diag.T("Split", "Dividir"), "parallel": diag.T("In parallel", "Em paralelo"),
	"repeat": diag.T("Repeat", "Repetir"), "enroll": diag.T("Start journey", "Iniciar jornada"), "call": diag.T("Call service", "Chamar serviço"),
	"handoff": diag.T("Hand off", "Passar a pessoas"), "set": diag.T("Set", "Guardar"), "update": diag.T("Update contact", "Alterar contato"),
	"emit": diag.T("Emit event", "Emitir evento"), "goto": diag.T("Go to", "Ir para"), "exit": diag.T("End", "Fim"),
}

// outcomes are the endings that the language names; all others are the author's.
var outcomes = map[string]diag.Text{
	"sent": diag.T("sent", "enviada"), "undelivered": diag.T("undelivered", "não entregue"),
	"timeout": diag.T("no answer in time", "sem resposta a tempo"), "other": diag.T("another answer", "outra resposta"),
	"answered": diag.T("answered", "respondeu"), "elapsed": diag.T("elapsed", "passou o tempo"),
	"reached": diag.T("reached", "chegou a hora"), "past": diag.T("already past", "já passou"),
	"otherwise": diag.T("otherwise", "senão"), "done": diag.T("done", "terminou"), "exhausted": diag.T("used up", "esgotou"),
	"ok": diag.T("ok", "deu certo"), "failed": diag.T("failed", "falhou"), "completed": diag.T("completed", "concluída"),
	"resolved": diag.T("resolved", "resolvido"), "unavailable": diag.T("nobody there", "ninguém disponível"),
	"satisfied": diag.T("satisfied", "satisfeito"), "neutral": diag.T("neutral", "neutro"), "dissatisfied": diag.T("dissatisfied", "insatisfeito"),
	"promoter": diag.T("promoter", "promotor"), "passive": diag.T("passive", "neutro"), "detractor": diag.T("detractor", "detrator"),
}

// outcome names an ending: an option by its title, a share with its percent.
func (p *Picture) outcome(n *dsl.Node, outcome string) string {
	if n.Ask != nil {
		for _, o := range n.Ask.Options {
			if o.ID == outcome && !strings.Contains(o.Title.Source, "{{") {
				return o.Title.Source
			}
		}
	}
	if n.Split != nil {
		for _, v := range n.Split.Variants {
			if v.ID == outcome {
				return fmt.Sprintf("%s %d %%", outcome, v.Share)
			}
		}
	}
	if n.Wait != nil && outcome == "timeout" {
		return p.say(diag.T("nothing in time", "nada a tempo"))
	}
	if word, ok := outcomes[outcome]; ok && !named(n, outcome) {
		return p.say(word)
	}
	return outcome
}

// named reports whether an ending is the author's own word.
func named(n *dsl.Node, outcome string) bool {
	return n.Switch != nil && outcome != "otherwise" || n.Wait != nil && slices.ContainsFunc(n.Wait.Events, func(e dsl.WaitEvent) bool { return e.Outcome == outcome })
}

func (p *Picture) channel(name string) string { return p.say(medium.Of(name).Title) }

func (p *Picture) trigger(t dsl.Trigger) string {
	words := ""
	switch {
	case t.Event != "":
		words = p.say(wordEvent) + " " + t.Event
	case t.Inbound != "":
		words = strings.TrimSpace(p.say(diag.T("message by", "mensagem por")) + " " + p.channel(t.Inbound) + " " + strings.Join(t.Keywords, ", "))
	case t.Schedule != nil:
		words = fmt.Sprintf("%s %s%s, %s %s", p.say(diag.T("at", "em")), t.Schedule.At, t.Schedule.Cron, p.say(diag.T("segment", "segmento")), t.Segment)
	case t.Segment != "":
		words = p.say(diag.T("enters segment", "entra no segmento")) + " " + t.Segment
	case t.API:
		words = p.say(diag.T("by the API", "pela API"))
	case t.Called:
		words = p.say(diag.T("called by another journey", "chamada por outra jornada"))
	}
	if t.Where != nil {
		words += " " + p.say(wordIf) + " " + t.Where.Source
	}
	return words
}

// step is the box of a step: what it does, in a line or three.
func (p *Picture) step(n *dsl.Node) *box {
	b := &box{id: n.ID, icon: n.Verb, title: p.say(verbs[n.Verb]) + " · " + n.ID}
	add := func(words ...string) {
		if line := strings.TrimSpace(strings.Join(words, " ")); line != "" {
			b.lines = append(b.lines, line)
		}
	}
	add(n.Name)
	if n.If != nil {
		add(p.say(wordIf), n.If.Source)
	}
	switch {
	case n.Send != nil:
		p.routes(n.Send.Routes, add)
	case n.Ask != nil:
		p.routes(n.Ask.Routes, add)
		add(p.limit(n.Ask.Timeout, n.Ask.Deadline))
	case n.Wait != nil:
		p.wait(n.Wait, add)
	case n.Repeat != nil:
		add(fmt.Sprintf(p.say(diag.Text{En: "at most %d×", Pt: "no máximo %d×"}), n.Repeat.Max), p.every(n.Repeat.Every))
		if n.Repeat.Until != nil {
			add(p.say(wordUntil), n.Repeat.Until.Source)
		}
	case n.Enroll != nil:
		add(n.Enroll.Journey)
	case n.Call != nil:
		add(n.Call.Method, n.Call.URL.Source)
	case n.Handoff != nil:
		add(p.say(diag.T("queue", "fila")), n.Handoff.Queue+",", p.limit(n.Handoff.Timeout, nil))
	case n.Set != nil:
		add(strings.Join(slices.Sorted(maps.Keys(n.Set)), ", "))
	case n.Update != nil:
		p.update(n.Update, add)
	case n.Emit != nil:
		add(n.Emit.Event)
	case n.Goto != nil:
		b.title = p.say(verbs["goto"]) + " " + n.Goto.Step
		add(fmt.Sprintf(p.say(diag.Text{En: "at most %d×", Pt: "no máximo %d×"}), n.Goto.Max))
	case n.Verb == "exit":
		b.title = p.say(verbs["exit"]) + ": " + n.Exit
	}
	return b
}

func (p *Picture) every(d dsl.Duration) string {
	if d == 0 {
		return ""
	}
	return p.say(diag.T("every", "a cada")) + " " + span(d)
}

func (p *Picture) limit(timeout dsl.Duration, deadline *dsl.Expr) string {
	switch {
	case deadline != nil:
		return p.say(wordUntil) + " " + deadline.Source
	case timeout != 0:
		return p.say(diag.T("for at most", "por no máximo")) + " " + span(timeout)
	}
	return ""
}

func (p *Picture) wait(w *dsl.Wait, add func(...string)) {
	switch {
	case w.For != 0:
		add(span(w.For))
	case w.Until != nil && w.Offset != 0:
		add(p.say(wordUntil), w.Until.Source, span(w.Offset))
	case w.Until != nil:
		add(p.say(wordUntil), w.Until.Source)
	case w.Schedule != "":
		add(p.say(wordUntil), w.Schedule)
	}
	for _, e := range w.Events {
		switch {
		case e.Event != "":
			add(e.Outcome+":", p.say(wordEvent), e.Event)
		case e.Reply != "":
			add(e.Outcome+":", p.say(diag.T("reply by", "resposta por")), p.channel(e.Reply))
		default:
			words := []string{e.Outcome + ":", p.say(map[string]diag.Text{"opened": diag.T("service window opens", "janela abre"), "closed": diag.T("service window closes", "janela fecha")}[e.Window])}
			if e.Channel != "" {
				words = append(words, "("+p.channel(e.Channel)+")")
			}
			add(words...)
		}
	}
	add(p.limit(w.Timeout, w.Deadline))
}

// routes say what goes out first, and by which channels else.
func (p *Picture) routes(routes []dsl.Route, add func(...string)) {
	for i, r := range routes {
		what := ""
		switch m := r.Message; {
		case m.Template != "":
			what = p.say(wordTemplate) + " " + m.Template
		case m.Text != nil:
			what = "“" + m.Text.Source + "”"
		case m.Subject != nil:
			what = "“" + m.Subject.Source + "”"
		}
		switch i {
		case 0:
			add(p.channel(r.Channel)+":", what)
		case 1:
			var others []string
			for _, other := range routes[1:] {
				others = append(others, p.channel(other.Channel))
			}
			add(p.say(diag.T("else by", "senão por")), strings.Join(others, ", "))
		}
	}
}

func (p *Picture) update(u *dsl.Update, add func(...string)) {
	add(strings.Join(slices.Sorted(maps.Keys(u.Fields)), ", "))
	var tags []string
	for _, tag := range u.AddTags {
		tags = append(tags, "+"+tag.Source)
	}
	for _, tag := range u.RemoveTags {
		tags = append(tags, "−"+tag.Source)
	}
	add(strings.Join(tags, " "))
	if len(u.OptOut) > 0 {
		add(p.say(diag.T("opt-out:", "não quer mais:")), strings.Join(u.OptOut, ", "))
	}
}
