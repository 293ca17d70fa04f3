package dsl

import (
	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// Workspace is what the journeys of a folder share: workspace.yaml, the
// approved templates of templates.lock.yaml and the e-mail template files.
type Workspace struct {
	ID        string
	Timezone  string
	Contact   expression.Fields // declared fields and the ones every contact has
	Events    map[string]expression.Fields
	Segments  map[string]*Expr
	Schedules map[string]Hours
	Queues    []string
	Channels  map[string]ChannelDefaults
	Delivery  map[string]Delivery // by category
	Templates map[string]Template // by channel + "/" + name
	Journeys  map[string]JourneySummary
}

// ChannelDefaults is how the workspace uses one channel.
type ChannelDefaults struct {
	Number     string // which number sends; "main"
	FreeForm   string // window | always: when own text may go without a template
	DirectSend bool   // the account may send utility text without a template
	Unicode    string // sms: allow | refuse
	From       string // email: the sender's address
}

// JourneySummary is what other journeys may know of a journey.
type JourneySummary struct {
	ID       string
	Inputs   expression.Fields
	Exits    []string // sorted ending names, without completed
	Triggers []string // kinds: event, inbound, segment, schedule, api, called
}

// ParseWorkspace reads workspace.yaml, templates.lock.yaml and the template
// files among files. Without a workspace.yaml it starts from DefaultWorkspace.
func ParseWorkspace(files []File) (*Workspace, diag.List) { return DefaultWorkspace(), nil }

// DefaultWorkspace is used when a folder has no workspace.yaml.
func DefaultWorkspace() *Workspace { return &Workspace{ID: "default", Timezone: "America/Sao_Paulo"} }
