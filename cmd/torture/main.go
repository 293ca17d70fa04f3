// Command torture mistreats Jornada and proves that it keeps its promises: it
// runs the product as processes on loopback, kills them, takes their database,
// their network and their disk away, plays a provider that cannot be relied on,
// and then compares what the outside world received with what the product says.
//
//	go run ./cmd/torture --all               every scenario, small (what CI runs)
//	go run ./cmd/torture --run T01,T04 --seeds 1,2,3 --database both
//	go run ./cmd/torture --all --size full   hours; what the reliability plan promises
//	go run ./cmd/torture list                what there is
//	go run ./cmd/torture provsim             the outside world alone, to develop against
//
// It exits 0 when everything held, 1 when a rule was broken, 2 when it was called
// wrongly. Everything random comes from the seed printed with a result; a failed
// run says how to repeat it and where its logs are.
//
// The harness shares no code with the product; see the package driver, provsim
// (the world), oracle (who decides) and scenario (what is done).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitHeld     = 0
	exitBreached = 1
	exitUsage    = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	if len(args) > 0 {
		switch args[0] {
		case "list":
			list(os.Stdout)
			return exitHeld
		case "provsim":
			return tell(provsimCommand(ctx, args[1:], os.Stdout))
		}
	}
	options, err := parse(args)
	if err != nil {
		return tell(err)
	}
	return tell(options.play(ctx))
}

// errBreached ends a run that was told about already.
var errBreached = errors.New("a rule was broken")

// usageError is a call that makes no sense.
type usageError struct{ text string }

// Error implements error.
func (e usageError) Error() string { return e.text }

func tell(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitHeld
	case errors.Is(err, errBreached):
		return exitBreached
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "torture:", err)
		return exitUsage
	}
	fmt.Fprintln(os.Stderr, "torture:", err)
	return exitBreached
}
