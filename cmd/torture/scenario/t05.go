package scenario

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
)

// Room for a run's data before the disk is filled, in megabytes.
const (
	sqliteDisk   = 192
	postgresDisk = 640
)

// The disk is filled to the last byte while people enroll, and freed again. On
// SQLite it is the disk of `jornada dev --data`, on Postgres the database
// server's. Nothing may be sent that could not be written down, and when there is
// room again everything goes on by itself.
func t05(ctx context.Context, r *Run) (line oracle.Line, err error) {
	megabytes := sqliteDisk
	if r.Database == driver.Postgres {
		megabytes = postgresDisk
	}
	disk, err := driver.MountDisk(ctx, megabytes)
	if err != nil {
		return oracle.Line{}, err
	}
	defer func() { err = errors.Join(err, disk.Close()) }()
	shape := driver.Shape{Data: filepath.Join(disk.Dir(), "data")}
	if r.Database == driver.Postgres {
		if shape.Cluster, err = r.Rig.NewCluster(ctx, filepath.Join(disk.Dir(), "postgres")); err != nil {
			return oracle.Line{}, err
		}
		defer shape.Cluster.Close()
	}
	s, err := r.Stage(ctx, Setup{Plan: doubtful, Shape: shape})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	silent := 0
	if err := s.During(ctx, func(ctx context.Context) (err error) {
		silent, err = s.filling(ctx, disk)
		return err
	}); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	line, err = s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		s.mayDoubt(&rules)
		rules.Kills = r.Faults
		rules.Extra = func(breach func(rule, example string)) {
			// Postgres' disk is its operator's to watch: it goes on in the room that it
			// has set aside, and the product sees nothing.
			if silent > 0 && r.Database == driver.SQLite {
				breach("a full disk is said on /readyz", fmt.Sprintf("%d of %d times it was not", silent, s.Faults))
			}
		}
		return rules
	})
	if err == nil && r.Database == driver.SQLite {
		err = s.intact(&line)
	}
	return line, err
}

// filling fills the disk the size's number of times, and returns how often the
// product did not say so.
func (s *Stage) filling(ctx context.Context, disk *driver.Disk) (silent int, err error) {
	rng := s.Random("disk")
	for range s.Faults {
		if !driver.Pause(ctx, Between(rng, time.Second, 2500*time.Millisecond)) {
			return silent, ctx.Err()
		}
		s.Say(fmt.Sprintf("the disk is full for %s", s.For))
		if err := disk.Fill(); err != nil {
			return silent, err
		}
		s.Product.Ledger.Killed()
		until := time.Now().Add(s.For)
		alarm := driver.Until(ctx, s.For, "/readyz says that something is wrong", func(ctx context.Context) error {
			// A file system that somebody shrinks meanwhile is filled again.
			return errors.Join(disk.Fill(), s.Product.NotReady(ctx))
		})
		if alarm != nil {
			silent++
		}
		driver.Pause(ctx, time.Until(until))
		if err := disk.Free(); err != nil {
			return silent, err
		}
		began := time.Now()
		if s.Product.Cluster != nil {
			if err := s.Product.Cluster.Ensure(ctx); err != nil {
				return silent, err
			}
		}
		if err := s.Product.Ready(ctx, time.Minute); err != nil {
			return silent, err
		}
		s.Product.Ledger.Recovered(time.Since(began))
		s.progress(int(s.enrolled.Load()))
	}
	return silent, nil
}

// intact looks at the files of SQLite as they were left.
func (s *Stage) intact(line *oracle.Line) error {
	if _, err := s.Product.APIs[0].Drain(operatorsWait); err != nil {
		return err
	}
	for _, name := range []string{"jornada.db", "temporal.db"} {
		if damage := driver.CheckSQLite(filepath.Join(s.Product.Data, name)); damage != nil {
			line.Pass = false
			line.Breaches = append(line.Breaches, oracle.Breach{Rule: "the database is intact", Count: 1, Examples: []string{damage.Error()}})
		}
	}
	return nil
}
