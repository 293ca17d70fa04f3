package meta

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// templateFields are what is asked of each template
// (developers.facebook.com/docs/graph-api/reference/whats-app-business-hsm).
const templateFields = "id,name,language,status,category,correct_category,rejected_reason,quality_score,parameter_format,components"

// templatePage is how many templates one answer has: with all their components they
// stay far below channel.AnswerMax.
const templatePage = "100"

// Templates implements channel.TemplateLister: one page of the account's templates
// (GET /{waba_id}/message_templates).
func (d *Driver) Templates(ctx context.Context, after string) ([]engine.Template, string, error) {
	if d.wabaID == "" {
		return nil, "", d.settings.Refuse("settings.waba_id", "is missing, so its templates cannot be listed; you find it in WhatsApp Manager > Account tools > Phone numbers (WhatsApp Business Account ID)")
	}
	query := url.Values{"fields": {templateFields}, "limit": {templatePage}}
	if after != "" {
		query.Set("after", after)
	}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.accountURL+"/message_templates?"+query.Encode(), d.header, nil)
	if failure != nil {
		return nil, "", channel.Unlisted(company.Name, failure, "look again later")
	}
	if answer.Status != http.StatusOK {
		return nil, "", channel.Unlisted(company.Name, explain(answer), "check waba_id, and give the token the permission whatsapp_business_management")
	}
	var page struct {
		Data   []whatsapp.Listed `json:"data"`
		Paging struct {
			Cursors struct {
				After text `json:"after"`
			} `json:"cursors"`
			Next text `json:"next"` // the address of the next page; absent on the last
		} `json:"paging"`
	}
	switch {
	case len(answer.Body) >= channel.AnswerMax:
		return nil, "", channel.TooLong(company.Name)
	case json.Unmarshal(answer.Body, &page) != nil || page.Data == nil:
		return nil, "", channel.Unreadable(company.Name)
	}
	next := ""
	if page.Paging.Next != "" {
		next = string(page.Paging.Cursors.After)
	}
	return whatsapp.Listing(page.Data), next, nil
}
