package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The commands we speak (SMPP 3.4, §5.1.2.1). A response is its request with the
// highest bit set.
const (
	genericNack         uint32 = 0x80000000
	submitSM            uint32 = 0x00000004
	deliverSM           uint32 = 0x00000005
	unbind              uint32 = 0x00000006
	bindTransceiver     uint32 = 0x00000009
	enquireLink         uint32 = 0x00000015
	alertNotification   uint32 = 0x00000102
	outbind             uint32 = 0x0000000B
	response            uint32 = 0x80000000
	submitSMResp               = submitSM | response
	deliverSMResp              = deliverSM | response
	bindTransceiverResp        = bindTransceiver | response
)

// headerLen is that of every PDU; pduMax is far above any real one.
const (
	headerLen = 16
	pduMax    = 64 << 10
)

// pdu is one unit of the protocol.
type pdu struct {
	command, status, sequence uint32
	body                      []byte
}

// write is how a PDU looks on the wire.
func (p pdu) write() []byte {
	b := make([]byte, 0, headerLen+len(p.body))
	b = binary.BigEndian.AppendUint32(b, uint32(headerLen+len(p.body))) //nolint:gosec // our own bodies have a few hundred bytes
	b = binary.BigEndian.AppendUint32(b, p.command)
	b = binary.BigEndian.AppendUint32(b, p.status)
	b = binary.BigEndian.AppendUint32(b, p.sequence)
	return append(b, p.body...)
}

// readPDU reads one unit. Only its length is believed here: a body that makes no
// sense is its reader's affair and costs one answer, not the connection.
func readPDU(r io.Reader) (pdu, error) {
	var h [headerLen]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return pdu{}, fmt.Errorf("reading a PDU's header: %w", err)
	}
	n := binary.BigEndian.Uint32(h[:4])
	if n < headerLen || n > pduMax {
		return pdu{}, fmt.Errorf("a PDU of %d bytes: this is not SMPP, or the stream is broken", n)
	}
	p := pdu{
		command: binary.BigEndian.Uint32(h[4:8]), status: binary.BigEndian.Uint32(h[8:12]), sequence: binary.BigEndian.Uint32(h[12:]),
		body: make([]byte, n-headerLen),
	}
	if _, err := io.ReadFull(r, p.body); err != nil {
		return pdu{}, fmt.Errorf("reading a PDU's body: %w", err)
	}
	return p, nil
}

// isResponse says whether a PDU answers one of ours.
func (p pdu) isResponse() bool { return p.command&response != 0 }

// messageID is what submit_sm_resp carries; a refusal may have no body at all.
func (p pdu) messageID() string {
	c := cursor{rest: p.body}
	return c.text()
}

// address is a number or name with its type and plan (§5.2.5, §5.2.6).
type address struct {
	ton, npi byte
	value    string
}

// short is the body that submit_sm and deliver_sm share (§4.4.1, §4.6.1).
type short struct {
	serviceType  string
	source, dest address
	esmClass     byte
	registered   byte
	coding       byte
	text         []byte
	optional     map[uint16][]byte
}

// The optional parameters we use (§5.3.2).
const (
	tagReceiptedID  uint16 = 0x001E
	tagSarRef       uint16 = 0x020C
	tagSarTotal     uint16 = 0x020E
	tagSarPart      uint16 = 0x020F
	tagNetworkError uint16 = 0x0423
	tagPayload      uint16 = 0x0424
	tagMessageState uint16 = 0x0427
)

// Bits of esm_class (§5.2.12) and of registered_delivery (§5.2.17).
const (
	esmUDHI         byte = 0x40
	esmKind         byte = 0x3C
	esmReceipt      byte = 0x04
	esmIntermediate byte = 0x20
	wantReceipt     byte = 0x01
)

// write is the body on the wire.
func (m short) write() []byte {
	var b bytes.Buffer
	text := func(s string) { b.WriteString(s); b.WriteByte(0) }
	text(m.serviceType)
	for _, a := range []address{m.source, m.dest} {
		b.Write([]byte{a.ton, a.npi})
		text(a.value)
	}
	// protocol_id and priority_flag, no schedule and no validity, registered_delivery,
	// replace_if_present, data_coding, sm_default_msg_id, sm_length
	b.Write([]byte{m.esmClass, 0, 0, 0, 0, m.registered, 0, m.coding, 0, byte(len(m.text))})
	b.Write(m.text)
	for _, tag := range []uint16{tagSarRef, tagSarTotal, tagSarPart, tagPayload} {
		if value, there := m.optional[tag]; there {
			b.Write(binary.BigEndian.AppendUint16(nil, tag))
			b.Write(binary.BigEndian.AppendUint16(nil, uint16(len(value)))) //nolint:gosec // a text has a bound far below
			b.Write(value)
		}
	}
	return b.Bytes()
}

var errShort = errors.New("the body ends too early")

// parseShort reads a body. Optional parameters that are cut off are left out:
// what stands before them is good.
func parseShort(body []byte) (short, error) {
	c := cursor{rest: body}
	m := short{serviceType: c.text()}
	m.source = address{c.byte(), c.byte(), c.text()}
	m.dest = address{c.byte(), c.byte(), c.text()}
	m.esmClass = c.byte()
	c.take(2)
	c.text()
	c.text()
	m.registered = c.byte()
	c.byte()
	m.coding = c.byte()
	c.byte()
	m.text = c.take(int(c.byte()))
	if c.short {
		return short{}, errShort
	}
	m.optional = map[uint16][]byte{}
	for len(c.rest) >= 4 {
		tag, n := binary.BigEndian.Uint16(c.rest), binary.BigEndian.Uint16(c.rest[2:])
		c.take(4)
		value := c.take(int(n))
		if c.short {
			break
		}
		m.optional[tag] = value
	}
	return m, nil
}

// cursor reads a body from the front; short says that it was not long enough.
type cursor struct {
	rest  []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.short, c.rest = true, nil
		return nil
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) byte() byte {
	if b := c.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// text reads up to the terminating zero; a last one may lack it.
func (c *cursor) text() string {
	end := bytes.IndexByte(c.rest, 0)
	if end < 0 {
		text := string(c.rest)
		c.short, c.rest = true, nil
		return text
	}
	text := string(c.rest[:end])
	c.rest = c.rest[end+1:]
	return text
}
