package scenario

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// onThisMachine is a bound on how quick the product must be. At full size it is
// the plain bound. A small run, as in CI, may share its machine: with several tasks
// for each processor everything takes several times as long, and the bound with it.
// Bounds on what is right are never stretched.
func (r *Run) onThisMachine(limit time.Duration) time.Duration {
	if r.Full {
		return limit
	}
	return time.Duration(float64(limit) * max(1, loadPerProcessor()))
}

// loadPerProcessor is how many tasks ran or wanted to run lately for each
// processor, where the system tells (Linux); 0 elsewhere.
func loadPerProcessor() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	load, _, _ := strings.Cut(string(text), " ")
	tasks, _ := strconv.ParseFloat(load, 64)
	return tasks / float64(runtime.NumCPU())
}
