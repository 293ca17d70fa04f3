package scenario

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
)

// poisonKind is one way in which an enrollment misbehaves, and what must become of
// it: the status and the outcome.
type poisonKind struct {
	journey, status, outcome string
}

var poisons = []poisonKind{
	{"poison_loop", "quarantined", "quarantined"},
	{"poison_hoard", "failed", "failed"},
	{"poison_call", "exited", "out"},
	{"poison_panic", "quarantined", "quarantined"},
	{"poison_flood", "exited", "out"},
}

func poisonJourneys() []string {
	var list []string
	for _, k := range poisons {
		list = append(list, k.journey)
	}
	return list
}

// flood is how many events one person gets at once. There is one such person in
// a run: what hundreds of them cost is a matter of the machine's size.
const flood = 400

// poison is what goes on beside healthy people.
type poison struct {
	*Stage

	alone, beside, victims []*Person
	server                 *http.Server // somebody else's, with large answers
	url                    string
	admitted               []string // bombs that were not refused as they should
}

// serve starts the server that `call` steps meet.
func (p *poison) serve(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("starting a server with large answers: %w", err)
	}
	p.url = "http://" + listener.Addr().String()
	routes := http.NewServeMux()
	for path, size := range map[string]int{"/large": 900 << 10, "/larger": 40 << 20} {
		body := []byte(`{"text":"` + strings.Repeat("x", size) + `"}`)
		routes.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		})
	}
	p.server = &http.Server{Handler: routes, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }()
	return nil
}

// pour enrolls the poisoned ones, in turns of every kind, over all the time.
func (p *poison) pour(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, who := range p.victims {
		if !driver.Pause(ctx, p.Spread/time.Duration(len(p.victims))) {
			return errors.Join(ctx.Err(), g.Wait())
		}
		kind := poisons[len(poisons)-1] // the flood
		if i > 0 {
			kind = poisons[i%(len(poisons)-1)]
		}
		round := Round{Journey: kind.journey, Inputs: func(*Person) map[string]any {
			switch kind.journey {
			case "poison_call":
				return map[string]any{"url": p.url}
			case "poison_flood":
				return map[string]any{"last": flood}
			}
			return nil
		}}
		if err := p.EnrollWith(ctx, round, []*Person{who}); err != nil {
			return errors.Join(err, g.Wait())
		}
		if kind.journey == "poison_flood" {
			g.Go(func() error { return p.flood(ctx, who) })
		}
	}
	return g.Wait()
}

// flood sends hundreds of events of one person in one call.
func (p *poison) flood(ctx context.Context, who *Person) error {
	list := make([]map[string]any, flood)
	for n := range list {
		list[n] = map[string]any{"event": "demo.ping", "id": fmt.Sprintf("%s-%d", who.ID, n), "contact_id": who.ID, "data": map[string]any{"n": n + 1}}
	}
	var answer struct {
		Accepted int `json:"accepted"`
	}
	if err := p.Product.Client.Post(ctx, "/api/v1/events/import", list, "", &answer); err != nil {
		return fmt.Errorf("importing %d events of %s: %w", flood, who.ID, err)
	}
	return nil
}

// bombs tries to publish, and to send as data, what would hang or kill a careless
// program. Each must be refused, in words and soon.
func (p *poison) bombs(ctx context.Context) error {
	list := func(item string) string { return strings.TrimSuffix(strings.Repeat(item+", ", 9), ", ") }
	var aliases strings.Builder
	aliases.WriteString("dsl: 1\na: &a [" + list("x") + "]\n")
	for c := 'b'; c < 'j'; c++ {
		fmt.Fprintf(&aliases, "%c: &%c [%s]\n", c, c, list("*"+string(c-1)))
	}
	journey := func(condition string) string {
		return "dsl: 1\njourney: bomb\ncategory: utility\ntimezone: America/Sao_Paulo\ntriggers: [{api: true}]\nsteps:\n  - {id: a, if: '" + condition + "', exit: done}\n"
	}
	files := map[string]string{
		"aliases":     aliases.String(),
		"brackets":    "dsl: 1\nsteps: " + strings.Repeat("[", 200_000),
		"parentheses": journey(strings.Repeat("(", 200_000) + "true" + strings.Repeat(")", 200_000)),
		"nested":      journey(strings.Repeat("all(1..1000, ", 3) + "true" + strings.Repeat(")", 3)),
		"memory":      journey("reduce(1..25, #acc + #acc, \"xxxxxxxx\") != \"\""),
		"binary":      strings.Repeat("\x00\xff\xfe", 1000),
	}
	refused := func(what string, err error, took time.Duration) {
		var refusal *driver.RefusalError
		switch {
		case err == nil:
			p.admitted = append(p.admitted, what+" was taken")
		case !errors.As(err, &refusal) || refusal.Status < 400 || refusal.Status > 499 || len(refusal.Body) < 20:
			p.admitted = append(p.admitted, fmt.Sprintf("%s: %.300s", what, err))
		case took > p.onThisMachine(5*time.Second):
			p.admitted = append(p.admitted, fmt.Sprintf("%s was refused after %s", what, took))
		}
	}
	pause := p.Spread / time.Duration(2*(len(files)+2))
	for name, text := range files {
		began := time.Now()
		err := p.Product.Client.Publish(ctx, map[string]string{"bomb.journey.yaml": text})
		refused("the bomb of "+name, err, time.Since(began))
		if !driver.Pause(ctx, pause) {
			return ctx.Err()
		}
	}
	large := strings.Repeat("x", 900<<10)
	began := time.Now()
	_, _, err := p.Product.Client.Enroll(ctx, "poison_call", p.victims[0].ID, map[string]any{"url": large}, "large-input")
	refused("an input of 900 KB", err, time.Since(began))
	began = time.Now()
	err = p.Product.Client.Post(ctx, "/api/v1/events", map[string]any{"event": "demo.ping", "contact_id": p.victims[0].ID, "data": map[string]any{"n": 1, "note": large}}, "", nil)
	refused("an event of 900 KB", err, time.Since(began))
	return nil
}
