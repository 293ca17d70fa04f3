package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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
	f.Add("a,b\n1,\"" + strings.Repeat("x\n", 1000) + "\"\n2,3\n")
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

// FuzzImport: any file, as contacts or as events, is imported, refused in words
// with its line, or both, row by row. Nothing in it stops the server, and every
// row is accounted for.
func FuzzImport(f *testing.F) {
	for _, s := range []string{
		"id,first_name,phone,opt_in_whatsapp,visits,tags\nana,Ana,(11) 98765-4321,sim,3,vip;nova\n",
		"\ufeffid;first_name;phone\r\n1;\"Silva; Ana\";+5511987654321\r\n2;;\r\n",
		"appointment_id,starts_at,doctor,unit.name,contact.id,contact.phone,contact.opt_in_whatsapp\n10,27/11/2026 14:30,Dra. Demo,Centro,eva,11977778888,sim\n",
		"phone\n=HYPERLINK(\"http://evil.example\")\n+5511987654321\n@SUM(1)\n-1\n",
		"id,first_name\nana,\"unclosed\n", "id\n\x00\n\xff\n", "id,tags\nx,|;|;|\n", "phone,email\n,\n190,a@b\n", "id,unit.name.x,unit\n1,2,3\n", "id,opt_in_whatsapp,opt_in.sms\n1,talvez,x\n",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	fixture := inMemory(f)
	f.Fuzz(func(t *testing.T, file string, events bool) {
		path := "/api/v1/contacts/import"
		if events {
			path = "/api/v1/events/import?event=appointment.scheduled"
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(file))
		r.Header.Set("Authorization", "Bearer "+testSecret)
		r.Header.Set("Content-Type", "text/csv")
		w := httptest.NewRecorder()
		fixture.handler.ServeHTTP(w, r)
		switch w.Code {
		case 400, 422:
			return
		case 200:
		default:
			t.Fatalf("%q answers %d: %s", file, w.Code, w.Body)
		}
		var report importReport
		if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil {
			t.Fatal(err)
		}
		if report.Rows != report.Imported+report.Failed || len(report.Errors)+report.Omitted != report.Failed {
			t.Fatalf("%q: rows are missing: %+v", file, report)
		}
		for _, e := range report.Errors {
			if e.Line < 2 || e.Message == "" {
				t.Fatalf("%q: a row is refused without a place or a reason: %+v", file, e)
			}
		}
	})
}
