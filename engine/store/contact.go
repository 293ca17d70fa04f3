package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"jornada/engine"
)

// contactRow is a person; addresses stand in contact_addresses.
type contactRow struct {
	WorkspaceID string
	ID          string
	Attributes  document
	OptIn       document
	Purposes    document // only recording a consent, a merge and an erasure change it
	Timezone    string
	Locale      string
	KeyID       string
	MergedInto  string
	Search      string
	ErasedAt    *stamp
	CreatedAt   stamp
	UpdatedAt   stamp
	Addresses   document `gorm:"->"` // only with contactColumns
}

// TableName implements gorm's schema.Tabler.
func (contactRow) TableName() string { return "contacts" }

// addressRow is one way to reach a contact. Kind and value are unique.
type addressRow struct {
	WorkspaceID string
	Kind        string
	Value       string
	ContactID   string
	Position    int
}

// TableName implements gorm's schema.Tabler.
func (addressRow) TableName() string { return "contact_addresses" }

func contactToRow(c *engine.Contact) (contactRow, error) {
	var docs documents
	attributes, optIn, purposes := c.Attributes, c.OptIn, c.Purposes
	if attributes == nil {
		attributes = map[string]any{}
	}
	if optIn == nil {
		optIn = map[engine.Channel]bool{}
	}
	if purposes == nil {
		purposes = map[engine.Channel]map[string]bool{}
	}
	return contactRow{
		ID: string(c.ID), Attributes: docs.of(attributes), OptIn: docs.of(optIn), Purposes: docs.of(purposes),
		Timezone: clean(c.Timezone), Locale: clean(c.Locale), KeyID: c.KeyID, MergedInto: string(c.MergedInto),
		Search: searchText(c), ErasedAt: maybeAt(c.ErasedAt), CreatedAt: at(c.CreatedAt), UpdatedAt: at(c.UpdatedAt),
	}, docs.err
}

func (r *contactRow) noun(addresses []addressRow) (*engine.Contact, error) {
	c := &engine.Contact{
		ID: engine.ContactID(r.ID), Timezone: r.Timezone, Locale: r.Locale, KeyID: r.KeyID,
		MergedInto: engine.ContactID(r.MergedInto), ErasedAt: r.ErasedAt.ptr(),
		CreatedAt: r.CreatedAt.time, UpdatedAt: r.UpdatedAt.time,
	}
	for _, a := range addresses {
		c.Addresses = append(c.Addresses, engine.Address{Kind: engine.AddressKind(a.Kind), Value: a.Value})
	}
	var docs documents
	docs.read(r.Attributes, &c.Attributes)
	docs.read(r.OptIn, &c.OptIn)
	docs.read(r.Purposes, &c.Purposes)
	if len(c.Purposes) == 0 {
		c.Purposes = nil
	}
	if docs.err != nil {
		return nil, fmt.Errorf("loading contact %q: %w", r.ID, docs.err)
	}
	return c, nil
}

// mergeHops bounds how many merge pointers are followed.
const mergeHops = 16

// Contact loads a person; for one merged into another, that other. An erased
// contact is still found, with ErasedAt set and nothing personal left.
func (s *Store) Contact(ctx context.Context, id engine.ContactID) (*engine.Contact, error) {
	for range mergeHops {
		var row contactRow
		if err := one(s.read(ctx).Select(s.contactColumns()).Where("id = ?", id), &row, "contact", id); err != nil {
			return nil, err
		}
		if row.MergedInto == "" {
			var addresses []addressRow
			if err := row.Addresses.into(&addresses); err != nil {
				return nil, fmt.Errorf("loading the addresses of contact %q: %w", row.ID, err)
			}
			return row.noun(addresses)
		}
		id = engine.ContactID(row.MergedInto)
	}
	return nil, engine.Errorf(engine.Conflict, "the merges of contact %q lead in a circle", string(id))
}

// contactColumns are a contact's columns with its addresses, in one question:
// sending a message and taking a reply both begin with it.
func (s *Store) contactColumns() string {
	list, object := "json_group_array", "json_object"
	if s.dialect == onPostgres {
		list, object = "json_agg", "json_build_object"
	}
	return "contacts.*, (SELECT " + list + "(" + object + `('Kind', a.kind, 'Value', a.value)) FROM (
		SELECT kind, value FROM contact_addresses WHERE contact_addresses.workspace_id = contacts.workspace_id
		AND contact_addresses.contact_id = contacts.id ORDER BY position) a) AS addresses`
}

// addresses loads the addresses of contacts, in their order.
func (s *Store) addresses(ctx context.Context, ids []string) (map[string][]addressRow, error) {
	var rows []addressRow
	if err := s.read(ctx).Where("contact_id IN ?", ids).Order("contact_id, position").Find(&rows).Error; err != nil {
		return nil, wrap(err, "loading addresses")
	}
	of := make(map[string][]addressRow, len(ids))
	for _, r := range rows {
		of[r.ContactID] = append(of[r.ContactID], r)
	}
	return of, nil
}

// PutContact stores a contact as a whole, addresses included: what c does not
// hold is gone. Only Purposes stay as they are, which consents decide. It fills KeyID and the times of c. It is Conflict when an
// address belongs to another contact, and when c is a copy loaded before the
// contact was erased or merged into another; a fresh c (no KeyID) for an erased id begins anew.
func (s *Store) PutContact(ctx context.Context, c *engine.Contact) (created bool, err error) {
	if c.ID == "" {
		return false, &engine.Error{Code: engine.Invalid, Field: "id", Message: "a contact needs an id"}
	}
	original := *c
	err = s.InTx(ctx, func(ctx context.Context) error {
		*c = original
		created, err = s.putContact(ctx, c)
		return err
	})
	return created, err
}

func (s *Store) putContact(ctx context.Context, c *engine.Contact) (created bool, err error) {
	now := s.now()
	var old contactRow
	found := s.forUpdate(s.write(ctx)).Where("id = ?", c.ID).Limit(1).Find(&old)
	if found.Error != nil {
		return false, wrap(found.Error, "loading contact %q", c.ID)
	}
	exists := found.RowsAffected > 0
	switch {
	case exists && old.ErasedAt != nil && c.KeyID == "" && c.ErasedAt == nil:
		created = true
	case exists && old.ErasedAt == nil && old.MergedInto != "" && c.MergedInto == "":
		return false, engine.Errorf(engine.Conflict, "contact %q was merged into %q since it was loaded; load it again", string(c.ID), old.MergedInto)
	case exists && (c.KeyID == "" || c.KeyID == old.KeyID):
		c.KeyID = old.KeyID
	case exists:
		return false, engine.Errorf(engine.Conflict, "contact %q was erased or made anew since it was loaded; load it again", string(c.ID))
	default:
		created = true
	}
	if c.KeyID == "" && c.ErasedAt == nil {
		c.KeyID = engine.NewID("key")
		if err := s.newKey(ctx, c.KeyID); err != nil {
			return false, err
		}
	}
	if created && c.CreatedAt.IsZero() {
		c.CreatedAt = now
	} else if !created {
		c.CreatedAt = old.CreatedAt.time
	}
	c.UpdatedAt = now
	row, err := contactToRow(c)
	if err != nil {
		return false, err
	}
	upsert := clause.OnConflict{
		Columns: []clause.Column{{Name: "workspace_id"}, {Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"attributes", "opt_in", "timezone", "locale", "key_id",
			"merged_into", "search", "erased_at", "created_at", "updated_at"}),
	}
	if err := s.write(ctx).Clauses(upsert).Create(&row).Error; err != nil {
		return false, wrap(err, "storing contact %q", c.ID)
	}
	return created, s.putAddresses(ctx, c, exists)
}

// putAddresses replaces a contact's addresses when they changed. One that is
// new has none to look for.
func (s *Store) putAddresses(ctx context.Context, c *engine.Contact, exists bool) error {
	want := make([]addressRow, 0, len(c.Addresses))
	seen := map[engine.Address]bool{}
	for _, a := range c.Addresses {
		a.Value = clean(a.Value)
		if a.Value == "" || seen[a] {
			continue
		}
		seen[a] = true
		want = append(want, addressRow{WorkspaceID: string(s.workspace), Kind: string(a.Kind), Value: a.Value, ContactID: string(c.ID), Position: len(want)})
	}
	if exists {
		have, err := s.addresses(ctx, []string{string(c.ID)})
		if err != nil || equalRows(have[string(c.ID)], want) {
			return err
		}
		if err := s.write(ctx).Where("contact_id = ?", c.ID).Delete(&addressRow{}).Error; err != nil {
			return wrap(err, "replacing the addresses of contact %q", c.ID)
		}
	}
	if len(want) == 0 {
		return nil
	}
	inserted := s.ifNew(ctx).Create(&want)
	if inserted.Error != nil {
		return wrap(inserted.Error, "storing the addresses of contact %q", c.ID)
	}
	if inserted.RowsAffected < int64(len(want)) {
		return s.addressTaken(ctx, want)
	}
	return nil
}

// AddAddresses gives a contact, as it was just read under its lock, addresses that
// it does not have. One that belongs to somebody else stays theirs. It says how
// many were added, and adds them to c as well.
func (s *Store) AddAddresses(ctx context.Context, c *engine.Contact, addrs []engine.Address) (added int, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		have, search := slices.Clone(c.Addresses), ""
		for _, a := range addrs {
			if a.Value = clean(a.Value); a.Value == "" || slices.Contains(have, a) {
				continue
			}
			row := addressRow{Kind: string(a.Kind), Value: a.Value, ContactID: string(c.ID), Position: len(have)}
			inserted := s.ifNew(ctx).Create(&row)
			if inserted.Error != nil {
				return wrap(inserted.Error, "adding an address to contact %q", c.ID)
			}
			if inserted.RowsAffected == 1 {
				have, search = append(have, a), search+"\n"+fold(a.Value)
			}
		}
		if added = len(have) - len(c.Addresses); added == 0 {
			return nil
		}
		changed := s.write(ctx).Model(&contactRow{}).Where("id = ?", c.ID).
			Updates(map[string]any{"search": gorm.Expr("search || ?", search), "updated_at": at(s.now())})
		if changed.Error != nil {
			return wrap(changed.Error, "adding an address to contact %q", c.ID)
		}
		c.Addresses = have
		return nil
	})
	return added, err
}

// addressTaken says which of a contact's addresses is somebody else's.
func (s *Store) addressTaken(ctx context.Context, want []addressRow) error {
	for _, a := range want {
		var owner addressRow
		if err := s.write(ctx).Where("kind = ? AND value = ? AND contact_id <> ?", a.Kind, a.Value, a.ContactID).Limit(1).Find(&owner).Error; err != nil {
			return wrap(err, "storing an address of contact %q", a.ContactID)
		}
		if owner.ContactID == "" {
			continue
		}
		return &engine.Error{
			Code: engine.Conflict, Field: "addresses." + a.Kind,
			Message: fmt.Sprintf("the %s %s of contact %q already belongs to contact %q; remove it there, or merge the two", a.Kind, engine.Mask(engine.Address{Kind: engine.AddressKind(a.Kind), Value: a.Value}), a.ContactID, owner.ContactID),
			Details: map[string]any{"contact_id": owner.ContactID, "kind": a.Kind},
		}
	}
	return engine.Errorf(engine.Conflict, "an address of contact %q was taken meanwhile; try again", want[0].ContactID)
}

func equalRows(a, b []addressRow) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// ContactByAddress finds whose address this is; the first of addrs that anybody
// has decides. Phone numbers and WhatsApp ids are one family, and match in every
// way a number may be written (engine.PhoneVariants).
func (s *Store) ContactByAddress(ctx context.Context, addrs []engine.Address) (*engine.Contact, error) {
	for _, a := range addrs {
		kinds, values := addressForms(a)
		var rows []addressRow
		if err := s.read(ctx).Where("kind IN ? AND value IN ?", kinds, values).Find(&rows).Error; err != nil {
			return nil, wrap(err, "finding a contact by address")
		}
		if best := closest(rows, a, values); best != nil {
			return s.Contact(ctx, engine.ContactID(best.ContactID))
		}
	}
	return nil, engine.Errorf(engine.NotFound, "no contact has any of these addresses")
}

// closest prefers the very address, then the forms in their order.
func closest(rows []addressRow, a engine.Address, values []string) *addressRow {
	place := func(r *addressRow) int {
		if r.Kind == string(a.Kind) && r.Value == a.Value {
			return -1
		}
		for i, v := range values {
			if v == r.Value {
				return i
			}
		}
		return len(values)
	}
	var best *addressRow
	for i := range rows {
		if best == nil || place(&rows[i]) < place(best) {
			best = &rows[i]
		}
	}
	return best
}

// addressForms are the kinds and values under which an address may be stored.
func addressForms(a engine.Address) (kinds, values []string) {
	value := clean(a.Value)
	if a.Kind != engine.Phone && a.Kind != engine.WAID {
		return []string{string(a.Kind)}, []string{value}
	}
	values = []string{value}
	add := func(v string) {
		if slices.Contains(values, v) {
			return
		}
		values = append(values, v)
	}
	e164 := "+" + strings.TrimPrefix(value, "+")
	for _, v := range append([]string{e164}, engine.PhoneVariants(e164)...) {
		add(v)
		add(strings.TrimPrefix(v, "+"))
	}
	return []string{string(engine.Phone), string(engine.WAID)}, values
}

// longestQuery bounds a search, in characters: SQLite refuses patterns beyond 50,000 bytes.
const longestQuery = 200

// Contacts lists people, newest first: not the merged, not the erased. Query
// matches part of an id, a name or an address, whatever its accents and case.
func (s *Store) Contacts(ctx context.Context, f engine.ContactFilter) (list []engine.Contact, next string, err error) {
	db := s.read(ctx).Where("erased_at IS NULL AND merged_into = ''")
	if q := firstRunes(fold(f.Query), longestQuery); q != "" {
		db = db.Where(`search LIKE ? ESCAPE '\'`, "%"+likeEscaper.Replace(q)+"%")
	}
	if f.Tag != "" {
		if db, err = s.withTag(db, f.Tag); err != nil {
			return nil, "", err
		}
	}
	if db, err = page(db, "created_at", f.Cursor, f.Limit); err != nil {
		return nil, "", err
	}
	var rows []contactRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, "", wrap(err, "listing contacts")
	}
	rows, next = turn(rows, f.Limit, func(r contactRow) (stamp, string) { return r.CreatedAt, r.ID })
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	addresses, err := s.addresses(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	list, err = each(rows, func(r *contactRow) (engine.Contact, error) {
		c, err := r.noun(addresses[r.ID])
		if err != nil {
			return engine.Contact{}, err
		}
		return *c, nil
	})
	return list, next, err
}

func (s *Store) withTag(db *gorm.DB, tag string) (*gorm.DB, error) {
	if s.dialect == onSQLite {
		return db.Where("EXISTS (SELECT 1 FROM json_each(contacts.attributes, '$.tags') t WHERE t.value = ?)", clean(tag)), nil
	}
	holds, err := toDocument(map[string]any{"tags": []string{clean(tag)}})
	return db.Where("attributes @> CAST(? AS jsonb)", holds), err
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// nameAttributes are the attributes a person is searched by.
var nameAttributes = []string{"name", "full_name", "first_name", "last_name"}

func searchText(c *engine.Contact) string {
	if c.ErasedAt != nil {
		return ""
	}
	words := []string{string(c.ID)}
	for _, name := range nameAttributes {
		if text, ok := c.Attributes[name].(string); ok {
			words = append(words, text)
		}
	}
	for _, a := range c.Addresses {
		words = append(words, a.Value)
	}
	return fold(strings.Join(words, "\n"))
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// fold lowers case and drops accents: "João" is found by "joao".
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(clean(strings.TrimSpace(s))) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
