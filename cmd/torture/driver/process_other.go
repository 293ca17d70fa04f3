//go:build !linux

package driver

import (
	"os/exec"
	"syscall"
)

// startLeashed starts a program. Only Linux can tie its life to ours; elsewhere
// it outlives a torture run that is itself killed.
func startLeashed(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	return cmd.Start()
}
