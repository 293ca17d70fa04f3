package dsl

import (
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// The messages of the language's specification: one edit of an example, and the
// whole text an author reads.
func TestSpecifiedMessages(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{"2_nps_recovery", "audience: contact.opt_in.whatsapp and not (\"vip_private\" in contact.tags)\n", "audience: |\n  contact.opt_in.whatsapp and\n  contact.citi == \"Campinas\"\n", `
error[J0301] 2_nps_recovery.journey.yaml:8:11: ` + "`contact` has no field `citi`" + `
8 | contact.citi == "Campinas"
  |         ^^^^ did you mean ` + "`city`" + `?
  = help: fields of contact: birth_date, city, cpf, email, first_name, id, last_nps, locale, …
`},
		{"3_abandoned_cart", "event.total > 50", `event.total > "50"`, `
error[J0302] 3_abandoned_cart.journey.yaml:8:53: ` + "`>` cannot be used between number and text" + `
8 | triggers: [{event: cart.updated, where: event.total > "50"}]
  |                                                     ^
  = help: remove the quotes to compare numbers, or convert with int(…)
`},
		{"1_confirm_appointment", "if: window.whatsapp.open  ", "if: !window.whatsapp.open  ", `
error[J0012] 1_confirm_appointment.journey.yaml:39:15: ` + "`!window.whatsapp.open` is read by YAML as a tag and the value becomes empty" + `
39 | if: !window.whatsapp.open               # a reply by SMS does not open the WhatsApp window
   |     ^^^^^^^^^^^^^^^^^^^^^ starts with ` + "`!`" + `
   = help: write ` + "`not window.whatsapp.open`" + `, or quote the whole value
`},
		{"1_confirm_appointment", `text: "Obrigado, {{ contact.first_name }}!"`, "text: {{ contact.first_name }}", `
error[J0013] 1_confirm_appointment.journey.yaml:64:48: a value that starts with ` + "`{{` must be quoted" + `
64 | - {id: thanks, send: {whatsapp: {text: {{ contact.first_name }}}}}   # proved open: they just answered here
   |                                        ^^ YAML reads this as a mapping
   = help: write "{{ … }}"
`},
		{"2_nps_recovery", `audience: contact.opt_in.whatsapp and not ("vip_private" in contact.tags)`, `audience: any(contact.tags, # == "vip")`, `
error[J0015] 2_nps_recovery.journey.yaml:6:27: YAML cut this expression at ` + "` #`" + `
6 | audience: any(contact.tags, # == "vip")
  |                           ^
  = help: quote the whole expression: 'any(contact.tags, # == "vip")'
`},
		{"1_confirm_appointment", "    branches: {past: []}                         # booked less than 24 h ahead: ask now\n", "", `
error[J0531] 1_confirm_appointment.journey.yaml:14:9: ` + "`eve` does not say what happens on: past" + `
14 | - id: eve
   |       ^^^
   = help: add these under ` + "`branches:` (an empty list `[]` means \"just continue\"), or add `otherwise:`" + `
`},
		{"1_confirm_appointment", "timeout: [{id: end_unknown", "timeuot: [{id: end_unknown", `
error[J0530] 1_confirm_appointment.journey.yaml:55:73: ` + "`visit` never ends with `timeuot`" + `
55 | branches: {attended: [], missed: [{id: end_missed, exit: no_show}], timeuot: [{id: end_unknown, exit: unknown}]}
   |                                                                     ^^^^^^^ did you mean ` + "`timeout`" + `?
   = help: possible outcomes: attended, missed, timeout
`},
		{"1_confirm_appointment", "          if: window.whatsapp.open               # a reply by SMS does not open the WhatsApp window\n", "", `
error[J0505] 1_confirm_appointment.journey.yaml:39:35: free-form WhatsApp text here is not provably inside the 24-hour window
39 | send: {whatsapp: {text: "Combinado! Estamos em {{ inputs.unit.name }}: {{ inputs.unit.map_url }}"}}
   |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = note: after ` + "`confirm`" + ` = confirmed the answer may have come by another channel, which does not open the WhatsApp window
   = help: add ` + "`closed: {template: …}`, guard with `if: window.whatsapp.open`" + `, or send a template
`},
		{"3_abandoned_cart", `Precisa de ajuda?"}, urgent: true}`, `Precisa de ajuda?"}}`, `
error[J0505] 3_abandoned_cart.journey.yaml:28:35: free-form WhatsApp text here is not provably inside the 24-hour window
28 | send: {whatsapp: {text: "Seu carrinho de {{ money(inputs.total) }} ainda está salvo. Precisa de ajuda?"}}
   |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = note: the window is open for at least 1h25m here, but quiet hours may hold this message up to 12h0m
   = help: add ` + "`closed: {template: …}`, guard with `if: window.whatsapp.open`" + `, or send a template
`},
		{"1_confirm_appointment", "{{ steps.confirm.outcome }}\", timeout: 4h}", "{{ steps.rate.score }}\", timeout: 4h}", `
error[J0504] 1_confirm_appointment.journey.yaml:47:93: step ` + "`rate` may not have run when `front_desk`" + ` reads it
47 | … {{ inputs.appointment_id }}: {{ steps.rate.score }}", timeout: 4h}
   |                                         ^^^^
   = note: for example: eve=past → confirm=other → front_desk
   = help: use steps.rate?.… with ??, or move this into a branch of ` + "`rate`" + `
`},
		{"5c_offer_slot", "title: Quero esse horário", "title: Quero muito esse horário", `
error[J0510] 5c_offer_slot.journey.yaml:11:35: button title has 24 characters; WhatsApp allows 20
11 | options: [{id: take, title: Quero muito esse horário}, {id: skip, title: Não posso}]
   |                             ^^^^^^^^^^^^^^^^^^^^^^^^
`},
		{"4_black_friday", "coupon: BF20", "cupom: BF20", `
error[J0405] 4_black_friday.journey.yaml:17:94: template ` + "`bf_percent` has no parameter `cupom`" + `
17 | …ms: {name: "{{ contact.first_name }}", cupom: BF20}}}
   |                                         ^^^^^ did you mean ` + "`coupon`" + `?
   = help: parameters: name, coupon
`},
		{"4_black_friday", "BLACK FRIDAY: 20% OFF com o cupom BF20. Sair: responda PARE", "Olá! Só hoje: 20% de desconto em toda a loja com o cupom BF20. Sair: responda PARE", `
warning[J0540] 4_black_friday.journey.yaml:18:76: ` + "`á` is outside the SMS alphabet: about 2 segments instead of 1" + `
18 | branches: {undelivered: [{id: sms_percent, send: {sms: {text: "Olá! Só hoje: 20% de desconto em toda a loja com o cupom…
   |                                                                  ^
   = help: drop the accents (` + "`jornada fix --sms-ascii`), or accept the cost with `segments: 2`" + `
`},
		{"1_confirm_appointment", `appointments/{{ inputs.appointment_id }}/confirm`, `appointments/{{ contact.cpf }}/confirm`, `
error[J0601] 1_confirm_appointment.journey.yaml:37:81: ` + "personal data `contact.cpf` in a URL (it is stored in logs)" + `
37 | call: {method: POST, url: "https://api.clinic.example/appointments/{{ contact.cpf }}/confirm"}
   |                                                                       ^^^^^^^^^^^
   = help: send it in ` + "`body`, or use contact.id" + `
`},
	} {
		t.Run(c.file+" "+c.want[7:12], func(t *testing.T) {
			files := readFolder(t, "testdata/ok")
			path := c.file + journeySuffix
			for i, f := range files {
				if f.Path != path {
					continue
				}
				if !strings.Contains(string(f.Content), c.old) {
					t.Fatalf("%q is not in %s", c.old, path)
				}
				files[i].Content = []byte(strings.Replace(string(f.Content), c.old, c.new, 1))
			}
			folder, list := Load(files)
			if got := render(t, list, folder.Contents(), diag.English); got != c.want[1:] {
				t.Errorf("got\n%s\nwant\n%s", got, c.want[1:])
			}
		})
	}
}
