package twilio_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/twilio"
)

// TestMedia: the address that came is asked with the account's credentials, and the
// store that it leads to without them.
func TestMedia(t *testing.T) {
	settings := onWhatsApp()
	channeltest.MediaVia{
		New: twilio.New, Settings: settings, Status: http.StatusTemporaryRedirect,
		Authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte(account+":"+settings.Secrets["auth_token"])),
		Path:          "/2010-04-01/Accounts/" + account + "/Messages/MM1/Media/ME1",
		Store:         "https://mms.twiliocdn.com/x", Foreign: "https://mms.twiliocdn.com.example.com/x",
	}.Run(t)
}
