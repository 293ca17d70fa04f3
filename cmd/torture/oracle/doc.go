// Package oracle decides whether a scenario held.
//
// It compares two independent records: what the outside world knows (every
// message it accepted, every webhook it had answered) and what the product says
// through its API. It reads nothing else, no table and no log of the product, so
// it cannot be fooled by a product that believes itself.
//
// [Judge] is a pure function from a [Case] to a [Line], the one line per scenario
// and seed that the suite prints, and to the breaches that explain a FAIL. What
// each column counts:
//
//   - lost: the message was due, the product does not say that it was skipped,
//     failed or is unconfirmed, and nobody accepted it. Silence.
//   - dup: accepts beyond the first of one (enrollment, step, visit, route, try),
//     and of one person's one text where a journey says it once.
//   - unconfirmed: messages shown to a person because nobody can know.
//   - ledger mismatch: the product's final word contradicts the world's.
//   - status regress: a status went back, or ended below what the product was
//     told and answered with 2xx.
package oracle
