package devserver

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"
)

// storage is where Temporal's two stores live.
type storage struct {
	main, visibility  *config.SQL
	shards            int32
	registerNamespace bool // through the API, because the schema could not be seeded
	cleanup           func()
}

func openStorage(o Options) (*storage, error) {
	switch {
	case o.Memory:
		return openMemory(o.Namespace)
	case o.File != "":
		return openFile(o.File, o.Namespace)
	default:
		return openPostgres(o.Postgres, o.Database)
	}
}

// memoryServers numbers in-memory databases: two servers of one process must
// not share one.
var memoryServers atomic.Int64

func openMemory(namespace string) (*storage, error) {
	cfg := &config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      "jornada-temporal-" + strconv.FormatInt(memoryServers.Add(1), 10),
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}
	if err := seed(cfg, namespace); err != nil {
		return nil, err
	}
	return &storage{main: cfg, visibility: cfg, shards: 1}, nil
}

func fileConfig(path string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: path,
		MaxConns:     1,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			// FULL: a commit that was answered survives a power cut, not only a kill.
			"synchronous":  "full",
			"busy_timeout": "10000",
		},
	}
}

// openFile makes the schema in a file beside the real one and renames it, so a
// kill during the very first start never leaves half a schema behind.
func openFile(path, namespace string) (*storage, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("making the folder of Temporal's database: %w", err)
		}
		fresh := path + ".new"
		for _, leftover := range []string{fresh, fresh + "-wal", fresh + "-shm"} {
			if err := os.Remove(leftover); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("removing an unfinished Temporal database: %w", err)
			}
		}
		cfg := fileConfig(fresh)
		delete(cfg.ConnectAttributes, "journal_mode") // a WAL beside the file would not be renamed with it
		cfg.ConnectAttributes["synchronous"] = "off"  // renamed only when whole
		if err := sqlite.SetupSchema(cfg); err != nil {
			return nil, fmt.Errorf("making Temporal's schema in %s: %w", fresh, err)
		}
		if err := os.Rename(fresh, path); err != nil {
			return nil, fmt.Errorf("putting Temporal's database in place: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("opening Temporal's database: %w", err)
	}
	cfg := fileConfig(path)
	if err := seed(cfg, namespace); err != nil {
		return nil, err
	}
	return &storage{main: cfg, visibility: cfg, shards: 1}, nil
}

func seed(cfg *config.SQL, namespace string) error {
	ns, err := sqlite.NewNamespaceConfig(clusterName, namespace, false, nil)
	if err != nil {
		return fmt.Errorf("describing Temporal's namespace %q: %w", namespace, err)
	}
	if err := sqlite.CreateNamespaces(cfg, ns); err != nil {
		return fmt.Errorf("making Temporal's namespace %q: %w", namespace, err)
	}
	return nil
}

// openPostgres makes both databases and brings their schemas up to date with
// the server's own schema tool.
func openPostgres(dsn, database string) (*storage, error) {
	at, err := onPostgres(dsn)
	if err != nil {
		return nil, err
	}
	for name, visibility := range map[string]bool{database: false, database + VisibilitySuffix: true} {
		if err := PrepareDatabase(dsn, name, visibility); err != nil {
			return nil, err
		}
	}
	return &storage{main: at(database), visibility: at(database + VisibilitySuffix), shards: 4, registerNamespace: true}, nil
}

// VisibilitySuffix ends the name of the second of a server's two Postgres databases,
// in which it looks workflows up.
const VisibilitySuffix = "_visibility"

// onPostgres says how to reach a database of a server.
func onPostgres(dsn string) (func(name string) *config.SQL, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("reading Temporal's Postgres address %q: want postgres://user:password@host:port", dsn)
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	password, _ := u.User.Password()
	return func(name string) *config.SQL {
		return &config.SQL{
			PluginName: postgresql.PluginNamePGX, DatabaseName: name, ConnectAddr: u.Hostname() + ":" + port, ConnectProtocol: "tcp",
			User: u.User.Username(), Password: password, MaxConns: 10, MaxIdleConns: 10,
		}
	}, nil
}

// PrepareDatabase makes one of a server's two Postgres databases when it is missing,
// and brings its schema up to the server's version. dsn is the address of any
// database of that Postgres; visibility says which of the two it is.
func PrepareDatabase(dsn, name string, visibility bool) error {
	at, err := onPostgres(dsn)
	if err != nil {
		return err
	}
	schemaName := "postgresql/v12/temporal"
	if visibility {
		schemaName = "postgresql/v12/visibility"
	}
	if err := prepareDatabase(at, name, schemaName); err != nil {
		return fmt.Errorf("preparing Temporal's database %q: %w", name, err)
	}
	return nil
}

// prepareDatabase makes one database when it is missing and brings its schema
// up to the server's version.
func prepareDatabase(at func(string) *config.SQL, name, schemaName string) error {
	logger := log.NewNoopLogger()
	admin, err := sqltool.NewConnection(at("postgres"), logger)
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer admin.Close()
	if err := admin.CreateDatabase(name); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	db, err := sqltool.NewConnection(at(name), logger)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer db.Close()
	if _, err := db.ReadSchemaVersion(); err != nil {
		if err := schema.NewSetupSchemaTask(db, &schema.SetupConfig{InitialVersion: "0.0"}, logger).Run(); err != nil {
			return fmt.Errorf("making the version tables: %w", err)
		}
	}
	if err := schema.NewUpdateSchemaTask(db, &schema.UpdateConfig{SchemaName: schemaName}, logger).Run(); err != nil {
		return fmt.Errorf("updating the schema: %w", err)
	}
	return nil
}
