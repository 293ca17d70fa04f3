package infobip

import (
	"encoding/base64"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/reseller"
)

// Where our secret may stand: in the address, in a header of ours, or as the
// password of Basic authentication, which are what Infobip can be told to send
// (infobip.com/docs/cpaas-x/subscriptions-management).
const (
	secretQuery  = "secret"
	secretHeader = "X-Webhook-Secret"
)

// proved says whether a call carries one of our secrets. No secret, no proof: the
// answer is no.
func (d *Driver) proved(r channel.Request) bool {
	given := r.Header.Get(secretHeader)
	if given == "" {
		given = password(r.Header.Get("Authorization"))
	}
	if given == "" && r.URL != nil {
		given = r.URL.Query().Get(secretQuery)
	}
	return reseller.OneOf(d.secrets, given)
}

// password is that of Basic authentication; the user does not matter.
func password(authorization string) string {
	encoded, basic := strings.CutPrefix(authorization, "Basic ")
	if !basic {
		return ""
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return ""
	}
	_, secret, _ := strings.Cut(string(decoded), ":")
	return secret
}
