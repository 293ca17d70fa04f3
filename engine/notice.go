package engine

import (
	"time"

	"jornada/dsl/diag"
)

// NoticeKind is what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	NoticeReconnect NoticeKind = "channel.needs_reconnect"
	NoticeLimited   NoticeKind = "channel.limited"
	NoticeDisabled  NoticeKind = "channel.disabled" // by the platform
	NoticeEnabled   NoticeKind = "channel.enabled"  // by itself: a limit passed
	NoticeRestored  NoticeKind = "database.restored"
)

// Notice is something administrators must be told, once per change and never
// per message. One about trouble is resolved when the channel works again.
type Notice struct {
	ID            string
	At            time.Time
	Kind          NoticeKind
	IntegrationID IntegrationID
	Channel       Channel
	Name          string // of the integration; may be empty
	Cause         string // in the provider's words; may be empty
	ResumeAt      *time.Time
	ResolvedAt    *time.Time
}

// NoticeOf is the notice about an integration that came into a state by itself.
func NoticeOf(i *Integration) *Notice {
	n := &Notice{IntegrationID: i.ID, Channel: i.Channel, Name: i.Name, Cause: i.StateNote, ResumeAt: i.ResumeAt}
	switch i.State {
	case NeedsReconnect:
		n.Kind = NoticeReconnect
	case Limited:
		n.Kind = NoticeLimited
	case Disabled:
		n.Kind = NoticeDisabled
	default:
		n.Kind = NoticeEnabled
	}
	return n
}

// Text says what happened, what it means for messages and what to do, in both
// languages.
func (n *Notice) Text() diag.Text {
	id := string(n.IntegrationID)
	var t diag.Text
	switch n.Kind {
	case NoticeReconnect:
		t = diag.T("The credentials of integration %q (%s) are no longer accepted. Its messages wait and go out by themselves after you reconnect it: PATCH /api/v1/integrations/%s with the new secrets.",
			"As credenciais da integração %q (%s) não são mais aceitas. As mensagens dela esperam e saem sozinhas depois que você a reconectar: PATCH /api/v1/integrations/%s com os novos secrets.", id, n.Channel, id)
	case NoticeLimited:
		t = diag.T("The platform limits integration %q (%s). Its messages wait; from time to time one of them is tried, and all go out by themselves when it passes. If the reason below is yours to settle, settle it with the provider.",
			"A plataforma limitou a integração %q (%s). As mensagens dela esperam; de tempos em tempos uma delas é tentada, e todas saem sozinhas quando ela passar. Se o motivo abaixo depender de você, resolva com o provedor.", id, n.Channel)
	case NoticeDisabled:
		t = diag.T("The platform disabled integration %q (%s). Its messages wait. Settle it with the provider, then let them go: POST /api/v1/integrations/%s/enable.",
			"A plataforma desativou a integração %q (%s). As mensagens dela esperam. Resolva com o provedor e então libere: POST /api/v1/integrations/%s/enable.", id, n.Channel, id)
	case NoticeEnabled:
		t = diag.T("Integration %q (%s) works again; the messages that waited for it go out now.",
			"A integração %q (%s) voltou a funcionar; as mensagens que esperavam por ela saem agora.", id, n.Channel)
	}
	if n.Kind == NoticeRestored {
		t = diag.T("This database is an older copy than what Temporal has seen: a backup was restored. It has forgotten messages that went out, so nothing is sent. Compare the last messages with the providers' own records, then let it go on: POST /api/v1/resume.",
			"Este banco de dados é uma cópia mais antiga do que o Temporal já viu: um backup foi restaurado. Ele esqueceu mensagens que saíram, por isso nada é enviado. Compare as últimas mensagens com os registros dos provedores e então deixe seguir: POST /api/v1/resume.")
	}
	if n.Cause != "" {
		cause := diag.T(" The reason given: %s", " O motivo informado: %s", n.Cause)
		t.En, t.Pt = t.En+cause.En, t.Pt+cause.Pt
	}
	return t
}
