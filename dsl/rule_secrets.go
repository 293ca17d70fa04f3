package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// secretHeaders usually carry a secret.
var secretHeaders = []string{"authorization", "proxy-authorization", "x-api-key", "api-key", "apikey", "x-auth-token", "x-api-token", "x-access-token"}

// ruleSecrets: a secret goes into the headers or the body of a call and nowhere
// else (J0460). Outside `call` there are none: the expressions say so. An address
// is written into logs, and what is written into this file is no secret.
func ruleSecrets(c *checker) {
	c.journey.all(func(s *Step) {
		call, ok := s.Body.(*CallStep)
		if !ok {
			return
		}
		c.step = s.ID.String()
		c.secretInQuery(call.URL, true)
		for _, pair := range call.Query {
			c.secretInQuery(pair.Value, false)
		}
		for _, pair := range call.Headers {
			if slices.Contains(secretHeaders, strings.ToLower(pair.Key.Value)) && pair.Value.Value != "" && !strings.Contains(pair.Value.Value, "{{") {
				c.warn("J0460", pair.Value.Span(), diag.T("the value of `%s` looks like a secret, and everybody who reads this file knows it", "o valor de `%s` parece um segredo, e todos que leem este arquivo o conhecem", pair.Key.Value)).
					Hint = diag.T("keep it on the server and write \"{{ secrets.name }}\"", "guarde-o no servidor e escreva \"{{ secrets.nome }}\"")
			}
		}
	})
}

// secretInQuery looks at a parameter of the query, or at those of a whole
// address: its beginning may be a setting of the server (`{{ secrets.clinic }}/x`).
func (c *checker) secretInQuery(s *Scalar, whole bool) {
	t := c.reads[s].template
	if t == nil {
		return
	}
	for _, ref := range t.Refs() {
		if ref.Path[0] != "secrets" || whole && !strings.Contains(withoutValues(string([]rune(s.Value)[:ref.From])), "?") {
			continue
		}
		c.warn("J0460", s.Locate(ref.From, ref.To), diag.T("the secret `%s` in a URL (it is stored in logs)", "o segredo `%s` em uma URL (ela fica em logs)", strings.Join(ref.Path, "."))).
			Hint = diag.T("send it in `headers`", "envie em `headers`")
	}
}
