package api

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// contactColumns maps the cells of one row to a contact. prefix is "contact."
// in files of events.
type contactColumns struct {
	prefix string
	ws     *dsl.Workspace
	zone   *time.Location
}

// knows reports whether a column of the file belongs to a contact.
func (m contactColumns) knows(column string) bool {
	name, mine := strings.CutPrefix(column, m.prefix)
	if !mine {
		return false
	}
	if slices.Contains([]string{"id", "timezone", "locale"}, name) || slices.Contains(engine.AddressKinds(), engine.AddressKind(name)) {
		return true
	}
	if _, _, is := m.channelOf(name); is {
		return true
	}
	if len(m.ws.Contact) == 0 {
		return true
	}
	_, found := typeAt(m.ws.Contact, name)
	return found && !slices.Contains(builtinFields, name)
}

// channelOf reads opt_in_whatsapp and opt_in.whatsapp, and what stands behind a
// further dot: opt_in.whatsapp.marketing, opt_in.whatsapp.evidence.
func (m contactColumns) channelOf(name string) (ch engine.Channel, part string, is bool) {
	rest, is := strings.CutPrefix(name, "opt_in")
	if !is || len(rest) < 2 || rest[0] != '_' && rest[0] != '.' {
		return "", "", false
	}
	channel, part, deeper := strings.Cut(rest[1:], ".")
	ch = engine.Channel(channel)
	if deeper && (part == "" || part != "source" && part != "evidence" && !engine.KnownPurpose(part)) {
		return "", "", false
	}
	return ch, part, ch.Known()
}

// read builds the contact of one row.
func (m contactColumns) read(cells map[string]string) (contactInput, error) {
	in := contactInput{Attributes: map[string]any{}, Addresses: map[engine.AddressKind]oneOrAll{}, OptIn: map[engine.Channel]*optIn{}}
	for _, column := range slices.Sorted(maps.Keys(cells)) {
		name, mine := strings.CutPrefix(column, m.prefix)
		cell := cells[column]
		switch ch, part, isOptIn := m.channelOf(name); {
		case !mine || !m.knows(column):
		case name == "id":
			in.ID = cell
		case name == "timezone":
			in.Timezone = &cell
		case name == "locale":
			in.Locale = &cell
		case isOptIn:
			if in.OptIn[ch] == nil {
				in.OptIn[ch] = &optIn{}
			}
			if err := in.OptIn[ch].readCell(column, part, cell); err != nil {
				return in, err
			}
		case slices.Contains(engine.AddressKinds(), engine.AddressKind(name)):
			in.Addresses[engine.AddressKind(name)] = oneOrAll{cell}
		default:
			t, _ := typeAt(m.ws.Contact, name)
			putAt(in.Attributes, name, cellValue(cell, t, m.zone))
		}
	}
	return in, nil
}

// column names the column of the file that a refusal is about.
func (m contactColumns) column(err error) string {
	field := problemOf(err).Field
	for _, cut := range []string{"attributes.", "addresses.", "data."} {
		if rest, found := strings.CutPrefix(field, cut); found {
			return m.prefix + rest
		}
	}
	if field == "addresses" || field == "" || strings.HasPrefix(field, m.prefix) {
		return field
	}
	return m.prefix + field
}

// importContacts takes a CSV: good rows are stored, bad ones come back with
// their line, column and reason. A row changes only what it names, so a file
// with few columns never empties the others.
func (s *server) importContacts(ctx context.Context, q *request) (*answer, error) {
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, err
	}
	file, err := openSheet(q.stream)
	if err != nil {
		return nil, err
	}
	columns := contactColumns{ws: ws, zone: zoneOf(ws.Timezone)}
	report := newReport()
	for _, name := range file.columns {
		if name != "" && !columns.knows(name) {
			report.Ignored = append(report.Ignored, name)
		}
	}
	if !slices.Contains(file.columns, "id") && !slices.Contains(file.columns, "phone") && !slices.Contains(file.columns, "email") {
		return nil, invalid("file", diag.T("the file needs a column that says who each row is: id, phone or email; it has: %s",
			"o arquivo precisa de uma coluna que diga quem é cada linha: id, phone ou email; ele tem: %s", strings.Join(file.columns, ", ")))
	}
	for {
		cells, line, bad, err := file.next(q.lang)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		report.Rows++
		if bad != nil {
			report.fail(*bad)
			continue
		}
		in, err := columns.read(cells)
		var made bool
		if err == nil {
			_, made, err = s.upsert(ctx, q, in, "import", false)
		}
		if err != nil {
			bad, err := refusal(err, line, columns.column(err), q.lang)
			if err != nil {
				return nil, err
			}
			report.fail(*bad)
			continue
		}
		report.Imported++
		if made {
			report.Created++
		} else {
			report.Updated++
		}
	}
	if err := s.audit(ctx, q, "contacts.imported", "contacts", map[string]any{"imported": report.Imported, "failed": report.Failed}); err != nil {
		return nil, err
	}
	return ok(report), nil
}

// upsert stores a contact known by id, else by an address, else as a new one.
func (s *server) upsert(ctx context.Context, q *request, in contactInput, source string, quiet bool) (*engine.Contact, bool, error) {
	var id engine.ContactID
	if in.ID != "" {
		checked, err := contactID(in.ID)
		if err != nil {
			return nil, false, err
		}
		id = checked
	} else {
		addresses, err := s.composeAddresses(nil, contactWrite{input: in})
		if err != nil {
			return nil, false, err
		}
		if len(addresses) == 0 {
			return nil, false, invalid("id", diag.T("nothing says who this is: give an id, a phone or an e-mail", "nada diz quem é: informe um id, um telefone ou um e-mail"))
		}
		known, err := s.Store.ContactByAddress(ctx, addresses)
		switch {
		case isCode(err, engine.NotFound) || (err == nil && known == nil):
			id = engine.ContactID(engine.NewID("con"))
		case err != nil:
			return nil, false, err
		default:
			id = known.ID
		}
	}
	return s.write(ctx, q, id, contactWrite{input: in, merge: true, source: source, quiet: quiet})
}
