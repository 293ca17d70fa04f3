package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"jornada/dsl"
)

// maxFile bounds what is read of one file. It is above the checker's own limit, so
// that of a larger file enough is read for the checker to refuse it with a
// diagnostic.
const maxFile = 4 << 20

// isWorkspaceFile says which files of a folder belong to the workspace.
func isWorkspaceFile(name string) bool {
	base := path.Base(name)
	return base == "workspace.yaml" || base == "templates.lock.yaml" || strings.HasSuffix(base, ".journey.yaml") ||
		(strings.HasSuffix(base, ".md") && strings.Contains("/"+path.Dir(name)+"/", "/templates/"))
}

// isWorkspaceOrTest adds the scenario tests, which are checked and played beside
// the journeys and kept with them, and change nothing that they do.
func isWorkspaceOrTest(name string) bool { return isWorkspaceFile(name) || dsl.IsScenarioFile(name) }

// readFolder reads the workspace files below a folder, in order of their paths.
func readFolder(folder fs.FS) ([]dsl.File, error) { return readFiles(folder, isWorkspaceFile) }

// readFiles reads the files below a folder that are wanted, in order of their paths.
func readFiles(folder fs.FS, wanted func(name string) bool) ([]dsl.File, error) {
	var files []dsl.File
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !wanted(name) || !d.Type().IsRegular() {
			return nil
		}
		content, err := readBounded(folder, name)
		if err != nil {
			return err
		}
		files = append(files, dsl.File{Path: name, Content: content})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the folder: %w", err)
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	return files, nil
}

// folderExists says in words why a path cannot be a workspace folder.
func folderExists(p string) error {
	info, err := os.Stat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist; name the folder that holds workspace.yaml", p)
	case err != nil:
		return fmt.Errorf("looking at the folder: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s is a file; name the folder that holds workspace.yaml", p)
	}
	return nil
}

func readBounded(folder fs.FS, name string) ([]byte, error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxFile))
}

// target is one path of a command line: a folder, or one file within its folder.
type target struct {
	root string // the workspace folder
	only string // the file asked for, relative to root; "" = all
}

// wrongOnPurpose is the name of folders whose workspaces show mistakes. They are
// checked when they are named, and left out of what is found below a folder, so that
// everything else can be expected to be right.
const wrongOnPurpose = "invalid"

// findTargets finds the workspaces that a path names: that of a file, a folder, or,
// when a folder is no workspace itself, every workspace below it but those that are
// wrong on purpose.
func findTargets(p string) ([]target, error) {
	at, err := findTarget(p)
	if err != nil || at.only != "" {
		return []target{at}, err
	}
	var all []target
	err = fs.WalkDir(os.DirFS(at.root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == wrongOnPurpose):
			return fs.SkipDir
		case !d.IsDir() && d.Name() == "workspace.yaml":
			all = append(all, target{root: filepath.Join(at.root, filepath.FromSlash(path.Dir(name)))})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for workspaces: %w", err)
	}
	if len(all) == 0 || fileExists(filepath.Join(at.root, "workspace.yaml")) {
		return []target{at}, nil
	}
	return all, nil
}

func fileExists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

// findTarget finds the workspace a path belongs to: for a file, the nearest
// folder above it that holds workspace.yaml, else its own folder.
func findTarget(p string) (target, error) {
	info, err := os.Stat(p)
	if errors.Is(err, fs.ErrNotExist) {
		return target{}, usage("%s does not exist; name a journey file or a folder that holds some", p)
	}
	if err != nil {
		return target{}, usage("%w", err)
	}
	if info.IsDir() {
		return target{root: p}, nil
	}
	own := filepath.Dir(p)
	for dir, depth := own, 0; depth < 4; depth++ {
		if _, err := os.Stat(filepath.Join(dir, "workspace.yaml")); err == nil {
			if rel, err := filepath.Rel(dir, p); err == nil {
				return target{root: dir, only: filepath.ToSlash(rel)}, nil
			}
			break
		}
		dir = filepath.Join(dir, "..")
	}
	return target{root: own, only: filepath.Base(p)}, nil
}
