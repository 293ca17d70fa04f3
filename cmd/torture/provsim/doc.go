// Package provsim is the outside world of the torture suite: one server that
// speaks the wire formats of the WhatsApp Cloud API, of Twilio's Messages API,
// of SES v2 with its SNS notifications, and of an SMTP server that takes mail.
//
// It shares no code and no database with the product. What it accepted it
// writes into a truth of its own, before the caller hears an answer, so that an
// oracle can compare the two sides.
//
// It does what these providers do, not what one would like them to do:
//
//   - It never deduplicates. A message posted twice is accepted twice, because
//     none of the four honors an idempotency key.
//   - An accepted message may leave its caller without an answer (HangAfterAccept,
//     ResetAfterAccept), and a refused one too (ResetBeforeAccept).
//   - Webhooks come at least once, in any order, late, twice, or never; they are
//     repeated until somebody answers 2xx.
//
// # Faults
//
// A Plan says how often each fault strikes. Whether it strikes one call is drawn
// from the seed, the message's reference and the number of the attempt, never
// from the time or from the order of calls: the same seed repeats the same run.
//
//	world, err := provsim.Start(ctx, provsim.Config{Seed: 7, Plan: provsim.Plan{
//		HangAfterAccept: 0.03, ResetAfterAccept: 0.03, StatusLost: 0.01,
//	}})
//	defer world.Close()
//	world.Target("http://127.0.0.1:8233", map[string]string{"whatsapp": "zap"})
//	world.React(func(a provsim.Accept) []provsim.Reaction {
//		return []provsim.Reaction{{After: 50 * time.Millisecond, Kind: "button", Button: 0, Quote: true}}
//	})
//	// … run the product …
//	err = world.Drain(ctx)
//	for _, accept := range world.Accepts() { … }
//
// `torture provsim` runs the same world as a command, for developing by hand.
package provsim
