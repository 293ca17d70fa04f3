// Package recorder turns the passage of a real person through a journey into a
// scenario test about somebody who does not exist. Who was enrolled when and with
// what, what they answered, what the providers, the business and the team did, and
// how it ended become a case of a *.test.yaml file; [jornada/engine/simulator]
// plays it.
//
//	file, err := recorder.Record(recorder.Passage{Plan: plan, Source: source, …})
//
// # What is kept and what is made up
//
// A recorded case goes into a repository, so nothing of the person goes into it.
// Kept are numbers of up to six digits, moments (not those of the contact, which
// are moved by up to four weeks), and texts that the journey's own file says, because
// its author wrote them for everybody: ids of steps and options, the values that
// conditions compare with. Of the contact only the fields that the journey reads
// are there, of events only the fields that it compares. Every other text is made
// up: letters become words, digits become digits, addresses become ones that reach
// nobody. The same text becomes the same everywhere, so what was equal still is;
// and the same enrollment makes the same file every time.
//
// What cannot be made up without changing what happens is not compared: the texts
// of messages and notes, the addresses of calls.
package recorder
