package activities

import (
	"fmt"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
	"jornada/engine"
)

// resolver renders what one route says, for one contact, now.
type resolver struct {
	plan       *dsl.Plan
	scope      *expression.Scope
	limits     channel.Capabilities
	channel    engine.Channel
	language   string // of the contact; "" = the journey's
	enrollment engine.EnrollmentID
	step       string
	visit      int
}

// resolved is a route's message and, when there is one, the template that
// replaces it outside the service window.
type resolved struct {
	main   engine.Content
	closed *engine.Content
}

// resolve renders the message of a send, or of an ask with its choices.
func (r resolver) resolve(m dsl.Message, ask *dsl.Ask) (resolved, error) {
	main, err := r.message(m, ask)
	if err != nil {
		return resolved{}, err
	}
	out := resolved{main: main}
	if m.Closed != nil {
		closed, err := r.message(*m.Closed, ask)
		if err != nil {
			return resolved{}, fmt.Errorf("the template for a closed window: %w", err)
		}
		out.closed = &closed
	}
	return out, nil
}

// reprompt is the message of an ask's second try: its own words in place of the
// question, with the same choices. A template cannot change its words, so it
// remains what is said when the window is closed.
func (r resolver) reprompt(m dsl.Message, ask *dsl.Ask) (resolved, error) {
	if ask.Reprompt == nil {
		return r.resolve(m, ask)
	}
	again := dsl.Message{Text: ask.Reprompt, Closed: m.Closed}
	if m.Template != "" {
		again.Closed = &dsl.Message{Template: m.Template, Params: m.Params}
	}
	if r.letter() {
		again = dsl.Message{Subject: m.Subject, Markdown: ask.Reprompt}
		if m.Template != "" {
			subject := r.plan.Templates[string(r.channel)+"/"+m.Template].Subject
			again.Subject = &dsl.Text{Source: subject}
		}
	}
	return r.resolve(again, ask)
}

func (r resolver) message(m dsl.Message, ask *dsl.Ask) (engine.Content, error) {
	c := engine.Content{Category: r.plan.Category}
	if m.Template != "" {
		return r.template(m, ask, c)
	}
	var err error
	for _, part := range []struct {
		text   *dsl.Text
		into   *string
		name   string
		render func(*dsl.Text) (string, error)
	}{{m.Text, &c.Text, "text", r.text}, {m.Footer, &c.Footer, "footer", r.text}, {m.Subject, &c.Subject, "subject", r.text}, {m.Markdown, &c.Markdown, "markdown", r.markdown}} {
		if part.text == nil {
			continue
		}
		if *part.into, err = part.render(part.text); err != nil {
			return engine.Content{}, fmt.Errorf("writing the %s: %w", part.name, err)
		}
	}
	if m.Media != nil {
		url, err := r.text(m.Media.URL)
		if err != nil {
			return engine.Content{}, fmt.Errorf("writing the media address: %w", err)
		}
		c.Media = &engine.MediaLink{Kind: m.Media.Kind, URL: url}
	}
	if ask == nil {
		return c, nil
	}
	return r.question(c, ask)
}

// question adds the answers: buttons or a list where the provider has them and
// they fit, numbered lines where not. A scale is typed as a number; its ends are
// explained when the author named them.
func (r resolver) question(c engine.Content, ask *dsl.Ask) (engine.Content, error) {
	if s := ask.Scale; s != nil && s.Low != nil && s.High != nil {
		low, err := r.text(s.Low)
		if err != nil {
			return c, fmt.Errorf("writing the scale: %w", err)
		}
		high, err := r.text(s.High)
		if err != nil {
			return c, fmt.Errorf("writing the scale: %w", err)
		}
		r.append(&c, fmt.Sprintf("%d = %s, %d = %s", s.Min, low, s.Max, high))
	}
	choices, err := r.choices(ask)
	if err != nil || len(choices) == 0 {
		return c, err
	}
	if r.tappable(c, choices) {
		c.Choices = choices
		return c, nil
	}
	if r.letter() {
		lines := strings.TrimLeft(channel.Numbered("", choices), "\n")
		if channel.Numbered(c.Markdown, choices) != c.Markdown { // the author has not listed them
			c.Markdown = strings.TrimRight(c.Markdown, " \n") + "\n\n" + lines
		}
		return c, nil
	}
	c.Text = channel.Numbered(c.Text, choices)
	return c, nil
}

func (r resolver) append(c *engine.Content, line string) {
	if r.letter() {
		c.Markdown = strings.TrimRight(c.Markdown, " \n") + "\n\n" + line
		return
	}
	c.Text = strings.TrimRight(c.Text, " \n") + "\n" + line
}

// tappable says whether the choices fit the provider's buttons or its list.
func (r resolver) tappable(c engine.Content, choices []engine.Choice) bool {
	var title int
	switch n := len(choices); {
	case n <= r.limits.Buttons:
		title = r.limits.ButtonTitle
	case n <= r.limits.ListRows:
		title = r.limits.ListTitle
	default:
		return false
	}
	for _, ch := range choices {
		if ch.Payload == "" || (title > 0 && len([]rune(ch.Title)) > title) {
			return false
		}
	}
	return r.limits.InteractiveMax == 0 || len([]rune(c.Text)) <= r.limits.InteractiveMax
}

func (r resolver) choices(ask *dsl.Ask) ([]engine.Choice, error) {
	var choices []engine.Choice
	for _, o := range ask.Options {
		title, err := r.text(o.Title)
		if err != nil {
			return nil, fmt.Errorf("writing option %q: %w", o.ID, err)
		}
		choices = append(choices, engine.Choice{
			ID: o.ID, Title: title, Payload: engine.Payload(r.enrollment, r.step, r.visit, o.ID),
		})
	}
	return choices, nil
}

// spaces are what WhatsApp refuses inside a template parameter (error 132012:
// line breaks, tabs, more than four spaces in a row).
var spaces = regexp.MustCompile(`[\r\n\t]+| {2,}`)

func (r resolver) template(m dsl.Message, ask *dsl.Ask, c engine.Content) (engine.Content, error) {
	t, ok := r.plan.Templates[string(r.channel)+"/"+m.Template]
	if !ok {
		return c, fmt.Errorf("the version does not know the %s template %q", r.channel, m.Template)
	}
	c.Template, c.Language, c.Named, c.Order = t.Name, t.Language, t.Named, t.Params
	c.Params = make(map[string]string, len(t.Params))
	if t.Category != "" {
		c.Category = strings.ToLower(t.Category)
	}
	for _, name := range t.Params {
		p := m.Params[name]
		if p == nil {
			return c, fmt.Errorf("the template %q needs the parameter %q", t.Name, name)
		}
		v, err := r.text(p)
		if err != nil {
			return c, fmt.Errorf("writing the parameter %q of template %q: %w", name, t.Name, err)
		}
		if r.channel.Medium().Approved {
			v = strings.TrimSpace(spaces.ReplaceAllString(v, " "))
		}
		c.Params[name] = v
	}
	c.Text = fill(t.Body, c.Params)
	plain := make(map[string]string, len(c.Params))
	for name, v := range c.Params {
		plain[name] = escapeMarkdown(v)
	}
	c.Subject, c.Markdown = fill(t.Subject, c.Params), fill(t.Markdown, plain)
	if ask == nil {
		return c, nil
	}
	return r.templateChoices(c, t, ask)
}

// templateChoices gives the template's quick replies their payloads: a button
// answers the option of the same title, else the option of the same place.
func (r resolver) templateChoices(c engine.Content, t dsl.Template, ask *dsl.Ask) (engine.Content, error) {
	if r.letter() {
		return r.question(c, ask)
	}
	choices, err := r.choices(ask)
	if err != nil {
		return c, err
	}
	for i, button := range t.Buttons {
		option := -1
		for j, ch := range choices {
			if strings.EqualFold(ch.Title, button) || (ask.Options[j].Title != nil && strings.EqualFold(ask.Options[j].Title.Source, button)) {
				option = j
				break
			}
		}
		if option < 0 {
			option = i
		}
		if option >= len(choices) {
			break
		}
		ch := choices[option]
		ch.Title = button
		c.Choices = append(c.Choices, ch)
	}
	return c, nil
}

var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// fill writes parameters into an approved text, once: a parameter that looks
// like a placeholder stays as it is.
func fill(body string, params map[string]string) string {
	return placeholder.ReplaceAllStringFunc(body, func(p string) string {
		if v, ok := params[placeholder.FindStringSubmatch(p)[1]]; ok {
			return v
		}
		return p
	})
}

// text renders one text in the contact's language.
func (r resolver) text(t *dsl.Text) (string, error) {
	if t == nil {
		return "", nil
	}
	return renderText(t, r.translated(t), r.scope)
}

// translated is the text's source in the contact's language: "pt-BR" first,
// then "pt"; the journey's own words when there is no translation.
func (r resolver) translated(t *dsl.Text) string {
	if t.Path == "" || r.language == "" || len(r.plan.Translations) == 0 || strings.EqualFold(r.language, r.plan.Locale) {
		return t.Source
	}
	base, _, _ := strings.Cut(r.language, "-")
	for _, want := range []string{r.language, base} {
		for language, texts := range r.plan.Translations {
			if strings.EqualFold(strings.ReplaceAll(language, "_", "-"), want) {
				if s, ok := texts[t.Path]; ok {
					return s
				}
			}
		}
	}
	return t.Source
}

// letter reports whether the channel carries a subject and markdown, not a text.
func (r resolver) letter() bool { return r.channel.Medium().Writing == medium.Letter }
