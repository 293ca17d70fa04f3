package httpsms

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
)

// company is whoever runs the gateway.
var company = refusal.Company{Name: "the SMS gateway", Console: "its console"}

// answers is what a gateway's answer means.
type answers struct {
	statuses       []span
	successPath    path
	successValues  []string
	successPattern *regexp.Regexp
	idPath         path
	idPattern      *regexp.Regexp
	errorPath      path
	errorPattern   *regexp.Regexp
	errors         []rule
}

// span is a range of HTTP statuses.
type span struct{ from, to int }

// rule sorts a code, or the text of an answer, into a class.
type rule struct {
	class   channel.Class
	pattern *regexp.Regexp
}

func newAnswers(settings channel.Settings) (answers, error) {
	a := answers{
		successPath: pathOf(settings, "success_path"), successValues: words(settings, "success_value"),
		idPath: pathOf(settings, "id_path"), errorPath: pathOf(settings, "error_path"),
	}
	var err error
	if a.statuses, err = spans(settings); err != nil {
		return a, err
	}
	if a.successPattern, err = pattern(settings, "success_pattern", 0); err != nil {
		return a, err
	}
	if a.idPattern, err = pattern(settings, "id_pattern", 1); err != nil {
		return a, err
	}
	if a.errorPattern, err = pattern(settings, "error_pattern", 1); err != nil {
		return a, err
	}
	for _, both := range [][2]string{{"success_path", "success_pattern"}, {"id_path", "id_pattern"}, {"error_path", "error_pattern"}} {
		if settings.Value(both[0], "") != "" && settings.Value(both[1], "") != "" {
			return a, settings.Refuse("settings."+both[1], "and settings."+both[0]+" cannot both be set: one reads JSON, the other any text")
		}
	}
	if len(a.successValues) > 0 && !a.successPath.set() {
		return a, settings.Refuse("settings.success_value", "needs settings.success_path, which says where it stands")
	}
	// What concerns the person is looked for first, then the sender.
	for _, class := range []channel.Class{
		channel.Suppress, channel.SuppressMarketing, channel.OutOfReach, channel.SwitchChannel, channel.Throttle,
		channel.Reauth, channel.StopSender, channel.RetryLater, channel.FixRequest,
	} {
		compiled, err := pattern(settings, "error."+string(class), 0)
		if err != nil {
			return a, err
		}
		if compiled != nil {
			a.errors = append(a.errors, rule{class, compiled})
		}
	}
	return a, nil
}

// spans reads success_status: 200-299, or 200,202.
func spans(settings channel.Settings) ([]span, error) {
	refusal := settings.Refuse("settings.success_status", "must be HTTP statuses and ranges such as 200-299 or 200,202")
	var all []span
	for one := range strings.SplitSeq(settings.Value("success_status", "200-299"), ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(one), "-")
		if !ranged {
			high = low
		}
		from, errFrom := strconv.Atoi(strings.TrimSpace(low))
		to, errTo := strconv.Atoi(strings.TrimSpace(high))
		if errFrom != nil || errTo != nil || from < 200 || to > 299 || from > to {
			return nil, refusal
		}
		all = append(all, span{from, to})
	}
	return all, nil
}

// names says whether answers name the message.
func (a answers) names() bool { return a.idPath.set() || a.idPattern != nil }

// class is the class of a code by the first rule that it fits.
func (a answers) class(text string) (channel.Class, bool) {
	if text == "" {
		return "", false
	}
	for _, r := range a.errors {
		if r.pattern.MatchString(text) {
			return r.class, true
		}
	}
	return "", false
}

// group is what the one group of a pattern caught.
func group(p *regexp.Regexp, text string) string {
	if m := p.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

// judge says which message was accepted, or why none was.
//
// Doubt: a status of 200 to 299 that does not say what success looks like may be
// a success that looks otherwise, unless it names a refusal.
func (a answers) judge(answer *channel.Answer) (id string, failure *channel.SendError) {
	body, _ := decode(answer.Body)
	text := string(answer.Body)
	fits := slices.ContainsFunc(a.statuses, func(s span) bool { return answer.Status >= s.from && answer.Status <= s.to })
	said, told := a.successPath.text(body)
	switch {
	case !fits:
		told = false // a success told with another status is no refusal
	case a.successPath.set():
		fits = told && said != "" && (len(a.successValues) == 0 || slices.Contains(a.successValues, strings.ToLower(said)))
	case a.successPattern != nil:
		fits = a.successPattern.MatchString(text)
	}
	if !fits {
		return "", a.explain(answer, body, told)
	}
	switch {
	case a.idPath.set():
		id, _ = a.idPath.text(body)
	case a.idPattern != nil:
		id = group(a.idPattern, text)
	default:
		return "", nil
	}
	if id == "" {
		failure = company.NoID(nil)
		failure.Message = "the SMS gateway answered with success but without a message id; it may or may not have taken the message (check id_path or id_pattern)"
		return "", failure
	}
	return id, nil
}

// explain explains an answer that is no success. Nothing of the answer is
// repeated but the code: it may hold what the message said.
func (a answers) explain(answer *channel.Answer, body any, told bool) *channel.SendError {
	code := ""
	if a.errorPath.set() {
		code, _ = a.errorPath.text(body)
	} else if a.errorPattern != nil {
		code = group(a.errorPattern, string(answer.Body))
	}
	subject := code
	if subject == "" {
		subject = string(answer.Body)
	}
	class, named := a.class(subject)
	failure := company.Explain(answer, refusal.Said{Class: class, Code: refusal.Scrub(code)})
	if answer.Status < 300 && !told && !named {
		failure.Doubt = channel.Unclear
		failure.Message = "the SMS gateway's answer does not look like a success, nor like a refusal that the settings know; it may or may not have taken the message (check success_status, success_path, success_pattern and error.…)"
	}
	return failure
}
