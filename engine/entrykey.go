package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// EntryKey is what makes an enrollment unique while it is active: the journey
// and the value of `entry.key`, hashed, so that no personal data stands in a
// key. Equal values give equal keys however they are written: 7 and 7.0, a time
// in any zone.
func EntryKey(journey JourneyID, value any) string {
	sum := sha256.Sum256([]byte(string(journey) + "\x00" + canonical(value)))
	return hex.EncodeToString(sum[:])
}

func canonical(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		return "s:" + v
	case bool:
		return "b:" + strconv.FormatBool(v)
	case time.Time:
		return "t:" + v.UTC().Format(time.RFC3339Nano)
	case int:
		return "n:" + strconv.FormatInt(int64(v), 10)
	case int64:
		return "n:" + strconv.FormatInt(v, 10)
	case float64:
		return "n:" + strconv.FormatFloat(v, 'f', -1, 64)
	}
	if b, err := json.Marshal(v); err == nil {
		return "j:" + string(b)
	}
	return fmt.Sprintf("x:%v", v)
}
