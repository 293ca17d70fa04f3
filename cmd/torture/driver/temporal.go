package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Namespace is Temporal's, for the product.
const Namespace = "torture"

// services are Temporal's, each in a process of its own; they find each other
// by ringpop on loopback.
var services = []string{"frontend", "history", "matching", "worker"}

// Temporal is the real server, built from its module, on Postgres.
type Temporal struct {
	Units map[string]*Unit // by service

	ports []int                           // grpc and membership of each service, then the frontend's HTTP
	known func(ctx context.Context) error // nil error: the database knows its cluster
}

// schemas of Temporal's two databases, in its own schema tool's names.
var schemas = map[string]string{"temporal": "postgresql/v12/temporal", "temporal_visibility": "postgresql/v12/visibility"}

// prepareTemporal makes the two databases that every Temporal is copied from.
func prepareTemporal(ctx context.Context, tool string, c *Cluster) error {
	for name, schema := range schemas {
		if err := c.Copy(ctx, name, ""); err != nil {
			return err
		}
		for _, args := range [][]string{{"setup-schema", "-v", "0.0"}, {"update-schema", "-s", schema}} {
			args = append([]string{"--ep", "127.0.0.1", "-p", strconv.Itoa(c.port), "-u", pgUser, "--pl", "postgres12_pgx", "--db", name}, args...)
			if out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput(); err != nil { //nolint:gosec // Temporal's schema tool
				return fmt.Errorf("making Temporal's schema in %s: %w\n%s", name, err, out)
			}
		}
	}
	return nil
}

// newTemporal describes a server on copies of the prepared databases; nothing
// runs before Start.
func newTemporal(ctx context.Context, bin string, c *Cluster, prefix, dir string, log *Ledger) (*Temporal, error) {
	main, visibility := prefix+"_temporal", prefix+"_visibility"
	for name, template := range map[string]string{main: "temporal", visibility: "temporal_visibility"} {
		if err := c.Copy(ctx, name, template); err != nil {
			return nil, err
		}
		// Temporal looks its schema's version up by the database's name.
		if err := c.exec(ctx, name, "update schema_version set db_name = current_database()"); err != nil {
			return nil, err
		}
	}
	ports, err := freePorts(2*len(services) + 1)
	if err != nil {
		return nil, err
	}
	t := &Temporal{Units: map[string]*Unit{}, ports: ports}
	t.known = func(ctx context.Context) error { return clusterKnown(ctx, c.DSN(c.Addr(), main)) }
	dynamic := filepath.Join(dir, "temporal-dynamic.yaml")
	if err := os.WriteFile(dynamic, []byte(temporalDynamic), 0o600); err != nil {
		return nil, fmt.Errorf("writing Temporal's settings: %w", err)
	}
	file := filepath.Join(dir, "temporal.yaml")
	text := strings.NewReplacer("ADDR", c.Addr(), "USER", pgUser, "MAIN", main, "VISIBILITY", visibility,
		"FRONTEND", t.Addr(), "SERVICES", t.serviceLines(), "DYNAMIC", dynamic).Replace(temporalConfig)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("writing Temporal's settings: %w", err)
	}
	for _, service := range services {
		u := &Unit{log: log, foreign: true, spec: Spec{
			Name: "temporal " + service, Path: bin, Logs: dir,
			Args: []string{"--config-file", file, "--allow-no-auth", "start", "--service", service},
		}}
		u.ready = func(context.Context, *process) error { return nil } // the whole is ready or not
		t.Units[service] = u
	}
	return t, nil
}

// Addr is where the product reaches the frontend.
func (t *Temporal) Addr() string { return loopback(t.ports[0]) }

func (t *Temporal) http() string { return "http://" + loopback(t.ports[2*len(services)]) }

func (t *Temporal) serviceLines() string {
	var b strings.Builder
	for i, service := range services {
		extra := ""
		if service == "frontend" {
			extra = fmt.Sprintf(", httpPort: %d", t.ports[2*len(services)])
		}
		fmt.Fprintf(&b, "\n  %s: {rpc: {grpcPort: %d, membershipPort: %d, bindOnLocalHost: true%s}}", service, t.ports[2*i], t.ports[2*i+1], extra)
	}
	return b.String()
}

// Start starts whatever does not run and returns when the server serves. The first
// service to run on new databases writes down which cluster they are of; services
// that would do so at the same moment end.
func (t *Temporal) Start(ctx context.Context) error {
	if err := t.Units[services[0]].Launch(); err != nil {
		return err
	}
	if err := Until(ctx, startLimit, "Temporal's database knows its cluster", t.known); err != nil {
		return err
	}
	if err := t.Launch(); err != nil {
		return err
	}
	return t.Ready(ctx, startLimit)
}

// clusterKnown asks Temporal's database whether it knows its cluster.
func clusterKnown(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connecting to Temporal's database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	clusters := 0
	if err := conn.QueryRow(ctx, "select count(*) from cluster_metadata_info").Scan(&clusters); err != nil {
		return fmt.Errorf("asking Temporal's database for its cluster: %w", err)
	}
	if clusters == 0 {
		return errors.New("it does not yet")
	}
	return nil
}

// Launch starts whatever does not run, without waiting.
func (t *Temporal) Launch() error {
	for _, service := range services {
		if err := t.Units[service].Launch(); err != nil {
			return err
		}
	}
	return nil
}

// Down kills all of it at once.
func (t *Temporal) Down() {
	for _, service := range services {
		t.Units[service].down()
	}
	t.Units["frontend"].log.Killed()
}

// Ready waits until the server answers for every part: the frontend knows the
// namespace (which is registered on the way), matching and history take a task
// queue's and a workflow's question.
func (t *Temporal) Ready(ctx context.Context, limit time.Duration) error {
	registered := false
	err := Until(ctx, limit, "Temporal serves", func(ctx context.Context) error {
		if !registered {
			status, body := t.call(ctx, http.MethodPost, "/api/v1/namespaces", fmt.Sprintf(`{"namespace":%q,"workflowExecutionRetentionPeriod":"86400s"}`, Namespace))
			if status != http.StatusOK && status != http.StatusConflict {
				return errors.New(body)
			}
			registered = true
		}
		status, body := t.call(ctx, http.MethodGet, "/api/v1/namespaces/"+Namespace+"/task-queues/readiness", "")
		if status != http.StatusOK {
			return errors.New(body)
		}
		// A workflow that does not exist: history answers for its shard.
		if status, body = t.call(ctx, http.MethodGet, "/api/v1/namespaces/"+Namespace+"/workflows/readiness", ""); status != http.StatusNotFound {
			return errors.New(body)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w; its logs are temporal-*.log in %s", err, t.Units["frontend"].spec.Logs)
	}
	return nil
}

// Open is how many workflows run, as visibility counts them.
func (t *Temporal) Open(ctx context.Context) (int, error) {
	status, body := t.call(ctx, http.MethodGet, "/api/v1/namespaces/"+Namespace+"/workflow-count?query=ExecutionStatus%3D%22Running%22", "")
	if status != http.StatusOK {
		return 0, fmt.Errorf("counting Temporal's open workflows: %s", body)
	}
	var out struct {
		Count string `json:"count"`
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		return 0, fmt.Errorf("counting Temporal's open workflows: %w", err)
	}
	if out.Count == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(out.Count)
	if err != nil {
		return 0, fmt.Errorf("counting Temporal's open workflows: %w", err)
	}
	return n, nil
}

func (t *Temporal) call(ctx context.Context, method, path, body string) (int, string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return plainCall(ctx, method, t.http()+path, body)
}

func (t *Temporal) close() {
	for _, u := range t.Units {
		u.close()
	}
	givePorts(t.ports...)
}

// temporalConfig is a real configuration file. Four history shards are plenty
// for one machine.
const temporalConfig = `log: {stdout: true, level: warn}
persistence:
  defaultStore: main
  visibilityStore: visibility
  numHistoryShards: 4
  datastores:
    main: {sql: {pluginName: postgres12_pgx, databaseName: MAIN, connectAddr: "ADDR", connectProtocol: tcp, user: USER, maxConns: 10, maxIdleConns: 10}}
    visibility: {sql: {pluginName: postgres12_pgx, databaseName: VISIBILITY, connectAddr: "ADDR", connectProtocol: tcp, user: USER, maxConns: 5, maxIdleConns: 5}}
global:
  membership: {maxJoinDuration: 30s, broadcastAddress: 127.0.0.1}
services:SERVICES
clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation: {active: {enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: "FRONTEND"}}
dcRedirectionPolicy: {policy: noop}
archival: {history: {state: disabled}, visibility: {state: disabled}}
namespaceDefaults: {archival: {history: {state: disabled}, visibility: {state: disabled}}}
publicClient: {hostPort: "FRONTEND"}
dynamicConfigClient: {filepath: DYNAMIC, pollInterval: 10s}
`

// temporalDynamic is what docs/operations.md recommends to operators.
const temporalDynamic = `history.transferProcessorMaxPollRPS: [{value: 200}]
history.workflowTaskRetryMaxInterval: [{value: 10s}]
matching.numTaskqueueReadPartitions: [{value: 1}]
matching.numTaskqueueWritePartitions: [{value: 1}]
`
