package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"jornada/activities/channel/smpp"
	"jornada/engine"
	"jornada/engine/api"
	"jornada/engine/auth"
	"jornada/engine/store"
)

func newServe(t *terminal) *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API (and run journeys) on a Temporal cluster and a database",
		Long: `Serves the API, takes webhooks, dispatches events and, unless --no-worker, runs
journeys. Any number of serve and worker processes may run beside each other.`,
		Example: "  JORNADA_MASTER_KEY=… jornada serve --temporal temporal:7233 --database postgres://jornada@db/jornada",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.resolve(cmd, os.LookupEnv); err != nil {
				return err
			}
			return serve(cmd.Context(), t, &c, true, !c.NoWorker)
		},
	}
	serverFlags(cmd.Flags(), &c)
	smppFlag(cmd.Flags(), &c)
	cmd.Flags().StringVar(&c.Addr, "addr", "127.0.0.1:8080", "`HOST:PORT` to listen on")
	mailFlags(cmd.Flags(), &c)
	cmd.Flags().BoolVar(&c.NoWorker, "no-worker", false, "serve the API only; workers run elsewhere")
	cmd.Flags().BoolVar(&c.TLSProxy, "behind-tls-proxy", false, "a proxy in front of this process ends TLS, so it may listen beyond loopback")
	cmd.Flags().StringVar(&c.Token, "token", "", "administrator's API `token`; better given as JORNADA_TOKEN")
	return cmd
}

func newWorker(t *terminal) *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run journeys only, beside one or more `jornada serve`",
		Long: `Runs journeys only, beside one or more jornada serve.

With --smpp it runs none. It keeps the SMPP connections to SMS carriers open and
takes messages for them at --smpp-at, which the other processes are given, too.`,
		Example: "  JORNADA_MASTER_KEY=… jornada worker --temporal temporal:7233 --database postgres://jornada@db/jornada",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.resolve(cmd, os.LookupEnv); err != nil {
				return err
			}
			return serve(cmd.Context(), t, &c, false, !c.SMPP)
		},
	}
	serverFlags(cmd.Flags(), &c)
	smppFlag(cmd.Flags(), &c)
	cmd.Flags().BoolVar(&c.SMPP, "smpp", false, "hold the SMPP binds and nothing else; others hand messages over at --smpp-at")
	return cmd
}

func newMigrate(t *terminal) *cobra.Command {
	var c Config
	cmd := &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the database's schema up to this version",
		Example: "  jornada migrate --database postgres://jornada@db/jornada",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.resolve(cmd, os.LookupEnv); err != nil {
				return err
			}
			s, err := store.Open(cmd.Context(), c.Database, store.Options{Clock: engine.NewClock(engine.Anchor{}, time.Now), MasterKey: make([]byte, 32)})
			if err != nil {
				return fmt.Errorf("opening the database: %w", err)
			}
			defer func() { _ = s.Close() }()
			before, _, err := s.SchemaVersion(cmd.Context())
			if err != nil {
				return fmt.Errorf("reading the schema's version: %w", err)
			}
			if err := s.Migrate(cmd.Context()); err != nil {
				return fmt.Errorf("migrating: %w", err)
			}
			after, _, err := s.SchemaVersion(cmd.Context())
			if err != nil {
				return fmt.Errorf("reading the schema's version: %w", err)
			}
			_, err = fmt.Fprintf(t.out, "schema version %d -> %d\n", before, after)
			return err
		},
	}
	cmd.Flags().StringVar(&c.Database, "database", "", "`URL` of the database: postgres://user:password@host/name")
	return cmd
}

// serve runs the API, the worker or both until ctx ends.
func serve(ctx context.Context, t *terminal, c *Config, withAPI, withWorker bool) error {
	log := c.logger(t)
	mail, err := c.mailListener(ctx)
	if err != nil {
		return err
	}
	if mail != nil {
		defer func() { _ = mail.Close() }()
	}
	clock := engine.NewClock(engine.Anchor{}, time.Now)
	moves, err := c.clockFile(clock, log)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, c.Database, store.Options{Clock: clock, MasterKey: c.masterKey(), Logger: log, MaxConns: c.Connections})
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	defer func() { _ = db.Close() }()
	if err := upToDate(ctx, db); err != nil {
		return err
	}
	if err := db.Prepare(ctx); err != nil {
		return err
	}
	tc, watch, err := dialTemporal(c.Temporal, c.Namespace, db, log)
	if err != nil {
		return err
	}
	defer tc.Close()
	public := c.PublicURL
	if public == "" {
		public = "http://" + c.Addr
	}
	calls := ""
	if cache, err := os.UserCacheDir(); err == nil {
		calls = filepath.Join(cache, "jornada", "calls")
	}
	var bindsAt *smpp.Remote
	if c.SMPPAt != "" && !c.SMPP {
		bindsAt = smpp.NewRemote(c.SMPPAt, smpp.Token(c.masterKey()))
	}
	p, err := assemble(parts{
		store: db, temporal: tc, watch: watch, namespace: c.Namespace, clock: clock, log: log, publicURL: public, region: c.Region, egress: c.egress(),
		secrets: secretsFrom(os.Environ()), worker: withWorker, dispatch: withAPI, stickyCache: c.StickyCache, pollers: c.Pollers, doubtAfter: c.DoubtAfter,
		calls:     c.journal(calls, log),
		holdBinds: c.SMPP || withAPI && withWorker && bindsAt == nil, bindsAt: bindsAt,
	})
	if err != nil {
		return err
	}
	if c.SMPP {
		moves.run(ctx, func(engine.Anchor) {})
		return holdBinds(ctx, p, c, log)
	}
	if err := p.runtime.Start(ctx); err != nil {
		return err
	}
	defer p.stop(log)
	p.stopWhenAsked(ctx, log)
	p.bind(ctx)
	moves.run(ctx, func(engine.Anchor) { p.runtime.ClockMoved() })
	if !withAPI {
		log.Info("running journeys", "temporal", c.Temporal, "namespace", c.Namespace)
		<-ctx.Done()
		return nil
	}
	if c.Token != "" {
		if err := p.auth.Ensure(ctx, c.Token, "--token"); err != nil {
			return err
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr %s: %w", c.Addr, err)
	}
	if err := invite(ctx, t, p, public); err != nil {
		return err
	}
	log.Info("serving", "addr", l.Addr().String(), "public_url", public, "worker", withWorker)
	return serveAll(ctx, c, p, l, p.api, mail, log)
}

// invite prints the way in for the first administrator, as long as there is none.
// It stands on the terminal and in no log: whoever opens it first administers.
func invite(ctx context.Context, t *terminal, p *process, public string) error {
	link, err := p.people.Setup(ctx)
	if err != nil || link == "" {
		return err
	}
	_, err = fmt.Fprintf(t.out, "\nNobody can administer yet. Within %d minutes, open this once and choose a password:\n\n  %s\n\n",
		int(auth.SetupLink/time.Minute), api.SignInAddress(public, link))
	return err
}

// holdBinds keeps the SMPP binds and takes messages for them until ctx ends. The
// messages under way are answered for before the binds are closed.
func holdBinds(ctx context.Context, p *process, c *Config, log *slog.Logger) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.SMPPAt)
	if err != nil {
		return fmt.Errorf("--smpp-at %s: %w", c.SMPPAt, err)
	}
	p.bind(ctx)
	defer p.stop(log)
	log.Info("holding the SMPP binds", "smpp_at", l.Addr().String())
	return serveHTTP(ctx, l, smpp.Handler(p.binds, smpp.Token(c.masterKey())))
}

// upToDate refuses to run on an old or a newer schema.
func upToDate(ctx context.Context, db *store.Store) error {
	have, want, err := db.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", err)
	}
	switch {
	case have < want:
		return fmt.Errorf("the database has schema version %d and this binary needs %d: run `jornada migrate --database …` first", have, want)
	case have > want:
		return fmt.Errorf("the database has schema version %d and this binary knows only %d: run a newer jornada", have, want)
	}
	return nil
}

// serveHTTP serves until ctx ends, then lets open requests finish.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := api.NewServer(l.Addr().String(), h)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stopping the server: %w", err)
	}
	return nil
}

func newHealth(t *terminal) *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use:     "health",
		Short:   "Ask a server whether it is ready (for container health checks)",
		Example: "  jornada health --server http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), 4*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/readyz", nil)
			if err != nil {
				return usage("--server: %w", err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return fmt.Errorf("asking %s: %w", server, err)
			}
			defer func() { _ = resp.Body.Close() }()
			if _, err := io.Copy(t.out, io.LimitReader(resp.Body, 1<<20)); err != nil {
				return fmt.Errorf("reading the answer: %w", err)
			}
			if resp.StatusCode != http.StatusOK {
				return &failure{code: exitFailed}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&server, "server", "http://127.0.0.1:8080", "`URL` of the server")
	return cmd
}
