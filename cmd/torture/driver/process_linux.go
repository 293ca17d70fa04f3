package driver

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// The kernel kills a leashed process when the thread that started it ends. Go
// may end threads, so one thread that never ends starts them all.
var launcher = struct {
	once sync.Once
	work chan func()
}{work: make(chan func())}

// startLeashed starts a program that dies when this one does, however it dies.
func startLeashed(cmd *exec.Cmd) error {
	launcher.once.Do(func() {
		go func() {
			runtime.LockOSThread()
			for f := range launcher.work {
				f()
			}
		}()
	})
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	// A Ctrl-C at the terminal is for torture, which then ends its processes.
	cmd.SysProcAttr.Setpgid = true
	done := make(chan error)
	launcher.work <- func() { done <- cmd.Start() }
	return <-done
}
