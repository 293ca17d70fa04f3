package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"jornada/engine/mailserver"
)

func mailFlags(f *pflag.FlagSet, c *Config) {
	f.StringVar(&c.MailAddr, "mail-addr", "", "`HOST:PORT` on which answers and bounces come in by SMTP, such as 127.0.0.1:2525; off by default")
	f.StringVar(&c.MailCert, "mail-cert", "", "PEM `file` of the certificate with which that listener offers STARTTLS")
	f.StringVar(&c.MailKey, "mail-key", "", "PEM `file` of its key")
}

// mailProblems says what is wrong with them.
func (c *Config) mailProblems(has func(string) bool, wrong func(flag, format string, args ...any)) {
	if !has("mail-addr") {
		return
	}
	if c.MailAddr != "" && !isHostPort(c.MailAddr) {
		wrong("mail-addr", "%q is not HOST:PORT; for example 127.0.0.1:2525", c.MailAddr)
	}
	switch {
	case c.MailCert == "" && c.MailKey == "":
	case c.MailAddr == "":
		wrong("mail-cert", "belongs to a listener that is off; say where it listens with --mail-addr")
	case c.MailCert == "" || c.MailKey == "":
		wrong("mail-cert", "and --mail-key belong together; give both")
	default:
		if _, err := tls.LoadX509KeyPair(c.MailCert, c.MailKey); err != nil {
			wrong("mail-cert", "and --mail-key are no certificate with its key: %w", err)
		}
	}
}

// mailListener takes the address before anything slow; nil when the listener is off.
func (c *Config) mailListener(ctx context.Context) (net.Listener, error) {
	if c.MailAddr == "" {
		return nil, nil //nolint:nilnil // off
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.MailAddr)
	if err != nil {
		return nil, fmt.Errorf("--mail-addr %s: %w", c.MailAddr, err)
	}
	return l, nil
}

// serveAll serves HTTP and, where there is a listener for it, mail, until ctx ends.
// When one of them fails, so does the process.
func serveAll(ctx context.Context, c *Config, p *process, l net.Listener, h http.Handler, mail net.Listener, log *slog.Logger) error {
	if mail == nil {
		return serveHTTP(ctx, l, h)
	}
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	config := mailserver.Config{Store: p.store, Deliver: p.runtime.Deliver, Logger: log, Hostname: name}
	if c.MailCert != "" {
		// Read at every handshake, so that a renewed one counts without a restart.
		config.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.MailCert, c.MailKey)
			return &pair, err
		}}
	}
	server, err := mailserver.New(config)
	if err != nil {
		return err
	}
	log.Info("taking mail", "addr", mail.Addr().String())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveHTTP(ctx, l, h) })
	g.Go(func() error { return server.Serve(ctx, mail) })
	return g.Wait()
}
