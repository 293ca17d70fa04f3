package telegram

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
)

// phrases sort refusals: Telegram numbers them like HTTP and tells them apart in
// words only, which it asks nobody to rely on; what is not here goes by the number.
// Seen in the answers of api.telegram.org; the words are those of tdlib/telegram-bot-api.
var phrases = []struct {
	says  string
	class channel.Class
}{
	{"bot was blocked by the user", channel.Suppress},
	{"bot was kicked", channel.Suppress},
	{"user is deactivated", channel.SwitchChannel},
	{"can't initiate conversation", channel.SwitchChannel},
	{"can't send messages to bots", channel.SwitchChannel},
	{"chat not found", channel.SwitchChannel},
	{"user not found", channel.SwitchChannel},
	{"peer_id_invalid", channel.SwitchChannel},
	{"have no rights to send", channel.SwitchChannel},
	{"too many requests", channel.Throttle},
	{"unauthorized", channel.Reauth},
}

// firm explains Telegram's refusals.
var firm = refusal.Company{Name: company, Console: "the chat with @BotFather"}

// retryMax bounds the pause Telegram may ask for.
const retryMax = 24 * 60 * 60

// refusal explains an answer that is not a success.
func (d *Driver) refusal(answer *channel.Answer) *channel.SendError {
	var body struct {
		Code        webhook.Text `json:"error_code"`
		Description webhook.Text `json:"description"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if json.Unmarshal(answer.Body, &body) != nil {
		return firm.Explain(answer, refusal.Said{})
	}
	said := refusal.Said{Code: string(body.Code), Message: d.hide(string(body.Description)), Class: classOf(answer.Status, string(body.Description))}
	failure := firm.Explain(answer, said)
	if seconds := body.Parameters.RetryAfter; seconds > 0 {
		failure.RetryAfter = time.Duration(min(seconds, retryMax)) * time.Second
	}
	return failure
}

func classOf(status int, description string) channel.Class {
	said := strings.ToLower(description)
	for _, p := range phrases {
		if strings.Contains(said, p.says) {
			return p.class
		}
	}
	switch status {
	case http.StatusNotFound: // the token stands in the path
		return channel.Reauth
	case http.StatusForbidden: // it concerns this chat, not the bot
		return channel.SwitchChannel
	}
	return ""
}

// Classify implements channel.Classifier. Telegram reports nothing later.
func (d *Driver) Classify(code string) channel.Class {
	switch code {
	case "401", "404":
		return channel.Reauth
	case "403":
		return channel.SwitchChannel
	case "429":
		return channel.Throttle
	}
	if strings.HasPrefix(code, "5") {
		return channel.RetryLater
	}
	return channel.FixRequest
}
