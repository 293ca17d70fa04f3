package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// stdinPath is how a command line says "standard input".
const stdinPath = "-"

func newFmt(t *terminal) *cobra.Command {
	f := &formatter{terminal: t}
	c := &cobra.Command{
		Use:   "fmt [-w|-d|-l] [PATH...]",
		Short: "Lay out journeys and their neighbours in the one style",
		Long: `Formats journeys, scenario tests, workspace.yaml and templates.lock.yaml: files, whole
folders, or standard input without a PATH (or with -). Comments, the order of keys and
the meaning stay; words that other YAML tools misread (no, 20:30, 2026-03-10) get quotes,
and so do values that start with {{.

Without a flag the result is printed. A file that YAML cannot read is refused with the
checker's messages and left alone.

Exit code: 0 done, 1 a file was refused or, with -d or -l, would change, 2 usage.`,
		Example: "  jornada fmt -w journeys/\n  jornada fmt -d journeys/    # in CI: prints what would change and fails\n  jornada fmt < draft.journey.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(_ *cobra.Command, args []string) error { return f.run(args) },
	}
	c.Flags().BoolVarP(&f.write, "write", "w", false, "write the result into the files")
	c.Flags().BoolVarP(&f.diff, "diff", "d", false, "print what would change as a unified diff, and fail when something would")
	c.Flags().BoolVarP(&f.list, "list", "l", false, "print the names of files that would change, and fail when some would")
	return c
}

// formatter is one run of `jornada fmt`.
type formatter struct {
	*terminal
	write, diff, list bool

	failed bool
}

func (f *formatter) run(args []string) error {
	if f.write && (f.diff || f.list) {
		return usage("-w writes the files, and -d and -l only look: use one of the two")
	}
	if len(args) == 0 {
		args = []string{stdinPath}
	}
	for _, arg := range args {
		if err := f.path(arg); err != nil {
			return err
		}
	}
	if f.failed {
		return &failure{code: exitFailed}
	}
	return nil
}

func (f *formatter) path(arg string) error {
	if arg == stdinPath {
		if f.write {
			return usage("-w writes into files, and standard input is none; name a file or leave out -w")
		}
		content, err := io.ReadAll(io.LimitReader(f.in, maxFile))
		if err != nil {
			return fmt.Errorf("reading standard input: %w", err)
		}
		return f.file("<stdin>", content, 0)
	}
	names, err := formattable(arg)
	if err != nil {
		return err
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("looking at the file: %w", err)
		}
		content, err := readBounded(os.DirFS(filepath.Dir(name)), filepath.Base(name))
		if err != nil {
			return fmt.Errorf("reading the file: %w", err)
		}
		if err := f.file(name, content, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
}

// formattable are the files that a path of the command line means: itself, or
// the YAML files of a folder.
func formattable(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("%s does not exist; name a journey file or a folder that holds some", arg)
	case err != nil:
		return nil, usage("%w", err)
	case !info.IsDir() && !isFormattable(arg):
		return nil, usage("%s is not a journey (*.journey.yaml), a test (*.test.yaml), workspace.yaml or templates.lock.yaml", arg)
	case !info.IsDir():
		return []string{arg}, nil
	}
	var names []string
	err = filepath.WalkDir(arg, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != arg && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type().IsRegular() && isFormattable(name):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the folder: %w", err)
	}
	if len(names) == 0 {
		return nil, usage("%s holds no *.journey.yaml and no workspace.yaml", arg)
	}
	return names, nil
}

func isFormattable(name string) bool {
	return strings.HasSuffix(name, ".yaml") && isWorkspaceOrTest(filepath.ToSlash(name))
}

func (f *formatter) file(name string, content []byte, mode fs.FileMode) error {
	out, err := dsl.Format(dsl.File{Path: name, Content: content})
	var refused diag.List
	switch {
	case errors.As(err, &refused):
		f.failed = true
		return refused.Render(f.err, map[string][]byte{name: content}, f.language, isTerminal(f.err))
	case err != nil:
		return err
	}
	same := bytes.Equal(out, content)
	switch {
	case f.diff || f.list:
		if same {
			return nil
		}
		f.failed = true
		if f.list {
			if _, err := fmt.Fprintln(f.out, name); err != nil || !f.diff {
				return err
			}
		}
		_, err = f.out.Write(diff.Diff(name+".orig", content, name, out))
	case !f.write:
		_, err = f.out.Write(out)
	case !same:
		err = replaceFile(name, out, mode)
	}
	return err
}

// replaceFile writes beside the file and renames, so that whoever reads it
// meanwhile (`jornada dev` does) sees the old or the new text, never half.
func replaceFile(name string, content []byte, mode fs.FileMode) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
