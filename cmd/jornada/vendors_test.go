package main

import (
	"crypto/hmac"
	"crypto/sha1" // Twilio's signature is HMAC-SHA1 by definition
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// The vendors' side of the wire, as far as a journey needs it: servers that
// speak the WhatsApp Cloud API, Twilio's Messages API and SMTP, and webhooks
// signed as theirs are.

const (
	waNumber     = "106540352242922"
	waToken      = "EAAdemo-system-user-token"
	waAppSecret  = "demo-app-secret"
	twilioSID    = "AC00000000000000000000000000000001"
	twilioToken  = "demo-twilio-auth-token"
	twilioNumber = "+15005550006"
)

// wire is one call that a vendor got.
type wire struct {
	ID   string // that the vendor gave it
	To   string
	Auth string
	Body string     // as it came
	JSON waBody     // WhatsApp
	Form url.Values // Twilio
}

type waBody struct {
	To       string
	Type     string
	Status   string // "read": a receipt, not a message
	Receipt  string `json:"message_id"` // of what
	Ref      string `json:"biz_opaque_callback_data"`
	Text     struct{ Body string }
	Template struct {
		Name       string
		Components []struct {
			Type       string
			SubType    string `json:"sub_type"`
			Index      json.RawMessage
			Parameters []struct{ Type, Text, Payload string }
		}
	}
}

// button is the payload that the n-th button of a template carries.
func (w wire) button(n int) string {
	for _, c := range w.JSON.Template.Components {
		if c.Type == "button" && strings.Trim(string(c.Index), `"`) == strconv.Itoa(n) {
			return c.Parameters[0].Payload
		}
	}
	return ""
}

// vendors is the outside world of one test.
type vendors struct {
	t        testing.TB
	server   *httptest.Server // WhatsApp and Twilio
	mail     *gosmtp.Server
	mailAddr string
	webhooks string // where Jornada takes calls, as vendors know it

	mu      sync.Mutex
	calls   []wire   // WhatsApp and SMS
	read    []string // messages of people that were marked as read
	letters []string
	n       int
	refused int
	pause   time.Duration // before WhatsApp answers
	// swallow makes the next WhatsApp call lose its answer: the message is
	// taken, and whoever sent it never learns.
	swallow chan struct{}
	release chan struct{}
	// refuse answers WhatsApp calls instead of taking them; nil or a zero status:
	// the call is taken.
	refuse func(c wire) (status int, body string)
}

func newVendors(t testing.TB) *vendors {
	t.Helper()
	v := &vendors{t: t, release: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v23.0/"+waNumber+"/messages", v.takeWhatsApp)
	mux.HandleFunc("POST /2010-04-01/Accounts/"+twilioSID+"/Messages.json", v.takeSMS)
	v.server = httptest.NewServer(mux)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	v.mailAddr = l.Addr().String()
	v.mail = gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return letterBox{v}, nil }))
	v.mail.Domain = "mail.demo.example"
	go func() { _ = v.mail.Serve(l) }()
	t.Cleanup(func() {
		close(v.release)
		_ = v.mail.Close()
		v.server.Close()
	})
	return v
}

func (v *vendors) takeWhatsApp(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c := wire{Auth: r.Header.Get("Authorization"), Body: string(body)}
	if err := json.Unmarshal(body, &c.JSON); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.To = c.JSON.To
	v.mu.Lock()
	if c.JSON.Status == "read" {
		v.read = append(v.read, c.JSON.Receipt)
		v.mu.Unlock()
		_, _ = io.WriteString(w, `{"success":true}`)
		return
	}
	if v.refuse != nil {
		if status, answer := v.refuse(c); status != 0 {
			v.refused++
			v.mu.Unlock()
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, answer)
			return
		}
	}
	v.n++
	c.ID = fmt.Sprintf("wamid.DEMO%06d", v.n)
	v.calls = append(v.calls, c)
	swallow, pause := v.swallow, v.pause
	v.swallow = nil
	v.mu.Unlock()
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-v.release:
		}
	}
	if swallow != nil {
		close(swallow)
		<-v.release
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"messaging_product": "whatsapp",
		"contacts":          []any{map[string]any{"input": c.To, "wa_id": strings.TrimPrefix(c.To, "+")}},
		"messages":          []any{map[string]any{"id": c.ID, "message_status": "accepted"}},
	})
}

func (v *vendors) takeSMS(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	user, password, _ := r.BasicAuth()
	v.mu.Lock()
	v.n++
	c := wire{ID: fmt.Sprintf("SM%032d", v.n), To: r.PostForm.Get("To"), Auth: user + ":" + password, Form: r.PostForm}
	v.calls = append(v.calls, c)
	v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"sid": c.ID, "status": "queued"})
}

type letterBox struct{ v *vendors }

func (letterBox) Reset()                                 {}
func (letterBox) Logout() error                          { return nil }
func (letterBox) Mail(string, *gosmtp.MailOptions) error { return nil }
func (letterBox) Rcpt(string, *gosmtp.RcptOptions) error { return nil }
func (b letterBox) Data(r io.Reader) error {
	letter, err := io.ReadAll(r)
	b.v.mu.Lock()
	defer b.v.mu.Unlock()
	b.v.letters = append(b.v.letters, string(letter))
	return err
}

// to returns every call for a number, in order.
func (v *vendors) to(phone string) []wire {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list []wire
	for _, c := range v.calls {
		if strings.TrimPrefix(c.To, "+") == strings.TrimPrefix(phone, "+") {
			list = append(list, c)
		}
	}
	return list
}

// slow makes WhatsApp take its time.
func (v *vendors) slow(pause time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pause = pause
}

// refusing makes WhatsApp refuse; nil makes it take messages again.
func (v *vendors) refusing(f func(c wire) (int, string)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refuse = f
}

// counts says how many calls were taken and refused.
func (v *vendors) counts() (taken, refused int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.calls), v.refused
}

// marked are the messages of people that were marked as read, in order.
func (v *vendors) marked() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.read...)
}

// nth waits for the n-th call for a number.
func (v *vendors) nth(phone string, n int) wire {
	v.t.Helper()
	until(v.t, fmt.Sprintf("message %d to %s", n, phone), func() bool { return len(v.to(phone)) >= n })
	return v.to(phone)[n-1]
}

// mailTo waits for a letter to an address.
func (v *vendors) mailTo(address string) string {
	v.t.Helper()
	var found string
	until(v.t, "a letter to "+address, func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, l := range v.letters {
			if strings.Contains(l, address) {
				found = l
				return true
			}
		}
		return false
	})
	return found
}

// loseNextAnswer makes the next WhatsApp call hang; the channel closes when it came.
func (v *vendors) loseNextAnswer() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.swallow = make(chan struct{})
	return v.swallow
}

// whatsApp posts a webhook as Meta does, and returns the status of the answer.
func (v *vendors) whatsApp(secret string, value map[string]any) int {
	v.t.Helper()
	value["messaging_product"] = "whatsapp"
	value["metadata"] = map[string]any{"display_phone_number": "15550001111", "phone_number_id": waNumber}
	body, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
		"id": "102290129340398", "changes": []any{map[string]any{"field": "messages", "value": value}},
	}}})
	require.NoError(v.t, err)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return v.post("/webhooks/wa", "application/json", string(body), "X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
}

// post makes a vendor's call; 0 when nobody answers.
func (v *vendors) post(path, contentType, body, header, proof string) int {
	v.t.Helper()
	req, err := http.NewRequest(http.MethodPost, v.webhooks+path, strings.NewReader(body))
	require.NoError(v.t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set(header, proof)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func now() string { return strconv.FormatInt(time.Now().Unix(), 10) }

// waStatus is news of a message.
func waStatus(c wire, status string, codes ...int) map[string]any {
	s := map[string]any{"id": c.ID, "status": status, "timestamp": now(), "recipient_id": strings.TrimPrefix(c.To, "+"), "biz_opaque_callback_data": c.JSON.Ref}
	for _, code := range codes {
		s["errors"] = []any{map[string]any{"code": code, "title": "Message undeliverable"}}
	}
	return map[string]any{"statuses": []any{s}}
}

// waPress is a press on a template's button.
func waPress(c wire, id, payload, title string) map[string]any {
	return waInbound(c.To, map[string]any{
		"id": id, "type": "button", "button": map[string]any{"payload": payload, "text": title},
		"context": map[string]any{"from": "15550001111", "id": c.ID},
	})
}

func waText(to, id, text string) map[string]any {
	return waInbound(to, map[string]any{"id": id, "type": "text", "text": map[string]any{"body": text}})
}

func waInbound(from string, message map[string]any) map[string]any {
	from = strings.TrimPrefix(from, "+")
	message["from"], message["timestamp"] = from, now()
	return map[string]any{
		"contacts": []any{map[string]any{"wa_id": from, "profile": map[string]any{"name": "Perfil Demo"}}},
		"messages": []any{message},
	}
}

// twilio posts a webhook to an address of ours, signed as Twilio does.
func (v *vendors) twilio(address string, form url.Values) int {
	v.t.Helper()
	names := make([]string, 0, len(form))
	for n := range form {
		names = append(names, n)
	}
	sort.Strings(names)
	mac := hmac.New(sha1.New, []byte(twilioToken))
	mac.Write([]byte(address))
	for _, n := range names {
		mac.Write([]byte(n + form.Get(n)))
	}
	return v.post(strings.TrimPrefix(address, v.webhooks), "application/x-www-form-urlencoded", form.Encode(),
		"X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
