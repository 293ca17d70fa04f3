package ses

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"

	"jornada/activities/channel"
)

// refTag is the message tag that carries our reference.
const refTag = "ref"

// tagValue is what SES takes for a tag's value (API_MessageTag.html). Another
// reference travels in the Message-ID alone.
var tagValue = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// email is the body of POST /v2/email/outbound-emails.
type email struct {
	From        string `json:"FromEmailAddress"`
	Destination struct {
		To []string `json:"ToAddresses"`
	} `json:"Destination"`
	Content struct {
		Raw struct {
			Data []byte `json:"Data"` // Base64 on the wire
		} `json:"Raw"`
	} `json:"Content"`
	ConfigurationSet string `json:"ConfigurationSetName,omitempty"`
	Tags             []tag  `json:"EmailTags,omitempty"`
}

type tag struct {
	Name  string `json:"Name"`
	Value string `json:"Value"`
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.body(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	address := d.base + "/v2/email/outbound-emails"
	header, err := d.sign(ctx, http.MethodPost, address, body)
	if err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.FixRequest, Message: "the request could not be signed; check base_url", Err: err}
	}
	answer, failure := channel.Post(ctx, d.client, http.MethodPost, address, header, body, out.Departing)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, explain(answer)
	}
	var accepted struct {
		ID string `json:"MessageId"`
	}
	if err := json.Unmarshal(answer.Body, &accepted); err != nil || accepted.ID == "" {
		return channel.Receipt{}, company.NoID(err)
	}
	return channel.Receipt{ProviderID: accepted.ID}, nil
}

// body is the request for one message.
func (d *Driver) body(out channel.Outbound) ([]byte, error) {
	written, err := d.sender.Write(out)
	if err != nil {
		return nil, err
	}
	e := email{From: written.From.Address, ConfigurationSet: d.configurationSet}
	e.Destination.To = []string{written.To.Address}
	if e.Content.Raw.Data, err = written.Bytes(); err != nil {
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the e-mail could not be written", Err: err}
	}
	if tagValue.MatchString(out.Ref) {
		e.Tags = []tag{{refTag, out.Ref}}
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the e-mail could not be written as JSON", Err: err}
	}
	return body, nil
}

// sign makes the headers of a request, with Signature Version 4 over it. A
// signature is good for five minutes of real time.
func (d *Driver) sign(ctx context.Context, method, address string, body []byte) (http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request to sign: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "jornada/1.0")
	sum := sha256.Sum256(body)
	if err := d.signer.SignHTTP(ctx, d.credentials, request, hex.EncodeToString(sum[:]), "ses", d.region, d.settings.Real()); err != nil {
		return nil, fmt.Errorf("signing a request: %w", err)
	}
	return request.Header, nil
}
