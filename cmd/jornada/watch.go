package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"jornada/dsl/diag"
	"jornada/engine/api"
)

// watcher publishes a folder at start and on every save.
type watcher struct {
	publish *api.Publisher
	changed func() // after something was published
	term    *terminal
}

// load publishes the folder once and reports; it returns how many journeys are
// without errors.
func (w *watcher) load(ctx context.Context, folder fs.FS) (int, error) {
	files, err := readFiles(folder, isWorkspaceOrTest)
	if err != nil {
		return 0, err
	}
	contents := map[string]string{}
	for _, f := range files {
		contents[f.Path] = string(f.Content)
	}
	published, list, err := w.publish.Folder(ctx, contents, api.PublishWish{By: "workspace folder", Partial: true, Folder: true})
	if err != nil {
		return 0, err
	}
	if len(list) > 0 {
		sources := map[string][]byte{}
		for _, f := range files {
			sources[f.Path] = f.Content
		}
		if err := list.Render(w.term.err, sources, w.term.language, isTerminal(w.term.err)); err != nil {
			return 0, err
		}
		if list.HasErrors() {
			note := diag.T("Files with errors were not published; their last good version stays.", "Arquivos com erros não foram publicados; a última versão boa continua valendo.")
			_, _ = fmt.Fprintln(w.term.err, note.In(w.term.language))
		}
	}
	for _, v := range published {
		if v.New {
			_, _ = fmt.Fprintf(w.term.err, "published %s, version %d\n", v.Journey, v.Version)
		}
	}
	if len(published) > 0 {
		w.changed()
	}
	return len(published), nil
}

// settle is how long a folder must be quiet before it is read again: editors
// write a file in several steps.
const settle = 150 * time.Millisecond

// noticing starts to notice changes below a folder. It begins before the folder
// is first read, so that no save falls between.
func noticing(dir string, log *slog.Logger) (*fsnotify.Watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching the workspace folder: %w", err)
	}
	watchTree(n, dir, log)
	return n, nil
}

// watch publishes again on every save until ctx ends.
func (w *watcher) watch(ctx context.Context, n *fsnotify.Watcher, dir string, log *slog.Logger) {
	defer func() { _ = n.Close() }()
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case ev, ok := <-n.Events:
			if !ok {
				return
			}
			if info, err := os.Stat(ev.Name); err == nil && info.IsDir() {
				watchTree(n, ev.Name, log)
			}
			quiet = time.After(settle)
		case err, ok := <-n.Errors:
			if !ok {
				return
			}
			log.Error("watching the workspace folder", "error", err)
		case <-quiet:
			quiet = nil
			if _, err := w.load(ctx, os.DirFS(dir)); err != nil && !errors.Is(err, context.Canceled) {
				log.Error("publishing the workspace folder; the last good versions stay", "error", err)
			}
		}
	}
}

func watchTree(n *fsnotify.Watcher, dir string, log *slog.Logger) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != dir && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		return n.Add(path)
	})
	if err != nil {
		log.Error("watching the workspace folder", "folder", dir, "error", err)
	}
}
