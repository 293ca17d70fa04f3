package bird

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// spoken is the body of a message: its type names the part that holds it.
type spoken struct {
	Type webhook.Text `json:"type"`
	Text struct {
		Text    webhook.Text `json:"text"`
		Actions []action     `json:"actions"`
	} `json:"text"`
	Image struct {
		Text   webhook.Text `json:"text"`
		Images []file       `json:"images"`
	} `json:"image"`
	File struct {
		Text  webhook.Text `json:"text"`
		Files []file       `json:"files"`
	} `json:"file"`
	Location struct {
		Coordinates struct {
			Latitude  *float64 `json:"latitude"`
			Longitude *float64 `json:"longitude"`
		} `json:"coordinates"`
		Location struct {
			Address webhook.Text `json:"address"`
			Label   webhook.Text `json:"label"`
		} `json:"location"`
	} `json:"location"`
}

type file struct {
	MediaURL    webhook.Text `json:"mediaUrl"`
	ContentType webhook.Text `json:"contentType"`
}

// action comes back with the text of a button that was tapped.
type action struct {
	Type     webhook.Text `json:"type"`
	Postback tapped       `json:"postback"`
	Reply    tapped       `json:"reply"`
}

type tapped struct {
	Text    webhook.Text `json:"text"`
	Payload webhook.Text `json:"payload"`
}

// said reads a body. One that cannot be read is a message all the same: that
// somebody wrote is known.
func said(raw json.RawMessage) *engine.IncomingMessage {
	var s spoken
	if json.Unmarshal(raw, &s) != nil || s.Type == "" {
		return &engine.IncomingMessage{Type: "unsupported"}
	}
	m := &engine.IncomingMessage{Type: string(s.Type)}
	switch s.Type {
	case "text":
		m.Text = string(s.Text.Text)
		for _, a := range s.Text.Actions {
			choose(m, a)
		}
	case "image":
		m.Text = string(s.Image.Text)
		attach(m, s.Image.Images, "image")
	case "file":
		m.Text = string(s.File.Text)
		attach(m, s.File.Files, "document")
	case "location":
		m.Location = s.place()
	}
	return m
}

// choose reads a tapped button. Bird does not say whether it was one of a message,
// of a list or of a template.
func choose(m *engine.IncomingMessage, a action) {
	answer := a.Reply
	switch a.Type {
	case "postback":
		answer = a.Postback
	case "reply":
	default:
		return
	}
	m.Type, m.InteractiveType = "interactive", "button_reply"
	m.Text, m.ReplyPayload = webhook.First(answer.Text, webhook.Text(m.Text)), string(answer.Payload)
}

// attach keeps the first of the files; its address needs our access key.
func attach(m *engine.IncomingMessage, files []file, usually string) {
	m.Type = usually
	if len(files) == 0 {
		return
	}
	m.MediaType = string(files[0].ContentType)
	switch family, _, _ := strings.Cut(m.MediaType, "/"); family {
	case "image", "video", "audio":
		m.Type = family
	}
	m.Media = &engine.MediaLink{Kind: m.Type, URL: string(files[0].MediaURL)}
}

func (s *spoken) place() map[string]any {
	place := map[string]any{}
	if c := s.Location.Coordinates; c.Latitude != nil && c.Longitude != nil {
		place["latitude"], place["longitude"] = *c.Latitude, *c.Longitude
	}
	if a := s.Location.Location.Address; a != "" {
		place["address"] = string(a)
	}
	if l := s.Location.Location.Label; l != "" {
		place["name"] = string(l)
	}
	return place
}
