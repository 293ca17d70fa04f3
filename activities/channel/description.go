package channel

import (
	"cmp"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/engine"
)

// Kind is one provider that the binary knows: how its drivers are made, and what
// a person must be told who connects one.
type Kind struct {
	New Constructor
	Description
}

// Description is a provider as data. It is what the form of the editor, the answer
// of the API and the table of the documentation are made of, and a test holds it
// against the settings that the driver really reads.
type Description struct {
	Title    string // as people know the company
	Page     string // in docs/channels, without .md; "" = docs/operations.md
	Channels []engine.Channel
	Fields   []Field
	Webhook  *Hook // nil: nothing is entered anywhere
}

// Field is one setting or one secret.
type Field struct {
	// Key is its name. One that ends in <…> stands for any number of them, which
	// whoever connects the channel names: "template.<name>".
	Key      string
	Secret   bool
	Required bool
	Unless   string           // of a required one: not when this other setting is there
	Advised  bool             // not required, but most people want it
	Made     bool             // nobody gives it: whoever connects the channel makes it up
	On       []engine.Channel // where it counts; nil = on all of the provider's
	Label    diag.Text
	Help     diag.Text // one sentence: what it is, where to find it
	Example  string    // of the right form, and nobody's
	Default  string
	Choices  []string // the values it takes; nil = any
}

// Hook is what a person does at the provider so that replies and statuses come.
type Hook struct {
	Enter diag.Text // where the address goes, and what to choose beside it
	Proof diag.Text // how a call is known to be the provider's
}

// Name is the field as errors call it: "settings.from", "secrets.token".
func (f Field) Name() string {
	if f.Secret {
		return "secrets." + f.Key
	}
	return "settings." + f.Key
}

// Family is what the names of many settings begin with; many is false for a field
// that is only one.
func (f Field) Family() (prefix string, many bool) {
	prefix, _, many = strings.Cut(f.Key, "<")
	return prefix, many
}

// Covers reports whether an error's field ("settings.template.x") is this one.
func (f Field) Covers(name string) bool {
	if prefix, many := f.Family(); many {
		rest, ok := strings.CutPrefix(name, strings.TrimSuffix(f.Name(), f.Key)+prefix)
		return ok && rest != ""
	}
	return f.Name() == name
}

// Counts reports whether the field is of any use on a channel.
func (f Field) Counts(on engine.Channel) bool { return f.On == nil || slices.Contains(f.On, on) }

// Field finds what an error or a setting names ("settings.from"), among the pace's
// too.
func (d Description) Field(name string) (Field, bool) {
	all := d.All()
	at := slices.IndexFunc(all, func(f Field) bool { return f.Name() == name })
	if at < 0 {
		at = slices.IndexFunc(all, func(f Field) bool { return f.Covers(name) })
	}
	if at < 0 {
		return Field{}, false
	}
	return all[at], true
}

// All are the provider's fields and those of every integration.
func (d Description) All() []Field { return slices.Concat(d.Fields, PaceFields()) }

// Explain is a constructor's refusal of one of these fields in Portuguese, which
// drivers do not speak: what the field is, where it is found and what it looks like.
// "" when the field is none of these.
func (d Description) Explain(name string, given bool) string {
	f, known := d.Field(name)
	if !known {
		return ""
	}
	text := f.Label.Pt + " (" + name + "): "
	if given {
		text += "este valor não serve. "
	} else {
		text += "falta preencher. "
	}
	text += f.Help.Pt
	if len(f.Choices) > 0 {
		text += " Valores: " + strings.Join(f.Choices, ", ") + "."
	} else if f.Example != "" && !f.Secret {
		text += " Exemplo: " + f.Example
	}
	return text
}

// Sample are settings of the right form, and nobody's, for one of the provider's
// channels: those that are required, and the fields named beside them.
func (d Description) Sample(on engine.Channel, with ...Field) Settings {
	s := Settings{IntegrationID: "example", Channel: on, PublicURL: "https://jornada.example/webhooks/example", Values: map[string]string{}, Secrets: map[string]string{}}
	for _, f := range d.Fields {
		if f.Required && f.Counts(on) {
			with = append(with, f)
		}
	}
	for _, f := range with {
		key := f.Key
		if prefix, many := f.Family(); many {
			key = prefix + "example"
		}
		value := cmp.Or(f.Example, f.Default)
		if value == "" && len(f.Choices) > 0 {
			value = f.Choices[0]
		}
		if f.Secret {
			s.Secrets[key] = value
		} else {
			s.Values[key] = value
		}
	}
	return s
}

// BaseURLField is the setting base_url of a provider with an address of its own:
// a stand-in for tests takes its place.
func BaseURLField(address string) Field {
	return Field{
		Key: "base_url", Default: address, Example: strings.NewReplacer("{region}", "br").Replace(address),
		Label: diag.T("Address of the API", "Endereço da API"),
		Help:  diag.T("Change it only to talk to a test server or a gateway of your own.", "Mude só para falar com um servidor de testes ou um gateway seu."),
	}
}

// MarkReadField is the setting mark_read of WhatsApp.
func MarkReadField() Field {
	return Field{
		Key: "mark_read", Default: "answered", Choices: []string{"answered", "never"}, On: []engine.Channel{engine.WhatsApp},
		Label: diag.T("Blue ticks", "Confirmação de leitura"),
		Help:  diag.T("Whether people see as read what a journey took.", "Se as pessoas veem como lido o que uma jornada recebeu."),
	}
}

// PaceFields are settings of every integration, which no driver reads: see
// PacingOf.
func PaceFields() []Field {
	return []Field{
		{
			Key: SettingPerSecond, Example: "10",
			Label: diag.T("Messages a second", "Mensagens por segundo"),
			Help:  diag.T("What your contract says; 0 = as fast as it goes.", "O que diz o seu contrato; 0 = o mais rápido possível."),
		},
		{
			Key: SettingTier, Example: "2000", On: []engine.Channel{engine.WhatsApp},
			Label: diag.T("Messaging limit", "Limite de mensagens"),
			Help:  diag.T("People a day, as WhatsApp Manager shows it: 250, 2000, 10K, 100K or unlimited.", "Pessoas por dia, como o Gerenciador do WhatsApp mostra: 250, 2000, 10K, 100K ou unlimited."),
		},
		{
			Key: SettingPortfolio, Example: "clinica", On: []engine.Channel{engine.WhatsApp},
			Label: diag.T("Portfolio", "Portfólio"),
			Help:  diag.T("Numbers with the same name here share one messaging limit.", "Números com o mesmo nome aqui dividem um só limite de mensagens."),
		},
	}
}
