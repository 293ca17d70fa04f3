package driver

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// Rig is what scenarios share: binaries, and a Postgres cluster with databases
// to copy. Each part is made when the first scenario asks for it.
type Rig struct {
	Root string // of the repository
	Dir  string // of this run: logs, data
	say  func(string)

	mu      sync.Mutex
	built   map[string]string
	cluster *Cluster
}

// NewRig makes a rig that keeps everything in dir; say is told what takes long.
func NewRig(ctx context.Context, dir string, say func(string)) (*Rig, error) {
	root, err := Root(ctx)
	if err != nil {
		return nil, err
	}
	return &Rig{Root: root, Dir: dir, say: say, built: map[string]string{}}, nil
}

// Binary builds one of the programs (jornada, mutant, temporal, sqltool), once.
func (r *Rig) Binary(ctx context.Context, name string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.binary(ctx, name)
}

func (r *Rig) binary(ctx context.Context, name string) (string, error) {
	if path := r.built[name]; path != "" {
		return path, nil
	}
	path, err := build(ctx, r.Root, name, r.say)
	if err == nil {
		r.built[name] = path
	}
	return path, err
}

// Cluster starts the Postgres cluster, once, with the databases every scenario
// copies: the product's (template "jornada") and Temporal's two.
func (r *Rig) Cluster(ctx context.Context) (*Cluster, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cluster != nil {
		return r.cluster, nil
	}
	r.say("starting Postgres")
	// Not below Dir, which only its owner may enter: root cannot run Postgres.
	dir, err := os.MkdirTemp("", "torture-postgres-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for Postgres: %w", err)
	}
	c, err := StartCluster(ctx, dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	if err := r.prepare(ctx, c); err != nil {
		c.Close()
		_ = os.RemoveAll(dir)
		return nil, err
	}
	r.cluster = c
	return c, nil
}

// NewCluster starts another cluster than the shared one, with the same databases
// to copy. The caller closes it.
func (r *Rig) NewCluster(ctx context.Context, dir string) (*Cluster, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, err := StartCluster(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := r.prepare(ctx, c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (r *Rig) prepare(ctx context.Context, c *Cluster) error {
	tool, err := r.binary(ctx, "sqltool")
	if err != nil {
		return err
	}
	if err := prepareTemporal(ctx, tool, c); err != nil {
		return err
	}
	jornada, err := r.binary(ctx, "jornada")
	if err != nil {
		return err
	}
	if err := c.Copy(ctx, "jornada", ""); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, jornada, "migrate", "--database", c.DSN(c.Addr(), "jornada")) //nolint:gosec // the product
	cmd.Env = cleanEnv()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running jornada migrate: %w\n%s", err, out)
	}
	return nil
}

// Close stops what the rig started. The folder Dir stays for whoever wants to
// read it; the caller removes it.
func (r *Rig) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cluster == nil {
		return nil
	}
	r.cluster.Close()
	return errors.Join(r.cluster.keepLog(r.Dir), os.RemoveAll(r.cluster.dir))
}

// masterKey is the same for every run: there is nothing to protect.
var masterKey = base64.StdEncoding.EncodeToString(make([]byte, 32))
