package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jornada/engine/devserver"
)

// TestMain lets this test binary stand in for two programs: `jornada` itself, so
// that tests drive real processes without building a second binary, and a
// Temporal server in a process of its own, as production has it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"jornada":          runJornada,
		"jornada-temporal": runTemporal,
	})
}

// Environment of the processes that tests start.
const (
	envLeash            = "JORNADA_TEST_LEASH" // end when standard input does: no test leaves an orphan
	envTemporalPostgres = "JORNADA_TEST_TEMPORAL_POSTGRES"
	envTemporalDatabase = "JORNADA_TEST_TEMPORAL_DATABASE"
	envTemporalPort     = "JORNADA_TEST_TEMPORAL_PORT"
)

func runJornada() {
	leash()
	main()
}

// runTemporal serves Temporal on Postgres until it is told to stop.
func runTemporal() {
	leash()
	port, err := strconv.Atoi(os.Getenv(envTemporalPort))
	if err != nil {
		fmt.Fprintln(os.Stderr, envTemporalPort, err)
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	s, err := devserver.Start(ctx, devserver.Options{Postgres: os.Getenv(envTemporalPostgres), Database: os.Getenv(envTemporalDatabase), Port: port})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
	fmt.Println("ready")
	<-ctx.Done()
	stop()
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func leash() {
	if os.Getenv(envLeash) == "" {
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(exitFailed)
	}()
}
