package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"jornada/dsl"
)

// splitBuckets is the resolution of a split: hundredths of a percent.
const splitBuckets = 10000

// SplitVariant draws a variant: the first eight bytes of sha256(seed, NUL, id),
// as a big-endian number, modulo 10,000, over the variants in alphabetical
// order. The same person always gets the same variant of the same seed. Shares
// that do not reach 100 % leave the rest to the last variant.
func SplitVariant(seed string, id string, variants []dsl.Variant) string {
	if len(variants) == 0 {
		return ""
	}
	bucket := splitBucket(seed, id)
	if !slices.IsSortedFunc(variants, byVariantID) {
		variants = slices.SortedFunc(slices.Values(variants), byVariantID)
	}
	upTo := 0
	for _, v := range variants {
		upTo += v.Share * splitBuckets / 100
		if bucket < upTo {
			return v.ID
		}
	}
	return variants[len(variants)-1].ID
}

// splitBucket is where an id stands among the others of a seed, from 0 to 9,999.
func splitBucket(seed, id string) int {
	sum := sha256.Sum256([]byte(seed + "\x00" + id))
	return int(binary.BigEndian.Uint64(sum[:8]) % splitBuckets) //nolint:gosec // a remainder fits
}

func byVariantID(a, b dsl.Variant) int { return strings.Compare(a.ID, b.ID) }
