package program

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the program a process group, which is killed as a whole when its time has passed: a script's children
// must not outlive it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
