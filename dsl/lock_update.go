package dsl

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// HeardTemplate is what a provider says of a template: its text with the provider's
// own placeholders, which are {{1}}, {{2}} or names.
type HeardTemplate struct {
	Channel, Name, Language string
	Category, Status        string
	ChangeTo, ChangeAt      string // a category it has announced
	Buttons                 []string
	Body                    string // "" = it does not show its text
}

// LockChange is one entry of a lock file that is not as it was.
type LockChange struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	New      bool   `json:"new,omitempty"`
	Was      string `json:"was,omitempty"` // status
	Status   string `json:"status,omitempty"`
}

// UpdateLock writes what providers say into the text of a lock file. Entries that
// say the same already keep their text and their comments, in their order; what
// nothing was heard of stays as it is; new templates come at the end. A number that a
// provider gives a parameter is written with the name that the entry has for it.
//
// With nothing to change the text comes back as it is. A file that cannot be read
// gives the checker's diagnostics as the error (a diag.List).
func UpdateLock(f File, heard []HeardTemplate, syncedAt time.Time) (out []byte, changes []LockChange, err error) {
	fresh := len(strings.TrimSpace(string(f.Content))) == 0
	if fresh {
		f.Content = []byte("# What the provider has approved, written by `jornada pull`.\nlock: 1\nsynced_at: \"\"\ntemplates: []\n")
	}
	root, problems := readMended(f)
	if len(problems) > 0 {
		return nil, nil, problems
	}
	_, ends, ok := remarksOf(root)
	list := root.get("templates")
	if !ok || root.kind != mappingNode || list != nil && list.kind != listNode {
		return nil, nil, unchanged(f)
	}
	u := &lockUpdate{text: root.src, ends: ends}
	changes = u.entries(list, heard)
	if len(changes) == 0 {
		return f.Content, nil, nil
	}
	if at := root.get("synced_at"); at != nil {
		u.replace(at, inQuotes(syncedAt.UTC().Format(time.RFC3339)))
	}
	out, err = u.write(root, list)
	if err != nil {
		return nil, nil, err
	}
	if tidy, err := Format(File{f.Path, out}); err == nil {
		out = tidy
	}
	return out, changes, nil
}

// lockUpdate collects replacements of parts of a text.
type lockUpdate struct {
	text  *source
	ends  map[*node]place
	parts []lockPart
	added []*lockEntry
}

type lockPart struct {
	from, to place
	text     string
}

// lockEntry is one entry as it is or will be.
type lockEntry struct {
	Template

	changeTo, changeAt string
	file               string
	flow               bool
}

// entries compares the list with what was heard.
func (u *lockUpdate) entries(list *node, heard []HeardTemplate) (changes []LockChange) {
	known := map[string]*node{}
	entries := map[string]*lockEntry{}
	if list != nil {
		for _, item := range list.items {
			e := readLockEntry(item)
			key := heardKey(e.Channel, e.Name, e.Language)
			if known[key] == nil {
				known[key], entries[key] = item, e
			}
		}
	}
	done := map[string]bool{}
	for i := range heard {
		h := &heard[i]
		key := heardKey(h.Channel, h.Name, h.Language)
		if done[key] {
			continue // two integrations: the first one's word
		}
		done[key] = true
		old := entries[key]
		if old == nil {
			if h.Status == "deleted" {
				continue
			}
			e := h.over(&lockEntry{Template: Template{Name: h.Name, Channel: h.Channel, Language: h.Language}})
			u.added = append(u.added, e)
			changes = append(changes, LockChange{Name: h.Name, Language: h.Language, New: true, Status: e.Status})
			continue
		}
		e := h.over(old)
		if e.same(old) {
			continue
		}
		u.replace(known[key], e.written(known[key].column+1))
		changes = append(changes, LockChange{Name: h.Name, Language: h.Language, Was: old.Status, Status: e.Status})
	}
	slices.SortFunc(u.added, func(a, b *lockEntry) int { return strings.Compare(a.key(), b.key()) })
	return changes
}

func heardKey(channel, name, language string) string {
	return channel + "/" + name + "/" + strings.ToLower(strings.ReplaceAll(language, "-", "_"))
}

func readLockEntry(item *node) *lockEntry {
	p := &parser{reporter: &reporter{src: item.src}}
	d := &templateDecl{node: item}
	readFields(p, item, quoted("templates"), templateFields, d)
	e := &lockEntry{Template: d.Template, flow: item.flow, file: d.file.String()}
	e.Name, e.Channel, e.Category, e.Status = d.name.String(), d.channel.String(), d.category.String(), d.status.String()
	e.Params, e.Buttons, e.Body = words(d.params), words(d.buttons), d.body.String()
	p.around(d)
	e.Header, e.Links = d.Header, d.Links
	if item.get("params") == nil {
		e.Params = placeholders(e.Body + e.above())
	}
	if d.change != nil {
		e.changeTo, e.changeAt = d.change.to.String(), d.change.at.String()
	}
	return e
}

// over is an entry with what was heard over it.
func (h *HeardTemplate) over(old *lockEntry) *lockEntry {
	e := *old
	if slices.Contains(categories, h.Category) {
		e.Category = h.Category
	}
	if slices.Contains(templateStatuses, h.Status) {
		e.Status = h.Status
	}
	e.changeTo, e.changeAt = "", ""
	if slices.Contains(categories, h.ChangeTo) {
		e.changeTo, e.changeAt = h.ChangeTo, h.ChangeAt
	}
	if h.Body == "" || strings.ContainsFunc(h.Body+strings.Join(h.Buttons, ""), unwritable) {
		return &e
	}
	e.Buttons = h.Buttons
	places := placeholders(h.Body)
	if e.Named = slices.ContainsFunc(places, func(p string) bool { return lockNumber(p) == 0 }); e.Named {
		if slices.ContainsFunc(places, func(p string) bool { return !slices.Contains(old.Params, p) }) {
			e.Params = places
			for _, name := range placeholders(e.above()) {
				if !slices.Contains(places, name) {
					e.Params = append(slices.Clone(e.Params), name)
				}
			}
		}
		e.Body = h.Body
		return &e
	}
	_, e.Params, _ = old.Places()
	e.Params = slices.Clone(e.Params)
	e.Body = placeholderName.ReplaceAllStringFunc(h.Body, func(s string) string {
		n := lockNumber(placeholderName.FindStringSubmatch(s)[1])
		for len(e.Params) < n {
			e.Params = append(e.Params, strconv.Itoa(len(e.Params)+1))
		}
		return "{{" + e.Params[n-1] + "}}"
	})
	for _, name := range placeholders(e.above()) {
		if !slices.Contains(e.Params, name) {
			e.Params = append(e.Params, name)
		}
	}
	if same := slices.Clone(old.Params); slices.Equal(slices.Sorted(slices.Values(same)), slices.Sorted(slices.Values(e.Params))) {
		e.Params = same // in the order that somebody wrote
	}
	return &e
}

// unwritable are characters that no file of a workspace may have: a text with one
// is left as it was.
func unwritable(r rune) bool {
	return r == questionMark || r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t'
}

// maxLockParams bounds how many parameters a number may stand for.
const maxLockParams = 200

// lockNumber is the number of a parameter, from 1; 0 for a name.
func lockNumber(place string) int {
	if n, err := strconv.Atoi(place); err == nil && n > 0 && n <= maxLockParams {
		return n
	}
	return 0
}

// same compares what the entries say; blanks inside placeholders say nothing.
func (e *lockEntry) same(old *lockEntry) bool {
	body := func(s string) string { return placeholderName.ReplaceAllString(s, "{{$1}}") }
	return e.Category == old.Category && e.Status == old.Status && e.changeTo == old.changeTo && e.changeAt == old.changeAt &&
		e.Header == old.Header && slices.Equal(e.Links, old.Links) && slices.Equal(e.Params, old.Params) && e.Named == old.Named && slices.Equal(e.Buttons, old.Buttons) && body(e.Body) == body(old.Body)
}

var plainLockWord = regexp.MustCompile(`^\p{L}(?:[\p{L}\p{N}_ ]*[\p{L}\p{N}_])?$`)

func lockWord(s string) string {
	if plainLockWord.MatchString(s) && !misreadWords.MatchString(s) && s != "true" && s != "false" && s != "null" {
		return s
	}
	return inQuotes(s)
}

func lockWords(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = lockWord(s)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// written is an entry as text: brackets where it had some, else a block, indented
// for a column.
func (e *lockEntry) written(column int) string {
	pairs := []string{"name: " + lockWord(e.Name), "channel: " + lockWord(e.Channel)}
	put := func(key, value string) {
		if value != "" {
			pairs = append(pairs, key+": "+lockWord(value))
		}
	}
	put("language", e.Language)
	put("category", e.Category)
	if e.changeTo != "" {
		change := "{to: " + e.changeTo
		if e.changeAt != "" {
			change += ", at: " + inQuotes(e.changeAt)
		}
		pairs = append(pairs, "category_change: "+change+"}")
	}
	put("status", e.Status)
	pairs = append(pairs, "params: "+lockWords(e.Params))
	if e.Named {
		pairs = append(pairs, "named: true")
	}
	if len(e.Buttons) > 0 {
		pairs = append(pairs, "buttons: "+lockWords(e.Buttons))
	}
	if e.Header != "" {
		pairs = append(pairs, "header: "+inQuotes(e.Header))
	}
	if len(e.Links) > 0 {
		links := make([]string, len(e.Links))
		for i, l := range e.Links {
			links[i] = fmt.Sprintf("{at: %d}", l.At)
			if l.URL != "" {
				links[i] = fmt.Sprintf("{at: %d, url: %s}", l.At, inQuotes(l.URL))
			}
		}
		pairs = append(pairs, "links: ["+strings.Join(links, ", ")+"]")
	}
	if e.Body != "" {
		pairs = append(pairs, "body: "+inQuotes(e.Body))
	}
	put("file", e.file)
	if e.flow {
		return "{" + strings.Join(pairs, ", ") + "}"
	}
	return strings.Join(pairs, "\n"+strings.Repeat(" ", max(column-2, 0)))
}

func (u *lockUpdate) replace(n *node, text string) {
	u.parts = append(u.parts, lockPart{startOf(n), u.ends[n], text})
}

// write puts the replacements into the text, and new entries behind the last one,
// then reads it again: what it says must be what was meant.
func (u *lockUpdate) write(root, list *node) ([]byte, error) {
	tail := ""
	for _, e := range u.added {
		tail += "\n  - " + e.written(6)
	}
	switch {
	case tail == "":
	case list == nil:
		u.parts = append(u.parts, lockPart{u.ends[root], u.ends[root], "\ntemplates:" + tail})
	case len(list.items) == 0:
		u.parts = append(u.parts, lockPart{startOf(list), u.ends[list], tail})
	case list.flow:
		return nil, fmt.Errorf("the list `templates` of %s is written with brackets: write its entries on lines of their own, each behind `- `", u.text.path)
	default:
		last := list.items[len(list.items)-1]
		indent := strings.Repeat(" ", max(list.column-1, 0))
		tail = strings.ReplaceAll(tail, "\n  ", "\n"+indent)
		at := u.ends[last]
		at.column = len(u.text.lines[min(at.line, len(u.text.lines)-1)]) // behind a comment on its line
		u.parts = append(u.parts, lockPart{at, at, tail})
	}
	slices.SortStableFunc(u.parts, func(a, b lockPart) int {
		switch {
		case a.from.before(b.from):
			return -1
		case b.from.before(a.from):
			return 1
		}
		return 0
	})
	var out strings.Builder
	at := place{}
	for _, part := range u.parts {
		out.WriteString(u.between(at, part.from))
		out.WriteString(part.text)
		at = part.to
	}
	out.WriteString(u.between(at, place{line: len(u.text.lines)}))
	text := strings.TrimRight(out.String(), "\n") + "\n"
	if !utf8.ValidString(text) {
		return nil, unchanged(File{Path: u.text.path})
	}
	if again, problems := readMended(File{u.text.path, []byte(text)}); again == nil || len(problems) > 0 || !u.meant(root, list, again) {
		return nil, unchanged(File{Path: u.text.path})
	}
	return []byte(text), nil
}

// meant makes sure that the new text has every entry of the old one, and the new ones.
func (u *lockUpdate) meant(root, list, again *node) bool {
	now := again.get("templates")
	had := 0
	if list != nil {
		had = len(list.items)
	}
	if now == nil || now.kind != listNode || len(now.items) != had+len(u.added) || len(again.keys) < len(root.keys) {
		return false
	}
	for i := range had {
		a, b := readLockEntry(list.items[i]), readLockEntry(now.items[i])
		if a.Name != b.Name || a.Channel != b.Channel || a.Language != b.Language {
			return false
		}
	}
	for i, e := range u.added {
		if b := readLockEntry(now.items[had+i]); b.key() != e.key() || !b.same(e) {
			return false
		}
	}
	return true
}

// between is the text from one place up to another.
func (u *lockUpdate) between(from, to place) string {
	var out strings.Builder
	for line := from.line; line <= to.line && line < len(u.text.lines); line++ {
		text := u.text.lines[line]
		start, end := 0, len(text)
		if line == from.line {
			start = min(from.column, len(text))
		}
		if line == to.line {
			end = min(to.column, len(text))
		}
		out.WriteString(string(text[min(start, end):end]))
		if line < to.line && line < len(u.text.lines)-1 {
			out.WriteByte('\n')
		}
	}
	return out.String()
}
