package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"jornada/engine"
)

// messageCostRow counts messages and money of one kind on one day: Entry ” is
// their sum, any other the change that one message made and that is not in it yet
// (the trigger messages_cost writes those).
type messageCostRow struct {
	WorkspaceID   string
	Day           string
	JourneyID     string
	IntegrationID string
	Channel       string
	Category      string
	Currency      string
	Entry         string
	Messages      int64
	Reported      int64
	Listed        int64
	Free          int64
	Unknown       int64
	Micros        int64
}

// TableName implements gorm's schema.Tabler.
func (messageCostRow) TableName() string { return "message_costs" }

// counted are the columns that add up.
var counted = []string{"messages", "reported", "listed", "free", "unknown", "micros"}

// freeMessageRow is how many of a number's free messages of a month are used.
type freeMessageRow struct {
	WorkspaceID   string
	IntegrationID string
	Month         string
	Used          int64
}

// TableName implements gorm's schema.Tabler.
func (freeMessageRow) TableName() string { return "free_messages" }

// cost adds the columns of an update's cost to those that it changes. An accepted
// message whose cost nobody can tell is counted all the same.
func (s *Store) cost(values map[string]any, u engine.MessageUpdate) {
	switch {
	case u.Cost != nil:
		maps.Copy(values, costColumns(u.Cost))
	case u.Status.Rank() >= engine.Accepted.Rank() && u.Status != engine.Failed && u.Status != engine.Skipped:
		first := func(column string) string { return "CASE WHEN cost_source = '' THEN ? ELSE " + column + " END" }
		values["cost_source"] = gorm.Expr(first("cost_source"), string(engine.CostUnknown))
		values["cost_day"] = gorm.Expr(first("cost_day"), s.timeOf(u).time.UTC().Format("2006-01-02"))
		values["cost_category"] = gorm.Expr("CASE WHEN cost_source = '' THEN category ELSE cost_category END")
	}
}

func costColumns(c *engine.Cost) map[string]any {
	return map[string]any{
		"cost_micros": c.Micros, "cost_currency": clean(c.Currency), "cost_source": string(c.Source),
		"cost_category": clean(c.Category), "cost_day": c.Day,
	}
}

// lateCost keeps a price that came with news too old to change the message's
// status.
func (s *Store) lateCost(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) error {
	if u.Cost == nil {
		return nil
	}
	err := s.write(ctx).Model(&messageRow{}).Where("id = ?", id).Updates(costColumns(u.Cost)).Error
	return wrap(err, "storing the cost of message %q", id)
}

// TakeFreeMessage uses one of a number's free messages of a month, of which there
// are so many. False: they are used up.
func (s *Store) TakeFreeMessage(ctx context.Context, integration engine.IntegrationID, month string, most int) (bool, error) {
	row := freeMessageRow{IntegrationID: string(integration), Month: month, Used: 1}
	another := upsertOn([]string{"integration_id", "month"}, nil)
	another.DoUpdates = clause.Assignments(map[string]any{"used": gorm.Expr("free_messages.used + 1")})
	another.Where = clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "free_messages.used < ?", Vars: []any{most}}}}
	taken := s.write(ctx).Clauses(another).Create(&row)
	return taken.RowsAffected == 1 && taken.Error == nil, wrap(taken.Error, "counting the free messages of integration %q", integration)
}

// MessageCosts counts accepted messages and sums what they cost, by day, channel,
// category and currency.
func (s *Store) MessageCosts(ctx context.Context, f engine.CostFilter) ([]engine.CostLine, error) {
	db := s.read(ctx).Model(&messageCostRow{}).Where("day >= ? AND day <= ?", f.From, f.To)
	if f.JourneyID != "" {
		db = db.Where("journey_id = ?", f.JourneyID)
	}
	if f.IntegrationID != "" {
		db = db.Where("integration_id = ?", f.IntegrationID)
	}
	const kind = "day, channel, category, currency"
	var columns strings.Builder
	columns.WriteString(kind)
	for _, c := range counted {
		columns.WriteString(", CAST(SUM(" + c + ") AS bigint) AS " + c)
	}
	var lines []engine.CostLine
	// A kind whose messages all became another has nothing left to tell.
	err := db.Select(columns.String()).Group(kind).Having("SUM(messages) <> 0 OR SUM(micros) <> 0").Order(kind).Find(&lines).Error
	return lines, wrap(err, "counting messages and their cost")
}

// FoldMessageCosts adds up to so many single changes to the sums of their kinds,
// and tells how many: asking for sums stays fast. Any number of processes may do
// it at once.
func (s *Store) FoldMessageCosts(ctx context.Context, limit int) (n int, err error) {
	var some []messageCostRow
	if err := s.read(ctx).Select("entry").Where("entry <> ''").Limit(1).Find(&some).Error; err != nil || len(some) == 0 {
		return 0, wrap(err, "looking for costs to add up")
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		var found []string
		n = 0
		if err := s.skipLocked(s.write(ctx)).Model(&messageCostRow{}).Where("entry <> ''").Limit(limit).Pluck("entry", &found).Error; err != nil || len(found) == 0 {
			return wrap(err, "looking for costs to add up")
		}
		// What is deleted is what is added, whatever came in between.
		var taken []messageCostRow
		if err := s.write(ctx).Clauses(clause.Returning{}).Where("entry IN ? AND entry <> ''", found).Delete(&taken).Error; err != nil {
			return wrap(err, "adding up costs")
		}
		n = len(taken)
		return s.addCosts(ctx, taken)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// addCosts adds rows to the sums of their kinds, in one order for everybody.
func (s *Store) addCosts(ctx context.Context, rows []messageCostRow) error {
	sums := map[messageCostRow]*messageCostRow{}
	for _, r := range rows {
		kind := messageCostRow{Day: r.Day, JourneyID: r.JourneyID, IntegrationID: r.IntegrationID, Channel: r.Channel, Category: r.Category, Currency: r.Currency}
		sum := sums[kind]
		if sum == nil {
			fresh := kind
			sum = &fresh
			sums[kind] = sum
		}
		sum.Messages, sum.Reported, sum.Listed = sum.Messages+r.Messages, sum.Reported+r.Reported, sum.Listed+r.Listed
		sum.Free, sum.Unknown, sum.Micros = sum.Free+r.Free, sum.Unknown+r.Unknown, sum.Micros+r.Micros
	}
	list := make([]messageCostRow, 0, len(sums))
	for _, sum := range sums {
		list = append(list, *sum)
	}
	slices.SortFunc(list, func(a, b messageCostRow) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.JourneyID, b.JourneyID), cmp.Compare(a.IntegrationID, b.IntegrationID),
			cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Currency, b.Currency))
	})
	add := upsertOn([]string{"day", "journey_id", "integration_id", "channel", "category", "currency", "entry"}, nil)
	assigned := map[string]any{}
	for _, c := range counted {
		assigned[c] = gorm.Expr("message_costs." + c + " + excluded." + c)
	}
	add.DoUpdates = clause.Assignments(assigned)
	return wrap(s.write(ctx).Clauses(add).Create(&list).Error, "adding up costs")
}
