package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/engine/simulator"
)

// testReport is what came of a run of scenario tests.
type testReport struct {
	Cases    int                   `json:"cases"`
	Failed   int                   `json:"failed"`
	Seconds  float64               `json:"seconds"`
	Results  []testResult          `json:"results"`
	Coverage []*simulator.Coverage `json:"coverage"`
	Percent  int                   `json:"percent"` // of all outcomes

	least        int
	showCoverage bool
	language     diag.Language
	sources      map[string][]byte
}

// testResult is one case.
type testResult struct {
	File    string  `json:"file"`
	Line    int     `json:"line"`
	Journey string  `json:"journey"`
	Name    string  `json:"name"`
	Passed  bool    `json:"passed"`
	Ending  string  `json:"ending"`
	Message string  `json:"message,omitempty"` // the difference
	At      string  `json:"at,omitempty"`      // file:line:column of it
	Seconds float64 `json:"seconds"`

	transcript *simulator.Transcript
}

func (r *testReport) add(file string, t *simulator.Transcript, took time.Duration) {
	one := testResult{
		File: file, Line: t.Scenario.Span.Line, Journey: t.Scenario.Journey, Name: t.Scenario.Name, Passed: t.Difference == nil,
		Ending: t.Ending, Seconds: took.Seconds(), transcript: t,
	}
	r.Cases++
	if !one.Passed {
		t.Difference.Span.File = file // as people name it
		r.Failed++
	}
	r.Results = append(r.Results, one)
}

// counts are the outcomes reached, of how many.
func (r *testReport) counts() (reached, all int) {
	for _, c := range r.Coverage {
		got, of := c.Counts()
		reached, all = reached+got, all+of
	}
	return reached, all
}

func (r *testReport) tooLittle() bool {
	return simulator.Percent(r.counts()) < r.least
}

func (r *testReport) print(w io.Writer, format string) error {
	r.Percent = simulator.Percent(r.counts())
	for i := range r.Results {
		if d := r.Results[i].transcript.Difference; d != nil {
			r.Results[i].Message = d.Message.In(r.language)
			r.Results[i].At = fmt.Sprintf("%s:%d:%d", d.Span.File, d.Span.Line, d.Span.Column)
		}
	}
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	case "junit":
		return r.junit(w)
	}
	return r.text(w)
}

// timeline is the rendering of a failed case.
func (r *testReport) timeline(one *testResult) (string, error) {
	var b strings.Builder
	err := one.transcript.Render(&b, r.sources, r.language)
	return b.String(), err
}

func (r *testReport) text(w io.Writer) error {
	var b strings.Builder
	for i := range r.Results {
		one := &r.Results[i]
		if one.Passed {
			continue
		}
		timeline, err := r.timeline(one)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s:%d  %s\n%s\n", diag.T("FAILED", "FALHOU").In(r.language), one.File, one.Line, one.Name, timeline)
	}
	if r.showCoverage || r.tooLittle() {
		for _, c := range r.Coverage {
			reached, all := c.Counts()
			fmt.Fprintf(&b, "%s: %s\n", c.Journey, diag.T("%d of %d outcomes reached (%d %%)", "%d de %d resultados alcançados (%d %%)", reached, all, simulator.Percent(reached, all)).In(r.language))
			for _, line := range c.Untested() {
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
	}
	if r.tooLittle() {
		fmt.Fprintln(&b, diag.T("the tests reach %d %% of all outcomes; --min asks for %d %%", "os testes alcançam %d %% dos resultados; --min pede %d %%", r.Percent, r.least).In(r.language))
	}
	fmt.Fprintln(&b, diag.T("%d tests played, %d failed, %.1f s", "%d testes, %d falharam, %.1f s", r.Cases, r.Failed, r.Seconds).In(r.language))
	_, err := io.WriteString(w, b.String())
	return err
}

// The shape of JUnit's XML, as CI servers read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (r *testReport) junit(w io.Writer) error {
	seconds := func(s float64) string { return fmt.Sprintf("%.3f", s) }
	out := junitSuites{Tests: r.Cases, Failures: r.Failed, Time: seconds(r.Seconds)}
	for i := range r.Results {
		one := &r.Results[i]
		if n := len(out.Suites); n == 0 || out.Suites[n-1].Name != one.File {
			out.Suites = append(out.Suites, junitSuite{Name: one.File})
		}
		suite := &out.Suites[len(out.Suites)-1]
		c := junitCase{Class: one.Journey, Name: one.Name, File: one.File, Line: one.Line, Time: seconds(one.Seconds)}
		suite.Tests++
		if !one.Passed {
			timeline, err := r.timeline(one)
			if err != nil {
				return err
			}
			suite.Failures++
			c.Failure = &junitFailure{one.Message, "\n" + timeline}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("writing the results as XML: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
