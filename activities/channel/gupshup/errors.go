package gupshup

import (
	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/whatsapp"
)

// own sorts Gupshup's own codes, which come in failed statuses next to
// WhatsApp's. Source: docs.gupshup.io/docs/error-and-status-messages.
var own = map[string]channel.Class{
	"500":  channel.RetryLater, // their trouble
	"4002": channel.RetryLater, // WhatsApp's answer was odd
	"4001": channel.Throttle,

	"1001": channel.StopSender, // the app is not live yet
	"1003": channel.StopSender, // the wallet is empty

	// The window is closed and the text is no template.
	"1004": channel.UseTemplate, "1005": channel.UseTemplate,

	"1002": channel.SwitchChannel, // not on WhatsApp
	// Not opted in at Gupshup and the window is closed: nothing may be sent here.
	"1006": channel.SwitchChannel, "1007": channel.SwitchChannel, "1008": channel.SwitchChannel,

	"1012": channel.Suppress, // opted out at Gupshup

	"4003": channel.FixTemplate, // no template matches
	"4005": channel.FixTemplate, // paused

	"1010": channel.FixRequest, "1011": channel.FixRequest, // media: address, size
	"4004": channel.FixRequest, // only on the Cloud API
}

// codes are Gupshup's own, else WhatsApp's.
var codes = refusal.Codes{Own: own, Behind: whatsapp.ClassOf}

// Classify implements channel.Classifier.
func (d *Driver) Classify(code string) channel.Class { return codes.Classify(code) }

// phrases sort the sentences of answers, which carry no code.
// Source: the error answers on the pages of docs.gupshup.io/reference.
var phrases = []refusal.Phrase{
	{Says: "authentication failed", Class: channel.Reauth},
	{Says: "portal user not found", Class: channel.Reauth},
	{Says: "unauthorized", Class: channel.Reauth},
	{Says: "too many requests", Class: channel.Throttle},
	{Says: "invalid destination", Class: channel.SwitchChannel},
	{Says: "invalid app", Class: channel.StopSender},
	{Says: "balance", Class: channel.StopSender},
	{Says: "template", Class: channel.FixTemplate},
}

// company is Gupshup, as people know it.
var company = refusal.Company{Name: "Gupshup", Console: "Gupshup > WhatsApp > your app > Templates", Remedies: map[channel.Class]string{
	channel.StopSender:    "Gupshup does not let this app send; open Gupshup, check the app's name and number and the wallet, and resume the channel",
	channel.Reauth:        "Gupshup does not accept the API key; copy it again from Gupshup > your account and save it as the secret api_key",
	channel.SwitchChannel: "this person cannot be reached on WhatsApp through this app (no account, or not opted in at Gupshup); use another channel",
}}
