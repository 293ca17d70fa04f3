package gupshup

import (
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
)

// classes sorts Gupshup's own codes, which come in failed statuses next to
// WhatsApp's. Source: docs.gupshup.io/docs/error-and-status-messages.
var classes = map[int]channel.Class{
	500:  channel.RetryLater, // their trouble
	4002: channel.RetryLater, // WhatsApp's answer was odd
	4001: channel.Throttle,

	1001: channel.StopSender, // the app is not live yet
	1003: channel.StopSender, // the wallet is empty

	// The window is closed and the text is no template.
	1004: channel.UseTemplate, 1005: channel.UseTemplate,

	1002: channel.SwitchChannel, // not on WhatsApp
	// Not opted in at Gupshup and the window is closed: nothing may be sent here.
	1006: channel.SwitchChannel, 1007: channel.SwitchChannel, 1008: channel.SwitchChannel,

	1012: channel.Suppress, // opted out at Gupshup

	4003: channel.FixTemplate, // no template matches
	4005: channel.FixTemplate, // paused

	1010: channel.FixRequest, 1011: channel.FixRequest, // media: address, size
	4004: channel.FixRequest, // only on the Cloud API
}

// Classify implements channel.Classifier: Gupshup's own codes, else WhatsApp's. A
// code nobody has heard of is taken for a request that will never work.
func (d *Driver) Classify(code string) channel.Class {
	if number, err := strconv.Atoi(code); err == nil {
		if class, known := classes[number]; known {
			return class
		}
	}
	if class, known := whatsapp.ClassOf(code); known {
		return class
	}
	return channel.FixRequest
}

// phrases sort the sentences of answers, which carry no code.
// Source: the error answers on the pages of docs.gupshup.io/reference.
var phrases = []struct {
	says  string
	class channel.Class
}{
	{"authentication failed", channel.Reauth},
	{"portal user not found", channel.Reauth},
	{"unauthorized", channel.Reauth},
	{"too many requests", channel.Throttle},
	{"invalid destination", channel.SwitchChannel},
	{"invalid app", channel.StopSender},
	{"balance", channel.StopSender},
	{"template", channel.FixTemplate},
}

func bySentence(status int, said string) channel.Class {
	said = strings.ToLower(said)
	for _, p := range phrases {
		if strings.Contains(said, p.says) {
			return p.class
		}
	}
	return whatsapp.ByStatus(status)
}

// remedies say, per class, what a person does about it.
var remedies = map[channel.Class]string{
	channel.RetryLater:        "Gupshup or WhatsApp has a problem of its own; the message is tried again later",
	channel.Throttle:          "Gupshup asks for a slower pace; the message waits its turn",
	channel.StopSender:        "Gupshup does not let this app send; open Gupshup, check the app's name and number and the wallet, and resume the channel",
	channel.Reauth:            "Gupshup does not accept the API key; copy it again from Gupshup > your account and save it as the secret api_key",
	channel.UseTemplate:       "more than 24 hours have passed since the person last wrote; only an approved template may be sent",
	channel.SwitchChannel:     "this person cannot be reached on WhatsApp through this app (no account, or not opted in at Gupshup); use another channel",
	channel.Suppress:          "the person opted out of messages from this app",
	channel.SuppressMarketing: "the person stopped marketing messages from this business in WhatsApp",
	channel.DeferMarketing:    "WhatsApp holds back marketing to this person; not before 24 hours from now",
	channel.FixTemplate:       "the template cannot be sent as it stands; check its id, state and parameters in Gupshup > WhatsApp > your app > Templates",
	channel.FixRequest:        "Gupshup refused the message as wrong",
	channel.InboundOnly:       "WhatsApp could not process a message of the person",
}
