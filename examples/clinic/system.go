package clinic

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

// Options configure the stand-in for the clinic's system.
type Options struct {
	Now  func() time.Time // the demo's clock, which may run fast
	File string           // where its state is kept over a restart; "" = nowhere
	// Emit tells Jornada what happened at the clinic, as POST /api/v1/events
	// would. It is called when a person clicks on the clinic's page.
	Emit func(ctx context.Context, event, id, contactID string, data map[string]any) error
}

// Appointment is a line of the clinic's agenda.
type Appointment struct {
	ID        string    `json:"id"`
	ContactID string    `json:"contact_id"`
	FirstName string    `json:"first_name"`
	Phone     string    `json:"phone"`
	Email     string    `json:"email"`
	StartsAt  time.Time `json:"starts_at"`
	Doctor    string    `json:"doctor"`
	Specialty string    `json:"specialty"`
	Status    string    `json:"status"` // booked | confirmed | completed | no_show | cancelled
}

// Call is one request that a journey made to the clinic's system.
type Call struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Key    string    `json:"key"` // its Idempotency-Key: the same key twice has no second effect
}

type state struct {
	Appointments []Appointment `json:"appointments"`
	Calls        []Call        `json:"calls"`
	Booked       int           `json:"booked"` // how many were ever made, for their ids
}

// System is the clinic's own system, as far as a demo needs one.
type System struct {
	o  Options
	mu sync.Mutex
	st state
}

const keepCalls = 200

// place is where the demo clinic stands.
var place = map[string]any{"name": "Unidade Demo Centro", "map_url": "https://maps.example/clinica-demo"}

var people = []struct{ id, firstName, phone, email, doctor, specialty string }{
	{"paciente-demo-1", "Ana", "+5511900000011", "ana@paciente-demo.example", "Dra. Demo Lima", "cardiologia"},
	{"paciente-demo-2", "Bruno", "+5511900000022", "bruno@paciente-demo.example", "Dr. Demo Souza", "ortopedia"},
	{"paciente-demo-3", "Carla", "+5511900000033", "carla@paciente-demo.example", "Dra. Demo Lima", "cardiologia"},
	{"paciente-demo-4", "Davi", "+5511900000044", "davi@paciente-demo.example", "Dr. Demo Souza", "ortopedia"},
}

// NewSystem opens the system where it was, or with an agenda for tomorrow.
func NewSystem(o Options) (*System, error) {
	s := &System{o: o}
	if o.File != "" {
		b, err := os.ReadFile(o.File)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("reading the demo clinic's agenda: %w", err)
		default:
			if err := json.Unmarshal(b, &s.st); err != nil {
				return nil, fmt.Errorf("reading the demo clinic's agenda %s (delete it to start afresh): %w", o.File, err)
			}
		}
	}
	if len(s.st.Appointments) == 0 {
		s.book()
	}
	return s, nil
}

// The clinic's hours, and how early an appointment is booked.
const (
	opensAt   = 8 * time.Hour
	lastFirst = 15*time.Hour + 30*time.Minute // the first of a round of four ends the day in time
	slot      = 30 * time.Minute
	ahead     = 6 * time.Hour
)

// zone is where the clinic stands.
var zone = func() *time.Location {
	z, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		return time.FixedZone("-03", -3*60*60) // a machine without the zones: Brazil has had no summer time since 2019
	}
	return z
}()

// firstSlot is the first appointment of a round: within the clinic's hours, far
// enough ahead that a patient has time to answer, and with the three after it
// less than 24 hours ahead, so that every confirmation is asked at once.
func firstSlot(now time.Time) time.Time {
	t := now.In(zone).Add(ahead + slot - time.Nanosecond).Truncate(slot) // zones of Brazil are whole hours
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
	switch sinceMidnight := t.Sub(midnight); {
	case sinceMidnight < opensAt:
		return midnight.Add(opensAt)
	case sinceMidnight > lastFirst:
		return midnight.AddDate(0, 0, 1).Add(opensAt)
	}
	return t
}

// book adds a round of appointments, one every half hour.
func (s *System) book() {
	first := firstSlot(s.o.Now())
	for i, p := range people {
		s.st.Booked++
		s.st.Appointments = append(s.st.Appointments, Appointment{
			ID: fmt.Sprintf("A%03d", s.st.Booked), ContactID: p.id, FirstName: p.firstName, Phone: p.phone, Email: p.email,
			StartsAt: first.Add(time.Duration(i) * slot), Doctor: p.doctor, Specialty: p.specialty, Status: "booked",
		})
	}
}

// ServeHTTP serves the page, the agenda as CSV, and the calls of journeys. It is
// mounted at /dev/clinic.
func (s *System) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !fromHere(r) {
		http.Error(w, "the demo clinic answers only to this machine", http.StatusForbidden)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.servePage("page/index.html"))
	mux.HandleFunc("GET /clinic.js", s.servePage("page/clinic.js"))
	mux.HandleFunc("GET /icon.svg", s.servePage("page/icon.svg"))
	mux.HandleFunc("GET /clinic.css", s.servePage("page/clinic.css"))
	mux.HandleFunc("GET /state", s.serveState)
	mux.HandleFunc("GET /appointments.csv", s.serveCSV)
	mux.HandleFunc("POST /appointments/{id}/{status}", s.setStatus)
	mux.HandleFunc("POST /book", s.bookMore)
	mux.HandleFunc("GET /waitlist/next", s.nextOnWaitlist)
	mux.ServeHTTP(w, r)
}

// fromHere refuses other sites' scripts (Origin) and names that were pointed at
// loopback (DNS rebinding).
func fromHere(r *http.Request) bool {
	host := r.Host
	if i := strings.LastIndex(host, ":"); i >= 0 {
		host = host[:i]
	}
	if host != "127.0.0.1" && host != "localhost" && host != "[::1]" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

func (s *System) servePage(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, page, name)
	}
}

func (s *System) serveState(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply(w, map[string]any{"now": s.o.Now(), "appointments": s.st.Appointments, "calls": s.st.Calls})
}

// serveCSV is what a clinic exports in the evening: one line per appointment.
func (s *System) serveCSV(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="consultas.csv"`)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "contact.id", "contact.first_name", "contact.phone", "contact.email", "contact.opt_in.whatsapp", "contact.opt_in.sms", "contact.opt_in.email", "appointment_id", "starts_at", "doctor", "specialty", "unit.name", "unit.map_url"})
	for _, a := range s.st.Appointments {
		if a.Status != "booked" || a.StartsAt.Before(s.o.Now()) {
			continue
		}
		_ = out.Write([]string{"agenda-" + a.ID, a.ContactID, a.FirstName, a.Phone, a.Email, "sim", "sim", "sim", a.ID, a.StartsAt.Format(time.RFC3339), a.Doctor, a.Specialty, place["name"].(string), place["map_url"].(string)})
	}
	out.Flush()
}

// setStatus takes a journey's `confirm` and a person's clicks. Clicks become
// events in Jornada.
func (s *System) setStatus(w http.ResponseWriter, r *http.Request) {
	id, status := r.PathValue("id"), r.PathValue("status")
	event := map[string]string{"confirm": "", "completed": "appointment.completed", "no_show": "appointment.no_show", "cancelled": "appointment.cancelled"}
	name, known := event[status]
	if !known {
		http.Error(w, fmt.Sprintf("the demo clinic has no %q; it knows confirm, completed, no_show and cancelled", status), http.StatusNotFound)
		return
	}
	s.mu.Lock()
	a := s.find(id)
	if a == nil {
		s.mu.Unlock()
		http.Error(w, fmt.Sprintf("the demo clinic has no appointment %q", id), http.StatusNotFound)
		return
	}
	told := *a
	s.mu.Unlock()
	if name != "" {
		// Jornada hears of it first, under a key that makes a second click harmless:
		// were the agenda first, a click that Jornada missed could not be repeated.
		err := s.o.Emit(r.Context(), name, name+"/"+id, told.ContactID, map[string]any{
			"appointment_id": told.ID, "starts_at": told.StartsAt.Format(time.RFC3339), "doctor": told.Doctor, "specialty": told.Specialty, "unit": place,
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a = s.find(id) // rows move when the agenda is sorted
	switch {
	case status != "confirm":
		a.Status = status
	case a.Status == "booked": // a late confirmation does not undo what happened since
		a.Status = "confirmed"
	}
	if status == "confirm" {
		s.record(r)
	}
	if err := s.save(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, map[string]any{"appointment_id": id, "status": a.Status})
}

func (s *System) bookMore(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book()
	if err := s.save(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, map[string]any{"booked": len(people)})
}

// nextOnWaitlist answers backfill_slot: the demo's waiting list is everybody
// who has no appointment left, in order.
func (s *System) nextOnWaitlist(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record(r)
	busy := map[string]bool{}
	for _, a := range s.st.Appointments {
		if a.Status == "booked" || a.Status == "confirmed" {
			busy[a.ContactID] = true
		}
	}
	answer := map[string]any{}
	for _, p := range people {
		if !busy[p.id] {
			answer["contact_id"] = p.id
			break
		}
	}
	if err := s.save(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, answer)
}

func (s *System) find(id string) *Appointment {
	for i := range s.st.Appointments {
		if s.st.Appointments[i].ID == id {
			return &s.st.Appointments[i]
		}
	}
	return nil
}

// record notes a journey's call, once per idempotency key.
func (s *System) record(r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	for _, c := range s.st.Calls {
		if key != "" && c.Key == key {
			return
		}
	}
	s.st.Calls = append(s.st.Calls, Call{At: s.o.Now(), Method: r.Method, Path: r.URL.RequestURI(), Key: key})
	if n := len(s.st.Calls); n > keepCalls {
		s.st.Calls = s.st.Calls[n-keepCalls:]
	}
}

func (s *System) save() error {
	if s.o.File == "" {
		return nil
	}
	sort.SliceStable(s.st.Appointments, func(i, j int) bool { return s.st.Appointments[i].StartsAt.Before(s.st.Appointments[j].StartsAt) })
	b, err := json.Marshal(s.st)
	if err != nil {
		return fmt.Errorf("writing the demo clinic's agenda: %w", err)
	}
	if err := os.WriteFile(s.o.File+".new", b, 0o600); err != nil {
		return fmt.Errorf("writing the demo clinic's agenda: %w", err)
	}
	if err := os.Rename(s.o.File+".new", s.o.File); err != nil {
		return fmt.Errorf("writing the demo clinic's agenda: %w", err)
	}
	return nil
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
