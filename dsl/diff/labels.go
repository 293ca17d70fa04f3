package diff

import (
	"strings"

	"jornada/dsl/diag"
)

// form is how a value is shown.
type form uint8

const (
	plain  form = iota
	quoted      // words for people
	code        // expressions, names
	length      // a length of time
)

// label is what a field is called, and what its change means.
type label struct {
	path  string // "*" is one name of any kind, "**" all that follow
	kind  Kind
	class Class
	form  form
	en    string // $1, $2: the names that the stars stand for
	pt    string
}

// stepLabels name the fields of steps; the first that fits counts.
var stepLabels = []label{
	{"if", Condition, AtNextWait, code, "guard", "condição"},

	{"ask.timeout", Timing, Timers, length, "timeout", "prazo"},
	{"wait.timeout", Timing, Timers, length, "timeout", "prazo"},
	{"handoff.timeout", Timing, Timers, length, "timeout", "prazo"},
	{"*.deadline", Timing, Timers, code, "deadline", "data limite"},
	{"wait.for", Timing, Timers, length, "waiting time", "tempo de espera"},
	{"wait.until", Timing, Timers, code, "date waited for", "data esperada"},
	{"wait.offset", Timing, Timers, length, "offset", "deslocamento"},
	{"wait.schedule", Timing, Timers, code, "opening hours waited for", "horário esperado"},
	{"repeat.every", Timing, Timers, length, "pause between rounds", "pausa entre voltas"},
	{"*.routes.*.within", Timing, AtNextWait, length, "time for delivery by $2", "tempo para entrega por $2"},
	{"*.timeout", Timing, AtNextWait, length, "timeout", "prazo"},

	{"*.routes.*.message.text", Words, Safe, quoted, "text by $2", "texto por $2"},
	{"*.routes.*.message.footer", Words, Safe, quoted, "footer by $2", "rodapé por $2"},
	{"*.routes.*.message.subject", Words, Safe, quoted, "subject by $2", "assunto por $2"},
	{"*.routes.*.message.markdown", Words, Safe, quoted, "text by $2", "texto por $2"},
	{"ask.reprompt", Words, Safe, quoted, "reprompt", "texto de nova tentativa"},
	{"ask.options.*.title", Words, Safe, quoted, "title of option $1", "título da opção $1"},
	{"ask.options.*.section", Words, Safe, quoted, "section that begins with option $1", "seção que começa com a opção $1"},
	{"ask.scale.low", Words, Safe, quoted, "lower end of the scale", "ponta baixa da escala"},
	{"ask.scale.high", Words, Safe, quoted, "upper end of the scale", "ponta alta da escala"},
	{"handoff.note", Words, Safe, quoted, "note", "nota"},

	{"*.routes.*.message", Template, AtNextWait, code, "message by $2", "mensagem por $2"},
	{"*.routes.*.message.closed", Template, AtNextWait, code, "message by $2 outside the window", "mensagem por $2 fora da janela"},
	{"*.routes.*.message.params.*", Message, AtNextWait, code, "parameter $3 by $2", "parâmetro $3 por $2"},
	{"*.routes.*.message.closed.params.*", Message, AtNextWait, code, "parameter $3 by $2 outside the window", "parâmetro $3 por $2 fora da janela"},
	{"*.routes.*.message.reaction", Message, AtNextWait, code, "reaction by $2", "reação por $2"},
	{"*.routes.*.message.media.**", Message, AtNextWait, code, "media by $2", "mídia por $2"},
	{"*.routes.*.message.media", Message, AtNextWait, code, "media by $2", "mídia por $2"},
	{"*.routes.(order)", Message, AtNextWait, plain, "order of channels", "ordem dos canais"},
	{"*.routes.*", Message, AtNextWait, quoted, "channel $2", "canal $2"},
	{"*.urgent", Message, AtNextWait, plain, "`urgent`", "`urgent`"},

	{"ask.options.*.match", Options, AtNextWait, quoted, "words for option $1", "palavras da opção $1"},
	{"ask.options.(order)", Options, AtNextWait, plain, "order of options", "ordem das opções"},
	{"ask.options.*", Options, AtNextWait, quoted, "option $1", "opção $1"},
	{"ask.scale", Options, AtNextWait, plain, "scale", "escala"},
	{"ask.retries", Message, Safe, plain, "reprompts", "novas tentativas"},
	{"ask.survey", Data, Safe, code, "survey", "pesquisa"},

	{"wait.events.*.where", Condition, AtNextWait, code, "condition of event $1", "condição do evento $1"},
	{"wait.events.*", Options, AtNextWait, code, "event $1", "evento $1"},
	{"wait.events.*.*", Options, AtNextWait, code, "what event $1 waits for", "o que o evento $1 espera"},
	{"wait.events.(order)", Options, AtNextWait, plain, "order of events", "ordem dos eventos"},

	{"switch.*.when", Condition, AtNextWait, code, "condition of case $1", "condição do caso $1"},
	{"switch.(order)", Condition, AtNextWait, plain, "order of cases", "ordem dos casos"},
	{"switch.*", Outcomes, AtNextWait, code, "case $1", "caso $1"},
	{"split.variants", Outcomes, AtNextWait, plain, "shares", "fatias"},
	{"split.seed", Data, AtNextWait, code, "seed", "semente"},
	{"parallel.join", Data, AtNextWait, plain, "`join`", "`join`"},
	{"parallel.lanes.*", Outcomes, AtNextWait, plain, "lane $1", "raia $1"},
	{"repeat.max", Data, AtNextWait, plain, "most rounds", "máximo de voltas"},
	{"repeat.until", Condition, AtNextWait, code, "end of the rounds", "fim das voltas"},
	{"goto.step", Branches, AtNextWait, code, "target of the jump", "destino do salto"},
	{"goto.max", Data, AtNextWait, plain, "most jumps", "máximo de saltos"},
	{"exit", Data, AtNextWait, code, "name of the ending", "nome do final"},
	{"handoff.queue", Data, AtNextWait, code, "queue", "fila"},
	{"handoff.priority", Data, AtNextWait, plain, "priority", "prioridade"},
	{"call.retries", Data, Safe, plain, "retries", "novas tentativas"},
	{"call.url", Data, AtNextWait, code, "address called", "endereço chamado"},
	{"call.body.**", Data, AtNextWait, code, "field $1 of the body", "campo $1 do corpo"},
	{"call.returns.*", Data, AtNextWait, code, "returned field $1", "campo devolvido $1"},
	{"set.*", Data, AtNextWait, code, "value of variable $1", "valor da variável $1"},
}

// journeyLabels name what belongs to no step.
var journeyLabels = []label{
	{"category", Settings, Refused, plain, "category", "categoria"},
	{"locale", Settings, Safe, plain, "language", "idioma"},
	{"timezone", Settings, Timers, plain, "time zone", "fuso horário"},
	{"clock", Settings, Timers, plain, "clock", "relógio"},
	{"inputs.*", Inputs, Refused, code, "input $1", "entrada $1"},
	{"vars.*.type", Vars, Refused, code, "type of variable $1", "tipo da variável $1"},
	{"vars.*.default", Vars, AtNextWait, plain, "first value of variable $1", "valor inicial da variável $1"},
	{"vars.*", Vars, AtNextWait, code, "variable $1", "variável $1"},
	{"triggers.*", Triggers, Safe, code, "trigger $1", "gatilho $1"},
	{"triggers.(order)", Triggers, Safe, plain, "order of triggers", "ordem dos gatilhos"},
	{"triggers.*.**", Triggers, Safe, code, "$2 of trigger $1", "$2 do gatilho $1"},
	{"audience", Entry, Safe, code, "audience", "público"},
	{"entry.key", Entry, Refused, code, "entry key", "chave de entrada"},
	{"entry.overlap", Entry, Safe, plain, "overlap", "sobreposição"},
	{"entry.reentry", Entry, Safe, plain, "reentry", "reentrada"},
	{"delivery.send_window", Delivery, Timers, plain, "send window", "janela de envio"},
	{"delivery.hold_max", Delivery, Safe, length, "longest hold", "retenção máxima"},
	{"delivery.frequency_cap", Delivery, AtNextWait, plain, "frequency cap", "limite de frequência"},
	{"delivery.suppress", Delivery, AtNextWait, plain, "suppression lists", "listas de supressão"},
	{"goals.*", Goals, AtNextWait, code, "goal $1", "meta $1"},
	{"goals.(order)", Goals, AtNextWait, plain, "order of goals", "ordem das metas"},
	{"goals.*.*", Goals, AtNextWait, code, "$2 of goal $1", "$2 da meta $1"},
	{"exits.*", Exits, AtNextWait, code, "exit $1", "saída $1"},
	{"exits.(order)", Exits, AtNextWait, plain, "order of exits", "ordem das saídas"},
	{"exits.*.*", Exits, AtNextWait, code, "$2 of exit $1", "$2 da saída $1"},
	{"translations.*.*", Words, Safe, quoted, "translation ($1) of $2", "tradução ($1) de $2"},
	{"translations.*", Words, Safe, plain, "translations ($1)", "traduções ($1)"},
	{"contact.*", Workspace, AtNextWait, code, "type of contact field $1", "tipo do campo de contato $1"},
	{"events.*.*", Workspace, AtNextWait, code, "field $2 of event $1", "campo $2 do evento $1"},
	{"schedules.*", Workspace, Timers, plain, "opening hours $1", "horário $1"},
	{"templates.*.body", Words, Safe, quoted, "words of template $1", "texto do modelo $1"},
	{"templates.*.subject", Words, Safe, quoted, "subject of template $1", "assunto do modelo $1"},
	{"templates.*.markdown", Words, Safe, quoted, "words of template $1", "texto do modelo $1"},
	{"templates.*.*", Template, AtNextWait, plain, "$2 of template $1", "$2 do modelo $1"},
}

// labelOf finds a field's label. One that has none is called by its path, so that
// nothing that differs goes unsaid.
func labelOf(table []label, path []string) (label, []string) {
	for _, l := range table {
		if stars, ok := fits(strings.Split(l.path, "."), path); ok {
			return l, stars
		}
	}
	name := "`" + strings.Join(path, ".") + "`"
	return label{kind: Data, class: AtNextWait, form: code, en: name, pt: name}, nil
}

func fits(pattern, path []string) (stars []string, ok bool) {
	for i, want := range pattern {
		switch {
		case want == "**" && i < len(path):
			return append(stars, strings.Join(path[i:], ".")), true
		case i >= len(path):
			return nil, false
		case want == "*" && path[i] != orderKey:
			stars = append(stars, path[i])
		case want != path[i]:
			return nil, false
		}
	}
	return stars, len(pattern) == len(path)
}

// name is the label in words, with the step that it belongs to.
func (l label) name(stars []string, step string) diag.Text {
	t := diag.Text{En: l.en, Pt: l.pt}
	for i, star := range stars {
		mark := "$" + string(rune('1'+i))
		t.En, t.Pt = strings.ReplaceAll(t.En, mark, star), strings.ReplaceAll(t.Pt, mark, star)
	}
	if step != "" {
		t.En, t.Pt = t.En+" of `"+step+"`", t.Pt+" de `"+step+"`"
	}
	return t
}

// maxShown is how many characters of a value a line shows.
const maxShown = 70

// show is a value on a line.
func (l label) show(value string) string {
	if l.form == length {
		return span(value)
	}
	text := []rune(strings.Join(strings.Fields(value), " "))
	if len(text) > maxShown {
		text = append(text[:maxShown-1], '…')
	}
	switch l.form {
	case quoted:
		return "“" + string(text) + "”"
	case code:
		return "`" + string(text) + "`"
	}
	return string(text)
}

// words are one line about a difference.
func (l label) words(d leaf, stars []string, step string) diag.Text {
	name := l.name(stars, step)
	from, to := l.show(d.from), l.show(d.to)
	switch {
	case !d.had && d.to == last(d.path):
		return diag.Text{En: name.En + " added", Pt: name.Pt + ": incluído"}
	case !d.has && d.from == last(d.path):
		return diag.Text{En: name.En + " removed", Pt: name.Pt + ": retirado"}
	case !d.had:
		return diag.Text{En: name.En + " added: " + to, Pt: name.Pt + ": incluído: " + to}
	case !d.has:
		return diag.Text{En: name.En + " removed: " + from, Pt: name.Pt + ": retirado: " + from}
	}
	return diag.Text{En: name.En + ": " + from + " → " + to, Pt: name.Pt + ": " + from + " → " + to}
}
