package driver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// Disk is a small file system in memory that can be filled to the last byte.
type Disk struct{ dir string }

// MountDisk mounts one of so many megabytes. It needs root and Linux.
func MountDisk(ctx context.Context, megabytes int) (*Disk, error) {
	// Not in the folder of the run, which only its owner may enter: root cannot run
	// Postgres.
	dir, err := os.MkdirTemp("", "torture-disk-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for a small disk: %w", err)
	}
	out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "mode=0755,size="+strconv.Itoa(megabytes)+"m", "torture", dir).CombinedOutput() //nolint:gosec // a folder of ours
	if err != nil {
		_ = os.Remove(dir)
		return nil, fmt.Errorf("mounting a small disk at %s: %w: %s; filling a disk needs Linux and root (in a container: --cap-add SYS_ADMIN)", dir, err, out)
	}
	return &Disk{dir}, nil
}

// Dir is where it is mounted.
func (d *Disk) Dir() string { return d.dir }

func (d *Disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// Fill writes until nothing more fits.
func (d *Disk) Fill() error {
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("filling the disk: %w", err)
	}
	defer func() { _ = f.Close() }()
	for size := 1 << 20; size > 0; {
		switch _, err := f.Write(make([]byte, size)); {
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		case err != nil:
			return fmt.Errorf("filling the disk: %w", err)
		}
	}
	return nil
}

// Free takes the ballast away.
func (d *Disk) Free() error {
	if err := os.Remove(d.ballast()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("freeing the disk: %w", err)
	}
	return nil
}

// Close unmounts it.
func (d *Disk) Close() error {
	// Lazily: a log somebody still reads must not keep it.
	if out, err := exec.CommandContext(context.Background(), "umount", "-l", d.dir).CombinedOutput(); err != nil { //nolint:gosec // a folder of ours
		return fmt.Errorf("unmounting %s: %w: %s", d.dir, err, out)
	}
	if err := os.Remove(d.dir); err != nil {
		return fmt.Errorf("removing the folder of a small disk: %w", err)
	}
	return nil
}
