package twilio_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/twilio"
	"jornada/engine"
)

// listing is an answer of Twilio's list of messages, with the fields and the
// order of its documentation.
func listing(next string, messages ...string) channeltest.Answer {
	uri := "null"
	if next != "" {
		uri = `"` + next + `"`
	}
	return channeltest.Answer{Body: `{"end":0,"first_page_uri":"/2010-04-01/Accounts/` + account + `/Messages.json?To=%2B5511987654321&PageSize=100&Page=0","next_page_uri":` + uri +
		`,"page":0,"page_size":100,"previous_page_uri":null,"messages":[` + strings.Join(messages, ",") + `],"start":0,"uri":"/2010-04-01/Accounts/` + account + `/Messages.json?PageSize=100"}`}
}

func message(sid, body, created string, change ...string) string {
	m := `{"account_sid":"` + account + `","api_version":"2010-04-01","body":"` + body + `","date_created":"` + created + `","date_sent":null,"date_updated":"` + created +
		`","direction":"outbound-api","error_code":null,"error_message":null,"from":"+12025550143","num_media":"0","num_segments":"1","price":null,"price_unit":null,"messaging_service_sid":null,"sid":"` + sid +
		`","status":"queued","subresource_uris":{"media":"/2010-04-01/Accounts/` + account + `/Messages/` + sid + `/Media.json"},"to":"+5511987654321","uri":"/2010-04-01/Accounts/` + account + `/Messages/` + sid + `.json"}`
	return strings.NewReplacer(change...).Replace(m)
}

func TestFind(t *testing.T) {
	const now, before = "Mon, 23 Nov 2026 18:00:05 +0000", "Mon, 23 Nov 2026 15:00:00 +0000"
	none := listing("")
	ours := message("SM_ours", "Consulta amanhã", now)
	page2 := "/2010-04-01/Accounts/" + account + "/Messages.json?To=%2B5511987654321&PageSize=100&Page=1&PageToken=PASM1"
	for name, c := range map[string]struct {
		values  map[string]string
		answers []channeltest.Answer
		known   []string
		sid     string
		err     string // part of the error; then nothing is certain
		calls   int
	}{
		"found by the day":                        {answers: []channeltest.Answer{listing("", message("SM_other", "Oi", before), ours)}, sid: "SM_ours", calls: 1},
		"found in the queue, which has no day":    {answers: []channeltest.Answer{none, listing("", ours)}, sid: "SM_ours", calls: 2},
		"on the second page":                      {answers: []channeltest.Answer{none, listing(page2, message("SM_a", "Oi", before)), listing("", ours)}, sid: "SM_ours", calls: 3},
		"surely absent":                           {answers: []channeltest.Answer{none, none}, calls: 2},
		"only what is known":                      {answers: []channeltest.Answer{none, listing("", ours)}, known: []string{"SM_ours"}, calls: 2},
		"the same text, twice, one known":         {answers: []channeltest.Answer{listing("", ours, message("SM_two", "Consulta amanhã", now))}, known: []string{"SM_ours"}, sid: "SM_two", calls: 1},
		"the same text, long ago":                 {answers: []channeltest.Answer{none, listing("", message("SM_old", "Consulta amanhã", before))}, calls: 2},
		"the same text, to us":                    {answers: []channeltest.Answer{none, listing("", message("SM_in", "Consulta amanhã", now, "outbound-api", "inbound"))}, calls: 2},
		"the same text, by another sender":        {answers: []channeltest.Answer{none, listing("", message("SM_x", "Consulta amanhã", now, "+12025550143", "+12025550199"))}, calls: 2},
		"the same text, by nobody named":          {answers: []channeltest.Answer{listing("", message("SM_ours", "Consulta amanhã", now, `"from":"+12025550143"`, `"from":null`))}, sid: "SM_ours", calls: 1},
		"the same text, to somebody else":         {answers: []channeltest.Answer{none, listing("", message("SM_x", "Consulta amanhã", now, `"to":"+5511987654321"`, `"to":"+5511900000000"`))}, calls: 2},
		"an unknown message that reads otherwise": {answers: []channeltest.Answer{none, listing("", message("SM_x", "Consulta amanha", now))}, err: "changed on the way", calls: 2},
		"by a messaging service": {values: map[string]string{"messaging_service_sid": "MG1"},
			answers: []channeltest.Answer{listing("", message("SM_mg", "Consulta amanhã", now, `"messaging_service_sid":null`, `"messaging_service_sid":"MG1"`))}, sid: "SM_mg", calls: 1},
		"a list without end":       {answers: []channeltest.Answer{none, listing(page2, message("SM_a", "Oi", before))}, err: "not read to its end", calls: 6},
		"a next page elsewhere":    {answers: []channeltest.Answer{listing("https://evil.example/x", message("SM_a", "Oi", before))}, err: "not Twilio's", calls: 1},
		"another account's answer": {answers: []channeltest.Answer{{Status: 401, Body: `{"code":20003,"message":"Authenticate","status":401}`}}, err: "20003", calls: 1},
		"trouble of its own":       {answers: []channeltest.Answer{{Status: 503}}, err: "problem of its own", calls: 1},
		"no list":                  {answers: []channeltest.Answer{{Body: `{"sid":"AC1"}`}}, err: "cannot be read", calls: 1},
		"broken off":               {answers: []channeltest.Answer{{Body: `{"messages":[`, Truncate: true}}, err: "connection broke", calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answers...)
			finder, ok := server.Open(t, twilio.New, settings(), c.values).(channel.Finder)
			if !ok {
				t.Fatal("the driver cannot look messages up")
			}
			receipt, found, err := finder.Find(context.Background(), channel.Sought{
				Outbound: channel.Outbound{Ref: "msg_1", To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "Consulta amanhã"}},
				Since:    time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC),
				Known: func(sid string) (bool, error) {
					return slices.Contains(c.known, sid), nil
				},
			})
			if got := len(server.Requests()); got != c.calls {
				t.Errorf("%d calls, want %d", got, c.calls)
			}
			if c.err != "" {
				if err == nil || found || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("found %v, error %v", found, err)
				}
				return
			}
			if err != nil || found != (c.sid != "") || receipt.ProviderID != c.sid {
				t.Fatalf("%q, found %v, error %v; want %q", receipt.ProviderID, found, err, c.sid)
			}
			first := server.Requests()[0]
			if q := first.URL.Query(); first.Method != http.MethodGet || first.URL.Path != "/2010-04-01/Accounts/"+account+"/Messages.json" ||
				q.Get("To") != "+5511987654321" || q.Get("DateSent>") != "2026-11-23" || first.Header.Get("Authorization") == "" {
				t.Errorf("asked %s %s", first.Method, first.URL)
			}
			if c.calls > 1 {
				if second := server.Requests()[1]; second.URL.Query().Has("DateSent>") {
					t.Errorf("asked %s", fmt.Sprint(second.URL))
				}
			}
		})
	}
}
