package engine

import (
	"math"
	"time"
)

// PaceState is what all senders of one integration share, so that together they
// keep its rate: the turns taken lately, and two lines of those who wait. Moments
// are the machine's, since a provider knows no virtual time. It is a value:
// whoever changes it stores it by compare-and-set on Seq.
type PaceState struct {
	Seq    int64 // of compare-and-set; 0: nobody has sent yet
	Took   []Turns
	LineAt time.Time // the first place behind those who wait; past: nobody waits
	BackAt time.Time // the same of those whose place came and who found no turn
}

// Turns are messages that may go from a moment on.
type Turns struct {
	At time.Time
	N  int
}

// mostTurns bounds how many entries a state keeps; older ones are joined.
const mostTurns = 256

// paceWindow turns a rate into a whole number of turns in a moving stretch of
// time: 80 in a second, 1 in four seconds. In no such stretch go more.
func paceWindow(perSecond float64) (turns int, within time.Duration) {
	turns = max(1, int(perSecond))
	return turns, time.Duration(float64(turns) / perSecond * float64(time.Second))
}

// PaceBlock is how many turns are worth taking at once by a sender that is busy:
// what goes in a twentieth of a second or so.
func PaceBlock(perSecond float64) int {
	return max(1, int(math.Ceil(perSecond/20)))
}

// Take takes up to want turns, as many as the rate allows now.
func (p *PaceState) Take(now time.Time, perSecond float64, want int) int {
	turns, within := paceWindow(perSecond)
	p.forget(now, within)
	for _, t := range p.Took {
		turns -= t.N
	}
	got := min(want, turns)
	if got <= 0 {
		return 0
	}
	if last := len(p.Took) - 1; last >= 0 && p.Took[last].At.Equal(now) {
		p.Took[last].N += got
		return got
	}
	if len(p.Took) == mostTurns {
		p.Took[1].N += p.Took[0].N // as if all had been taken at the later moment
		p.Took = append(p.Took[:0:0], p.Took[1:]...)
	}
	p.Took = append(p.Took, Turns{now, got})
	return got
}

// GiveBack returns turns that were taken at a moment and not used.
func (p *PaceState) GiveBack(taken time.Time, unused int) {
	for i := range p.Took {
		if p.Took[i].At.Equal(taken) {
			p.Took[i].N = max(0, p.Took[i].N-unused)
			return
		}
	}
}

// forget drops what no longer counts, and what a clock that ran ahead wrote.
func (p *PaceState) forget(now time.Time, within time.Duration) {
	kept := p.Took[:0:0]
	for _, t := range p.Took {
		if t.N > 0 && now.Sub(t.At) < within && t.At.Sub(now) <= within {
			kept = append(kept, t)
		}
	}
	p.Took = kept
}

// Waiting reports whether somebody stands in the line, whom a newcomer must not
// overtake.
func (p *PaceState) Waiting(now time.Time) bool { return p.LineAt.After(now) }

// NextTurn is when a turn is free again, now when one is.
func (p *PaceState) NextTurn(now time.Time, perSecond float64) time.Time {
	turns, within := paceWindow(perSecond)
	p.forget(now, within)
	for _, t := range p.Took {
		turns -= t.N
	}
	if turns > 0 || len(p.Took) == 0 {
		return now
	}
	return p.Took[0].At.Add(within)
}

// longestLine bounds how far ahead places are given: a clock that ran ahead, or a
// rate that fell, must not keep everybody waiting for ever.
const longestLine = 7 * 24 * time.Hour

// Queue gives want places at the end of a line, one every 1/perSecond, the first
// at the moment it returns. back is the line of those who already waited.
func (p *PaceState) Queue(now time.Time, perSecond float64, want int, back bool) time.Time {
	end := &p.LineAt
	if back {
		end = &p.BackAt
	}
	first := p.NextTurn(now, perSecond)
	if end.After(first) && end.Sub(now) < longestLine {
		first = *end
	}
	*end = first.Add(PaceStep(perSecond) * time.Duration(want))
	return first
}

// PaceStep is the time between two messages at a rate.
func PaceStep(perSecond float64) time.Duration {
	return time.Duration(float64(time.Second) / perSecond)
}

// What a provider's refusal (too fast) teaches, in the machine's time: half the
// rate, for a while, then back to the whole of it.
const (
	paceLesson   = 5 * time.Second  // refusals of so long are one lesson: their messages left before it
	paceRecovers = 60 * time.Second // from nothing to the whole rate
	paceFloor    = 64               // never below this part of the declared rate
)

// PaceNow is the rate at which an integration may send: the declared one, or less
// while a refusal is remembered. learnt is the rate after the refusal at since; 0:
// there was none.
func PaceNow(declared, learnt float64, since *time.Time, now time.Time) float64 {
	if declared <= 0 || learnt <= 0 || since == nil {
		return declared
	}
	if rest := now.Sub(*since) - paceLesson; rest > 0 {
		learnt += declared * rest.Seconds() / paceRecovers.Seconds()
	}
	return min(declared, learnt)
}

// PaceLearnt is the rate after another refusal, false when it belongs to the last
// lesson.
func PaceLearnt(declared, learnt float64, since *time.Time, now time.Time) (float64, bool) {
	if declared <= 0 || since != nil && learnt > 0 && now.Sub(*since) < paceLesson && !now.Before(*since) {
		return learnt, false
	}
	return max(PaceNow(declared, learnt, since, now)/2, declared/paceFloor), true
}

// Opening is a business-initiated message about to reach a person: on WhatsApp a
// template outside the service window. Platforms count the people of 24 hours, for
// all senders of one portfolio together.
type Opening struct {
	Portfolio     string
	IntegrationID IntegrationID // that would send it
	ContactID     ContactID
	Limit         int // people in 24 hours
	// Uncounted: a moment ago there was room for thousands, so this one is only
	// noted.
	Uncounted bool
}

// TierPeriod is the moving time in which a portfolio's people are counted.
const TierPeriod = 24 * time.Hour

// Opened is whether an Opening fits.
type Opened struct {
	Fits   bool
	FreeAt time.Time // when it does not: when the first of those counted falls out
	People int       // counted with this one; 0: not counted, the person was reached before
}
