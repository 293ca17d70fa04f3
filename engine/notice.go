package engine

import (
	"fmt"
	"strings"
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
	NoticeTier      NoticeKind = "channel.tier_reached"
	NoticeQuality   NoticeKind = "channel.quality_red" // of the sender, as its platform rates it
	NoticeWarned    NoticeKind = "channel.warned"      // of the account, before or without stopping it
	NoticeRestored  NoticeKind = "database.restored"

	NoticeTemplateStopped  NoticeKind = "template.stopped"  // paused, rejected, disabled, deleted, …
	NoticeTemplateRefused  NoticeKind = "template.refused"  // messages with it fail, whatever its state
	NoticeTemplateBack     NoticeKind = "template.approved" // again
	NoticeTemplateCategory NoticeKind = "template.category" // changed, or about to
	NoticeTemplateQuality  NoticeKind = "template.quality"
)

// QualityRed is the word for a sender, or a template, that people block or report too
// often; the others are green, yellow and unknown.
const QualityRed = "red"

// NoticeTemplate is the template that a notice is about, and the journeys that
// send it.
type NoticeTemplate struct {
	Name     string        `json:"name"`
	Language string        `json:"language"`
	Status   TemplateState `json:"status,omitempty"`
	Category string        `json:"category,omitempty"`
	Quality  string        `json:"quality,omitempty"`
	Previous string        `json:"previous,omitempty"` // category or quality, whichever changed
	Journeys []string      `json:"journeys,omitempty"`
}

// Same reports whether two notices are about the same template.
func (t *NoticeTemplate) Same(other *NoticeTemplate) bool {
	return t.Name == other.Name && t.Language == other.Language
}

// Notice is something administrators must be told, once per change and never
// per message. One about trouble is resolved when the channel works again.
type Notice struct {
	ID            string
	At            time.Time
	Kind          NoticeKind
	IntegrationID IntegrationID
	Channel       Channel
	Name          string     // of the integration; may be empty
	Cause         string     // in the provider's words; may be empty
	ResumeAt      *time.Time // of a category: when it changes
	ResolvedAt    *time.Time
	Template      *NoticeTemplate // nil: it is about the integration
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
		t = diag.T("Integration %q (%s) must be connected again: its credentials are no longer accepted, or there is another reason below. Its messages wait and go out by themselves after that: PATCH /api/v1/integrations/%s with the new secrets, or settle the reason and POST /api/v1/integrations/%s/enable.",
			"A integração %q (%s) precisa ser conectada de novo: as credenciais dela não são mais aceitas, ou há outro motivo abaixo. As mensagens dela esperam e saem sozinhas depois disso: PATCH /api/v1/integrations/%s com os novos secrets, ou resolva o motivo e POST /api/v1/integrations/%s/enable.", id, n.Channel, id, id)
	case NoticeLimited:
		t = diag.T("The platform limits integration %q (%s). Its messages wait; from time to time one of them is tried, and all go out by themselves when it passes. If the reason below is yours to settle, settle it with the provider.",
			"A plataforma limitou a integração %q (%s). As mensagens dela esperam; de tempos em tempos uma delas é tentada, e todas saem sozinhas quando ela passar. Se o motivo abaixo depender de você, resolva com o provedor.", id, n.Channel)
	case NoticeDisabled:
		t = diag.T("The platform disabled integration %q (%s). Its messages wait. Settle it with the provider, then let them go: POST /api/v1/integrations/%s/enable.",
			"A plataforma desativou a integração %q (%s). As mensagens dela esperam. Resolva com o provedor e então libere: POST /api/v1/integrations/%s/enable.", id, n.Channel, id)
	case NoticeTier:
		t = diag.T("Integration %q (%s) has reached as many people with templates in 24 hours as its tier allows. Messages to further people wait and go out by themselves as the 24 hours pass; replies and people already reached are not affected. If the platform has raised the limit, say so: PATCH /api/v1/integrations/%s with settings.tier.",
			"A integração %q (%s) alcançou, com templates, tantas pessoas em 24 horas quanto o tier permite. As mensagens a outras pessoas esperam e saem sozinhas conforme as 24 horas passam; respostas e quem já foi alcançado não são afetados. Se a plataforma aumentou o limite, informe: PATCH /api/v1/integrations/%s com settings.tier.", id, n.Channel, id)
	case NoticeQuality:
		t = diag.T("The platform rates the quality of the sender of integration %q (%s) as low (red): too many people block it or report it. Messages still go out, but it may pause templates, lower the messaging limit or stop the sender. Send less marketing, and only to who asked for it; at Meta, WhatsApp Manager > Account tools > Phone numbers says more.",
			"A plataforma avalia a qualidade do remetente da integração %q (%s) como baixa (vermelha): muita gente o bloqueia ou denuncia. As mensagens ainda saem, mas ela pode pausar modelos, baixar o limite de mensagens ou parar o remetente. Envie menos marketing, e só a quem pediu; na Meta, Gerenciador do WhatsApp > Ferramentas da conta > Números de telefone diz mais.", id, n.Channel)
	case NoticeWarned:
		t = diag.T("The platform reports trouble with the account of integration %q (%s). Jornada goes on sending as long as the platform takes the messages. See at the platform what it asks for, and by when; at Meta, Business Support Home shows it for the WhatsApp account.",
			"A plataforma relata um problema com a conta da integração %q (%s). O Jornada segue enviando enquanto a plataforma aceitar as mensagens. Veja na plataforma o que ela pede, e até quando; na Meta, a Central de Suporte para Empresas mostra isso na conta do WhatsApp.", id, n.Channel)
	case NoticeEnabled:
		t = diag.T("Integration %q (%s) works again; the messages that waited for it go out now.",
			"A integração %q (%s) voltou a funcionar; as mensagens que esperavam por ela saem agora.", id, n.Channel)
	}
	if n.Template != nil {
		t = n.templateText()
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

// templateText says what became of a template and which journeys it breaks.
func (n *Notice) templateText() diag.Text {
	t, id := n.Template, string(n.IntegrationID)
	name := t.Name
	if t.Language != "" {
		name += " (" + t.Language + ")"
	}
	var what diag.Text
	switch n.Kind {
	case NoticeTemplateStopped:
		words := t.Status.words()
		what = diag.Text{
			En: fmt.Sprintf("The template %q of integration %q is %s. The provider does not send it, so its messages are skipped.", name, id, words.En),
			Pt: fmt.Sprintf("O modelo %q da integração %q está %s. O provedor não o envia, então as mensagens com ele são puladas.", name, id, words.Pt),
		}
	case NoticeTemplateRefused:
		what = diag.T("The provider refuses messages with the template %q of integration %q, which is no fault of the people they are for: the template or its parameters are not what the provider knows. They count as not delivered.",
			"O provedor recusa mensagens com o modelo %q da integração %q, e não por causa de quem as recebe: o modelo ou os parâmetros dele não são os que o provedor conhece. Elas contam como não entregues.", name, id)
	case NoticeTemplateBack:
		what = diag.T("The template %q of integration %q is approved again and is sent from now on.", "O modelo %q da integração %q está aprovado de novo e volta a ser enviado.", name, id)
	case NoticeTemplateCategory:
		on := diag.Text{}
		if n.ResumeAt != nil {
			at := n.ResumeAt.UTC().Format("2006-01-02 15:04 UTC")
			on = diag.Text{En: " on " + at, Pt: ", em " + at}
		}
		from := t.Previous
		if from == "" {
			from = "?"
		}
		what = diag.Text{
			En: fmt.Sprintf("The template %q of integration %q changes its category from %s to %s%s. Its price and its rules change with it.", name, id, from, t.Category, on.En),
			Pt: fmt.Sprintf("O modelo %q da integração %q muda de categoria, de %s para %s%s. O preço e as regras mudam junto.", name, id, from, t.Category, on.Pt),
		}
	default:
		what = diag.T("The quality of the template %q of integration %q is %s now. When it stays low, the platform pauses the template.", "A qualidade do modelo %q da integração %q agora é %s. Se continuar baixa, a plataforma pausa o modelo.", name, id, t.Quality)
	}
	used := diag.T(" No published journey uses it.", " Nenhuma jornada publicada o usa.")
	if len(t.Journeys) > 0 {
		list := strings.Join(t.Journeys, ", ")
		used = diag.T(" Journeys that use it: %s.", " Jornadas que o usam: %s.", list)
	}
	out := diag.Text{En: what.En + used.En, Pt: what.Pt + used.Pt}
	if (n.Kind == NoticeTemplateStopped || n.Kind == NoticeTemplateRefused) && len(t.Journeys) > 0 {
		remedy := diag.T(" Mend it at the provider, or publish those journeys with another template; then POST /api/v1/templates/sync.", " Corrija-o no provedor, ou publique essas jornadas com outro modelo; depois POST /api/v1/templates/sync.")
		out = diag.Text{En: out.En + remedy.En, Pt: out.Pt + remedy.Pt}
	}
	return out
}
