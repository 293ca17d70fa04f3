package smpp

import (
	"encoding/binary"
	"strings"
)

// Message is one text for one person.
type Message struct {
	Ref  string `json:"ref"`
	To   string `json:"to"` // +5511…
	Text string `json:"text"`
}

// udhConcat begins the header of a segment: 5 bytes follow, element 0 of 3 bytes
// (3GPP TS 23.040 §9.2.3.24.1).
var udhConcat = []byte{5, 0, 3}

// bodies are the submit_sm of a message, in the order they are sent. The receipt is
// asked for with the last: it stands for the whole.
func (o *options) bodies(m Message, ref byte) []short {
	parts, plain := o.split(m.Text)
	whole := o.long == longPayload && len(parts) > 1
	if whole {
		parts = []string{m.Text}
	}
	coding := codingUCS2
	if plain {
		coding = codingDefault
	}
	list := make([]short, len(parts))
	for i, part := range parts {
		b := short{
			serviceType: o.serviceType, source: o.source, coding: coding,
			dest: address{o.destTON, o.destNPI, strings.TrimPrefix(m.To, "+")},
			text: o.encode(part, plain),
		}
		switch {
		case whole:
			b.optional, b.text = map[uint16][]byte{tagPayload: b.text}, nil
		case len(parts) == 1:
		case o.long == longSAR:
			b.optional = map[uint16][]byte{
				tagSarRef: binary.BigEndian.AppendUint16(nil, uint16(ref)), tagSarTotal: {byte(len(parts))}, tagSarPart: {byte(i + 1)},
			}
		default:
			b.esmClass = esmUDHI
			b.text = append(append(append([]byte{}, udhConcat...), ref, byte(len(parts)), byte(i+1)), b.text...)
		}
		if i == len(parts)-1 {
			b.registered = wantReceipt
		}
		list[i] = b
	}
	return list
}
