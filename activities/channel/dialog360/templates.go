package dialog360

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// templatePage is how many templates one answer has.
const templatePage = 100

// Templates implements channel.TemplateLister: one page of the account's templates,
// whose mark is how many came before. Entries are WhatsApp's, in a list of another
// name, and their states in small letters.
func (d *Driver) Templates(ctx context.Context, after string) ([]engine.Template, string, error) {
	offset := 0
	if after != "" {
		var err error
		if offset, err = strconv.Atoi(after); err != nil {
			return nil, "", channel.Unreadable(company.Name)
		}
	}
	query := url.Values{"limit": {strconv.Itoa(templatePage)}, "offset": {strconv.Itoa(offset)}, "sort": {"id"}}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.baseURL+"/v1/configs/templates?"+query.Encode(), d.header, nil)
	if failure != nil {
		return nil, "", channel.Unlisted(company.Name, failure, "look again later")
	}
	if !answer.Succeeded() {
		return nil, "", d.unlisted(answer)
	}
	var page struct {
		Templates []whatsapp.Listed `json:"waba_templates"`
	}
	switch {
	case len(answer.Body) >= channel.AnswerMax:
		return nil, "", channel.TooLong(company.Name)
	case json.Unmarshal(answer.Body, &page) != nil || page.Templates == nil:
		return nil, "", channel.Unreadable(company.Name)
	}
	next := ""
	if len(page.Templates) >= templatePage {
		next = strconv.Itoa(offset + len(page.Templates))
	}
	return whatsapp.Listing(page.Templates), next, nil
}

// unlisted explains a refusal, of 360dialog's own or of Meta's.
func (d *Driver) unlisted(answer *channel.Answer) error {
	const remedy = "check api_key in 360dialog Hub under your number"
	if failure := explain(answer); failure != nil {
		return channel.Unlisted(company.Name, failure, remedy)
	}
	_, err := d.Read(answer)
	return engine.Errorf(engine.Invalid, "WhatsApp did not show the templates to 360dialog (%v); %s", err, remedy)
}
