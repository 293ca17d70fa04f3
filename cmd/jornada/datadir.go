package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"jornada/engine"
	"jornada/engine/devserver"
)

// Names in the folder of `jornada dev`.
const (
	tokenFile     = "token"
	masterKeyFile = "master.key"
	clockName     = "clock.json"
	lockFile      = "lock"
)

// dataDir is where one `jornada dev` keeps everything: two SQLite files, the
// key that opens one of them, the clock, the token. All of it is readable by
// its owner only. A zero dir keeps nothing.
type dataDir struct {
	dir  string
	lock *os.File
}

// openDataDir makes the folder and takes its lock: two processes on one SQLite
// file would each believe to be the only writer.
func openDataDir(flag string) (*dataDir, error) {
	if flag == inMemory {
		return &dataDir{}, nil
	}
	dir := flag
	if dir == "" {
		var err error
		if dir, err = stateDir(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--data: making the folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("--data: another jornada is using %s; stop it, or choose another folder", dir)
	}
	return &dataDir{dir: dir, lock: lock}, nil
}

func (d *dataDir) close() {
	if d.lock != nil {
		_ = d.lock.Close()
	}
}

func (d *dataDir) describe() string {
	if d.dir == "" {
		return "in memory: gone when it stops"
	}
	return d.dir
}

// path is a file of the folder, "" when nothing is kept.
func (d *dataDir) path(name string) string {
	if d.dir == "" {
		return ""
	}
	return filepath.Join(d.dir, name)
}

func (d *dataDir) temporal() devserver.Options {
	if d.dir == "" {
		return devserver.Options{Memory: true}
	}
	return devserver.Options{File: d.path("temporal.db")}
}

func (d *dataDir) database() string {
	if d.dir == "" {
		return "sqlite:" + inMemory
	}
	return "sqlite:" + d.path("jornada.db")
}

// secretFile reads a secret kept in the folder, or makes it.
func (d *dataDir) secretFile(name string) (string, error) {
	if d.dir == "" {
		return newSecretText(), nil
	}
	b, err := os.ReadFile(d.path(name))
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("--data: %w", err)
	}
	text := newSecretText()
	if err := writeWhole(d.path(name), []byte(text+"\n")); err != nil {
		return "", err
	}
	return text, nil
}

func (d *dataDir) masterKey() ([]byte, error) {
	text, err := d.secretFile(masterKeyFile)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("--data: %s is damaged, and without it the contacts in this folder cannot be read; restore it, or start afresh with another --data", d.path(masterKeyFile))
	}
	return key, nil
}

// token is the administrator's: the one asked for, else the one of last time,
// else a new one. It is kept so that commands on this machine find it.
func (d *dataDir) token(asked string) (string, error) {
	if asked == "" {
		text, err := d.secretFile(tokenFile)
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(text, tokenPrefix) {
			return text, nil
		}
		asked = tokenPrefix + strings.NewReplacer("+", "", "/", "", "=", "").Replace(text)
	}
	if d.dir != "" {
		if err := writeWhole(d.path(tokenFile), []byte(asked+"\n")); err != nil {
			return "", err
		}
	}
	return asked, nil
}

const tokenPrefix = "jrn_"

// clock goes on where the last one was, at a new speed when asked: virtual time
// never jumps back over a restart.
func (d *dataDir) clock(speed float64) (*engine.AnchoredClock, error) {
	now := time.Now().UTC()
	var anchor engine.Anchor
	if d.dir != "" {
		b, err := os.ReadFile(d.path(clockName))
		if err == nil {
			err = json.Unmarshal(b, &anchor)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--data: reading the clock %s: %w", d.path(clockName), err)
		}
	}
	current := anchor.Speed
	if current == 0 {
		current = 1
	}
	if current != speed {
		anchor = engine.Anchor{Real: now, Virtual: anchor.At(now), Speed: speed}
		if err := d.keepClock(anchor); err != nil {
			return nil, err
		}
	}
	return engine.NewClock(anchor, time.Now), nil
}

// keepClock remembers the clock for the next start.
func (d *dataDir) keepClock(a engine.Anchor) error {
	if d.dir == "" {
		return nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("writing the clock: %w", err)
	}
	return writeWhole(d.path(clockName), b)
}

// writeWhole writes a file its owner alone can read, wholly or not at all.
func writeWhole(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("--data: writing %s: %w", path, err)
	}
	return nil
}
