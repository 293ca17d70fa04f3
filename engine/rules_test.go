package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/dsl"
)

func vectors(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func TestServiceWindowVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			ID              string
			Inbound         []int64
			Now             int64
			FreeformAllowed bool  `json:"freeform_allowed"`
			WindowExpires   int64 `json:"window_expires"`
			Referral        bool
			Outbound        []int64
			FreeEntryEnds   int64 `json:"fep_expires"`
			Free            bool
		}
	}
	vectors(t, "wa-windows.json", &v)
	for _, c := range v.Cases {
		w := ServiceWindow{}
		if len(c.Inbound) > 0 {
			w.LastInboundAt = time.Unix(slices.Max(c.Inbound), 0)
		}
		now := time.Unix(c.Now, 0)
		// The vectors know no margin: within it we are stricter, never laxer.
		inMargin := c.WindowExpires != 0 && time.Unix(c.WindowExpires, 0).Sub(now) <= ServiceWindowMargin
		if got := w.OpenAt(now); got != (c.FreeformAllowed && !inMargin) {
			t.Errorf("%s: open = %v", c.ID, got)
		}
		entry := FreeEntry{}
		if c.Referral {
			entry.EnteredAt = time.Unix(c.Inbound[0], 0)
		}
		for _, at := range c.Outbound {
			entry = entry.Answered(time.Unix(at, 0))
		}
		if c.FreeEntryEnds != 0 && entry.EndsAt().Unix() != c.FreeEntryEnds || c.FreeEntryEnds == 0 && !entry.EndsAt().IsZero() || entry.FreeAt(now) != c.Free {
			t.Errorf("%s: the free entry ends at %s and is free now: %v", c.ID, entry.EndsAt(), entry.FreeAt(now))
		}
		if c.WindowExpires != 0 && w.ClosesAt().Unix() != c.WindowExpires {
			t.Errorf("%s: closes at %d, want %d", c.ID, w.ClosesAt().Unix(), c.WindowExpires)
		}
	}
	if len(v.Cases) < 5 {
		t.Error("the vectors were not read")
	}
}

// An entry is answered once, within a day; what comes later begins nothing.
func TestFreeEntry(t *testing.T) {
	start := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	after := func(d time.Duration) FreeEntry { return FreeEntry{EnteredAt: start}.Answered(start.Add(d)) }
	if e := after(24 * time.Hour); e.EndsAt() != start.Add(96*time.Hour) || !e.FreeAt(start.Add(24*time.Hour)) || !e.FreeAt(start.Add(96*time.Hour-time.Second)) || e.FreeAt(start.Add(96*time.Hour)) {
		t.Errorf("answered on the last second: %+v", e)
	}
	if e := after(time.Hour); e.Answered(start.Add(2*time.Hour)) != e || e.FreeAt(start) {
		t.Errorf("the first answer counts: %+v", e)
	}
	if e := after(24*time.Hour + time.Second); !e.EndsAt().IsZero() || e.FreeAt(start.Add(25*time.Hour)) {
		t.Errorf("answered too late: %+v", e)
	}
	if e := (FreeEntry{}).Answered(start); !e.AnsweredAt.IsZero() {
		t.Errorf("nobody came: %+v", e)
	}
	for _, c := range []struct {
		referral map[string]any
		want     bool
	}{
		{nil, false}, {map[string]any{"source_type": "ad"}, true}, {map[string]any{"source_type": "POST"}, true}, {map[string]any{"source_type": "unknown"}, false},
		{map[string]any{"ctwa_clid": "x"}, true}, {map[string]any{"source_url": "https://example.com"}, false}, {map[string]any{"source_type": 7}, false},
	} {
		if OpensFreeEntry(c.referral) != c.want {
			t.Errorf("%v", c.referral)
		}
	}
}

func TestPhoneVectors(t *testing.T) {
	var v struct {
		E164 []struct {
			ID, Input, E164, Error string
			DefaultRegion          string `json:"default_region"`
			Possible               bool
		}
		Matching []struct {
			ID          string
			ProviderID  string `json:"provider_id"`
			Stored      string
			Match       bool
			Equivalents []string
		} `json:"wa_id_matching"`
	}
	vectors(t, "phones.json", &v)
	for _, c := range v.E164 {
		got, possible, err := NormalizePhone(c.Input, c.DefaultRegion)
		if (err != nil) != (c.Error != "") || got != c.E164 || possible != c.Possible {
			t.Errorf("%s: %q possible=%v err=%v; want %q possible=%v err=%q", c.ID, got, possible, err, c.E164, c.Possible, c.Error)
		}
	}
	for _, c := range v.Matching {
		variants := PhoneVariants(c.ProviderID)
		if slices.Contains(variants, c.Stored) != c.Match {
			t.Errorf("%s: %v does not match %s", c.ID, variants, c.Stored)
		}
		want := slices.Clone(c.Equivalents)
		got := make([]string, len(variants))
		for i, p := range variants {
			got[i] = strings.TrimPrefix(p, "+")
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: equivalents %v, want %v", c.ID, got, want)
		}
	}
}

func TestPhoneVariantsRules(t *testing.T) {
	for number, want := range map[string]string{
		"+554132345678":   "+554132345678",                // landline: never a ninth digit
		"+5511912345678":  "+5511912345678",               // 9 and then 1: no old mobile looked like that
		"+541123456789":   "+541123456789 +5491123456789", // Argentina, ten national digits
		"+5491123456789":  "+5491123456789 +541123456789",
		"+14155550100":    "+14155550100",
		"":                "",
		"not a number at": "",
	} {
		if got := strings.Join(PhoneVariants(number), " "); got != want {
			t.Errorf("PhoneVariants(%q) = %q, want %q", number, got, want)
		}
	}
	// Equivalence is symmetric: each variant lists the number it came from.
	for _, number := range []string{"+5541988887777", "+554188887777", "+525512345678", "+5215512345678", "+541123456789"} {
		for _, v := range PhoneVariants(number) {
			if !slices.Contains(PhoneVariants(v), number) {
				t.Errorf("%s is a variant of %s but not the other way round", v, number)
			}
		}
	}
}

func TestPhoneZones(t *testing.T) {
	if got := PhoneZones("+5511987654321"); len(got) != 1 || got[0] != "America/Sao_Paulo" {
		t.Errorf("zones of DDD 11: %v", got)
	}
	if got := PhoneZones("rubbish"); got != nil {
		t.Errorf("zones of no number: %v", got)
	}
}

func TestOptOutVectors(t *testing.T) {
	var v struct {
		Keywords map[string]map[string][]string
		Cases    []struct {
			Text   string
			Action *string
		}
	}
	vectors(t, "optout-keywords.json", &v)
	for action, languages := range v.Keywords {
		for _, words := range languages {
			for _, w := range words {
				for _, text := range []string{w, strings.ToLower(w), "  " + w + "!\n", w + "."} {
					if got := OptOutKeyword(text); got != action {
						t.Errorf("OptOutKeyword(%q) = %q, want %q", text, got, action)
					}
				}
			}
		}
	}
	for _, c := range v.Cases {
		want := ""
		if c.Action != nil {
			want = *c.Action
		}
		if got := OptOutKeyword(c.Text); got != want {
			t.Errorf("OptOutKeyword(%q) = %q, want %q", c.Text, got, want)
		}
	}
	for _, text := range []string{"Não quero mais receber!", "descadastre", "Sair da lista", "DAR DE BAJA", "salir.", "no quiero recibir más", "opt-out"} {
		if got := OptOutKeyword(text); got != KeywordStop {
			t.Errorf("OptOutKeyword(%q) = %q", text, got)
		}
	}
	for _, text := range []string{"", "quiero salir el lunes", "quero sair de casa", "não pare", "sair?não", "cancelar a consulta"} {
		if got := OptOutKeyword(text); got != "" {
			t.Errorf("OptOutKeyword(%q) = %q: only a whole message counts", text, got)
		}
	}
	if OptOutKeyword("ARRÊT") != KeywordStop {
		t.Error("diacritics matter")
	}
}

func TestPayload(t *testing.T) {
	id := EnrollmentID(NewID("enr"))
	p := Payload(id, "confirm", 3, "reschedule")
	ref, ok := ParsePayload(p)
	if !ok || ref != (PayloadRef{id, "confirm", 3, "reschedule"}) {
		t.Errorf("%q gives %+v, %v", p, ref, ok)
	}
	if len(p) > 256 {
		t.Errorf("the payload has %d characters", len(p))
	}
	for _, foreign := range []string{"", "confirmed", "jr1|a|b|c|d", "jr1|a|b|-1|d", "jr1|a|b|01|d", "jr1||b|0|d", "jr2|a|b|0|d",
		"jr1|a|b|0|d|e", "jr1|a|b|0|" + strings.Repeat("x", 300)} {
		if ref, ok := ParsePayload(foreign); ok {
			t.Errorf("%q was taken for ours: %+v", foreign, ref)
		}
	}
	if Payload(id, strings.Repeat("s", 300), 0, "x") != "" || Payload(id, "a|b", 0, "x") != "" {
		t.Error("a payload that cannot be read back was written")
	}
}

func FuzzParsePayload(f *testing.F) {
	f.Add("jr1|enr_1|confirm|0|yes")
	f.Fuzz(func(t *testing.T, p string) {
		if ref, ok := ParsePayload(p); ok && Payload(ref.EnrollmentID, ref.StepID, ref.Visit, ref.Option) != p {
			t.Errorf("%q does not survive the round trip", p)
		}
	})
}

// The distribution published with the language: 44.98 / 10.03 / 44.99 % of a
// million ids over shares of 45, 10 and 45.
func TestSplitDistribution(t *testing.T) {
	variants := []dsl.Variant{{ID: "a", Share: 45}, {ID: "b", Share: 10}, {ID: "c", Share: 45}}
	moved := []dsl.Variant{{ID: "a", Share: 40}, {ID: "b", Share: 50}, {ID: "c", Share: 10}}
	count := map[string]int{}
	const n = 1_000_000
	changed := 0
	for i := range n {
		id := fmt.Sprintf("contact_%d", i)
		v := SplitVariant("journey/step", id, variants)
		count[v]++
		if i < 10_000 && SplitVariant("journey/step", id, moved) != v {
			changed++
		}
	}
	for id, want := range map[string]float64{"a": 45, "b": 10, "c": 45} {
		if got := float64(count[id]) * 100 / n; got < want-0.2 || got > want+0.2 {
			t.Errorf("variant %s got %.2f %%, want %.0f", id, got, want)
		}
	}
	if changed < 3500 || changed > 4500 {
		t.Errorf("%d of 10000 changed sides", changed)
	}
	// The order in which variants are given does not matter, the seed does.
	same, other := 0, 0
	reversed := []dsl.Variant{variants[2], variants[1], variants[0]}
	for i := range 1000 {
		id := fmt.Sprint(i)
		if SplitVariant("s", id, variants) == SplitVariant("s", id, reversed) {
			same++
		}
		if SplitVariant("s", id, variants) != SplitVariant("t", id, variants) {
			other++
		}
	}
	if same != 1000 || other < 300 {
		t.Errorf("same %d, other %d", same, other)
	}
	if SplitVariant("s", "x", nil) != "" || SplitVariant("s", "x", []dsl.Variant{{ID: "only", Share: 0}}) != "only" {
		t.Error("odd splits")
	}
}

func TestEntryKey(t *testing.T) {
	sp := time.FixedZone("", -3*3600)
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if EntryKey("j", 7) != EntryKey("j", 7.0) || EntryKey("j", at) != EntryKey("j", at.In(sp)) {
		t.Error("equal values give different keys")
	}
	seen := map[string]bool{}
	for _, v := range []any{nil, "", "7", 7, 7.5, true, "true", at, []any{"a"}, map[string]any{"a": 1}} {
		seen[EntryKey("j", v)] = true
	}
	seen[EntryKey("k", 7)] = true
	if len(seen) != 11 {
		t.Errorf("%d different keys, want 11", len(seen))
	}
	if k := EntryKey("j", "ana@example.com"); len(k) != 64 || strings.Contains(k, "ana") {
		t.Errorf("key %q", k)
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[Address]string{
		{Phone, "+5511987651234"}:         "+55•••1234",
		{WAID, "5511987651234"}:           "55•••1234",
		{EmailAddress, "ana@example.com"}: "a•••@example.com",
		{EmailAddress, "broken"}:          "•••",
		{Phone, "+5519"}:                  "•••",
		{BSUID, ""}:                       "•••",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%v) = %q, want %q", in, got, want)
		}
	}
}
