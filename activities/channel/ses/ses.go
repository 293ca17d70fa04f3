// Package ses is e-mail through Amazon SES, whose API v2 takes the letter as it
// travels, and whose news comes through Amazon SNS.
//
// Facts and where they are published:
//
//   - sending: docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
//   - signing: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4.html
//   - events: docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
//   - notifications: docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
//   - their signature: docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
//
// There is no idempotency key. Our reference travels as a message tag and comes
// back in the events that a configuration set publishes; notifications set on an
// identity itself carry no tags (.../event-publishing-retrieving-sns-examples.html),
// and are matched by SES's own message id.
//
// SES writes a Message-ID of its own over ours. It refuses late: its answer only
// means queued, and an address on its suppression list bounces afterwards.
//
// What it cannot do: bring people's answers, which go to reply_to
// (or by inbound_domain to our own mail listener); and find
// credentials by itself (roles, profiles): it takes an access key.
//
// Description says what it must be told.
package ses

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/activities/channel/refusal"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Driver is one SES sender.
type Driver struct {
	settings         channel.Settings
	client           *http.Client
	base             string
	region           string
	credentials      aws.Credentials
	signer           *v4.Signer
	sender           letter.Sender
	configurationSet string
	topicARN         string
	keys             *keyring
}

var (
	regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`)
	topicPattern  = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$`)
)

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.Email && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be email: this provider carries nothing else")
	}
	d := &Driver{settings: settings, client: settings.HTTPClient(), signer: v4.NewSigner(), configurationSet: settings.Value("configuration_set", "")}
	d.keys = &keyring{client: d.client, now: settings.Real}
	var err error
	if d.region, err = settings.Require("region", "the address bar of the AWS Console while SES is open (such as sa-east-1)"); err != nil {
		return nil, err
	}
	if !regionPattern.MatchString(d.region) {
		return nil, settings.Refuse("settings.region", "must be the name of an AWS region such as sa-east-1")
	}
	domain := ".amazonaws.com"
	if strings.HasPrefix(d.region, "cn-") {
		domain = ".amazonaws.com.cn"
	}
	if d.base, err = settings.BaseURL("https://email." + d.region + domain); err != nil {
		return nil, err
	}
	if d.sender, err = letter.SenderOf(settings, "verified in AWS Console > SES > Identities"); err != nil {
		return nil, err
	}
	const users = "AWS Console > IAM > Users > Security credentials > Access keys"
	if d.credentials.AccessKeyID, err = settings.Require("access_key_id", users+" (it begins with AKIA)"); err != nil {
		return nil, err
	}
	if d.credentials.SecretAccessKey, err = settings.RequireSecret("secret_access_key", users+", shown once when the key is made"); err != nil {
		return nil, err
	}
	d.credentials.SessionToken = settings.Secret("session_token")
	if d.topicARN, err = settings.Require("topic_arn", "AWS Console > SNS > Topics, at the topic to which SES publishes events"); err != nil {
		return nil, err
	}
	if !topicPattern.MatchString(d.topicARN) {
		return nil, settings.Refuse("settings.topic_arn", "must be the ARN of a standard SNS topic such as arn:aws:sns:sa-east-1:123456789012:ses-events")
	}
	return d, nil
}

// Capabilities implements channel.Sender. Only a configuration set publishes our
// reference.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.Email)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	if d.configurationSet == "" {
		limits.Idempotency = channel.None
	}
	limits.Media, limits.ReportsStatus = true, true
	return limits
}

// Test implements channel.Tester: it reads the account's own state.
func (d *Driver) Test(ctx context.Context) error {
	address := d.base + "/v2/email/account"
	header, err := d.sign(ctx, http.MethodGet, address, nil)
	if err != nil {
		return engine.Told(engine.Invalid, diag.Text{En: "the request could not be signed; check base_url", Pt: "o pedido não pôde ser assinado; confira base_url"})
	}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, address, header, nil)
	if failure != nil {
		return company.Unreachable(failure, "region, base_url")
	}
	if answer.Status != http.StatusOK {
		refused := explain(answer)
		if refused.Code == "AccessDeniedException" {
			return engine.Told(engine.Invalid, diag.Text{
				En: "the access key may not read the account; allow its user ses:GetAccount beside ses:SendEmail and ses:SendRawEmail in AWS Console > IAM",
				Pt: "a chave de acesso não pode ler a conta; permita ao usuário dela ses:GetAccount além de ses:SendEmail e ses:SendRawEmail em AWS Console > IAM",
			})
		}
		return company.Judge(refused, diag.Text{
			En: "SES does not accept the access key ({said}); copy access_key_id and secret_access_key again, and check region and this machine's clock",
			Pt: "o SES não aceita a chave de acesso ({said}); copie access_key_id e secret_access_key de novo e confira region e o relógio desta máquina",
		}, diag.Text{
			En: "SES refused to show the account ({said}); check region and base_url",
			Pt: "o SES não mostrou a conta ({said}); confira region e base_url",
		})
	}
	return account(answer.Body)
}

// account reads what SES says of itself (.../APIReference-V2/API_GetAccount.html).
func account(body []byte) error {
	var a struct {
		SendingEnabled *bool  `json:"SendingEnabled"`
		Production     bool   `json:"ProductionAccessEnabled"`
		Enforcement    string `json:"EnforcementStatus"`
	}
	switch err := json.Unmarshal(body, &a); {
	case err != nil || a.SendingEnabled == nil:
		return refusal.Elsewhere("SES", "o SES")
	case a.Enforcement == "SHUTDOWN" || !*a.SendingEnabled:
		return engine.Told(engine.Invalid, diag.Text{
			En: "Amazon paused sending for this account in this region; open AWS Console > SES > Account dashboard and settle it there",
			Pt: "a Amazon suspendeu os envios desta conta nesta região; abra AWS Console > SES > Account dashboard e resolva lá",
		})
	case !a.Production:
		return engine.Told(engine.Invalid, diag.Text{
			En: "the account is in the sandbox, so that only verified addresses get e-mail; request production access in AWS Console > SES > Account dashboard",
			Pt: "a conta está no sandbox, então só endereços verificados recebem e-mail; peça acesso de produção em AWS Console > SES > Account dashboard",
		})
	}
	return nil
}
