package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/template"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/provsim"
)

// worldIntegrations are the ids that the printed calls give to the channels.
var worldIntegrations = map[string]string{"whatsapp": "sim_whatsapp", "sms": "sim_sms"}

//go:embed provsim_command.txt
var worldHelp string

// provsimCommand is `torture provsim`: the outside world alone, until Ctrl-C. It
// prints how to connect a running Jornada to it and how to play its patients.
func provsimCommand(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("torture provsim", flag.ContinueOnError)
	var c provsim.Config
	p := &c.Plan
	flags.StringVar(&c.HTTPAddr, "http", "127.0.0.1:8300", "`HOST:PORT` of WhatsApp, Twilio, SES and the control, on loopback")
	flags.StringVar(&c.SMTPAddr, "smtp", "127.0.0.1:8325", "`HOST:PORT` of the mail server, on loopback")
	target := flags.String("target", "http://127.0.0.1:8080", "`address` of Jornada, as its --public-url says")
	flags.Uint64Var(&c.Seed, "seed", 1, "decides which calls fail: the same seed, the same calls")
	flags.StringVar(&c.TruthFile, "truth", "", "append what was accepted to this `file`, one JSON line each")
	clock := flags.String("clock-file", "", "follow the clock `file` that Jornada follows (--clock-file)")
	planFile := flags.String("plan", "", "begin with the faults in this JSON `file` (as GET /control/plan shows them)")
	flags.Float64Var(&p.Rate429, "rate-429", 0, "`share` of calls refused for going too fast, 0 to 1")
	flags.Float64Var(&p.Rate5xx, "rate-5xx", 0, "`share` of calls answered with a server error")
	flags.Float64Var(&p.HangAfterAccept, "hang", 0, "`share` of calls accepted and never answered")
	flags.DurationVar(&p.Hang, "hang-for", 30*time.Second, "how long such a call hangs")
	flags.Float64Var(&p.ResetAfterAccept, "reset", 0, "`share` of calls accepted and reset")
	flags.Float64Var(&p.ResetBeforeAccept, "reset-unaccepted", 0, "`share` of calls reset without being accepted")
	flags.Float64Var(&p.StatusLost, "status-lost", 0, "`share` of messages whose statuses never come")
	flags.Float64Var(&p.StatusDuplicate, "status-duplicate", 0, "`share` of statuses told twice")
	flags.Float64Var(&p.StatusReorder, "status-reorder", 0, "`share` of messages whose statuses come last first")
	flags.DurationVar(&p.StatusLate, "status-late", 0, "statuses come up to this much later")
	flags.BoolVar(&p.StatusBeforeAnswer, "status-before-answer", false, "statuses come before the call is answered")
	flags.BoolVar(&p.EnforceWindow, "enforce-window", false, "refuse free-form WhatsApp messages outside the service window, as Meta does")
	flags.DurationVar(&p.RetryAfter, "retry-after", 0, "what a 429 says in Retry-After")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return usageError{"see torture provsim --help"}
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Sprintf("provsim takes flags only, and %q is none; see torture provsim --help", flags.Arg(0))}
	}
	if err := readPlan(*planFile, p); err != nil {
		return err
	}
	if *clock != "" {
		follow, err := driver.FollowClock(*clock)
		if err != nil {
			return err
		}
		c.Now = follow
	}
	w, err := provsim.Start(ctx, c)
	if err != nil {
		return fmt.Errorf("starting the outside world: %w", err)
	}
	defer w.Close()
	w.Target(*target, worldIntegrations)
	if err := introduce(stdout, w, strings.TrimRight(*target, "/")); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// readPlan reads a plan file over the plan of the flags.
func readPlan(file string, into *provsim.Plan) error {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading --plan: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return usageError{fmt.Sprintf("--plan %s: %v", file, err)}
	}
	return nil
}

// introduce prints where everything is and the calls that connect a Jornada.
func introduce(out io.Writer, w *provsim.World, target string) error {
	secrets := w.Secrets()
	body := func(i driver.Integration) string {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(i) // it is made of strings
		return strings.TrimSpace(text.String())
	}
	err := template.Must(template.New("").Parse(worldHelp)).Execute(out, map[string]any{
		"URL": w.URL(), "SMTP": w.SMTPAddr(), "Target": target, "Secrets": secrets,
		"Bodies": []string{
			body(driver.Integration{
				ID: worldIntegrations["whatsapp"], Provider: "meta", Channel: "whatsapp", Default: true,
				Settings: map[string]string{"base_url": w.URL(), "phone_number_id": secrets.PhoneNumberID, "waba_id": secrets.WABAID},
				Secrets:  map[string]string{"token": secrets.WhatsAppToken, "app_secret": secrets.WhatsAppAppSecret, "verify_token": secrets.WhatsAppVerifyToken},
			}),
			body(driver.Integration{
				ID: worldIntegrations["sms"], Provider: "twilio", Channel: "sms", Default: true,
				Settings: map[string]string{"base_url": w.URL(), "account_sid": secrets.TwilioSID, "from": secrets.TwilioFrom},
				Secrets:  map[string]string{"auth_token": secrets.TwilioToken},
			}),
			body(driver.Integration{
				ID: "sim_email", Provider: "smtp", Channel: "email", Default: true,
				Settings: map[string]string{"base_url": "smtp://" + w.SMTPAddr(), "from": "Demo <demo@example.com>", "username": secrets.SMTPUser},
				Secrets:  map[string]string{"password": secrets.SMTPPassword},
			}),
		},
	})
	if err != nil {
		return fmt.Errorf("printing how to connect: %w", err)
	}
	return nil
}
