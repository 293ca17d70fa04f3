package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"jornada/dsl/diag"
)

// Config is everything an operator can choose. A setting comes from its flag,
// else from its environment variable (JORNADA_ + the flag's name in capitals,
// `-` as `_`), else from the file named by --config (the flag's name with `_`),
// else from its default.
type Config struct {
	Addr        string
	Data        string // dev only: folder, or :memory:
	Workspace   string // dev only: folder of journeys
	Speed       float64
	Token       string
	Database    string
	Temporal    string
	Namespace   string
	PublicURL   string
	AllowEgress []string
	NoWorker    bool
	MasterKey   string // base64, 32 bytes
	Region      string
	LogLevel    string
	LogFormat   string
	TLSProxy    bool   // somebody in front of us ends TLS
	ClockFile   string // moves the clock, for drills and tests
	StickyCache int
	DoubtAfter  time.Duration
	Calls       string // folder in which calls are noted; "" = the command's own, none = not at all
	Pollers     int
	Connections int    // to the database
	SMPP        bool   // worker only: hold the SMPP binds, and nothing else
	SMPPAt      string // where they are held: HOST:PORT; "" = in this process, if at all
	MailAddr    string // "" = no mail comes in
	MailCert    string
	MailKey     string

	origin map[string]string // flag -> the variable or file line its value came from
}

func commonFlags(f *pflag.FlagSet, c *Config) {
	f.String("config", "", "YAML `file` with these settings")
	f.StringVar(&c.PublicURL, "public-url", "", "address providers and people reach us at, `https://…` (signatures cover it)")
	f.StringSliceVar(&c.AllowEgress, "allow-egress", nil, "private `networks` that `call` steps may reach, such as 10.1.0.0/16")
	f.StringVar(&c.Region, "region", "BR", "`country` of phone numbers written without one")
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.LogFormat, "log-format", "text", "text or json")
	f.StringVar(&c.ClockFile, "clock-file", "", "`file` that moves this process's clock, for drills and tests only; on loopback only")
	f.DurationVar(&c.DoubtAfter, "doubt-after", 2*time.Minute, "how `long` a message whose outcome is unknown waits for a status before a person is told")
	f.StringVar(&c.Calls, "calls", "", "`folder` in which this process notes the calls it makes, so that a crash leaves fewer doubts; none = not at all")
	f.IntVar(&c.StickyCache, "sticky-cache", 2000, "parked journeys kept in memory by the worker, about 37 KB each")
	f.IntVar(&c.Pollers, "pollers", 4, "workflow-task pollers of the worker")
}

func serverFlags(f *pflag.FlagSet, c *Config) {
	commonFlags(f, c)
	f.StringVar(&c.Temporal, "temporal", "127.0.0.1:7233", "Temporal frontend, `HOST:PORT`")
	f.StringVar(&c.Namespace, "namespace", "default", "Temporal `namespace`")
	f.StringVar(&c.Database, "database", "", "`URL` of the database: postgres://user:password@host/name")
	f.IntVar(&c.Connections, "database-connections", 24, "most connections this process opens to the database")
	f.StringVar(&c.MasterKey, "master-key", "", "32 bytes in base64 that wrap every contact's data `key`; better given as JORNADA_MASTER_KEY")
}

func smppFlag(f *pflag.FlagSet, c *Config) {
	f.StringVar(&c.SMPPAt, "smpp-at", "", "`HOST:PORT` of the process that holds the SMPP binds (`jornada worker --smpp`), inside your network")
}

// resolve fills what the command line left open from the environment and the
// file, then checks everything.
func (c *Config) resolve(cmd *cobra.Command, env func(string) (string, bool)) error {
	fromFile, err := readConfigFile(cmd, env)
	if err != nil {
		return err
	}
	var problems []error
	c.origin = map[string]string{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "config" || f.Name == "help" {
			return
		}
		name := envName(f.Name)
		if v, ok := env(name); ok && v != "" { // compose files pass what is not set as ""
			c.origin[f.Name] = name
			if err := f.Value.Set(v); err != nil {
				problems = append(problems, fmt.Errorf("%s: %q is not %s (it stands for --%s)", name, v, kindOf(f), f.Name))
			}
			return
		}
		key := strings.ReplaceAll(f.Name, "-", "_")
		if v, ok := fromFile[key]; ok {
			delete(fromFile, key)
			c.origin[f.Name] = key + " in the configuration file"
			if err := f.Value.Set(v); err != nil {
				problems = append(problems, fmt.Errorf("%s in the configuration file: %q is not %s (it stands for --%s)", key, v, kindOf(f), f.Name))
			}
		}
	})
	for _, key := range slices.Sorted(maps.Keys(fromFile)) {
		if cmd.Flags().Lookup(strings.ReplaceAll(key, "_", "-")) == nil || key == "config" || key == "help" {
			problems = append(problems, fmt.Errorf("%s in the configuration file: `%s` has no such setting%s; `%s --help` lists them",
				key, cmd.CommandPath(), nearestSetting(cmd, key), cmd.CommandPath()))
		}
	}
	if len(problems) == 0 {
		problems = c.problems(cmd)
	}
	switch len(problems) {
	case 0:
		return nil
	case 1:
		return &failure{exitUsage, problems[0]}
	}
	lines := []string{fmt.Sprintf("%d settings are wrong", len(problems))}
	for _, p := range problems {
		lines = append(lines, p.Error())
	}
	return &failure{exitUsage, errors.New(strings.Join(lines, "\n  "))}
}

func nearestSetting(cmd *cobra.Command, key string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, strings.ReplaceAll(f.Name, "-", "_")) })
	if near := diag.Near(key, names); near != "" {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	return ""
}

func envName(flag string) string {
	return "JORNADA_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func readConfigFile(cmd *cobra.Command, env func(string) (string, bool)) (map[string]string, error) {
	f := cmd.Flags().Lookup("config")
	if f == nil {
		return nil, nil
	}
	path := f.Value.String()
	if v, ok := env("JORNADA_CONFIG"); ok && v != "" && !f.Changed {
		path = v
	}
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usage("--config: %s does not exist", path)
	}
	if err != nil {
		return nil, usage("--config: %w", err)
	}
	settings := map[string]string{}
	var raw map[string]yaml.Node
	if err := yaml.Unmarshal(b, &raw); err != nil {
		return nil, usage("--config %s: %w", path, err)
	}
	for k, n := range raw {
		switch n.Kind {
		case yaml.ScalarNode:
			settings[k] = n.Value
		case yaml.SequenceNode:
			var items []string
			for _, item := range n.Content {
				items = append(items, item.Value)
			}
			settings[k] = strings.Join(items, ",")
		default:
			return nil, usage("--config %s:%d: %s must be one value or a list", path, n.Line, k)
		}
	}
	return settings, nil
}

// problems says everything that is wrong, each with its setting and remedy.
func (c *Config) problems(cmd *cobra.Command) []error {
	var list []error
	wrong := func(flag, format string, args ...any) {
		from := c.origin[flag]
		if from == "" {
			from = "--" + flag
		}
		list = append(list, fmt.Errorf("%s: "+format, append([]any{from}, args...)...))
	}
	has := func(flag string) bool { return cmd.Flags().Lookup(flag) != nil }
	if has("addr") {
		if host, _, _ := net.SplitHostPort(c.Addr); !isHostPort(c.Addr) {
			wrong("addr", "%q is not HOST:PORT; for example 127.0.0.1:8080", c.Addr)
		} else if !isLoopback(host) && !c.TLSProxy {
			wrong("addr", "%q listens beyond this machine, and Jornada speaks plain HTTP; put a proxy that ends TLS in front of it and say so with --behind-tls-proxy, or listen on 127.0.0.1", c.Addr)
		}
	}
	c.mailProblems(has, wrong)
	if has("speed") && (c.Speed <= 0 || c.Speed > maxSpeed) {
		wrong("speed", "%v is not between 0 and %d; 1440 makes a day pass in a minute", c.Speed, maxSpeed)
	}
	if c.ClockFile != "" {
		if host, _, err := net.SplitHostPort(c.Addr); has("addr") && err == nil && !isLoopback(host) {
			wrong("clock-file", "moves the clock for everybody, so it is for drills and tests on this machine; %q listens beyond it. Leave --clock-file out, or listen on 127.0.0.1", c.Addr)
		}
		if has("speed") && c.Speed != 1 {
			wrong("clock-file", "says how fast time passes, and so does --speed; leave one of the two out")
		}
	}
	if has("database") {
		if c.Database == "" {
			wrong("database", "is missing; for example postgres://jornada:password@localhost/jornada")
		} else if !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") && !strings.HasPrefix(c.Database, "sqlite:") {
			wrong("database", "must start with postgres://, such as postgres://jornada:password@localhost/jornada, or with sqlite:, such as sqlite:/var/lib/jornada/jornada.db")
		}
	}
	if has("temporal") {
		if _, _, err := net.SplitHostPort(c.Temporal); err != nil {
			wrong("temporal", "%q is not HOST:PORT; for example temporal:7233", c.Temporal)
		}
	}
	if has("master-key") {
		if c.MasterKey == "" {
			wrong("master-key", "is missing; make one with `openssl rand -base64 32`, keep it safe, and pass it as JORNADA_MASTER_KEY")
		} else if b, err := base64.StdEncoding.DecodeString(c.MasterKey); err != nil || len(b) != 32 {
			wrong("master-key", "must be 32 bytes in base64; make one with `openssl rand -base64 32`")
		}
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || (u.Path != "" && u.Path != "/") {
			wrong("public-url", "%q is not an address such as https://jornada.example", c.PublicURL)
		}
	}
	for _, n := range c.AllowEgress {
		if _, err := netip.ParsePrefix(n); err != nil {
			wrong("allow-egress", "%q is not a network such as 10.1.0.0/16", n)
		}
	}
	if has("log-level") {
		var level slog.Level
		if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
			wrong("log-level", "%q is not debug, info, warn or error", c.LogLevel)
		}
		if c.LogFormat != "text" && c.LogFormat != "json" {
			wrong("log-format", "%q is not text or json", c.LogFormat)
		}
	}
	if has("workspace") && c.Workspace != "" {
		if err := folderExists(c.Workspace); err != nil {
			wrong("workspace", "%w", err)
		}
	}
	if c.SMPPAt != "" {
		host, port, err := net.SplitHostPort(c.SMPPAt)
		ip, ipErr := netip.ParseAddr(host)
		switch n, numErr := strconv.Atoi(port); {
		case err != nil || numErr != nil || n < 0 || n > 65535:
			wrong("smpp-at", "%q is not HOST:PORT; for example 127.0.0.1:2776", c.SMPPAt)
		case ipErr == nil && !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast() && !ip.IsUnspecified():
			wrong("smpp-at", "%q is a public address, and messages pass there unencrypted; use one inside your network", c.SMPPAt)
		}
	} else if c.SMPP {
		wrong("smpp", "needs --smpp-at, where the other processes hand their messages over; for example 127.0.0.1:2776")
	}
	if has("doubt-after") && c.DoubtAfter < time.Second {
		wrong("doubt-after", "%s is shorter than a second; 2m leaves a provider time to report", c.DoubtAfter)
	}
	if has("token") && c.Token != "" && len(c.Token) < 16 {
		wrong("token", "is shorter than 16 characters, which can be guessed; leave it out and one is made")
	}
	return list
}

// maxSpeed bounds how much faster than the world time may pass.
const maxSpeed = 100_000

func isHostPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	n, numErr := strconv.Atoi(port)
	return err == nil && numErr == nil && n >= 0 && n <= 65535
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (c *Config) masterKey() []byte {
	b, err := base64.StdEncoding.DecodeString(c.MasterKey)
	if err != nil {
		return nil // refused by problems before
	}
	return b
}

func (c *Config) egress() []netip.Prefix {
	var list []netip.Prefix
	for _, n := range c.AllowEgress {
		if p, err := netip.ParsePrefix(n); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func (c *Config) logger(t *terminal) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked by problems
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(t.err, o))
	}
	return slog.New(slog.NewTextHandler(t.err, o))
}

// stateDir is the user's folder for programs' state.
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "jornada"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding a folder for the data (name one with --data): %w", err)
	}
	return filepath.Join(home, ".local", "state", "jornada"), nil
}
