package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	pdu "github.com/linxGnu/gosmpp/pdu"
	"github.com/stretchr/testify/require"

	"jornada/activities/channel"
	"jornada/activities/channel/smpp"
	"jornada/engine"
	"jornada/engine/store"
)

// carrier is an SMSC that takes one bind at a time. Everything it reads stands in
// got, save what is about the connection itself, which it answers.
type carrier struct {
	net.Listener
	bound   chan net.Conn
	got     chan pdu.PDU
	unbound chan bool
}

func newCarrier(t *testing.T) *carrier {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &carrier{Listener: l, bound: make(chan net.Conn, 10), got: make(chan pdu.PDU, 100), unbound: make(chan bool, 10)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return c
}

func (c *carrier) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		p, err := pdu.Parse(conn)
		if err != nil {
			return
		}
		switch m := p.(type) {
		case *pdu.BindRequest:
			c.say(conn, m.GetResponse())
			c.bound <- conn
		case *pdu.EnquireLink:
			c.say(conn, m.GetResponse())
		case *pdu.Unbind:
			c.say(conn, m.GetResponse())
			c.unbound <- true
		default:
			c.got <- p
		}
	}
}

func (c *carrier) say(conn net.Conn, p pdu.PDU) {
	b := pdu.NewBuffer(nil)
	p.Marshal(b)
	_, _ = conn.Write(b.Bytes())
}

// TestSMPPWorker: `jornada worker --smpp` binds, takes messages from elsewhere and
// stores what people answer; killed in the middle of submit_sm, it leaves a doubt
// and no lie.
func TestSMPPWorker(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "jornada.db")
	smsc := newCarrier(t)
	host, port, err := net.SplitHostPort(smsc.Addr().String())
	require.NoError(t, err)
	integration := &engine.Integration{
		ID: "sms_main", Provider: smpp.Provider, Channel: engine.SMS, State: engine.Enabled, Default: true,
		Settings: map[string]string{"host": host, "port": port, "from": "27182"}, Secrets: map[string]string{"system_id": "clinica", "password": "segredo1"},
	}
	open := func() *store.Store {
		db, err := store.Open(t.Context(), dsn, store.Options{Clock: engine.NewClock(engine.Anchor{}, time.Now), MasterKey: key})
		require.NoError(t, err)
		return db
	}
	db := open()
	require.NoError(t, db.Migrate(t.Context()))
	_, err = db.PutIntegration(t.Context(), integration)
	require.NoError(t, err)
	require.NoError(t, db.Close())

	at := loopback(freePort(t))
	env := []string{
		"JORNADA_DATABASE=" + dsn, "JORNADA_MASTER_KEY=" + base64.StdEncoding.EncodeToString(key), "JORNADA_TEMPORAL=" + loopback(freePort(t)),
		"JORNADA_SMPP_AT=" + at, "JORNADA_CALLS=none",
	}
	worker := start(t, "smpp", env, "jornada", "worker", "--smpp")
	worker.prints("bound to the SMSC")
	conn := <-smsc.bound

	driver, err := smpp.New(smpp.NewRemote(at, smpp.Token(key)))(channel.Settings{
		IntegrationID: integration.ID, Channel: engine.SMS, Values: integration.Settings, Secrets: integration.Secrets,
	})
	require.NoError(t, err)
	require.NoError(t, driver.(channel.Tester).Test(t.Context()))
	out := channel.Outbound{Ref: "msg_1", To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "Olá"}}
	type sent struct {
		receipt channel.Receipt
		err     error
	}
	send := func() chan sent {
		c := make(chan sent, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			r, err := driver.Send(ctx, out)
			c <- sent{r, err}
		}()
		return c
	}

	first := send()
	m := (<-smsc.got).(*pdu.SubmitSM)
	accepted := m.GetResponse().(*pdu.SubmitSMResp)
	accepted.MessageID = "42"
	smsc.say(conn, accepted)
	got := <-first
	require.NoError(t, got.err)
	require.Equal(t, "42", got.receipt.ProviderID)

	answer := pdu.NewDeliverSM().(*pdu.DeliverSM)
	answer.SourceAddr, _ = pdu.NewAddressWithTonNpiAddr(1, 1, "5511987654321")
	answer.Message, _ = pdu.NewShortMessageWithEncoding("SIM", data.GSM7BIT)
	smsc.say(conn, answer)
	reply := (<-smsc.got).(*pdu.DeliverSMResp)
	require.Equal(t, answer.GetSequenceNumber(), reply.GetSequenceNumber())
	require.True(t, reply.IsOk(), "it is answered with %s", strconv.FormatInt(int64(reply.CommandStatus), 16))

	second := send()
	_ = (<-smsc.got).(*pdu.SubmitSM)
	worker.kill()
	got = <-second
	var failure *channel.SendError
	require.ErrorAs(t, got.err, &failure)
	require.Equal(t, channel.Unclear, failure.Doubt, failure.Message)

	worker = start(t, "smpp again", env, "jornada", "worker", "--smpp")
	worker.prints("bound to the SMSC")
	<-smsc.bound
	_, code := worker.terminate()
	require.Zero(t, code)
	require.True(t, <-smsc.unbound, "it says goodbye")

	db = open()
	defer func() { _ = db.Close() }()
	events, err := db.ClaimEvents(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, "SIM", events[0].Message.Text)
	require.Equal(t, integration.ID, events[0].IntegrationID)
}
