package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"jornada/engine"
	"jornada/engine/store"
)

func newRotateKey(t *terminal) *cobra.Command {
	var c Config
	var old string
	cmd := &cobra.Command{
		Use:   "rotate-key",
		Short: "Seal everything with a new master key",
		Long: `Seals the data keys of all contacts and the secrets of all integrations with a new
master key, in one transaction: afterwards the database opens with the new one only.
Contacts, journeys and histories stay as they are, since only the keys that
encrypt them are sealed anew.

Stop every serve and worker process first. Make the new key with
"openssl rand -base64 32" and give both: the new one as JORNADA_MASTER_KEY, as the
processes will have it, the one in use until now as JORNADA_OLD_MASTER_KEY. Run
again, it finds nothing to do, or what a process that still ran had written.`,
		Example: "  JORNADA_OLD_MASTER_KEY=… JORNADA_MASTER_KEY=… jornada rotate-key --database postgres://jornada@db/jornada",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.resolve(cmd, os.LookupEnv); err != nil {
				return err
			}
			former, err := base64.StdEncoding.DecodeString(old)
			if err != nil || len(former) != 32 {
				return usage("--old-master-key: must be the 32 bytes in base64 that the processes had until now; better given as JORNADA_OLD_MASTER_KEY")
			}
			return rotateKey(cmd, t, &c, former)
		},
	}
	cmd.Flags().StringVar(&c.Database, "database", "", "`URL` of the database: postgres://user:password@host/name")
	cmd.Flags().StringVar(&c.MasterKey, "master-key", "", "the new `key`, 32 bytes in base64; better given as JORNADA_MASTER_KEY")
	cmd.Flags().StringVar(&old, "old-master-key", "", "the `key` until now; better given as JORNADA_OLD_MASTER_KEY")
	return cmd
}

// rotateKey seals the database anew and says what to do next.
func rotateKey(cmd *cobra.Command, t *terminal, c *Config, former []byte) error {
	if string(former) == string(c.masterKey()) {
		return usage("--master-key: is the same as --old-master-key; make a new one with `openssl rand -base64 32`")
	}
	ctx := cmd.Context()
	db, err := store.Open(ctx, c.Database, store.Options{
		Clock: engine.NewClock(engine.Anchor{}, time.Now), MasterKey: c.masterKey(), OldMasterKeys: [][]byte{former},
	})
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	defer func() { _ = db.Close() }()
	if err := upToDate(ctx, db); err != nil {
		return err
	}
	var report func(done, of int)
	if isTerminal(t.err) {
		report = func(done, of int) {
			_, _ = fmt.Fprintf(t.err, "\r%d of %d", done, of)
			if done == of {
				_, _ = fmt.Fprintln(t.err)
			}
		}
	}
	done, err := db.RotateMasterKey(ctx, "operator", report)
	if what := store.SealedOtherwise(err); what != "" {
		return fmt.Errorf("--old-master-key: is not the key that this database was written with (%s opens with neither key); nothing was changed", what)
	}
	if err != nil {
		return fmt.Errorf("sealing with the new master key: %w", err)
	}
	if done == (engine.KeyRotation{}) {
		_, err = fmt.Fprintln(t.out, "nothing to do: the new master key opens everything in this database")
		return err
	}
	_, err = fmt.Fprintf(t.out, `sealed with the new master key: data keys: %d, integrations: %d

Next:
1. Give every serve and worker process the new key as JORNADA_MASTER_KEY, and start them.
2. Run this once more. If a process still ran with the old key, what it wrote is sealed anew then.
3. Keep the old key as long as you keep backups of this database from before: they open with it only.
`, done.DataKeys, done.Integrations)
	return err
}
