package channeltest

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// TemplatesCase is a provider's list of templates and what it must become.
type TemplatesCase struct {
	Name    string
	Values  map[string]string // settings on top of the table's
	Answers []Answer          // one for each page; {base} in a body is the server's address
	Want    []Request         // exactly these calls
	List    []engine.Template
	Problem string // must stand in the error; "" = the list is read
}

// Templates runs a table.
func Templates(t *testing.T, construct channel.Constructor, settings channel.Settings, cases []TemplatesCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			answers := append([]Answer{}, c.Answers...)
			if len(answers) == 0 {
				answers = []Answer{{Status: 500}}
			}
			server := NewServer(t, answers...)
			server.Hung = cancel
			for i := range answers {
				answers[i].Body = strings.ReplaceAll(answers[i].Body, "{base}", server.URL)
			}
			lister, can := server.Open(t, construct, settings, c.Values).(channel.TemplateLister)
			if !can {
				t.Fatal("the driver lists no templates")
			}
			list, err := channel.AllTemplates(ctx, lister)
			got := server.Requests()
			if len(got) != len(c.Want) {
				t.Fatalf("%d calls, want %d (error: %v)", len(got), len(c.Want), err)
			}
			for i := range c.Want {
				c.Want[i].compare(t, got[i])
			}
			if c.Problem != "" {
				var refused *engine.Error
				if !errors.As(err, &refused) || !strings.Contains(refused.Message, c.Problem) || list != nil {
					t.Errorf("error %v, want one that says %q, and no list", err, c.Problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(list, c.List) {
				t.Errorf("templates\n got %+v\nwant %+v", list, c.List)
			}
		})
	}
}

// Body is the text of a template, as tables write it.
func Body(text string) engine.TemplateComponent {
	return engine.TemplateComponent{Type: "body", Text: text}
}

// Header is a header of plain text.
func Header(text string) engine.TemplateComponent {
	return engine.TemplateComponent{Type: "header", Format: "text", Text: text}
}

// Footer is a footer.
func Footer(text string) engine.TemplateComponent {
	return engine.TemplateComponent{Type: "footer", Text: text}
}

// Replies are quick-reply buttons.
func Replies(titles ...string) engine.TemplateComponent {
	c := engine.TemplateComponent{Type: "buttons"}
	for _, title := range titles {
		c.Buttons = append(c.Buttons, engine.TemplateButton{Type: "quick_reply", Text: title})
	}
	return c
}
