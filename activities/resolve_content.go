package activities

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
	"jornada/dsl/sms"
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
		again.Closed = &dsl.Message{Template: m.Template, Params: m.Params, Media: m.Media}
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

// message is what is sent, to the letter: where the provider's driver leaves accents out
// of an SMS it is written without them, and counted and paid so.
func (r resolver) message(m dsl.Message, ask *dsl.Ask) (engine.Content, error) {
	c, err := r.written(m, ask)
	if err == nil && r.limits.SmartEncoding {
		c.Text = sms.Cheaper(c.Text)
	}
	return c, err
}

func (r resolver) written(m dsl.Message, ask *dsl.Ask) (engine.Content, error) {
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
	if c.Media, err = r.media(m.Media); err != nil {
		return engine.Content{}, err
	}
	if err := r.place(&c, m.Location); err != nil {
		return engine.Content{}, err
	}
	if err := r.reaction(&c, m.Reaction); err != nil {
		return engine.Content{}, err
	}
	if err := r.link(&c, m.Link); err != nil {
		return engine.Content{}, err
	}
	if err := r.form(&c, m.Form); err != nil {
		return engine.Content{}, err
	}
	if ask == nil {
		return c, nil
	}
	return r.question(c, ask)
}

func (r resolver) media(m *dsl.Media) (*engine.MediaLink, error) {
	if m == nil {
		return nil, nil
	}
	address, err := r.text(m.URL)
	if err != nil {
		return nil, fmt.Errorf("writing the media address: %w", err)
	}
	return &engine.MediaLink{Kind: m.Kind, URL: strings.TrimSpace(address)}, nil
}

// place puts a place on the map into a message; in words and with the address of a
// map where the provider shows none.
func (r resolver) place(c *engine.Content, l *dsl.Location) error {
	if l == nil {
		return nil
	}
	p := &engine.Place{}
	for _, part := range []struct {
		text *dsl.Text
		into *float64
		most float64
	}{{l.Latitude, &p.Latitude, 90}, {l.Longitude, &p.Longitude, 180}} {
		written, err := r.text(part.text)
		if err != nil {
			return fmt.Errorf("writing the place: %w", err)
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(written), 64)
		if err != nil || math.IsNaN(n) || math.Abs(n) > part.most {
			return fmt.Errorf("writing the place: `%s` gives no degrees from -%v to %v", part.text.Source, part.most, part.most)
		}
		*part.into = n
	}
	var err error
	if p.Name, err = r.text(l.Name); err != nil {
		return fmt.Errorf("writing the place's name: %w", err)
	}
	if p.Address, err = r.text(l.Address); err != nil {
		return fmt.Errorf("writing the place's address: %w", err)
	}
	if r.limits.Locations {
		c.Location = p
		return nil
	}
	for _, line := range []string{p.Name, p.Address, p.MapURL()} {
		c.Text = strings.TrimSpace(c.Text + "\n" + line)
	}
	return nil
}

// reaction makes a message an emoji on the contact's last one, which is looked for when
// the message is sent.
func (r resolver) reaction(c *engine.Content, t *dsl.Text) error {
	if t == nil {
		return nil
	}
	if !r.limits.Reactions {
		return fmt.Errorf("reacting: the provider of this %s integration sends no reactions", r.channel)
	}
	emoji, err := r.text(t)
	if err != nil {
		return fmt.Errorf("writing the reaction: %w", err)
	}
	c.Reaction = &engine.Reaction{Emoji: strings.TrimSpace(emoji)}
	return nil
}

// link puts a button that opens a page into a message; a line of its text where the
// provider shows no such button.
func (r resolver) link(c *engine.Content, l *dsl.Link) error {
	if l == nil {
		return nil
	}
	title, err := r.text(l.Title)
	if err != nil {
		return fmt.Errorf("writing the link's title: %w", err)
	}
	address, err := r.text(l.URL)
	if err != nil {
		return fmt.Errorf("writing the link's address: %w", err)
	}
	if r.limits.Links && len([]rune(title)) <= r.channel.Medium().LinkTitle {
		c.Link = &engine.Link{Title: title, URL: address}
		return nil
	}
	c.Text = strings.TrimRight(c.Text, " \n") + "\n" + title + ": " + address
	return nil
}

// form puts a form behind a button. Its token is a payload, so that its answers find
// the question that asked.
func (r resolver) form(c *engine.Content, f *dsl.Form) error {
	if f == nil {
		return nil
	}
	if !r.limits.Forms {
		return fmt.Errorf("opening the form: the provider of this %s integration opens no forms", r.channel)
	}
	form := &engine.Form{Token: engine.Payload(r.enrollment, r.step, r.visit, "form")}
	for _, part := range []struct {
		text *dsl.Text
		into *string
	}{{f.ID, &form.ID}, {f.Title, &form.Title}, {f.Screen, &form.Screen}} {
		var err error
		if *part.into, err = r.text(part.text); err != nil {
			return fmt.Errorf("writing the form: %w", err)
		}
	}
	c.Form = form
	return nil
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
		choices = unsectioned(choices)
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

// tappable says whether the choices fit the provider's buttons or its list; those
// with sections are a list, however few they are.
func (r resolver) tappable(c engine.Content, choices []engine.Choice) bool {
	var title int
	switch n := len(choices); {
	case n <= r.limits.Buttons && (choices[0].Section == "" || r.limits.ListRows == 0):
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

// choices are the options as this contact reads them. Where a value leaves a
// section's title empty there are no sections: a list has titles on all or none.
func (r resolver) choices(ask *dsl.Ask) ([]engine.Choice, error) {
	var choices []engine.Choice
	section, sections := "", true
	for _, o := range ask.Options {
		title, err := r.text(o.Title)
		if err != nil {
			return nil, fmt.Errorf("writing option %q: %w", o.ID, err)
		}
		if o.Section != nil {
			if section, err = r.text(o.Section); err != nil {
				return nil, fmt.Errorf("writing the section of option %q: %w", o.ID, err)
			}
			section = strings.TrimSpace(section)
		}
		sections = sections && section != ""
		choices = append(choices, engine.Choice{
			ID: o.ID, Title: title, Section: section, Payload: engine.Payload(r.enrollment, r.step, r.visit, o.ID),
		})
	}
	if !sections {
		choices = unsectioned(choices)
	}
	return choices, nil
}

// unsectioned are choices where sections are not shown: buttons, and the numbered
// list of a letter, which a line in between would break.
func unsectioned(choices []engine.Choice) []engine.Choice {
	for i := range choices {
		choices[i].Section = ""
	}
	return choices
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
	c.Places = placesOf(&t)
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
	var err error
	if c.Media, err = r.media(m.Media); err != nil {
		return c, err
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

// placesOf says where a template's parameters stand; nil when all are in its body.
func placesOf(t *dsl.Template) *engine.TemplatePlaces {
	if t.Header == "" && len(t.Links) == 0 {
		return nil
	}
	header, body, links := t.Places()
	p := &engine.TemplatePlaces{Header: header, Body: body}
	for _, at := range slices.Sorted(maps.Keys(links)) {
		p.Links = append(p.Links, engine.TemplateLink{Index: at - 1, Param: links[at]})
	}
	return p
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
		ch.Title, ch.Section = button, ""
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
