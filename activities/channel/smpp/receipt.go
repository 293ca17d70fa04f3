package smpp

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"jornada/engine"
)

// receipt is what an SMSC says of a message: in the text (appendix B of SMPP 3.4
// shows the usual form, which is no standard), in optional parameters, or in both.
type receipt struct {
	textID  string // as the text writes it
	paramID string // as the parameter writes it, which is mostly as in submit_sm_resp
	stat    string // DELIVRD, …
	err     string
	done    string
}

// states are the words of message_state (§5.2.28).
var states = map[byte]string{1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}

// statuses are our words for them. UNKNOWN claims nothing: the SMSC has lost sight
// of the message, and it may yet be delivered.
var statuses = map[string]engine.MessageStatus{
	"ENROUTE": engine.Sent, "ACCEPTD": engine.Accepted, "UNKNOWN": engine.Accepted,
	"DELIVRD": engine.Delivered,
	"EXPIRED": engine.Failed, "DELETED": engine.Failed, "UNDELIV": engine.Failed, "REJECTD": engine.Failed,
}

// fields finds "name:value" in a receipt's text. Letters' case and blanks after the
// colon differ between vendors.
var fields = regexp.MustCompile(`(?i)(?:^|\s)(id|stat|err|done date):[ ]?(\S*)`)

// fieldText is where the message's own words begin, which may look like fields.
var fieldText = regexp.MustCompile(`(?i)\stext:`)

// receiptOf reads a receipt. ok is false when it names no message or no state.
func receiptOf(m short, text string) (r receipt, ok bool) {
	if at := fieldText.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	for _, f := range fields.FindAllStringSubmatch(text, -1) {
		switch strings.ToLower(f[1]) {
		case "id":
			r.textID = f[2]
		case "stat":
			r.stat = strings.ToUpper(f[2])
		case "err":
			r.err = f[2]
		case "done date":
			r.done = f[2]
		}
	}
	r.paramID = strings.TrimRight(string(m.optional[tagReceiptedID]), "\x00")
	if state := m.optional[tagMessageState]; len(state) == 1 && states[state[0]] != "" {
		r.stat = states[state[0]]
	}
	if e := m.optional[tagNetworkError]; len(e) == 3 && r.err == "" {
		r.err = fmt.Sprintf("%03d", binary.BigEndian.Uint16(e[1:]))
	}
	// Some write the whole word.
	switch {
	case strings.HasPrefix(r.stat, "DELIVER"):
		r.stat = "DELIVRD"
	case strings.HasPrefix(r.stat, "REJECT"):
		r.stat = "REJECTD"
	case strings.HasPrefix(r.stat, "ACCEPT"):
		r.stat = "ACCEPTD"
	case strings.HasPrefix(r.stat, "UNDELIV"):
		r.stat = "UNDELIV"
	}
	return r, (r.textID != "" || r.paramID != "") && statuses[r.stat] != ""
}

// code is what is kept of a failure: "UNDELIV 075".
func (r receipt) code() string {
	code := r.stat
	if r.err != "" && strings.Trim(r.err, "0") != "" {
		code += " " + r.err
	}
	return code
}

// submitted is the id of an answer to submit_sm as we keep it. Where answers and
// receipts write the same number differently, both are kept as decimal.
func (o *options) submitted(id string) string {
	return decimal(id, o.ids == idsHexDecimal, o.ids != idsSame)
}

// received is the id of a receipt's text as we keep it.
func (o *options) received(id string) string {
	return decimal(id, o.ids == idsDecimal, o.ids != idsSame)
}

func decimal(id string, hex, change bool) string {
	if !change {
		return id
	}
	base := 10
	if hex {
		base, id = 16, strings.TrimPrefix(strings.ToLower(id), "0x")
	}
	if n, ok := new(big.Int).SetString(id, base); ok && len(id) < 64 && n.Sign() >= 0 {
		return n.String()
	}
	return id
}

// otherNotation says whether two ids are the same number, one in hexadecimal.
func otherNotation(answer, text string) (setting string, same bool) {
	a16, ok16 := new(big.Int).SetString(answer, 16)
	t10, ok10 := new(big.Int).SetString(text, 10)
	if ok16 && ok10 && a16.Cmp(t10) == 0 {
		return idsHexDecimal, true
	}
	a10, ok10 := new(big.Int).SetString(answer, 10)
	t16, ok16 := new(big.Int).SetString(text, 16)
	if ok10 && ok16 && a10.Cmp(t16) == 0 {
		return idsDecimal, true
	}
	return "", false
}

// statusCode writes a command_status as the specification's tables do.
func statusCode(status uint32) string {
	return "0x" + strings.ToUpper(strconv.FormatUint(uint64(status), 16))
}
