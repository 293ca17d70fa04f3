package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"jornada/dsl/diag"
)

// flagError says in our words what cobra found wrong with a flag.
func flagError(c *cobra.Command, err error) error {
	more := fmt.Sprintf("`%s --help` lists the flags", c.CommandPath())
	var unknown *pflag.NotExistError
	var wrong *pflag.InvalidValueError
	var empty *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		dashes, near := "--", ""
		if len(unknown.GetSpecifiedShortnames()) > 0 {
			dashes = "-"
		} else {
			var names []string
			c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
			if near = diag.Near(unknown.GetSpecifiedName(), names); near != "" {
				near = fmt.Sprintf(" (did you mean --%s?)", near)
			}
		}
		return usage("there is no flag %s%s%s; %s", dashes, unknown.GetSpecifiedName(), near, more)
	case errors.As(err, &wrong):
		return usage("--%s: %q is not %s; %s", wrong.GetFlag().Name, wrong.GetValue(), kindOf(wrong.GetFlag()), more)
	case errors.As(err, &empty):
		return usage("--%s: needs %s after it; %s", empty.GetSpecifiedName(), kindOf(empty.GetFlag()), more)
	}
	return usage("%w; %s", err, more)
}

// kindOf says what a flag takes.
func kindOf(f *pflag.Flag) string {
	switch kind := f.Value.Type(); kind {
	case "float64":
		return "a number"
	case "int":
		return "a whole number"
	case "uint64":
		return "a whole number from 0"
	case "bool":
		return "true or false"
	case "duration":
		return "a length of time such as 2m"
	case "string", "stringSlice":
		return "a value"
	default:
		return kind
	}
}

// choice is a flag that takes one of a few words.
type choice struct {
	value   *string
	allowed []string
}

func formatVar(f *pflag.FlagSet, value *string, help string, allowed ...string) {
	*value = allowed[0]
	f.Var(choice{value, allowed}, "format", help)
}

// String implements pflag.Value.
func (c choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

// Type implements pflag.Value: it lists the words.
func (c choice) Type() string {
	last := len(c.allowed) - 1
	if last == 0 {
		return c.allowed[0]
	}
	return strings.Join(c.allowed[:last], ", ") + " or " + c.allowed[last]
}

// Set implements pflag.Value.
func (c choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return errors.New("not " + c.Type())
	}
	*c.value = s
	return nil
}

// checkArgs makes a wrong number of arguments a usage error that names what is
// missing or too much, with an example.
func checkArgs(c *cobra.Command) {
	for _, sub := range c.Commands() {
		checkArgs(sub)
	}
	inner := c.Args
	if inner == nil {
		return
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if inner(c, args) == nil {
			return nil
		}
		example := strings.TrimSpace(strings.SplitN(c.Example, "\n", 2)[0])
		wants := ""
		if words := strings.Fields(c.Use); len(words) > 1 && !strings.HasPrefix(words[1], "-") {
			wants = words[1]
		}
		switch {
		case wants == "":
			return usage("`%s` takes no arguments, but %q was given; for example: %s", c.CommandPath(), args[0], example)
		case len(args) == 0:
			return usage("%s is missing; for example: %s", strings.TrimSuffix(wants, "..."), example)
		}
		return usage("`%s` takes one %s, but %q was given too; for example: %s", c.CommandPath(), wants, args[1], example)
	}
}

// subcommandsOnly is for a command that does nothing itself: alone it helps,
// with an unknown word it names the known ones.
func subcommandsOnly(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("there is no command `%s %s`%s; `%s --help` lists them", c.CommandPath(), args[0], didYouMean(args[0], c), c.CommandPath())
	}
	return c.Help()
}
