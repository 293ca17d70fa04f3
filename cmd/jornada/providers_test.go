package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jornada/activities/channel"
	webchatdriver "jornada/activities/channel/webchat"
	"jornada/engine"
)

func everyKind() map[string]channel.Kind { return kinds(nil, webchatdriver.NewBell()) }

// TestDescriptionsAreWhatDriversRead holds every provider's description against its
// driver, on each of its channels: what is required is enough, every example is of
// the right form, what the driver asks for is declared, and what is declared is
// asked for.
func TestDescriptionsAreWhatDriversRead(t *testing.T) {
	for name, kind := range everyKind() {
		for _, ch := range kind.Channels {
			t.Run(fmt.Sprint(name, "/", ch), func(t *testing.T) { compareWithDriver(t, kind, ch) })
		}
	}
}

func compareWithDriver(t *testing.T, kind channel.Kind, ch engine.Channel) {
	read := map[string]bool{}
	open := func(with ...channel.Field) error {
		s := kind.Sample(ch, with...)
		s.Watch = func(name string) { read[name] = true }
		_, err := kind.New(s)
		return err
	}
	if err := open(); err != nil {
		t.Errorf("what is required is not enough: %v", err)
	}
	for _, f := range kind.Fields {
		if f.Label.En == "" || f.Label.Pt == "" || f.Help.En == "" || f.Help.Pt == "" {
			t.Errorf("%s has no label or no help in one of the languages", f.Name())
		}
		if !f.Counts(ch) {
			continue
		}
		var refused *engine.Error
		// One may want another one beside it, which its refusal then names.
		if err := open(f); errors.As(err, &refused) && f.Covers(refused.Field) && !strings.Contains(strings.Replace(refused.Message, refused.Field, "", 1), "settings.") {
			t.Errorf("%s: the example %q is not of the right form: %v", f.Name(), f.Example, err)
		}
		if f.Required {
			s := kind.Sample(ch)
			delete(s.Values, f.Key)
			delete(s.Secrets, f.Key)
			if _, err := kind.New(s); !errors.As(err, &refused) || !f.Covers(refused.Field) {
				t.Errorf("without %s, which is required, the driver says: %v", f.Name(), err)
			}
		}
	}
	// Some are only read when others are there, and a pattern not beside a path.
	_ = open(slices.DeleteFunc(slices.Clone(kind.Fields), func(f channel.Field) bool { return strings.HasSuffix(f.Key, "_pattern") })...)
	for _, f := range kind.Fields {
		asked := f.Name()
		if prefix, many := f.Family(); many {
			asked = strings.TrimSuffix(f.Name(), f.Key) + prefix + "<>"
		}
		if f.Counts(ch) && !read[asked] {
			t.Errorf("%s is declared, and the driver never reads it", f.Name())
		}
		delete(read, asked)
	}
	for name := range read {
		if _, declared := kind.Field(name); !declared {
			t.Errorf("the driver reads %s, which its description does not declare", name)
		}
	}
}

// TestRefusalsAreExplained: what a driver says of a setting in English is said in
// Portuguese by its description.
func TestRefusalsAreExplained(t *testing.T) {
	meta := everyKind()["meta"]
	for _, c := range []struct {
		field string
		given bool
		want  string
	}{
		{"secrets.token", false, "Token de acesso (secrets.token): falta preencher. Configurações do negócio > Usuários do sistema > Gerar token, com whatsapp_business_messaging e whatsapp_business_management; o de um usuário do sistema não vence."},
		{"settings.preview_url", true, "Prévia de links (settings.preview_url): este valor não serve. auto mostra uma quando o texto tem um link. Valores: auto, always, never."},
		{"settings.version", true, "Versão da Graph API (settings.version): este valor não serve. Como a Meta escreve. Exemplo: v23.0"},
		{"channel", true, ""},
	} {
		if got := meta.Explain(c.field, c.given); got != c.want {
			t.Errorf("%s is explained as\n%q, want\n%q", c.field, got, c.want)
		}
	}
}

// TestProviderSettingsPage compares docs/channels/settings.md with the descriptions.
func TestProviderSettingsPage(t *testing.T) {
	path := filepath.Join(repository, "docs/channels/settings.md")
	want := settingsPage(everyKind())
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the providers' descriptions say: go test ./cmd/jornada -run ProviderSettings -update, and read the diff", path)
	}
}

func settingsPage(all map[string]channel.Kind) string {
	var b strings.Builder
	b.WriteString("# Settings of every provider\n\nMade of what the drivers declare (`describe.go` in each folder of `activities/channel`), like the form\nof the editor and `GET /api/v1/providers`. **Bold** is required.\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		kind := all[name]
		fmt.Fprintf(&b, "\n## %s\n", name)
		if kind.Page != "" {
			fmt.Fprintf(&b, "[%s](%s.md)\n", kind.Title, kind.Page)
		}
		b.WriteString("\n| Setting | Meaning | Default, or values |\n|---|---|---|\n")
		for _, f := range kind.Fields {
			key := "`" + f.Key + "`"
			if f.Secret {
				key = "secret " + key
			}
			if f.Required {
				key = "**" + key + "**"
				if f.Unless != "" {
					key += " or `" + f.Unless + "`"
				}
			}
			if f.On != nil && len(kind.Channels) > 1 {
				var on []string
				for _, ch := range f.On {
					on = append(on, string(ch))
				}
				key += " (" + strings.Join(on, ", ") + ")"
			}
			values := ""
			switch {
			case len(f.Choices) > 0:
				values = "`" + strings.Join(f.Choices, "`, `") + "`"
			case f.Default != "":
				values = "`" + f.Default + "`"
			}
			cell := strings.NewReplacer("|", `\|`, "<", "&lt;").Replace
			fmt.Fprintf(&b, "| %s | %s: %s | %s |\n", key, cell(f.Label.En), cell(f.Help.En), values)
		}
	}
	return b.String()
}
