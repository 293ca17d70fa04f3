package httpsms

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel"
)

// known refuses a setting that nobody reads: a misspelled success_path would let
// every refusal pass for a message sent.
func known(settings channel.Settings) error {
	for _, name := range slices.Sorted(maps.Keys(settings.Values)) {
		if _, declared := Description.Field("settings." + name); declared {
			continue
		}
		if family, _, dotted := strings.Cut(name, "."); dotted && families[family] != nil {
			return settings.Refuse("settings."+name, "is not known; "+family+". is followed by one of: "+strings.Join(families[family], ", "))
		}
		return settings.Refuse("settings."+name, "is not known; check its spelling in docs/channels/http.md")
	}
	return nil
}

// pattern reads a setting that is a regular expression, "" when it is not set.
// Letters of either case are alike.
func pattern(settings channel.Settings, name string, groups int) (*regexp.Regexp, error) {
	source := settings.Value(name, "")
	if source == "" {
		return nil, nil
	}
	compiled, err := regexp.Compile("(?i)" + source)
	if err != nil {
		return nil, settings.Refuse("settings."+name, "is no regular expression (RE2): "+err.Error())
	}
	if groups > 0 && compiled.NumSubexp() != groups {
		return nil, settings.Refuse("settings."+name, `needs exactly one group around what is looked for, as in id=(\d+)`)
	}
	return compiled, nil
}

// number reads a setting that is a positive number.
func number(settings channel.Settings, name string, fallback int) (int, error) {
	n, err := strconv.Atoi(settings.Value(name, strconv.Itoa(fallback)))
	if err != nil || n < 1 || n > 100_000 {
		return 0, settings.Refuse("settings."+name, "must be a number, for example "+strconv.Itoa(fallback))
	}
	return n, nil
}

// words reads a setting that is a list, in small letters.
func words(settings channel.Settings, name string) []string {
	var all []string
	for word := range strings.SplitSeq(settings.Value(name, ""), ",") {
		if word = strings.ToLower(strings.TrimSpace(word)); word != "" {
			all = append(all, word)
		}
	}
	return all
}

// oneOf reads a setting that is a choice; the first is the default.
func oneOf(settings channel.Settings, name string, choices ...string) (string, error) {
	value := settings.Value(name, choices[0])
	for _, choice := range choices {
		if strings.EqualFold(value, choice) {
			return choice, nil
		}
	}
	return "", settings.Refuse("settings."+name, "must be one of: "+strings.Join(choices, ", "))
}
