package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"jornada/activities/channel"
	"jornada/activities/channel/fake"
	webchatdriver "jornada/activities/channel/webchat"
	"jornada/engine"
	"jornada/engine/api"
	"jornada/engine/devserver"
	"jornada/engine/runtime"
	"jornada/engine/store"
	"jornada/engine/webchat"
	"jornada/examples/clinic"
)

const inMemory = ":memory:"

func newDev(t *terminal) *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything in one process on this machine, with a simulated phone",
		Long: `Runs an embedded Temporal server, the store on SQLite, the API, the worker and a
simulated phone in one process. Nothing leaves this machine. Without --workspace
it runs the demo clinic; with it, the folder's journeys are published at start
and again on every save (files with errors are reported, and the last good
version stays). What it did survives a kill and goes on at the next start.

--speed 1440 makes one day pass in one minute everywhere: waits, service
windows, send windows.`,
		Example: "  jornada dev\n  jornada dev --workspace journeys/ --speed 1440",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.resolve(cmd, os.LookupEnv); err != nil {
				return err
			}
			return dev(cmd.Context(), t, &c)
		},
	}
	f := cmd.Flags()
	commonFlags(f, &c)
	f.StringVar(&c.Addr, "addr", "127.0.0.1:8080", "`HOST:PORT` to listen on")
	mailFlags(f, &c)
	f.StringVar(&c.Data, "data", "", "`folder` for all data, or :memory: (default: a folder in your state directory)")
	f.StringVar(&c.Workspace, "workspace", "", "`folder` of journeys (default: the demo clinic)")
	f.Float64Var(&c.Speed, "speed", 1, "how many times faster than the world time passes")
	f.StringVar(&c.Token, "token", "", "administrator's API `token` (default: one is made and printed)")
	if l := f.Lookup("log-level"); l != nil {
		l.DefValue = "warn"
		c.LogLevel = "warn"
	}
	return cmd
}

// dev starts the parts beside each other where they do not need each other: the
// embedded Temporal server is the slowest.
func dev(ctx context.Context, t *terminal, c *Config) error {
	began := time.Now()
	log := c.logger(t)
	data, err := openDataDir(c.Data)
	if err != nil {
		return err
	}
	defer data.close()
	if data.dir != "" {
		c.Data = data.dir
	}
	clock, err := data.clock(c.Speed)
	if err != nil {
		return err
	}
	moves, err := c.clockFile(clock, log)
	if err != nil {
		return err
	}
	key, err := data.masterKey()
	if err != nil {
		return err
	}
	// The address is taken before anything slow, so a second `jornada dev` is
	// told at once.
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr %s: %w; is another one running? choose another with --addr 127.0.0.1:8081", c.Addr, err)
	}
	defer func() { _ = l.Close() }()
	mail, err := c.mailListener(ctx)
	if err != nil {
		return err
	}
	if mail != nil {
		defer func() { _ = mail.Close() }()
	}
	public := c.PublicURL
	if public == "" {
		public = "http://" + l.Addr().String()
	}

	var temporal *devserver.Server
	var db *store.Store
	var g errgroup.Group
	g.Go(func() (err error) {
		temporal, err = devserver.Start(ctx, data.temporal())
		return err
	})
	g.Go(func() (err error) {
		if db, err = store.Open(ctx, data.database(), store.Options{Clock: clock, MasterKey: key, Logger: log}); err != nil {
			return fmt.Errorf("opening the store: %w", err)
		}
		if err := db.Migrate(ctx); err != nil {
			return err
		}
		if err := db.Prepare(ctx); err != nil {
			return err
		}
		return db.ReleaseLeases(ctx)
	})
	err = g.Wait()
	if temporal != nil {
		defer func() { _ = temporal.Stop() }()
	}
	if db != nil {
		defer func() { _ = db.Close() }()
	}
	if err != nil {
		return err
	}
	tc, watch, err := dialTemporal(temporal.HostPort(), temporal.Namespace(), db, log)
	if err != nil {
		return err
	}
	defer tc.Close()
	p, err := assembleDev(ctx, c, db, connection{tc, watch, temporal.Namespace()}, clock, log, public, nil)
	if err != nil {
		return err
	}
	if err := ensureSimulatedChannels(ctx, db); err != nil {
		return err
	}
	if err := ensureDemoChat(ctx, db, l.Addr()); err != nil {
		return err
	}
	token, err := data.token(c.Token)
	if err != nil {
		return err
	}
	if err := p.auth.Ensure(ctx, token, "jornada dev"); err != nil {
		return err
	}
	handler, folder, err := devPages(p, data, c)
	if err != nil {
		return err
	}
	var changes *fsnotify.Watcher
	if c.Workspace != "" {
		if changes, err = noticing(c.Workspace, log); err != nil {
			return err
		}
		defer func() { _ = changes.Close() }()
	}
	w := &watcher{publish: p.folder, changed: p.runtime.Wake, term: t}
	published, err := w.load(ctx, folder)
	if err != nil {
		return err
	}
	if err := p.runtime.Start(ctx); err != nil {
		return err
	}
	defer p.stop(log)
	p.stopWhenAsked(ctx, log)
	p.bind(ctx)
	moves.run(ctx, func(a engine.Anchor) {
		if err := data.keepClock(a); err != nil {
			log.Error("the clock is not kept for the next start", "error", err)
		}
		p.runtime.ClockMoved()
	})
	if changes != nil {
		go w.watch(ctx, changes, c.Workspace, log)
	}
	announce(t, public, token, c, data, published, time.Since(began))
	return serveAll(ctx, c, p, l, handler, mail, log)
}

// assembleDev wires the simulated network in and lets `call` reach this machine.
func assembleDev(ctx context.Context, c *Config, db *store.Store, tc connection, clock engine.Clock, log *slog.Logger, public string, drivers map[string]channel.Constructor) (*process, error) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	secrets := secretsFrom(os.Environ())
	if _, set := secrets["clinic_system"]; !set {
		secrets["clinic_system"] = public + "/dev/clinic"
	}
	var checks []func(context.Context) api.Check
	if dir := c.Data; dir != "" && dir != inMemory {
		checks = append(checks, diskCheck(dir))
	}
	calls := ""
	if c.Data != "" && c.Data != inMemory {
		calls = filepath.Join(c.Data, "calls")
	}
	var p *process
	network := fake.New(fake.Config{
		Clock: clock,
		OnEvents: func(events []engine.InboundEvent) {
			if ctx.Err() != nil {
				return // we are stopping
			}
			if err := p.runtime.Deliver(ctx, events); err != nil {
				log.Error("the simulated network could not deliver", "error", err)
			}
		},
	})
	all := map[string]channel.Constructor{"fake": network.Open}
	maps.Copy(all, drivers)
	p, err := assemble(parts{
		store: db, temporal: tc.client, watch: tc.watch, namespace: tc.namespace, clock: clock, log: log, publicURL: public, region: c.Region,
		egress: append(loopback, c.egress()...), secrets: secrets, worker: true, dispatch: true,
		stickyCache: c.StickyCache, pollers: c.Pollers, doubtAfter: c.DoubtAfter, calls: c.journal(calls, log),
		extra: all, holdBinds: true, local: true,
		checks: checks,
		phone: func(r *runtime.Runtime, s *store.Store) api.DevPhone {
			return &phone{runtime: r, store: s, clock: clock}
		},
	})
	return p, err
}

// ensureSimulatedChannels makes the demo phone's senders, once; a real
// integration made by an administrator becomes the default beside them.
func ensureSimulatedChannels(ctx context.Context, db *store.Store) error {
	existing, err := db.Integrations(ctx)
	if err != nil {
		return fmt.Errorf("reading the channels: %w", err)
	}
	taken := map[engine.Channel]bool{}
	for _, i := range existing {
		taken[i.Channel] = true
	}
	for _, ch := range engine.Channels() {
		if taken[ch] || ch == engine.WebChat { // which has a page of its own
			continue
		}
		_, err := db.PutIntegration(ctx, &engine.Integration{
			ID: engine.IntegrationID("demo_" + string(ch)), Provider: "fake", Channel: ch, Name: "Celular simulado",
			Settings: map[string]string{}, Secrets: map[string]string{}, State: engine.Enabled, Default: true,
		})
		if err != nil {
			return fmt.Errorf("making the simulated %s channel: %w", ch, err)
		}
	}
	return nil
}

// demoChat is the web chat of `jornada dev`, on the page /dev/chat/.
const demoChat = engine.IntegrationID("demo_chat")

// ensureDemoChat makes the web chat, and lets the page at today's address use it.
func ensureDemoChat(ctx context.Context, db *store.Store, addr net.Addr) error {
	i, err := db.Integration(ctx, demoChat)
	var missing *engine.Error
	switch {
	case errors.As(err, &missing) && missing.Code == engine.NotFound:
		i = &engine.Integration{
			ID: demoChat, Provider: webchatdriver.Name, Channel: engine.WebChat, Name: "Chat do site (demo)", State: engine.Enabled, Default: true,
			Settings: map[string]string{}, Secrets: map[string]string{"session_key": newSecretText()},
		}
	case err != nil:
		return fmt.Errorf("reading the demo's web chat: %w", err)
	}
	origins := []string{"http://" + addr.String()}
	if _, port, err := net.SplitHostPort(addr.String()); err == nil {
		origins = append(origins, "http://localhost:"+port, "http://127.0.0.1:"+port)
	}
	allowed, page := strings.Join(origins, ","), "http://"+addr.String()+"/dev/chat/"
	if i.Settings["origins"] == allowed && i.Settings["page_url"] == page {
		return nil
	}
	i.Settings["origins"], i.Settings["page_url"] = allowed, page
	if _, err := db.PutIntegration(ctx, i); err != nil {
		return fmt.Errorf("making the demo's web chat: %w", err)
	}
	return nil
}

// devPages adds the demo clinic's system beside the API, and says which folder
// of journeys to publish. A folder of the user's own has the system, too: the
// demo's journeys, copied and changed, still call it.
func devPages(p *process, data *dataDir, c *Config) (http.Handler, fs.FS, error) {
	system, err := clinic.NewSystem(clinic.Options{
		Now:  p.clock.Now,
		File: data.path("clinic.json"),
		Emit: func(ctx context.Context, event, id, contact string, values map[string]any) error {
			_, err := p.runtime.Emit(ctx, engine.InboundEvent{
				Key: id, Kind: engine.BusinessEvent, Name: event, ContactID: engine.ContactID(contact), OccurredAt: p.clock.Now(), Data: values,
			})
			return err
		},
	})
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/dev/clinic/", http.StripPrefix("/dev/clinic", system))
	mux.Handle("/dev/chat/", http.StripPrefix("/dev/chat", webchat.Demo(demoChat)))
	mux.Handle("/", p.api)
	if c.Workspace != "" {
		return mux, os.DirFS(c.Workspace), nil
	}
	return mux, clinic.Files(), nil
}

func announce(t *terminal, public, token string, c *Config, data *dataDir, published int, took time.Duration) {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "  %-10s %s\n", name, value) }
	fmt.Fprintf(&b, "\nJornada is ready (%.1f s), %d journeys published.\n\n", took.Seconds(), published)
	line("Editor", public+"/")
	line("Phone", public+"/phone")
	line("Clinic", public+"/dev/clinic/")
	line("Chat", public+"/dev/chat/")
	line("API", public+"/api/v1")
	if c.MailAddr != "" {
		line("Mail", c.MailAddr+" (SMTP: answers and bounces)")
	}
	line("Token", token)
	if c.Workspace != "" {
		line("Journeys", c.Workspace+" (published again on every save)")
	}
	line("Data", data.describe())
	if c.Speed != 1 {
		line("Speed", fmt.Sprintf("%g× : a day takes %s", c.Speed, time.Duration(float64(24*time.Hour)/c.Speed).Round(time.Second)))
	}
	b.WriteString("\nCtrl-C stops it; the next start goes on where it was.\n\n")
	_, _ = fmt.Fprint(t.out, b.String())
}

// newSecretText is 256 bits as text.
func newSecretText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
