package httpsms

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
)

// values are what placeholders stand for, by name.
type values map[string]string

// piece is a part of a template: text as it is, or a placeholder.
type piece struct{ text, name string }

// template is a setting with placeholders.
type template []piece

// placeholder is what looks like one. {x} means nothing in JSON, forms and XML,
// so anything else that looks like one is a mistake.
var placeholder = regexp.MustCompile(`\{([a-z][a-z_]*(?:\.[a-z0-9_]+)?)\}`)

// secretPrefix begins placeholders that stand for a secret.
const secretPrefix = "secret."

// parse reads a setting with placeholders; only some may be allowed there. A
// secret that it names must be there.
func parse(settings channel.Settings, setting string, allowed ...string) (template, error) {
	source, field := settings.Value(setting, ""), "settings."+setting
	var t template
	rest := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(source, -1) {
		name := source[at[2]:at[3]]
		secret, isSecret := strings.CutPrefix(name, secretPrefix)
		switch {
		case isSecret && settings.Secret(secret) == "":
			return nil, settings.Refuse("secrets."+secret, "is missing; "+field+" calls it {"+name+"}")
		case !isSecret && !slices.Contains(allowed, name):
			return nil, settings.Refuse(field, "has {"+name+"}, which stands for nothing there; use {"+strings.Join(allowed, "}, {")+"} or {secret.<name>}")
		}
		t = append(t, piece{text: source[rest:at[0]]}, piece{name: name})
		rest = at[1]
	}
	return append(t, piece{text: source[rest:]}), nil
}

// uses says whether a template has a placeholder.
func (t template) uses(name string) bool {
	return slices.ContainsFunc(t, func(p piece) bool { return p.name == name })
}

// fill writes a template out, every value escaped for where it stands.
func (t template) fill(v values, escape func(before, value string) string) string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.text)
		if p.name != "" {
			b.WriteString(escape(b.String(), v[p.name]))
		}
	}
	return b.String()
}

// plain is for headers, whose values are checked when they are made.
func plain(_, value string) string { return value }

// inAddress escapes for a path before the question mark and for a query after it.
func inAddress(before, value string) string {
	if strings.Contains(before, "?") {
		return url.QueryEscape(value)
	}
	return url.PathEscape(value)
}

// format is a kind of body.
type format struct {
	contentType string
	escape      func(before, value string) string
	leaves      func(body string) ([]string, error) // every value in a body
}

var formats = map[string]format{
	"json": {"application/json", inJSON, jsonLeaves},
	"form": {"application/x-www-form-urlencoded", func(_, value string) string { return url.QueryEscape(value) }, formLeaves},
	"xml":  {"application/xml; charset=utf-8", inXML, xmlLeaves},
}

// inJSON escapes for the inside of a JSON string; the quotes are the template's.
func inJSON(_, value string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "" // a string can always be written
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// inXML escapes for text and for attributes.
func inXML(_, value string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(value)); err != nil {
		return "" // a buffer takes everything
	}
	return b.String()
}

func jsonLeaves(body string) ([]string, error) {
	if !webhook.Readable([]byte(body)) {
		return nil, errors.New("is not JSON when it is filled in; the placeholders of texts stand inside double quotes")
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	var leaves []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			leaves = append(leaves, v)
		case map[string]any:
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(v)
	return leaves, nil
}

func formLeaves(body string) ([]string, error) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return nil, errors.New("is no form: write it as name={to}&other={text}")
	}
	var leaves []string
	for _, all := range form {
		leaves = append(leaves, all...)
	}
	return leaves, nil
}

func xmlLeaves(body string) ([]string, error) {
	var leaves []string
	decoder, elements := xml.NewDecoder(strings.NewReader(body)), 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && elements > 0 {
			return leaves, nil
		}
		if err != nil {
			return nil, errors.New("is not XML when it is filled in: " + err.Error())
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements++
			for _, a := range token.Attr {
				leaves = append(leaves, a.Value)
			}
		case xml.CharData:
			leaves = append(leaves, string(token))
		}
	}
}

// hostile is a text that would break out of a place where it is not escaped, or
// is escaped for another one.
const hostile = `Olá "D'Ávila" \ <b>&amp; ]]> {}%41+=;#` + "\n" + `✅`

// harmless is a text that breaks out of nothing.
const harmless = "x0x"

// tried fills a body in with the hostile text and says what is wrong with it, ""
// when every text arrives as it was.
func (f format) tried(body template, to string) string {
	mild, v := values{"to": to}, values{"to": to}
	for _, p := range body {
		if p.name != "" && p.name != "to" {
			mild[p.name], v[p.name] = harmless, p.name+hostile
		}
	}
	leaves, err := f.leaves(body.fill(v, f.escape))
	if err != nil {
		return err.Error()
	}
	for _, p := range body {
		arrived := func(leaf string) bool { return strings.Contains(leaf, v[p.name]) }
		if p.name != "" && p.name != "to" && !slices.ContainsFunc(leaves, arrived) {
			return "has {" + p.name + "} where its value would not arrive as it is (a comment, a name, CDATA); put it where a text stands"
		}
	}
	if leaves, err = f.leaves(body.fill(mild, f.escape)); err == nil && slices.ContainsFunc(leaves, nested) {
		return "has JSON or XML inside a text, where a value would be escaped once and not twice; this gateway needs a driver of its own"
	}
	return ""
}

// nested says whether a text with a value in it is a document of its own.
func nested(leaf string) bool {
	leaf = strings.TrimSpace(leaf)
	if !strings.Contains(leaf, harmless) {
		return false
	}
	switch leaf[0] {
	case '{', '[':
		return webhook.Readable([]byte(leaf))
	case '<':
		_, err := xmlLeaves(leaf)
		return err == nil
	}
	return false
}
