// Package dsl reads journeys: YAML text in, a checked and immutable [Plan] out.
// It does no I/O, knows no clock and no database; the same bytes always give
// the same plan and the same messages.
//
// # A journey
//
// A clinic asks a patient to come, a day before the appointment:
//
//	dsl: 1
//	journey: remind_appointment
//	category: utility
//	timezone: America/Sao_Paulo
//	inputs: {appointment_id: string, starts_at: time, doctor: string}
//	triggers: [{event: appointment.scheduled}]      # event fields of the same name fill the inputs
//	entry: {key: inputs.appointment_id, overlap: replace}
//	exits: [{id: called_off, event: appointment.cancelled, where: event.appointment_id == inputs.appointment_id}]
//	steps:
//	  - id: eve
//	    wait: {until: inputs.starts_at, offset: -24h}
//	    branches: {past: []}                        # booked at short notice: ask now
//	  - id: confirm
//	    ask:
//	      whatsapp:
//	        template: appointment_confirm
//	        params: {name: "{{ contact.first_name }}", when: "{{ format(inputs.starts_at, 'HH:mm') }}", doctor: "{{ inputs.doctor }}"}
//	      fallback: [{sms: {text: "Responda 1 confirmar, 2 remarcar, 3 cancelar"}}]
//	      options:
//	        - {id: confirmed, title: Confirmar, match: [sim]}
//	        - {id: reschedule, title: Remarcar}
//	        - {id: cancelled, title: Cancelar}
//	      deadline: inputs.starts_at - hours(4)
//	    branches:
//	      confirmed:
//	        - {id: thanks, if: window.whatsapp.open, send: {whatsapp: {text: "Até amanhã!"}}}
//	      otherwise:                                # another answer, silence, unreachable
//	        - {id: desk, handoff: {queue: reception, timeout: 4h}, branches: {timeout: []}}
//
// Steps run in order. A step has an id and one of fifteen verbs (send, ask,
// wait, switch, split, parallel, repeat, enroll, call, handoff, set, update,
// emit, goto, exit) and ends with one outcome; `branches` says what follows
// which outcome, and every branch rejoins at the step below. Fields that decide
// (`if`, `where`, `until`) are bare expressions; fields that are content take
// {{ }}. Whatever waits has a bound, and an outcome that is a decision must be
// handled, if only by `[]`, which means "just continue".
//
// workspace.yaml declares what journeys share (contact fields, events, queues,
// hours), templates.lock.yaml what the provider has approved.
//
// # From text to plan
//
// [Load] does all of it for a folder. In steps: [Parse] turns one file into a
// [Journey] in which every scalar knows its place; [Check] runs the rules, one
// per file rule_*.go; [Compile] checks and lowers to the flat graph that the
// interpreter walks. Every key of the language is a row in a table that the
// parser, the messages and [Schema] share; a verb is a file step_<verb>.go.
//
// Some rules look at paths: a step's result is read only where the step has run,
// own WhatsApp text goes only where the service window is proved to be open
// (credit.go). They follow the lowered graph with the analyses of dsl/flow, and
// show the author a path on which it is not so. [Plan.Bounds] measures the same
// graph: how many messages one contact gets, and how long the longest stay is.
//
// # Reading an error
//
//	error[J0530] remind.journey.yaml:25:7: `confirm` never ends with `confirmd`
//	25 | confirmd:
//	   | ^^^^^^^^ did you mean `confirmed`?
//	   = help: possible outcomes: confirmed, reschedule, cancelled, other, timeout, undelivered
//
// The first line names the mistake with its stable code (see [Explain]) and the
// place; the caret stands under the exact characters, also inside folded text;
// the help is the edit. All mistakes of a run are reported, each once, in
// English and Portuguese.
package dsl
