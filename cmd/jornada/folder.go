package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"jornada/dsl"
)

// maxFile bounds what is read of one file; the checker refuses journeys above
// its own, smaller limit with a diagnostic.
const maxFile = 4 << 20

// isWorkspaceFile says which files of a folder belong to the workspace.
func isWorkspaceFile(name string) bool {
	base := path.Base(name)
	return base == "workspace.yaml" || base == "templates.lock.yaml" || strings.HasSuffix(base, ".journey.yaml") ||
		(strings.HasSuffix(base, ".md") && strings.Contains("/"+path.Dir(name)+"/", "/templates/"))
}

// readFolder reads the workspace files below a folder, in order of their paths.
func readFolder(folder fs.FS) ([]dsl.File, error) {
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
		if !isWorkspaceFile(name) || !d.Type().IsRegular() {
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
	info, err := fs.Stat(folder, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", name, info.Size(), maxFile)
	}
	return fs.ReadFile(folder, name)
}

// target is one path of a command line: a folder, or one file within its folder.
type target struct {
	root string // the workspace folder
	only string // the file asked for, relative to root; "" = all
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
