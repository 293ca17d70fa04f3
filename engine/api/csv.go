package api

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// maxReported bounds how many bad rows an import describes; the rest is counted.
const maxReported = 1000

// maxCell bounds one cell, in bytes.
const maxCell = 64 << 10

// maxRow bounds one row, in bytes: what a row may set is 64 KB. The reader of rows
// keeps one whole, and each of its cells in forty bytes beside it: a file that is
// one row of commas would take two gigabytes.
const (
	maxRow    = 256 << 10
	readAhead = 64 << 10
)

var errLongRow = errors.New("the row is longer than any may be")

// rowReader lets so many bytes through for one row.
type rowReader struct {
	from io.Reader
	left int
}

func (r *rowReader) next() { r.left = maxRow + readAhead }

// Read implements io.Reader.
func (r *rowReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongRow
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// sheet reads a table row by row: comma, semicolon (what spreadsheets write
// where the comma is a decimal sign) or tab, with or without a byte order mark.
type sheet struct {
	columns []string
	reader  *csv.Reader
	bytes   *rowReader
	line    int  // at which the last row began
	ended   bool // in the middle: nobody knows where the next row begins
}

// rowError is one cell or row that could not be imported. Line counts from 1,
// the header is line 1.
type rowError struct {
	Line    int    `json:"line"`
	Column  string `json:"column"`
	Message string `json:"message"`
}

// openSheet reads the header.
func openSheet(r io.Reader) (*sheet, error) {
	bytesOf := &rowReader{from: r}
	bytesOf.next()
	buffered := bufio.NewReaderSize(bytesOf, readAhead)
	if bom, err := buffered.Peek(3); err == nil && bytes.Equal(bom, []byte{0xEF, 0xBB, 0xBF}) {
		_, _ = buffered.Discard(3) // these bytes were just peeked
	}
	head, err := buffered.Peek(readAhead)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, sheetProblem(err)
	}
	reader := csv.NewReader(buffered)
	reader.Comma = separator(head)
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, invalid("file", diag.T("the file is empty: its first line must name the columns", "o arquivo está vazio: a primeira linha deve dar nome às colunas"))
	}
	if err != nil {
		return nil, sheetProblem(err)
	}
	s := &sheet{reader: reader, bytes: bytesOf, line: 1}
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if !utf8.ValidString(name) {
			return nil, invalid("file", diag.T("the file is not UTF-8: save it as \"CSV UTF-8\"", "o arquivo não está em UTF-8: salve como \"CSV UTF-8\""))
		}
		if name != "" && seen[name] {
			return nil, invalid("file", diag.T("the column %q appears twice", "a coluna %q aparece duas vezes", name))
		}
		if i >= 300 {
			return nil, invalid("file", diag.T("the file has more than 300 columns", "o arquivo tem mais de 300 colunas"))
		}
		seen[name] = true
		s.columns = append(s.columns, name)
	}
	return s, nil
}

// separator guesses from the header line, outside of quotes.
func separator(head []byte) rune {
	counts, quoted := map[byte]int{}, false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if !quoted && (b == '\n' || b == '\r') {
			break
		}
		if !quoted {
			counts[b]++
		}
	}
	best := byte(',')
	for _, b := range []byte{';', '\t'} {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return rune(best)
}

// next is the following row as column -> cell, without empty cells. bad is set
// when the row cannot be read; io.EOF ends the sheet.
func (s *sheet) next(lang diag.Language) (cells map[string]string, line int, bad *rowError, err error) {
	for {
		if s.ended {
			return nil, 0, nil, io.EOF
		}
		s.bytes.next()
		record, err := s.reader.Read()
		if errors.Is(err, io.EOF) {
			return nil, 0, nil, io.EOF
		}
		if errors.Is(err, errLongRow) {
			s.ended = true
			text := diag.T("this row is longer than %s, perhaps because a quote is never closed: it and everything after it was not read",
				"esta linha passa de %s, talvez por aspas que nunca fecham: ela e tudo o que vem depois não foram lidos", size(maxRow))
			return nil, s.line + 1, &rowError{s.line + 1, "", text.In(lang)}, nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			text := diag.T("the quotes of this line do not match: put double quotes around a cell and write a quote inside it twice",
				"as aspas desta linha não fecham: ponha a célula entre aspas duplas e dobre as aspas de dentro")
			s.line = parse.StartLine
			return nil, parse.StartLine, &rowError{parse.StartLine, "", text.In(lang)}, nil
		}
		if err != nil {
			return nil, 0, nil, sheetProblem(err)
		}
		line, _ = s.reader.FieldPos(0)
		s.line = line
		cells = map[string]string{}
		for i, cell := range record {
			if cell = strings.TrimSpace(cell); cell == "" {
				continue
			}
			if i >= len(s.columns) {
				text := diag.T("the line has more cells than the header has columns", "a linha tem mais células do que o cabeçalho tem colunas")
				return nil, line, &rowError{line, "", text.In(lang)}, nil
			}
			if !utf8.ValidString(cell) {
				text := diag.T("the text is not UTF-8: save the file as \"CSV UTF-8\"", "o texto não está em UTF-8: salve o arquivo como \"CSV UTF-8\"")
				return nil, line, &rowError{line, s.columns[i], text.In(lang)}, nil
			}
			if len(cell) > maxCell {
				text := diag.T("the cell is longer than %s", "a célula passa de %s", size(maxCell))
				return nil, line, &rowError{line, s.columns[i], text.In(lang)}, nil
			}
			if strings.ContainsRune(cell, 0) {
				text := diag.T("the cell contains a NUL character", "a célula contém um caractere NUL")
				return nil, line, &rowError{line, s.columns[i], text.In(lang)}, nil
			}
			cells[s.columns[i]] = cell
		}
		if len(cells) > 0 { // spreadsheets leave empty lines at the end
			return cells, line, nil, nil
		}
	}
}

func sheetProblem(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return tooLargeProblem(tooLarge.Limit)
	}
	if errors.Is(err, errLongRow) {
		return invalid("file", diag.T("the header line is longer than %s: is this a CSV?", "o cabeçalho passa de %s: isto é um CSV?", size(maxRow)))
	}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return invalid("file", diag.T("the header line cannot be read: its quotes do not match", "o cabeçalho não pode ser lido: as aspas não fecham"))
	}
	return &problem{Status: http.StatusBadRequest, Code: codeBadRequest, Err: err,
		Text: diag.T("the file broke off before its end", "o arquivo foi interrompido antes do fim")}
}

// truth reads a yes or no in both languages.
func truth(cell string) (value, ok bool) {
	switch strings.ToLower(cell) {
	case "true", "yes", "y", "1", "x", "sim", "s", "verdadeiro":
		return true, true
	case "false", "no", "n", "0", "não", "nao", "falso":
		return false, true
	}
	return false, false
}

// localTimes are the ways clinics write a date and time; day before month.
var localTimes = []string{
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	"02/01/2006 15:04:05", "02/01/2006 15:04", "02/01/2006",
}

// cellValue turns a cell into what its type expects. What it cannot read it
// leaves as text, so that the type's own error names the fault.
func cellValue(cell string, t expression.Type, zone *time.Location) any {
	switch t.Kind {
	case expression.Bool:
		if value, ok := truth(cell); ok {
			return value
		}
	case expression.Number:
		if strings.Count(cell, ",") == 1 && !strings.Contains(cell, ".") {
			return strings.Replace(cell, ",", ".", 1)
		}
	case expression.Time:
		if _, err := time.Parse(time.RFC3339, cell); err == nil {
			return cell
		}
		for _, layout := range localTimes {
			if at, err := time.ParseInLocation(layout, cell, zone); err == nil {
				return at.Format(time.RFC3339)
			}
		}
	case expression.List:
		elem := expression.Type{Kind: expression.String}
		if t.Elem != nil {
			elem = *t.Elem
		}
		list := []any{}
		for part := range strings.SplitSeq(strings.ReplaceAll(cell, "|", ";"), ";") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, cellValue(part, elem, zone))
			}
		}
		return list
	}
	return cell
}

// typeAt finds the type of a dotted path.
func typeAt(fields expression.Fields, path string) (expression.Type, bool) {
	head, rest, nested := strings.Cut(path, ".")
	t, found := fields[head]
	if !found || !nested {
		return t, found
	}
	if t.Kind == expression.Any {
		return t, true
	}
	return typeAt(t.Fields, rest)
}

// putAt writes a value at a dotted path.
func putAt(into map[string]any, path string, value any) {
	head, rest, nested := strings.Cut(path, ".")
	if !nested {
		into[head] = value
		return
	}
	child, isMap := into[head].(map[string]any)
	if !isMap {
		child = map[string]any{}
		into[head] = child
	}
	putAt(child, rest, value)
}

// importReport says what became of a file. Ignored lists columns that mean
// nothing here, so that a misspelled one is seen.
type importReport struct {
	Rows     int        `json:"rows"`
	Imported int        `json:"imported"`
	Created  int        `json:"created"`
	Updated  int        `json:"updated"`
	Repeated int        `json:"repeated"`
	Failed   int        `json:"failed"`
	Errors   []rowError `json:"errors"`
	Omitted  int        `json:"errors_omitted"`
	Ignored  []string   `json:"ignored_columns"`
}

func newReport() *importReport { return &importReport{Errors: []rowError{}, Ignored: []string{}} }

func (r *importReport) fail(e rowError) {
	r.Failed++
	if len(r.Errors) >= maxReported {
		r.Omitted++
		return
	}
	r.Errors = append(r.Errors, e)
}

// refusal says why a row was refused; anything that is not the row's fault ends
// the import.
func refusal(err error, line int, column string, lang diag.Language) (*rowError, error) {
	p := problemOf(err)
	if p.Status >= 500 || p.Status == 499 {
		return nil, fmt.Errorf("importing line %d: %w", line, err)
	}
	if column == "" {
		column = p.Field
	}
	// A table knows columns, not the places of a JSON body.
	words := strings.NewReplacer("`data.", "`", "`attributes.", "`").Replace(p.Text.In(lang))
	return &rowError{line, column, words}, nil
}
