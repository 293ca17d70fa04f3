package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// BenchmarkMessage is the store's share of one send: intent, claim, outcome.
func BenchmarkMessage(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		ctx := context.Background()
		for i := range b.N {
			m := &engine.Message{
				EnrollmentID: engine.EnrollmentID(fmt.Sprint("e", i)), StepID: "ask", ContactID: "ana", IntegrationID: "wa", Channel: engine.WhatsApp,
				To: engine.Address{Kind: engine.Phone, Value: "+5511955550199"}, Content: engine.Content{Text: "Olá, sua consulta é amanhã às 10h."},
			}
			if _, err := s.InsertMessage(ctx, m); err != nil {
				b.Fatal(err)
			}
			if won, err := s.ClaimMessage(ctx, m.ID, "token"); err != nil || !won {
				b.Fatal(won, err)
			}
			u := engine.MessageUpdate{Status: engine.Accepted, ProviderID: fmt.Sprint("wamid.", i)}
			if won, err := s.FinishMessage(ctx, m.ID, "token", u); err != nil || !won {
				b.Fatal(won, err)
			}
		}
	})
}

// BenchmarkEvent is the store's share of one webhook: keep, claim, finish.
func BenchmarkEvent(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		ctx := context.Background()
		for i := range b.N {
			ev := &engine.InboundEvent{
				Key: fmt.Sprint("wamid.", i), IntegrationID: "wa", Kind: engine.InboundMessage, Channel: engine.WhatsApp,
				From: []engine.Address{{Kind: engine.WAID, Value: "5511955550199"}}, Message: &engine.IncomingMessage{Text: "Sim"},
			}
			if _, err := s.InsertEvent(ctx, ev); err != nil {
				b.Fatal(err)
			}
			list, err := s.ClaimEvents(ctx, 10, time.Minute)
			if err != nil || len(list) != 1 {
				b.Fatal(len(list), err)
			}
			if won, err := s.FinishEvent(ctx, list[0].ID, "done"); err != nil || !won {
				b.Fatal(won, err)
			}
		}
	})
}

func onBoth(b *testing.B, run func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) {
		s := storetest.SQLite(b)(b, store.Options{})
		b.ResetTimer()
		run(b, s)
	})
	b.Run("postgres", func(b *testing.B) {
		s := storetest.PostgresDatabase(b)(b, store.Options{})
		b.ResetTimer()
		run(b, s)
	})
}
