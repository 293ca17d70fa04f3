package runtime

import (
	"slices"
	"sync"
)

// share is how many events of one party this process works on, or has waiting in
// memory, before it leaves the others of that party in the table: somebody whose
// program answers every message with a message, or a sheet with ten thousand
// events of one contact, may wait for themselves, but nobody else waits for them.
const share = 4

// shares counts whose events this process holds.
type shares struct {
	mu     sync.Mutex
	held   map[string]int
	behind map[string]int // parties with events in the table, and when that was noticed
	seq    int
	looked bool // the table is known: what lay there when we began is claimed, or in behind
}

func newShares() *shares { return &shares{held: map[string]int{}, behind: map[string]int{}} }

// admits says whether an event that comes in now may be worked off directly. It
// may not when its party has its share, or may have earlier events in the table.
func (s *shares) admits(party string, room bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if party == "" {
		return room
	}
	room = room && s.looked
	if _, behind := s.behind[party]; room && !behind && s.held[party] < share {
		return true
	}
	s.leave(party)
	return false
}

// left notes that an event of a party is in the table. It is said again after the
// commit, because a claim may have looked before it.
func (s *shares) left(party string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(party)
}

func (s *shares) leave(party string) {
	if party != "" {
		s.seq++
		s.behind[party] = s.seq
	}
}

// take counts an event that was given to the pool.
func (s *shares) take(party string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if party != "" {
		s.held[party]++
	}
}

// done counts one that is finished or given back. more means that its party has
// others in the table that may come now.
func (s *shares) done(party string) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if party == "" {
		return false
	}
	if s.held[party]--; s.held[party] <= 0 {
		delete(s.held, party)
	}
	_, behind := s.behind[party]
	return behind && s.held[party] == share-1
}

// full are the parties that have their share, and a mark for [shares.empty].
func (s *shares) full() (parties []string, mark int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for party, n := range s.held {
		if n >= share {
			parties = append(parties, party)
		}
	}
	return parties, s.seq
}

// empty is told that the table had nothing more, when the mark was made, of any
// party but those.
func (s *shares) empty(mark int, but []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.looked {
		s.looked = true
		for _, party := range but {
			s.leave(party)
		}
	}
	for party, seq := range s.behind {
		if seq <= mark && !slices.Contains(but, party) {
			delete(s.behind, party)
		}
	}
}
