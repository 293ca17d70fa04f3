package api

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// Whatever stands in a spreadsheet: it ends, lines only go up, no cell is lost
// to a column that does not exist.
func FuzzSheet(f *testing.F) {
	f.Add("id,first_name\nana,Ana\n")
	f.Add("\ufeffid;nome\r\n1;\"a;b\"\r\n")
	f.Add("a\n\"x")
	f.Add("a\tb\n1\t2\t3\n")
	f.Add("id,id\n")
	f.Add("\xff\xfe,\n")
	f.Fuzz(func(t *testing.T, text string) {
		sheet, err := openSheet(strings.NewReader(text))
		if err != nil {
			if p := problemOf(err); p.Status >= 500 || p.Text.En == "" {
				t.Fatalf("%q is refused without words: %v", text, err)
			}
			return
		}
		columns := map[string]bool{}
		for _, c := range sheet.columns {
			columns[c] = true
		}
		for last, rows := 0, 0; rows < 10_000; rows++ {
			cells, line, bad, err := sheet.next(diag.English)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if line < last {
				t.Fatalf("line %d comes after line %d", line, last)
			}
			last = line
			if bad != nil && (bad.Message == "" || bad.Line < 1) {
				t.Fatalf("a bad row has no reason: %+v", bad)
			}
			for name := range cells {
				if !columns[name] {
					t.Fatalf("a cell belongs to the unknown column %q", name)
				}
			}
		}
	})
}

// Strict reading refuses in words, never panics, and what it takes is JSON.
func FuzzDecode(f *testing.F) {
	f.Add(`{"attributes":{"a":1},"addresses":{"phone":["1"]}}`)
	f.Add(`{"addresses":{"phone":{}}}`)
	f.Add(`{"a":`)
	f.Add(strings.Repeat("[", 100))
	f.Add("\"\\")
	f.Fuzz(func(t *testing.T, body string) {
		var in contactInput
		err := decodeStrict([]byte(body), &in)
		if err == nil {
			if !json.Valid([]byte(body)) {
				t.Fatalf("took %q, which is no JSON", body)
			}
			return
		}
		if p := problemOf(err); p.Status != 400 && p.Status != 422 || p.Text.En == "" {
			t.Fatalf("%q is refused with %d %q", body, p.Status, p.Text.En)
		}
	})
}
