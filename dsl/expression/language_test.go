package expression

import "testing"

// The expressions of the language's own examples compile, with the types their
// journeys give them.
func TestLanguageExamples(t *testing.T) {
	steps := Fields{
		"confirm":        object("outcome", "string", "at", "time"),
		"rate":           object("outcome", "string", "score", "int"),
		"offer":          {Kind: Object, Optional: true, Fields: Fields{"outcome": typ("string")}},
		"next_candidate": {Kind: Object, Fields: Fields{"body": object("contact_id", "string?"), "status": typ("int")}},
		"offer_test":     object("outcome", "string"),
		"first_nudge":    object("outcome", "string", "text", "string"),
	}
	event := object("total", "number", "cart_id", "string", "appointment_id", "string", "doctor", "string", "specialty", "string")
	inputs := object("starts_at", "time", "total", "number", "items", "list<string>", "appointment_id", "string", "doctor", "string", "specialty", "string", "cart_id", "string", "url", "string")
	inputs.Fields["unit"] = object("name", "string", "map_url", "string")
	env := clinic().With(Fields{"steps": {Kind: Object, Fields: steps}, "event": event, "inputs": inputs, "vars": object("nudges", "int"), "loop": object("index", "int")})
	for src, want := range map[string]string{
		`event.doctor != ""`:                            "bool",
		`event.total > 50`:                              "bool",
		`contact.opt_in.whatsapp`:                       "bool",
		`contact.city != "SP"`:                          "bool",
		`contact.id`:                                    "string",
		`inputs.starts_at - hours(4)`:                   "time",
		`inputs.starts_at + hours(12)`:                  "time",
		`inputs.starts_at > now + hours(3)`:             "bool",
		`window.whatsapp.open`:                          "bool",
		`not window.whatsapp.open`:                      "bool",
		`window.whatsapp.closes_at`:                     "time?",
		`event.appointment_id == inputs.appointment_id`: "bool",
		`contact.opt_in.whatsapp and not ("vip_private" in contact.tags)`: "bool",
		`vars.nudges >= 2`:                              "bool",
		`steps.offer?.outcome == "accepted"`:            "bool",
		`not has(steps.next_candidate.body.contact_id)`: "bool",
		`contact.visits > 0`:                            "bool",
		`event.specialty == inputs.specialty`:           "bool",
		`loop.index == 0`:                               "bool",
	} {
		if _, problems := Compile(src, nil, env, typ(want)); len(problems) > 0 {
			t.Errorf("%s: %v", src, problems)
		}
	}
	for src, want := range map[string]string{
		`{{ contact.first_name }}`:                      "string",
		`{{ format(inputs.starts_at, 'dd/MM HH:mm') }}`: "string",
		`Consulta {{ format(inputs.starts_at, 'dd/MM HH:mm') }}. Responda 1 confirmar, 2 remarcar, 3 cancelar`: "string",
		`Combinado! Estamos em {{ inputs.unit.name }}: {{ inputs.unit.map_url }}`:                              "string",
		`{{ inputs.starts_at }}`: "time",
		`Consulta {{ inputs.appointment_id }}: {{ steps.confirm.outcome }}`: "string",
		`CSAT {{ steps.rate.score }}: {{ steps.first_nudge.text }}`:         "string",
		`{{ steps.rate.score }}`:    "int?",
		`{{ first(inputs.items) }}`: "string",
		`Seu carrinho de {{ money(inputs.total) }} ainda está salvo. Precisa de ajuda?`: "string",
		`{{ vars.nudges + 1 }}`: "int",
		`{{ steps.offer_test.outcome == 'percent_off' ? 'BF20' : 'FRETE0' }}`:         "string",
		`{{ steps.next_candidate.body.contact_id ?? '' }}`:                            "string",
		`https://api.clinic.example/appointments/{{ inputs.appointment_id }}/confirm`: "string",
	} {
		if _, problems := CompileText(src, nil, env, typ(want)); len(problems) > 0 {
			t.Errorf("%s: %v", src, problems)
		}
	}
}
