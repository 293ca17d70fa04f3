package metachat

import (
	"encoding/json"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
)

// codes sort the refusals, by code and by "code/subcode", which is asked first.
// Sources: messenger-platform/error-codes; 2534022 and 2534014 are Instagram's,
// reported by many and not in Meta's table.
var codes = map[string]channel.Class{
	"10/2018065": channel.UseTemplate, // outside the allowed window
	"10/2018278": channel.UseTemplate,
	"10/2018108": channel.UseTemplate,
	"10/2534022": channel.UseTemplate,

	"100/2018001": channel.SwitchChannel, // no matching user
	"100/2534014": channel.SwitchChannel,
	"200/1545041": channel.SwitchChannel, // this person isn't available right now
	"200/2018028": channel.Reauth,        // not an admin or tester, while in development
	"551":         channel.SwitchChannel,
	"551/1545041": channel.SwitchChannel,

	"1":     channel.RetryLater,
	"2":     channel.RetryLater,
	"1200":  channel.RetryLater,
	"4":     channel.Throttle,
	"17":    channel.Throttle,
	"32":    channel.Throttle,
	"613":   channel.Throttle,
	"80006": channel.Throttle,
	"10":    channel.Reauth,
	"190":   channel.Reauth,
	"230":   channel.Reauth,
	"368":   channel.StopSender, // blocked for breaking a policy
	"100":   channel.FixRequest,
}

// classOf sorts a code; "" means that it is unknown, and the HTTP status decides.
func classOf(code, subcode string) channel.Class {
	if class, known := codes[code+"/"+subcode]; known {
		return class
	}
	if class, known := codes[code]; known {
		return class
	}
	if n, err := strconv.Atoi(code); err == nil && n >= 200 && n < 300 {
		return channel.Reauth // a permission is missing
	}
	return ""
}

// Classify implements channel.Classifier: codes come as Send names them,
// "code" or "code/subcode". The platform reports no failures later.
func (d *Driver) Classify(code string) channel.Class {
	main, sub, _ := strings.Cut(code, "/")
	if class := classOf(main, sub); class != "" {
		return class
	}
	return channel.FixRequest
}

// firm explains the refusals of the app that the integration is on.
func (d *Driver) firm() refusal.Company {
	return refusal.Company{Name: d.app.name, Console: "App dashboard > " + d.app.console}
}

// refusal explains an answer that is not a success.
func (d *Driver) refusal(answer *channel.Answer) *channel.SendError {
	var body struct {
		Error *struct {
			Message webhook.Text `json:"message"`
			Code    webhook.Text `json:"code"`
			Subcode webhook.Text `json:"error_subcode"`
			Trace   webhook.Text `json:"fbtrace_id"`
		} `json:"error"`
	}
	if json.Unmarshal(answer.Body, &body) != nil || body.Error == nil {
		return d.firm().Explain(answer, refusal.Said{})
	}
	e := body.Error
	said := refusal.Said{Class: classOf(string(e.Code), string(e.Subcode)), Code: string(e.Code), Message: string(e.Message)}
	if e.Subcode != "" && e.Subcode != "0" {
		said.Code += "/" + string(e.Subcode)
	}
	if e.Trace != "" {
		said.Detail = "fbtrace_id=" + refusal.Scrub(string(e.Trace))
	}
	failure := d.firm().Explain(answer, said)
	if failure.Class == channel.UseTemplate { // there is no template here
		failure.Message = "more than 24 hours have passed since the person last wrote; " + d.app.name + " lets nobody but people answer now"
	}
	return failure
}
