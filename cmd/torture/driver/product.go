package driver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Database is which shape of the product runs.
type Database string

// The two shapes: `jornada dev` with everything in one process on SQLite, and
// `jornada serve` with `jornada worker` on Postgres beside a Temporal server.
const (
	SQLite   Database = "sqlite"
	Postgres Database = "postgres"
)

// Shape says what a scenario wants to run.
type Shape struct {
	Database Database
	APIs     int      // Postgres: processes of `jornada serve --no-worker`; default 1
	Workers  int      // Postgres: processes of `jornada worker`; default 1
	Build    Build    // default: the product as it ships
	Data     string   // SQLite: folder of the data; default one of the run
	Cluster  *Cluster // Postgres: another cluster than the rig's, prepared
	// OwnCluster is for who restarts Postgres: a cluster that no other run uses.
	OwnCluster bool
	// Proxied puts networks that can be cut between the product and its database,
	// and between the product and Temporal.
	Proxied bool
	// DoubtAfter is how long a message may be in doubt before a person is told;
	// default 15 s, so that a run need not wait for the two minutes of operators.
	DoubtAfter time.Duration
	Speed      float64   // of the clock; default 1
	Begin      time.Time // of the clock; default now
	Env        []string  // more settings
	Flags      []string  // more flags of every process
}

// Product is a running Jornada on fresh databases.
type Product struct {
	Shape

	Dir    string // logs and data
	Token  string
	Clock  *Clock
	Ledger *Ledger

	APIs     []*Unit // Postgres: serve; SQLite: the one process
	Workers  []*Unit // Postgres only
	Temporal *Temporal
	Cluster  *Cluster

	DatabaseNet *Proxy // when Proxied
	TemporalNet *Proxy

	Client *Client // over all API processes, in turns

	ports     []int
	databases []string
	own       string // folder of a cluster of our own
}

// NewProduct describes a product and makes its databases; nothing of it runs
// before Start. dir is where its logs go.
func (r *Rig) NewProduct(ctx context.Context, dir string, s Shape) (*Product, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder for the product: %w", err)
	}
	if s.Speed == 0 {
		s.Speed = 1
	}
	if s.DoubtAfter == 0 {
		s.DoubtAfter = 15 * time.Second
	}
	p := &Product{Shape: s, Dir: dir, Token: "jrn_torture_demo_0123456789", Ledger: NewLedger()}
	if s.Build == "" {
		s.Build, p.Build = AsShipped, AsShipped
	}
	bin, err := r.Binary(ctx, string(s.Build))
	if err != nil {
		return nil, err
	}
	if p.Clock, err = NewClock(filepath.Join(dir, "clock.json"), s.Begin, s.Speed); err != nil {
		return nil, err
	}
	if s.Database == SQLite {
		err = p.describeSingle(bin)
	} else {
		err = p.describeProduction(ctx, r, bin)
	}
	if err != nil {
		p.Close(ctx)
		return nil, err
	}
	return p, nil
}

// describeSingle is `jornada dev`: API, worker and an embedded Temporal in one
// process, on SQLite.
func (p *Product) describeSingle(bin string) error {
	var err error
	if p.ports, err = freePorts(1); err != nil {
		return err
	}
	if p.Data == "" {
		p.Data = filepath.Join(p.Dir, "data")
	}
	workspace := filepath.Join(p.Dir, "workspace")
	if err := os.MkdirAll(workspace, 0o700); err != nil {
		return fmt.Errorf("making a workspace: %w", err)
	}
	u := &Unit{log: p.Ledger, spec: Spec{
		Name: "jornada", Path: bin, Logs: p.Dir, Env: p.env(),
		Args: append([]string{
			"dev", "--addr", loopback(p.ports[0]), "--data", p.Data, "--workspace", workspace, "--token", p.Token,
			"--log-level", "info",
		}, p.Flags...),
	}}
	u.ready = readyAt(loopback(p.ports[0]))
	p.APIs = []*Unit{u}
	p.Client = newClient(p.Token, p.Base(0))
	return nil
}

// describeProduction is `serve` and `worker` on Postgres.
func (p *Product) describeProduction(ctx context.Context, r *Rig, bin string) error {
	p.Shape.fill()
	var err error
	switch p.Cluster = p.Shape.Cluster; {
	case p.Cluster != nil:
	case p.OwnCluster:
		if p.own, err = os.MkdirTemp("", "torture-postgres-"); err != nil {
			return fmt.Errorf("making a folder for Postgres: %w", err)
		}
		if p.Cluster, err = r.NewCluster(ctx, p.own); err != nil {
			return err
		}
	default:
		if p.Cluster, err = r.Cluster(ctx); err != nil {
			return err
		}
	}
	server, err := r.Binary(ctx, "temporal")
	if err != nil {
		return err
	}
	prefix := fmt.Sprintf("t%d", time.Now().UnixNano())
	p.databases = []string{prefix, prefix + "_temporal", prefix + "_visibility"}
	if err := p.Cluster.Copy(ctx, prefix, "jornada"); err != nil {
		return err
	}
	if p.Temporal, err = newTemporal(ctx, server, p.Cluster, prefix, p.Dir, p.Ledger); err != nil {
		return err
	}
	database, temporal := p.Cluster.Addr(), p.Temporal.Addr()
	if p.Proxied {
		if p.DatabaseNet, err = NewProxy("the database", database); err != nil {
			return err
		}
		if p.TemporalNet, err = NewProxy("Temporal", temporal); err != nil {
			return err
		}
		database, temporal = p.DatabaseNet.Addr(), p.TemporalNet.Addr()
	}
	if p.ports, err = freePorts(p.Shape.APIs); err != nil {
		return err
	}
	env := append(p.env(), "JORNADA_CALLS="+filepath.Join(p.Dir, "calls"),
		"JORNADA_MASTER_KEY="+masterKey, "JORNADA_DATABASE="+p.Cluster.DSN(database, prefix),
		"JORNADA_TEMPORAL="+temporal, "JORNADA_NAMESPACE="+Namespace, "JORNADA_PUBLIC_URL="+p.Base(0),
		"JORNADA_TOKEN="+p.Token, "JORNADA_LOG_LEVEL=info",
	)
	var bases []string
	for i := range p.Shape.APIs {
		addr := loopback(p.ports[i])
		u := &Unit{log: p.Ledger, spec: Spec{
			Name: fmt.Sprintf("api %d", i+1), Path: bin, Logs: p.Dir,
			Args: append([]string{"serve", "--no-worker", "--addr", addr}, p.Flags...), Env: env,
		}}
		u.ready = readyAt(addr)
		p.APIs = append(p.APIs, u)
		bases = append(bases, p.Base(i))
	}
	for i := range p.Shape.Workers {
		u := &Unit{log: p.Ledger, spec: Spec{
			Name: fmt.Sprintf("worker %d", i+1), Path: bin, Logs: p.Dir,
			Args: append([]string{"worker"}, p.Flags...), Env: env,
		}}
		// A worker has no address: it says so when it polls for work.
		u.ready = func(_ context.Context, p *process) error {
			if !p.printed(workerRuns) {
				return fmt.Errorf("it has not printed %q yet; its log ends with: %s", workerRuns, p.tail(300))
			}
			return nil
		}
		p.Workers = append(p.Workers, u)
	}
	p.Client = newClient(p.Token, bases...)
	return nil
}

// workerRuns is what a worker logs when it polls for work.
const workerRuns = "the worker runs"

// fill says how many processes run when the scenario does not say.
func (s *Shape) fill() {
	s.APIs, s.Workers = max(s.APIs, 1), max(s.Workers, 1)
}

func (p *Product) env() []string {
	return append([]string{"JORNADA_ALLOW_EGRESS=127.0.0.0/8", "JORNADA_CLOCK_FILE=" + p.Clock.file, "JORNADA_DOUBT_AFTER=" + p.DoubtAfter.String()}, p.Env...)
}

// readyAt asks a process whether it is ready.
func readyAt(addr string) func(context.Context, *process) error {
	return func(ctx context.Context, _ *process) error {
		ctx, cancel := context.WithTimeout(ctx, 6*time.Second)
		defer cancel()
		status, body := plainCall(ctx, http.MethodGet, "http://"+addr+"/readyz", "")
		if status != http.StatusOK {
			return fmt.Errorf("/readyz answers %d: %s", status, body)
		}
		return nil
	}
}

// Base is the address of the n-th API process.
func (p *Product) Base(n int) string { return "http://" + loopback(p.ports[n]) }

// Units are the product's own processes.
func (p *Product) Units() []*Unit { return slices.Concat(p.APIs, p.Workers) }

// Start starts everything and waits until it is ready.
func (p *Product) Start(ctx context.Context) error {
	if p.Temporal != nil {
		if err := p.Temporal.Start(ctx); err != nil {
			return err
		}
	}
	for _, u := range p.Units() {
		if err := u.Launch(); err != nil {
			return err
		}
	}
	return p.Ready(ctx, startLimit)
}

// Ready waits until every process is.
func (p *Product) Ready(ctx context.Context, limit time.Duration) error {
	for _, u := range p.Units() {
		if err := u.Ready(ctx, limit); err != nil {
			return err
		}
	}
	return nil
}

// NotReady is nil while a process that answers says that something is wrong.
func (p *Product) NotReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 6*time.Second)
	defer cancel()
	status, body := plainCall(ctx, http.MethodGet, p.Base(0)+"/readyz", "")
	if status == http.StatusServiceUnavailable {
		return nil
	}
	return fmt.Errorf("/readyz answers %d: %s", status, body)
}

// Revive starts whatever is down, mends the networks, and waits until all of it
// is ready.
func (p *Product) Revive(ctx context.Context) error {
	for _, n := range []*Proxy{p.DatabaseNet, p.TemporalNet} {
		if n != nil {
			n.Heal()
			if err := n.Mend(); err != nil {
				return err
			}
		}
	}
	if p.Cluster != nil {
		if err := p.Cluster.Ensure(ctx); err != nil {
			return err
		}
	}
	if p.Temporal != nil {
		if err := p.Temporal.Start(ctx); err != nil {
			return err
		}
	}
	for _, u := range p.Units() {
		if err := errors.Join(u.Launch(), u.Thaw()); err != nil {
			return err
		}
	}
	return p.Ready(ctx, startLimit)
}

// JumpTo moves the clock to a later moment and waits until the product has
// noticed: what is begun before that belongs to the time before.
func (p *Product) JumpTo(ctx context.Context, at time.Time) error {
	if err := p.Clock.JumpTo(at); err != nil {
		return err
	}
	const probe = "/api/v1/contacts/clock-of-the-harness"
	for range p.APIs { // calls go to each in turns
		err := Until(ctx, noticeWithin, "the product follows the clock", func(ctx context.Context) error {
			var contact struct {
				UpdatedAt time.Time `json:"updated_at"`
			}
			if err := p.Client.call(ctx, http.MethodPut, probe, Contact{Addresses: map[string]string{"email": "clock@demo.example"}}, "", &contact); err != nil {
				return err
			}
			if contact.UpdatedAt.Before(at.Truncate(time.Microsecond)) {
				return fmt.Errorf("it thinks that it is %s", contact.UpdatedAt)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	pause(ctx, workersNotice)
	return ctx.Err()
}

// How soon a process follows its clock's file: it is told of a change, and looks
// every 50 ms besides. Workers cannot be asked.
const (
	noticeWithin  = 10 * time.Second
	workersNotice = 100 * time.Millisecond
)

// Close ends everything and removes the databases.
func (p *Product) Close(ctx context.Context) {
	for _, u := range p.Units() {
		u.close()
	}
	if p.Temporal != nil {
		p.Temporal.close()
	}
	for _, n := range []*Proxy{p.DatabaseNet, p.TemporalNet} {
		if n != nil {
			n.Close()
		}
	}
	switch {
	case p.own != "":
		if p.Cluster != nil {
			p.Cluster.Close()
			_ = p.Cluster.keepLog(p.Dir)
		}
		_ = os.RemoveAll(p.own)
	case p.Cluster != nil && len(p.databases) > 0:
		_ = p.Cluster.Drop(context.WithoutCancel(ctx), p.databases...) // the cluster goes anyway
	}
	givePorts(p.ports...)
}
