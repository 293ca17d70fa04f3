package store_test

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"

	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// A statement that reads a growing table row by row is fast in a test and slow
// in a clinic. Every statement of the conformance suite is explained: one that
// would look at all messages, enrollments, events, … of a workspace must be a
// list that asks for a page of them.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	var mu sync.Mutex
	bad := map[string]string{}
	whole := regexp.MustCompile(`(SCAN|SEARCH) (messages|message_events|enrollments|timeline|inbound_events|event_addresses|outbox|waits|handoffs|contacts|addresses|consents|suppressions|m|o)\b( USING (COVERING )?INDEX \S+ \(workspace_id=\?\))?(;|$| USING (COVERING )?INDEX \S+($|;))`)
	t.Cleanup(func() { // after the parallel cases
		var lines []string
		for statement, plan := range bad {
			lines = append(lines, fmt.Sprintf("%s\n    %s", statement, plan))
		}
		sort.Strings(lines)
		if len(lines) > 0 {
			t.Errorf("these statements look at every row of a table:\n%s", strings.Join(lines, "\n"))
		}
	})
	storetest.Exercise(t, func(t *testing.T) storetest.Open {
		open := storetest.SQLite(t)
		return func(t testing.TB, o store.Options) *store.Store {
			s := open(t, o)
			s.WatchPlans(func(statement, plan string) {
				// What is under way has small indexes of its own, and counting by
				// status is answered from an index alone.
				if strings.Contains(plan, "inbound_events_pending (workspace_id=?)") || strings.Contains(statement, "GROUP BY \"status\"") {
					return
				}
				if !whole.MatchString(plan) || strings.Contains(statement, "LIMIT") && strings.Contains(statement, "ORDER BY") && !strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				bad[statement] = plan
			})
			return s
		}
	})
}
