package activities

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/dsl/sms"
	"jornada/engine"
)

// tariffKept is how long a workspace's prices are used before its files are looked
// at again, on the machine's clock: a message costs no question of its own.
const tariffKept = 30 * time.Second

// PriceStore is what knowing prices needs of the store.
type PriceStore interface {
	WorkspaceFiles(ctx context.Context) (map[string]string, error)
	TakeFreeMessage(ctx context.Context, integration engine.IntegrationID, month string, most int) (bool, error)
}

// Prices says what messages cost: what their provider reports, else what the table
// of prices says at the day of acceptance. One serves a process; it is safe for
// concurrent use.
type Prices struct {
	store PriceStore
	clock engine.Clock
	log   *slog.Logger

	mu     sync.Mutex
	tariff engine.Tariff
	until  time.Time                       // the tariff is good
	used   map[engine.IntegrationID]string // the month in which a number is known to have no free message left
}

// NewPrices makes Prices; nil as logger says nothing.
func NewPrices(store PriceStore, clock engine.Clock, log *slog.Logger) *Prices {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Prices{store: store, clock: clock, log: log, used: map[engine.IntegrationID]string{}}
}

// Cost is what news of a message say about its cost; nil: nothing new. Of a
// message that a provider accepts it is what it will cost by all we know, of a
// later status what the provider says. A price that cannot be told keeps no
// message from being recorded.
func (p *Prices) Cost(ctx context.Context, m *engine.Message, u engine.MessageUpdate) *engine.Cost {
	if p == nil {
		return nil
	}
	tariff, err := p.current(ctx)
	if err != nil {
		p.log.WarnContext(ctx, "the cost of a message is not known: the prices cannot be read", "message_id", m.ID, "error", err)
		return nil
	}
	b := bill{Prices: p, tariff: tariff, message: m, said: channel.ChargeOf(u.Pricing), at: u.At, was: m.Cost}
	if u.FreeEntry && b.said == (engine.Charge{}) { // the provider's own word comes later, and wins
		b.said.Free = true
	}
	if b.at.IsZero() {
		b.at = p.clock.Now()
	}
	if m.AcceptedAt != nil {
		b.at = *m.AcceptedAt
	}
	var now engine.Cost
	switch {
	case u.Status == engine.Skipped || u.Status.Rank() < engine.Accepted.Rank():
		return nil
	case u.Status == engine.Failed:
		now = b.failed()
	default:
		now, err = b.accepted(ctx)
	}
	if err != nil {
		p.log.WarnContext(ctx, "the cost of a message is not known", "message_id", m.ID, "error", err)
		return nil
	}
	if now == m.Cost {
		return nil
	}
	return &now
}

// current is the workspace's tariff, a moment old at most.
func (p *Prices) current(ctx context.Context) (engine.Tariff, error) {
	now := p.clock.Real()
	p.mu.Lock()
	tariff, good := p.tariff, now.Before(p.until)
	p.mu.Unlock()
	if good {
		return tariff, nil
	}
	files, err := p.store.WorkspaceFiles(ctx)
	if err != nil {
		return tariff, fmt.Errorf("reading the workspace's files: %w", err)
	}
	list := make([]dsl.File, 0, len(files))
	for _, path := range slices.Sorted(maps.Keys(files)) {
		list = append(list, dsl.File{Path: path, Content: []byte(files[path])})
	}
	ws, _ := dsl.ParseWorkspace(list) // its mistakes were refused when it was stored
	if ws == nil {
		ws = dsl.DefaultWorkspace()
	}
	tariff = engine.TariffOf(ws)
	p.mu.Lock()
	p.tariff, p.until = tariff, now.Add(tariffKept)
	p.mu.Unlock()
	return tariff, nil
}

// bill is the reckoning of one message.
type bill struct {
	*Prices

	tariff  engine.Tariff
	message *engine.Message
	said    engine.Charge
	at      time.Time // of its acceptance
	was     engine.Cost
}

// base is a cost without its amount.
func (b *bill) base() engine.Cost {
	c := engine.Cost{Category: b.was.Category, Day: b.was.Day}
	if b.said.Category != "" {
		c.Category = b.said.Category
	} else if c.Category == "" {
		c.Category = engine.BilledAs(b.message)
	}
	if c.Day == "" {
		c.Day = b.tariff.Day(b.at)
	}
	return c
}

// failed is the cost of a message that was accepted and then failed. WhatsApp
// charges what is delivered; the others keep what they took, unless they say.
func (b *bill) failed() engine.Cost {
	switch {
	case b.was.Source == "": // nobody had accepted it
		return b.was
	case b.said.Named:
		return b.reported()
	case b.message.Status.Rank() > engine.Failed.Rank(): // it was delivered: this is a note
		return b.was
	case b.message.Channel == engine.WhatsApp:
		return b.free()
	}
	return b.was
}

func (b *bill) accepted(ctx context.Context) (engine.Cost, error) {
	switch {
	case b.said.Named:
		return b.reported(), nil
	case b.was.Source == engine.CostReported: // no word takes an amount back
		return b.was, nil
	case b.said.Free:
		return b.free(), nil
	case b.was.Source != "" && b.said == engine.Charge{}:
		if b.message.Status != engine.Failed || b.was.Source != engine.CostFree {
			return b.was, nil
		}
		b.was.Source = "" // it was free because it had failed, and that was not the last word
	}
	return b.listed(ctx)
}

func (b *bill) reported() engine.Cost {
	c := b.base()
	c.Micros, c.Currency, c.Source = b.said.Micros, b.said.Currency, engine.CostReported
	return c
}

func (b *bill) free() engine.Cost {
	c := b.base()
	c.Currency, c.Source = b.tariff.Prices.Currency, engine.CostFree
	return c
}

// listed is the cost by the table of prices.
func (b *bill) listed(ctx context.Context) (engine.Cost, error) {
	c := b.base()
	quote, known := b.tariff.Quote(b.message, c.Category, b.at)
	if !known {
		c.Source = engine.CostUnknown
		return c, nil
	}
	if quote.Free > 0 && !b.said.Paid {
		free := b.was.Source == engine.CostFree
		if b.was.Source == "" {
			var err error
			if free, err = b.takeFree(ctx, quote.Free); err != nil {
				return c, err
			}
		}
		if free {
			return b.free(), nil
		}
	}
	if quote.High == 0 {
		return b.free(), nil
	}
	c.Micros, c.Currency, c.Source = int64(quote.High)*b.parts(), b.tariff.Prices.Currency, engine.CostListed
	return c, nil
}

// parts is how many messages one is paid as: an SMS counts by its segments.
func (b *bill) parts() int64 {
	if b.message.Channel != engine.SMS {
		return 1
	}
	return int64(sms.Measure(channel.SMSText(b.message.Content)).Segments)
}

// takeFree uses one of the free messages of the number's month. Once they are used
// up, nobody is asked any more.
func (b *bill) takeFree(ctx context.Context, most int) (bool, error) {
	number, month := b.message.IntegrationID, b.tariff.Month(b.at)
	b.mu.Lock()
	gone := b.used[number] == month
	b.mu.Unlock()
	if gone {
		return false, nil
	}
	taken, err := b.store.TakeFreeMessage(ctx, number, month, most)
	if err != nil {
		return false, fmt.Errorf("counting the free messages of %q: %w", number, err)
	}
	if !taken {
		b.mu.Lock()
		b.used[number] = month
		b.mu.Unlock()
	}
	return taken, nil
}
