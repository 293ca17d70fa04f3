package provsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/time/rate"
)

// Config is a world to start.
type Config struct {
	Seed      uint64
	Plan      Plan                // may be replaced live with SetPlan
	TruthFile string              // append-only JSON lines; "" = memory only
	Now       func() time.Time    // the product's clock, for the truth; nil = time.Now
	HTTPAddr  string              // "" = a free loopback port
	SMTPAddr  string              // "" = a free loopback port
	Secrets   Secrets             // empty fields have working defaults
	Templates map[string]Template // approved templates by name; nil = every name is approved
}

// Template is what WhatsApp knows of an approved template.
type Template struct {
	Category string   // marketing, utility or authentication
	Buttons  []string // what its quick replies say, which a send call does not repeat
}

// Secrets are the credentials that the world accepts and signs with.
type Secrets struct {
	WhatsAppToken       string `json:"whatsapp_token"`
	WhatsAppAppSecret   string `json:"whatsapp_app_secret"`
	WhatsAppVerifyToken string `json:"whatsapp_verify_token"`
	PhoneNumberID       string `json:"phone_number_id"`
	DisplayPhoneNumber  string `json:"display_phone_number"`
	WABAID              string `json:"waba_id"`
	TwilioSID           string `json:"twilio_sid"`
	TwilioToken         string `json:"twilio_token"`
	TwilioFrom          string `json:"twilio_from"`
	SESRegion           string `json:"ses_region"`
	SESAccessKey        string `json:"ses_access_key"`
	SESSecretKey        string `json:"ses_secret_key"`
	SNSTopicARN         string `json:"sns_topic_arn"`
	SMTPUser            string `json:"smtp_user"`
	SMTPPassword        string `json:"smtp_password"`
}

// withDefaults fills in what is empty. The values are plainly made up.
func (s Secrets) withDefaults() Secrets {
	for _, field := range []struct {
		value    *string
		standard string
	}{
		{&s.WhatsAppToken, "provsim-whatsapp-token"},
		{&s.WhatsAppAppSecret, "provsim-app-secret"},
		{&s.WhatsAppVerifyToken, "provsim-verify-token"},
		{&s.PhoneNumberID, "100000000000001"},
		{&s.DisplayPhoneNumber, "15550100001"},
		{&s.WABAID, "200000000000001"},
		{&s.TwilioSID, "AC00000000000000000000000000000001"},
		{&s.TwilioToken, "provsim-twilio-token"},
		{&s.TwilioFrom, "+15550100002"},
		{&s.SESRegion, "us-east-1"},
		{&s.SESAccessKey, "AKIAPROVSIM000000001"},
		{&s.SESSecretKey, "provsim-ses-secret-key"},
		{&s.SNSTopicARN, "arn:aws:sns:us-east-1:000000000001:provsim"},
		{&s.SMTPUser, "provsim"},
		{&s.SMTPPassword, "provsim-smtp-password"},
	} {
		if *field.value == "" {
			*field.value = field.standard
		}
	}
	return s
}

// World is the running outside world.
type World struct {
	config  Config
	dice    dice
	ledger  *ledger
	postman *postman
	notary  notary

	secrets atomic.Pointer[Secrets]
	plan    atomic.Pointer[Plan]
	planned chan struct{} // says that the plan changed
	limiter *rate.Limiter
	people  atomic.Pointer[func(Accept) []Reaction]
	target  atomic.Pointer[target]

	http     *http.Server
	smtp     *smtp.Server
	httpGate *gate
	smtpGate *gate

	context context.Context //nolint:containedctx // the life of the world, which its handlers and carriers share
	end     context.CancelFunc
	running sync.WaitGroup
	closing sync.Once
}

// target is where webhooks go.
type target struct {
	base         *url.URL
	integrations map[string]string
}

// Start brings a world up. It ends with the context, or with Close.
func Start(ctx context.Context, config Config) (*World, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	truth, err := openLedger(config.TruthFile)
	if err != nil {
		return nil, err
	}
	w := &World{config: config, dice: dice(config.Seed), ledger: truth, planned: make(chan struct{}, 1), limiter: rate.NewLimiter(rate.Inf, 1)}
	w.postman = newPostman(w)
	secrets := config.Secrets.withDefaults()
	w.secrets.Store(&secrets)
	if w.httpGate, err = newGate(ctx, config.HTTPAddr); err != nil {
		return nil, err
	}
	if w.smtpGate, err = newGate(ctx, config.SMTPAddr); err != nil {
		_ = w.httpGate.Close()
		return nil, err
	}
	w.context, w.end = context.WithCancel(ctx)
	w.http = &http.Server{
		Handler: w.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return w.context },
	}
	w.smtp = w.mailServer()
	w.SetPlan(config.Plan)
	w.setGates(w.context, 0)
	w.running.Go(func() { _ = w.http.Serve(w.httpGate) })
	w.running.Go(func() { _ = w.smtp.Serve(w.smtpGate) })
	w.running.Go(func() { w.watchGates(w.context) })
	w.postman.run(w.context, &w.running)
	context.AfterFunc(ctx, w.Close)
	return w, nil
}

// Close ends the world at once; webhooks that were still due are not sent.
func (w *World) Close() {
	w.closing.Do(func() {
		w.end()
		_ = w.http.Close()
		_ = w.smtp.Close()
		_ = w.httpGate.Close()
		_ = w.smtpGate.Close()
		w.running.Wait()
		w.postman.client.CloseIdleConnections()
		if err := w.ledger.close(); err != nil {
			fmt.Fprintln(os.Stderr, "provsim:", err)
		}
	})
}

// URL is the base address of all HTTP providers: base_url of an integration.
func (w *World) URL() string { return "http://" + w.httpGate.Addr().String() }

// SMTPAddr is host:port of the mail server.
func (w *World) SMTPAddr() string { return w.smtpGate.Addr().String() }

// Secrets are the credentials in force.
func (w *World) Secrets() Secrets { return *w.secrets.Load() }

// SetSecrets changes credentials from now on: calls with the old ones are refused
// as unauthorized. Empty fields get their defaults.
func (w *World) SetSecrets(secrets Secrets) {
	secrets = secrets.withDefaults()
	w.secrets.Store(&secrets)
}

// Target says where webhooks go: base + /webhooks/<id>, by channel ("whatsapp",
// "sms", "email"). base must be the product's public address, which Twilio's
// signature covers. Until then, and for channels not named, no webhooks are made;
// Twilio's statuses go to the StatusCallback of the call.
func (w *World) Target(base string, integrations map[string]string) {
	parsed, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || parsed.Host == "" {
		w.target.Store(nil)
		return
	}
	w.target.Store(&target{base: parsed, integrations: integrations})
}

// SetPlan replaces the faults from now on.
func (w *World) SetPlan(plan Plan) {
	if plan.Hang <= 0 {
		plan.Hang = 30 * time.Second
	}
	w.plan.Store(&plan)
	if plan.RatePerSecond > 0 {
		w.limiter.SetBurst(plan.RatePerSecond)
		w.limiter.SetLimit(rate.Limit(plan.RatePerSecond))
	} else {
		w.limiter.SetLimit(rate.Inf)
	}
	select {
	case w.planned <- struct{}{}:
	default:
	}
}

// Plan is the plan in force.
func (w *World) Plan() Plan { return *w.plan.Load() }

// Accepts are all messages accepted so far, oldest first.
func (w *World) Accepts() []Accept { return w.ledger.since(0) }

// AcceptsSince are the messages accepted after the one with this Seq.
func (w *World) AcceptsSince(seq int) []Accept { return w.ledger.since(seq) }

// Calls is how many send calls came in, refused ones included.
func (w *World) Calls() int { return w.ledger.callCount() }

// Webhooks are all attempts to deliver a webhook so far, in the order in which
// they ended. Attempts that found nobody listening are not among them.
func (w *World) Webhooks() []Hook { return w.ledger.webhooks() }

// Drain waits until every webhook due has been answered with 2xx, or given up
// after ten minutes.
func (w *World) Drain(ctx context.Context) error { return w.postman.drain(ctx) }

var errNoTarget = errors.New("no webhook address is known for this channel")

// addressOf says where a webhook goes and which address its signature covers.
func (w *World) addressOf(channel string, c content) (address, signed string, err error) {
	t := w.target.Load()
	switch {
	case c.path != "" && t != nil: // a StatusCallback: its host is the product's public name for us
		address = t.base.Scheme + "://" + t.base.Host + c.path
	case c.path != "":
		address = c.signed
	case t != nil && t.integrations[channel] != "":
		address = t.base.String() + "/webhooks/" + t.integrations[channel]
	default:
		return "", "", errNoTarget
	}
	if u, err := url.Parse(address); err != nil || !loopbackHost(u.Hostname()) {
		return "", "", fmt.Errorf("calling %s: webhooks go to this machine only", address)
	}
	if signed = c.signed; signed == "" {
		signed = address
	}
	return address, signed, nil
}

// reaches says whether webhooks of a channel have somewhere to go.
func (w *World) reaches(channel string) bool {
	t := w.target.Load()
	return t != nil && t.integrations[channel] != ""
}

func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// unreachable says whether a call failed because nobody listens there.
func unreachable(err error) bool {
	var dial *net.OpError
	return errors.Is(err, syscall.ECONNREFUSED) || (errors.As(err, &dial) && dial.Op == "dial")
}
