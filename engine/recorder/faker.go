package recorder

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"
)

// faker makes texts up, the same for the same text.
type faker struct {
	seed  string
	known map[string]bool   // what the journey's file says, in small letters
	made  map[string]string // what a text became
	used  map[string]bool
}

func newFaker(seed, source string) *faker {
	f := &faker{seed: seed, known: map[string]bool{}, made: map[string]string{}, used: map[string]bool{}}
	var doc yaml.Node
	if yaml.Unmarshal([]byte(source), &doc) == nil {
		f.learn(&doc)
	}
	return f
}

var quotedText = regexp.MustCompile(`"([^"]*)"|'([^']*)'`)

// learn remembers the words of the journey's file: whole values, and the texts in
// its expressions.
func (f *faker) learn(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		f.known[strings.ToLower(n.Value)] = true
		for _, m := range quotedText.FindAllStringSubmatch(n.Value, -1) {
			f.known[strings.ToLower(m[1]+m[2])] = true
		}
	}
	for _, inner := range n.Content {
		f.learn(inner)
	}
}

func (f *faker) knows(s string) bool { return f.known[strings.ToLower(strings.TrimSpace(s))] }

func (f *faker) number(about string, below int) int {
	sum := sha256.Sum256([]byte(f.seed + "\x00" + about))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(below)) //nolint:gosec // below is a small positive number
}

var (
	mail    = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)
	address = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://`)
	phone   = regexp.MustCompile(`^\+?[\d\s().-]{10,}$`)
	short   = regexp.MustCompile(`^[\d.,:/ -]+$`)
	digits  = regexp.MustCompile(`\d`)
)

// harmless reports whether a text says nothing of anybody: the journey's own, or
// a number of few digits.
func (f *faker) harmless(s string) bool {
	return strings.TrimSpace(s) == "" || f.knows(s) || (short.MatchString(s) && len(digits.FindAllString(s, -1)) <= 6)
}

// text makes up a text in place of another.
func (f *faker) text(s string) string {
	if f.harmless(s) {
		return s
	}
	if made, ok := f.made[s]; ok {
		return made
	}
	made := f.invent(s, "")
	for i := 2; f.used[made] || made == s; i++ {
		made = f.invent(s, fmt.Sprint(i))
	}
	f.made[s], f.used[made] = made, true
	return made
}

func (f *faker) invent(s, salt string) string {
	switch {
	case mail.MatchString(s):
		return fmt.Sprintf("pessoa%d@example.com", f.number(s+salt, 1_000_000))
	case address.MatchString(s):
		return fmt.Sprintf("https://example.com/%d", f.number(s+salt, 1_000_000))
	case phone.MatchString(s) && strings.HasPrefix(s, "+"):
		return fmt.Sprintf("+55119%07d9", f.number(s+salt, 10_000_000))
	}
	var b strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); {
		j := i
		for j < len(runes) && class(runes[j]) == class(runes[i]) && class(runes[i]) != 0 {
			j++
		}
		switch run := string(runes[i:max(j, i+1)]); class(runes[i]) {
		case 'a':
			b.WriteString(f.word(run, salt))
		case '1':
			for k, r := range run {
				b.WriteByte(byte('0' + f.number(fmt.Sprint(run, k, r, salt), 10)))
			}
		default:
			b.WriteString(run)
		}
		i = max(j, i+1)
	}
	return b.String()
}

// class is what kind of character it is: a letter, a digit, or neither.
func class(r rune) rune {
	switch {
	case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
		return 'a'
	case unicode.IsDigit(r):
		return '1'
	}
	return 0
}

// Words in place of words: some that names are made of, some that texts are.
var (
	names = strings.Fields("Abacate Açaí Amora Araçá Bacuri Banana Cajá Caju Cambuci Caqui Carambola Cereja Cupuaçu Figo Framboesa Goiaba Graviola Guaraná Jabuticaba Jaca Jambo Kiwi Laranja Limão Maçã Mamão Manga Maracujá Melão Morango Pera Pêssego Pinha Pitanga Romã Sapoti Tamarindo Uva Umbu Uvaia")
	words = strings.Fields("água areia barco brisa campo casa chuva conta dia estrada festa flor folha fonte fruta gato ilha janela lago livro lua mar mesa monte nuvem onda papel pedra ponte porta praia rio rua sol tarde terra tinta vale vento vila")
)

// word makes up a word; a single letter becomes a letter.
func (f *faker) word(w, salt string) string {
	first := []rune(w)[0]
	about := strings.ToLower(w) + salt
	switch {
	case len([]rune(w)) == 1 && unicode.IsUpper(first):
		return string(rune('A' + f.number(about, 26)))
	case len([]rune(w)) == 1:
		return string(rune('a' + f.number(about, 26)))
	case unicode.IsUpper(first):
		return names[f.number(about, len(names))]
	}
	return words[f.number(about, len(words))]
}

// value makes up whatever is text in a value, at any depth.
func (f *faker) value(v any, moment func(time.Time) time.Time) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = f.value(inner, moment)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = f.value(v[i], moment)
		}
		return out
	case string:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02"} {
			if t, err := time.Parse(layout, v); err == nil {
				return moment(t).Format(layout)
			}
		}
		return f.text(v)
	case float64:
		if text := fmt.Sprintf("%.0f", v); len(text) > 6 { // a document, or a phone: nothing is counted in millions
			return float64(f.number(text, 1_000_000))
		}
	}
	return v
}

func unmoved(t time.Time) time.Time { return t }

// moved is a moment of a person's life, up to four weeks earlier.
func (f *faker) moved(t time.Time) time.Time {
	return t.AddDate(0, 0, -1-f.number("moved "+t.Format(time.RFC3339), 28))
}
