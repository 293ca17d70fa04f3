package smpp

import (
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/dsl/diag"
)

// The values of command_status that an answer of ours or of theirs names (SMPP
// 3.4, §5.1.3).
const (
	statusOK          uint32 = 0x00
	statusBadCommand  uint32 = 0x03
	statusNotBound    uint32 = 0x04
	statusQueueFull   uint32 = 0x14
	statusThrottled   uint32 = 0x58
	statusTemporary   uint32 = 0x64 // ESME_RX_T_APPN: the SMSC delivers again
	statusRefusedHere uint32 = 0x66 // ESME_RX_R_APPN: it need not
)

// classes sorts the statuses of submit_sm_resp and bind_transceiver_resp. Vendors
// add their own from 0x400 on, which we cannot know.
var classes = map[uint32]channel.Class{
	0x01: channel.FixRequest, 0x02: channel.FixRequest, statusBadCommand: channel.FixRequest,
	statusNotBound: channel.RetryLater, // the bind is not what we think: a new one helps
	0x05:           channel.RetryLater, // already bound: the former connection is not forgotten yet
	0x06:           channel.FixRequest, 0x07: channel.FixRequest,
	0x08: channel.RetryLater,                   // system error
	0x0A: channel.StopSender,                   // source address
	0x0B: channel.SwitchChannel,                // destination address
	0x0D: channel.RetryLater,                   // bind failed, for whatever reason
	0x0E: channel.Reauth, 0x0F: channel.Reauth, // password, system id
	statusQueueFull: channel.Throttle,
	0x15:            channel.FixRequest,                           // service type
	0x43:            channel.FixRequest, 0x45: channel.RetryLater, // esm_class; submit failed
	0x48: channel.StopSender, 0x49: channel.StopSender, // TON and NPI of the source
	0x50: channel.FixRequest, 0x51: channel.FixRequest, // and of the destination
	0x53:            channel.Reauth, // system type
	statusThrottled: channel.Throttle,
	0x59:            channel.StopSender, // provisioning not allowed
	0x61:            channel.FixRequest, 0x62: channel.FixRequest,
	statusTemporary: channel.RetryLater, 0x65: channel.FixRequest, statusRefusedHere: channel.FixRequest,
}

var remedies = map[channel.Class]string{
	channel.RetryLater:    "the SMSC has a problem of its own; the message is tried again later",
	channel.Throttle:      "the SMSC asks for a slower pace; the message waits its turn",
	channel.Reauth:        "the SMSC does not accept system_id, password or system_type; copy them again from the connection sheet",
	channel.StopSender:    "the SMSC does not let this sender send; check from, source_ton and source_npi against the connection sheet",
	channel.SwitchChannel: "this number cannot be reached by SMS; use another channel",
	channel.FixRequest:    "the SMSC refused the message as wrong",
}

// throttledFor is how long to wait after a throttling answer, which names no time.
const throttledFor = 2 * time.Second

// Classify implements channel.Classifier, for "0x58" and for "UNDELIV 075". The
// number after a receipt's word means something else at every carrier.
func (d *Driver) Classify(code string) channel.Class {
	if hex, ok := strings.CutPrefix(code, "0x"); ok {
		n, err := strconv.ParseUint(hex, 16, 32)
		if class, known := classes[uint32(n)]; known && err == nil {
			return class
		}
		return channel.FixRequest
	}
	switch word, _, _ := strings.Cut(code, " "); word {
	case "UNDELIV", "EXPIRED", "REJECTD":
		return channel.SwitchChannel
	}
	return channel.FixRequest
}

// refusal explains an answer that is not a success. It is always certain: the SMSC
// said that it has not taken the PDU.
func refusal(status uint32) *channel.SendError {
	class, known := classes[status]
	if !known {
		class = channel.FixRequest
	}
	e := &channel.SendError{Class: class, Code: statusCode(status), Message: remedies[class]}
	if class == channel.Throttle {
		e.RetryAfter = throttledFor
	}
	return e
}

// bindRefusals are the reasons that only a bind has.
var bindRefusals = map[uint32]diag.Text{
	0x05: {
		En: "this account is bound already; the SMSC may not have noticed yet that a former connection ended, or another process holds it",
		Pt: "esta conta já está conectada; o SMSC pode ainda não ter notado que uma conexão anterior terminou, ou outro processo a mantém",
	},
	0x0D: {
		En: "it does not say why; mostly the account has too many connections, this machine's address is not let in, or the credentials are wrong",
		Pt: "ele não diz por quê; em geral a conta tem conexões demais, o endereço desta máquina não é aceito ou as credenciais estão erradas",
	},
}

// bindRefusal explains why there is no bind. Whatever its class, no message was sent.
func bindRefusal(address string, status uint32) *channel.SendError {
	e := refusal(status)
	why, special := bindRefusals[status]
	switch {
	case special:
	case e.Class == channel.Reauth:
		why = diag.Text{En: e.Message, Pt: "ele não aceita system_id, password ou system_type; copie-os de novo da ficha de conexão"}
	default: // nothing of it is about a message, its sender or its person
		e.Class, why = channel.RetryLater, diag.Text{En: "it is tried again; ask the carrier what the code means", Pt: "a conexão será tentada de novo; pergunte à operadora o que o código significa"}
	}
	e.Message = "the SMSC at " + address + " refused the bind: " + why.En
	e.Pt = "o SMSC em " + address + " recusou a conexão: " + why.Pt
	return e
}

func unclear(message string, err error) *channel.SendError {
	return &channel.SendError{Class: channel.RetryLater, Doubt: channel.Unclear, Message: message, Err: err}
}

// noBind is why there is no bind, in both languages.
func noBind(text diag.Text, err error) *channel.SendError {
	return &channel.SendError{Class: channel.RetryLater, Message: text.En, Pt: text.Pt, Err: err}
}

func notSent(class channel.Class, message string, err error) *channel.SendError {
	return &channel.SendError{Class: class, Message: message, Err: err}
}
