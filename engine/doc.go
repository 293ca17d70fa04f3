// Package engine holds the nouns of Jornada and the rules that need no
// technology: no database, no network, no Temporal. What it says is the same
// whether a journey runs on a laptop or on a cluster.
//
// # The nouns
//
// A [Contact] is a person. They are reached at an [Address] (a phone, a WhatsApp
// id, an e-mail), many per contact and none of them the key. [Consent] is their
// permission per channel, with its evidence; a [Suppression] is an address never
// to write to.
//
// A [Journey] is published as an immutable [Version]. An [Enrollment] is one
// contact's passage through one version; the [Wait] is a question it has open, the
// [Handoff] a conversation it passed to people.
//
// A [Message] is one thing said. Its row exists before it is sent, is claimed by
// compare-and-set, and its [MessageStatus] only ever rises. An [InboundEvent] is
// anything that came in: what a person wrote, a provider's status, what happened
// in a business. An [Integration] is a provider with credentials.
//
// # The rules
//
//   - [MatchAnswer] understands what a person wrote against the question asked.
//   - [ServiceWindow] is WhatsApp's 24 hours, with a margin.
//   - [NextOpen] and [NextOpenAll] compute opening hours over zones and holidays,
//     [CapFreeAt] when a frequency cap lets the next message through.
//   - [SplitVariant] draws the same variant for the same contact, always.
//   - [OptOutKeyword] knows the words with which people leave.
//
// # Time and errors
//
// Every moment comes from a [Clock], which may run faster than the world, so that a
// day passes in a minute everywhere at once. An [Error] is a refusal a caller can
// act on: a code, a field, a sentence; everything else is a fault.
package engine
