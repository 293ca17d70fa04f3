package flow

import "slices"

// Set is a set of small numbers. Its methods return new sets and share nothing.
type Set []uint64

// NewSet is an empty set for numbers below size.
func NewSet(size int) Set { return make(Set, (size+63)/64) }

// Has reports whether a number is in the set.
func (s Set) Has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// With is the set and these numbers; the set itself when it has them all.
func (s Set) With(numbers ...int) Set {
	out, mine := s, false
	for _, i := range numbers {
		if !out.Has(i) {
			if !mine {
				out, mine = slices.Clone(s), true
			}
			out[i/64] |= 1 << (i % 64)
		}
	}
	return out
}

// Without is the set less these numbers.
func (s Set) Without(numbers ...int) Set {
	out, mine := s, false
	for _, i := range numbers {
		if out.Has(i) {
			if !mine {
				out, mine = slices.Clone(s), true
			}
			out[i/64] &^= 1 << (i % 64)
		}
	}
	return out
}

// Both are the numbers in both sets.
func (s Set) Both(o Set) Set {
	if s.Equal(o) {
		return s
	}
	out := slices.Clone(s)
	for i := range out {
		out[i] &= o[i]
	}
	return out
}

// Met is what holds when every lane has ended that began with s: what some lane
// made true, less what some lane made untrue. Lanes do not undo each other's.
func (s Set) Met(lanes []Set) Set {
	out := make(Set, len(s))
	for i := range s {
		var made, undone uint64
		for _, lane := range lanes {
			made |= lane[i]
			undone |= s[i] &^ lane[i]
		}
		out[i] = made &^ undone
	}
	return out
}

// Equal reports whether two sets have the same numbers.
func (s Set) Equal(o Set) bool { return slices.Equal(s, o) }
