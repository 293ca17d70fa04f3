package auth

import (
	"sync"
	"time"
)

// How guessing is slowed down. After freeGuesses wrong passwords for one account
// from one address, each further one makes both wait, twice as long each time, up
// to longestPause; after manyGuesses from wherever, the account waits for everybody.
const (
	freeGuesses  = 5
	manyGuesses  = 50
	firstPause   = time.Minute
	longestPause = 15 * time.Minute
	forgetAfter  = time.Hour
	maxGuessers  = 50_000 // entries; beyond it the oldest are forgotten
)

// guesses counts wrong passwords in this process's memory.
type guesses struct {
	mu   sync.Mutex
	seen map[string]*guesser
}

type guesser struct {
	wrong int
	last  time.Time
	until time.Time // no further try before
}

// wait says how long a try under any of the keys must wait; 0 = go ahead.
func (g *guesses) wait(now time.Time, keys ...string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	var longest time.Duration
	for _, key := range keys {
		if one := g.seen[key]; one != nil {
			longest = max(longest, one.until.Sub(now))
		}
	}
	return longest
}

// wrong counts a wrong password under a key, of which free cost nothing.
func (g *guesses) wrong(now time.Time, key string, free int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen == nil {
		g.seen = map[string]*guesser{}
	}
	one := g.seen[key]
	if one == nil || now.Sub(one.last) > forgetAfter {
		g.tidy(now)
		one = &guesser{}
		g.seen[key] = one
	}
	one.wrong++
	one.last = now
	if over := one.wrong - free; over >= 0 {
		one.until = now.Add(min(firstPause<<min(over, 10), longestPause))
	}
}

// right forgets what was counted under the keys.
func (g *guesses) right(keys ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range keys {
		delete(g.seen, key)
	}
}

// tidy keeps the memory bounded, whoever knocks.
func (g *guesses) tidy(now time.Time) {
	if len(g.seen) < maxGuessers {
		return
	}
	for key, one := range g.seen {
		if now.Sub(one.last) > forgetAfter || len(g.seen) >= maxGuessers {
			delete(g.seen, key)
		}
	}
}
