package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// suppressionStore keeps the addresses that must not be messaged, as keyed hashes.
type suppressionStore interface {
	AllSuppressions(ctx context.Context, f engine.SuppressionFilter) (list []engine.Suppression, next string, err error)
	BlockListed(ctx context.Context, entries []engine.BlockEntry) (fresh []bool, err error)
	LiftOne(ctx context.Context, id, reason string) (engine.Suppression, error)
	LiftList(ctx context.Context, list, reason string) (lifted int64, err error)
}

// suppressionView names no address: nobody knows it.
type suppressionView struct {
	ID      string         `json:"id"`
	Channel engine.Channel `json:"channel"`
	Purpose string         `json:"purpose"`
	Reason  string         `json:"reason"`
	List    string         `json:"list,omitempty"`
	At      time.Time      `json:"at"`
}

func suppressionOf(sp *engine.Suppression) suppressionView {
	return suppressionView{sp.ID, sp.Channel, sp.Purpose, sp.Reason, sp.ListOf(), sp.At}
}

var listPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// listName reads the query's list, which journeys name under `delivery: suppress`.
func listName(q *request) (string, error) {
	name := q.query("list")
	if !listPattern.MatchString(name) {
		return "", invalid("list", diag.T("list must name the block list as journeys do under `suppress`, for example nao_me_ligue: small letters, digits and _",
			"list deve dizer o nome da lista como nas jornadas, em `suppress`, por exemplo nao_me_ligue: letras minúsculas, números e _"))
	}
	return name, nil
}

func (s *server) listSuppressions(ctx context.Context, q *request) (*answer, error) {
	if id := q.query("contact_id"); id != "" {
		c, err := s.findContact(ctx, engine.ContactID(id))
		if err != nil {
			return nil, err
		}
		list, err := s.suppressionsOf(ctx, c)
		if err != nil {
			return nil, err
		}
		return ok(pageOf(list, "")), nil
	}
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	f := engine.SuppressionFilter{List: q.query("list"), Channel: engine.Channel(q.query("channel")), Limit: limit, Cursor: cursor}
	if f.Channel != "" && !f.Channel.Known() {
		return nil, invalid("channel", diag.Text{
			En: fmt.Sprintf("there is no channel %q: use %s", f.Channel, channelsInWords.En), Pt: fmt.Sprintf("não existe o canal %q: use %s", f.Channel, channelsInWords.Pt),
		})
	}
	list, next, err := s.Store.AllSuppressions(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("listing suppressions: %w", err)
	}
	return ok(pageOf(each(list, suppressionOf), next)), nil
}

// deleteSuppression allows messages to an address again, whatever stopped them. It
// is no permission: a contact who said no has still said no.
func (s *server) deleteSuppression(ctx context.Context, q *request) (*answer, error) {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		lifted, err := s.Store.LiftOne(ctx, q.params["id"], "lifted by "+q.actor())
		if isCode(err, engine.NotFound) {
			return notFound(diag.T("there is no suppression %q, or it was lifted before", "não existe o bloqueio %q, ou já foi retirado", q.params["id"]))
		}
		if err != nil {
			return fmt.Errorf("lifting a suppression: %w", err)
		}
		return s.audit(ctx, q, "suppression.lifted", lifted.ID, map[string]any{"channel": string(lifted.Channel), "purpose": lifted.Purpose, "reason": lifted.Reason})
	})
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

// deleteSuppressionList lifts a whole block list, for example before a newer one
// is imported.
func (s *server) deleteSuppressionList(ctx context.Context, q *request) (*answer, error) {
	list, err := listName(q)
	if err != nil {
		return nil, err
	}
	var lifted int64
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if lifted, err = s.Store.LiftList(ctx, list, "lifted by "+q.actor()); err != nil {
			return fmt.Errorf("lifting a block list: %w", err)
		}
		return s.audit(ctx, q, "suppressions.lifted", list, map[string]any{"lifted": lifted})
	})
	if err != nil {
		return nil, err
	}
	return ok(struct {
		Lifted int64 `json:"lifted"`
	}{lifted}), nil
}

// listedAtOnce is how many rows of a block list are stored in one transaction.
const listedAtOnce = 400

// blockList is an import under way.
type blockList struct {
	server  *server
	list    string
	purpose string
	on      []engine.Channel // empty: those of each row's kind of address
	columns []string
	rows    [][]engine.BlockEntry
	report  *importReport
}

// importSuppressions takes a block list as CSV: one row per address, as its SHA-256
// or plain. Good rows count at once, bad ones come back with line and reason, and
// importing a list again changes nothing.
func (s *server) importSuppressions(ctx context.Context, q *request) (*answer, error) {
	list, err := listName(q)
	if err != nil {
		return nil, err
	}
	b := &blockList{server: s, list: list, purpose: "marketing", report: newReport()}
	switch purpose := q.query("purpose"); {
	case purpose == "all":
		b.purpose = ""
	case purpose != "" && !engine.KnownPurpose(purpose):
		return nil, invalid("purpose", diag.T("there is no purpose %q: use all, %s", "não existe a finalidade %q: use all, %s", purpose, strings.Join(engine.Purposes(), ", ")))
	case purpose != "":
		b.purpose = purpose
	}
	if text := q.query("channels"); text != "" {
		for name := range strings.SplitSeq(text, ",") {
			ch := engine.Channel(strings.TrimSpace(name))
			if !ch.Known() {
				return nil, invalid("channels", diag.Text{
					En: fmt.Sprintf("there is no channel %q: use %s", ch, channelsInWords.En), Pt: fmt.Sprintf("não existe o canal %q: use %s", ch, channelsInWords.Pt),
				})
			}
			if !slices.Contains(b.on, ch) {
				b.on = append(b.on, ch)
			}
		}
	}
	file, err := openSheet(q.stream)
	if err != nil {
		return nil, err
	}
	if err := b.readHeader(file.columns); err != nil {
		return nil, err
	}
	for {
		cells, line, bad, err := file.next(q.lang)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		b.report.Rows++
		if bad != nil {
			b.report.fail(*bad)
			continue
		}
		row, err := b.read(cells)
		if err != nil {
			bad, err := refusal(err, line, problemOf(err).Field, q.lang)
			if err != nil {
				return nil, err
			}
			b.report.fail(*bad)
			continue
		}
		if b.rows = append(b.rows, row); len(b.rows) == listedAtOnce {
			if err := b.store(ctx); err != nil {
				return nil, err
			}
		}
	}
	if err := b.store(ctx); err != nil {
		return nil, err
	}
	detail := map[string]any{"imported": b.report.Imported, "new": b.report.Created, "failed": b.report.Failed}
	if err := s.audit(ctx, q, "suppressions.imported", list, detail); err != nil {
		return nil, err
	}
	return ok(b.report), nil
}

// blockColumns are the columns that name an address.
var blockColumns = []string{"sha256", "phone", "email"}

func (b *blockList) readHeader(columns []string) error {
	for _, name := range columns {
		switch {
		case slices.Contains(blockColumns, name):
			b.columns = append(b.columns, name)
		case name != "":
			b.report.Ignored = append(b.report.Ignored, name)
		}
	}
	if len(b.columns) == 0 {
		return invalid("file", diag.T("the file needs a column that names addresses: sha256, phone or email; it has: %s",
			"o arquivo precisa de uma coluna que diga os endereços: sha256, phone ou email; ele tem: %s", strings.Join(columns, ", ")))
	}
	return nil
}

// read is one row: the same address on each channel that the list concerns.
func (b *blockList) read(cells map[string]string) ([]engine.BlockEntry, error) {
	var digest string
	on := []engine.Channel{engine.WhatsApp, engine.SMS}
	for _, name := range b.columns {
		cell := cells[name]
		if cell == "" {
			continue
		}
		if digest != "" {
			return nil, invalid(name, diag.T("the row names two addresses: write one per row", "a linha tem dois endereços: escreva um por linha"))
		}
		switch name {
		case "sha256":
			if digest = strings.ToLower(cell); !engine.KnownDigest(digest) {
				return nil, invalid(name, diag.T("this is no SHA-256: write its 64 hexadecimal digits", "isto não é um SHA-256: escreva os 64 dígitos hexadecimais"))
			}
		default:
			a, err := b.server.normalize(engine.AddressKind(name), cell)
			if err != nil {
				return nil, &problem{Status: http.StatusUnprocessableEntity, Code: string(engine.Invalid), Field: name, Text: problemOf(err).Text}
			}
			digest = engine.AddressDigest(a)
			if a.Kind == engine.EmailAddress {
				on = []engine.Channel{engine.Email}
			}
		}
	}
	if digest == "" {
		return nil, invalid(b.columns[0], diag.T("the row names no address", "a linha não tem endereço"))
	}
	if len(b.on) > 0 {
		on = b.on
	}
	row := make([]engine.BlockEntry, len(on))
	for i, ch := range on {
		row[i] = engine.BlockEntry{Channel: ch, Digest: digest, Purpose: b.purpose, List: b.list, At: b.server.Clock.Now()}
	}
	return row, nil
}

// store keeps the rows read so far.
func (b *blockList) store(ctx context.Context) error {
	if len(b.rows) == 0 {
		return nil
	}
	fresh, err := b.server.Store.BlockListed(ctx, slices.Concat(b.rows...))
	if err != nil {
		return fmt.Errorf("storing a block list: %w", err)
	}
	for _, row := range b.rows {
		b.report.Imported++
		if slices.Contains(fresh[:len(row)], true) {
			b.report.Created++
		} else {
			b.report.Repeated++
		}
		fresh = fresh[len(row):]
	}
	b.rows = b.rows[:0]
	return nil
}
