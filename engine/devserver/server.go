package devserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// Options says where the server keeps its state. Exactly one of File, Memory
// and Postgres is set.
type Options struct {
	File     string // path of the SQLite file; made when missing
	Memory   bool
	Postgres string // base URL; databases <Database> and <Database>_visibility are made when missing
	Database string // of Postgres; default "temporal"

	Namespace string // default "default"
	Port      int    // of the frontend; 0 picks a free one
	LogLevel  string // "" is silent but for errors; debug, info, warn, error
}

func (o *Options) validate() error {
	set := 0
	for _, b := range []bool{o.File != "", o.Memory, o.Postgres != ""} {
		if b {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("starting Temporal: exactly one of File, Memory and Postgres must be set, not %d", set)
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Database == "" {
		o.Database = "temporal"
	}
	return nil
}

// Server is a running Temporal server.
type Server struct {
	server    temporal.Server
	hostPort  string
	namespace string
	cleanup   func()
}

// loopback is the only address the server ever listens on.
const loopback = "127.0.0.1"

// Start starts the server and returns when its frontend answers.
func Start(ctx context.Context, o Options) (*Server, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	ports, err := freePorts(4)
	if err != nil {
		return nil, fmt.Errorf("finding free ports for Temporal: %w", err)
	}
	if o.Port != 0 {
		ports[0] = o.Port
	}
	storage, err := openStorage(o)
	if err != nil {
		return nil, err
	}
	cfg := serverConfig(storage, ports)
	var logger log.Logger = log.NewNoopLogger()
	if o.LogLevel != "" {
		logger = log.NewZapLogger(log.BuildZapLogger(log.Config{Stdout: false, Level: o.LogLevel}))
	}
	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("configuring Temporal: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&cfg.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("configuring Temporal: %w", err)
	}
	srv, err := temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(staticHosts(ports)),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
	if err != nil {
		return nil, fmt.Errorf("building Temporal: %w", err)
	}
	if err := srv.Start(); err != nil {
		return nil, fmt.Errorf("starting Temporal: %w", err)
	}
	s := &Server{server: srv, hostPort: net.JoinHostPort(loopback, strconv.Itoa(ports[0])), namespace: o.Namespace, cleanup: storage.cleanup}
	if err := s.waitReady(ctx, storage.registerNamespace); err != nil {
		_ = s.Stop()
		return nil, err
	}
	return s, nil
}

// HostPort is the frontend's address.
func (s *Server) HostPort() string { return s.hostPort }

// Namespace is the namespace made at start.
func (s *Server) Namespace() string { return s.namespace }

// Stop ends the server; what was committed stays.
func (s *Server) Stop() error {
	err := s.server.Stop()
	if s.cleanup != nil {
		s.cleanup()
	}
	return err
}

// waitReady returns when the frontend knows the namespace, registering it first
// where the schema could not be seeded with it (Postgres).
func (s *Server) waitReady(ctx context.Context, register bool) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	c, err := client.NewLazyClient(client.Options{HostPort: s.hostPort, Namespace: s.namespace, Logger: silent{}})
	if err != nil {
		return fmt.Errorf("reaching Temporal at %s: %w", s.hostPort, err)
	}
	defer c.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	registered := !register
	for {
		if !registered {
			_, err = c.WorkflowService().RegisterNamespace(ctx, registration(s.namespace))
			registered = err == nil || isAlreadyExists(err)
		}
		if registered {
			// A namespace is usable when starting something in it is refused for
			// its own sake, not for an unknown namespace: describe both.
			if _, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: s.namespace}); err == nil {
				_, err = c.WorkflowService().DescribeTaskQueue(ctx, describeQueue(s.namespace))
				if err == nil {
					return nil
				}
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for Temporal at %s: %w (last answer: %w)", s.hostPort, ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// Ports are looked for below the range that systems give to outgoing
// connections (32768 and up on Linux, 49152 elsewhere): Temporal opens its ports
// a moment after we looked, and meanwhile a connection could take one there.
const (
	portFirst = 10_240
	portLast  = 32_767
)

// freePorts reserves n distinct loopback ports and frees them together, so that
// no two are the same.
func freePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	var last error
	for try := 0; len(ports) < n; try++ {
		port := portFirst + rand.IntN(portLast-portFirst+1) //nolint:gosec // a port is no secret
		if try > 100 {
			return nil, fmt.Errorf("no port between %d and %d is free: %w", portFirst, portLast, last)
		}
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port))) //nolint:noctx // closed again at once
		if err != nil {
			last = err
			continue
		}
		defer func() { _ = l.Close() }()
		ports = append(ports, port)
	}
	return ports, nil
}

func staticHosts(ports []int) map[primitives.ServiceName]static.Hosts {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for i, name := range serviceOrder {
		at := net.JoinHostPort(loopback, strconv.Itoa(ports[i]))
		hosts[name] = static.Hosts{All: []string{at}, Self: at}
	}
	return hosts
}

var serviceOrder = []primitives.ServiceName{
	primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
}

// Retention of ended workflows, in the words of Temporal: a day in development
// (visibility is the larger part of the database).
const retention = 24 * time.Hour

type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

var _ sdklog.Logger = silent{}
