package dsl

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// addresses are the values of a message that are no text of their own: where its
// media and its link lead, the place that it shows.
func (m *MessageDecl) addresses() []*Scalar {
	var all []*Scalar
	if m.Media != nil {
		all = append(all, m.Media.URL)
	}
	if l := m.Location; l != nil {
		all = append(all, l.Latitude, l.Longitude, l.Name, l.Address)
	}
	if m.Link != nil {
		all = append(all, m.Link.Title, m.Link.URL)
	}
	if f := m.Form; f != nil {
		all = append(all, f.ID, f.Title, f.Screen)
	}
	return all
}

// attachments checks what a message carries beside its text, as far as it is known
// before values are put in.
func (c *checker) attachments(spec medium.Medium, m *MessageDecl, ask *AskStep) {
	options := ask != nil && len(ask.Options) > 0
	title := channelTitle(spec.Name)
	if media := m.Media; media != nil {
		words := m.Text != nil || m.Footer != nil || options
		if slices.Contains(spec.Bare, media.Kind.Value) && words {
			c.report("J0102", media.Kind.Span(), diag.T("on %s `%s` carries no text, options or link", "no %s, `%s` não leva texto, opções nem link", title, media.Kind.Value)).
				Hint = diag.T("send it in a step of its own", "envie em um passo só dele")
		}
		if !spec.Uploads || !strings.HasPrefix(media.URL.Value, uploadPrefix) {
			c.address(media.URL)
		}
	}
	if link := m.Link; link != nil {
		c.address(link.URL)
		c.length(link.Title, spec.LinkTitle, spec.Name, diag.Text{En: "link title", Pt: "o título do link"})
		if options {
			c.report("J0102", link.Title.Span(), diag.T("on %s a message has `options` or a `link`, not both", "no %s, uma mensagem tem `options` ou um `link`, não os dois", title)).
				Hint = diag.T("write the address into the text", "escreva o endereço no texto")
		}
	}
	if form := m.Form; form != nil {
		c.length(form.Title, spec.FormTitle, spec.Name, diag.Text{En: "form title", Pt: "o título do formulário"})
		switch {
		case m.Link != nil:
			c.report("J0102", form.ID.Span(), diag.T("on %s a message has a `form` or a `link`, not both", "no %s, uma mensagem tem um `form` ou um `link`, não os dois", title)).
				Hint = diag.T("write the address into the text", "escreva o endereço no texto")
		case ask == nil || ask.Accept == nil || ask.Accept.Value != acceptForm:
			c.report("J0102", form.ID.Span(), diag.T("nobody hears the answers of this form", "ninguém ouve as respostas deste formulário")).
				Hint = diag.T("send it in an `ask` with `accept: form`", "envie em um `ask` com `accept: form`")
		}
	}
	if place := m.Location; place != nil {
		c.degrees(place.Latitude, "latitude", 90)
		c.degrees(place.Longitude, "longitude", 180)
		if ask != nil {
			c.report("J0102", place.Latitude.Span(), diag.T("a place on the map asks nothing", "um lugar no mapa não pergunta nada")).
				Hint = diag.T("send it in a step of its own, before the question", "envie em um passo só dele, antes da pergunta")
		}
	}
}

// uploadPrefix begins the name of media that was uploaded to the platform: id:1234567890.
const uploadPrefix = "id:"

var webAddress = regexp.MustCompile(`^(https?://[^\s/]|\{\{)`)

// address checks that what is written out is an address on the web. One that begins
// with a value is known only when it is sent.
func (c *checker) address(s *Scalar) {
	if s == nil || webAddress.MatchString(s.Value) {
		return
	}
	c.report("J0105", s.Span(), diag.T("`%s` is no address on the web", "`%s` não é um endereço na web", s.Value)).
		Hint = diag.T("write the whole address, beginning with https://", "escreva o endereço inteiro, começando com https://")
}

// degrees checks a part of a place that is written out.
func (c *checker) degrees(s *Scalar, name string, most float64) {
	if s == nil || strings.Contains(s.Value, "{{") {
		return
	}
	if n, err := strconv.ParseFloat(strings.TrimSpace(s.Value), 64); err != nil || math.IsNaN(n) || math.Abs(n) > most {
		c.report("J0105", s.Span(), diag.T("`%s` is no %s: it is a number from -%v to %v", "`%s` não é uma %s: é um número de -%v a %v", s.Value, name, most, most)).
			Hint = diag.T("write degrees, such as -23.5613", "escreva em graus, como -23.5613")
	}
}
