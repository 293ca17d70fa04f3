package dsl

// Card is what people are shown of a journey and no plan counts: it decides nothing,
// so a version that differs in its card alone is the same version.
type Card struct {
	Name, Description, Owner string
	Tags                     []string
	Steps                    map[string]string // their names, by id
}

// Card is the journey's card, as far as its text could be read.
func (j *Journey) Card() Card {
	c := Card{Name: j.Name.String(), Description: j.Description.String(), Owner: j.Owner.String(), Tags: words(j.Tags), Steps: map[string]string{}}
	j.all(func(s *Step) {
		if s.ID != nil {
			c.Steps[s.ID.Value] = s.Name.String()
		}
	})
	return c
}

// CardOf is the card of a journey's text, mistakes in it or not.
func CardOf(text string) Card {
	j, _ := Parse(File{Path: "x" + journeySuffix, Content: []byte(text)})
	return j.Card()
}
