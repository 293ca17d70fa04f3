package provsim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/stretchr/testify/require"
)

// sesClient is Amazon's own client, told to try once.
func sesClient(w *World, secret string) *sesv2.Client {
	return sesv2.New(sesv2.Options{
		Region: w.Secrets().SESRegion, BaseEndpoint: aws.String(w.URL()), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(w.Secrets().SESAccessKey, secret, ""),
	})
}

func email(to string) *sesv2.SendEmailInput {
	return &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("demo@example.com"),
		Destination:      &types.Destination{ToAddresses: []string{to}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Data: aws.String("Olá")},
			Body:    &types.Body{Text: &types.Content{Data: aws.String("Até amanhã")}},
		}},
		EmailTags: []types.MessageTag{{Name: aws.String("ref"), Value: aws.String("ref-1")}},
	}
}

func TestSESAcceptsWhatAmazonsClientSends(t *testing.T) {
	w := start(t, Config{})
	p := newProduct(t, w)
	output, err := sesClient(w, w.Secrets().SESSecretKey).SendEmail(t.Context(), email("Ana <ana@example.com>"))
	require.NoError(t, err)
	drain(t, w)
	a := w.Accepts()[0]
	require.Equal(t, *output.MessageId, a.ProviderID)
	require.Equal(t, "ana@example.com", a.To)
	require.Equal(t, []string{"ses", "email", "ref-1", "Olá", "Até amanhã"}, []string{a.Provider, a.Channel, a.Ref, a.Subject, a.Text})

	raw := []byte("From: demo@example.com\r\nTo: ana@example.com\r\nSubject: =?utf-8?q?Ol=C3=A1?=\r\nMessage-ID: <ref-2@example.com>\r\n\r\nOi\r\n")
	_, err = sesClient(w, w.Secrets().SESSecretKey).SendEmail(t.Context(), &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("demo@example.com"), Destination: &types.Destination{ToAddresses: []string{"ana@example.com"}},
		Content: &types.EmailContent{Raw: &types.RawMessage{Data: raw}},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"ref-2", "Olá", "Oi"}, []string{w.Accepts()[1].Ref, w.Accepts()[1].Subject, w.Accepts()[1].Text})

	account, err := sesClient(w, w.Secrets().SESSecretKey).GetAccount(t.Context(), &sesv2.GetAccountInput{})
	require.NoError(t, err)
	require.True(t, account.SendingEnabled)

	require.Equal(t, http.StatusOK, w.Status(Status{Channel: "email", ProviderID: a.ProviderID, Status: "bounced", ErrorCode: 550}))
	require.Equal(t, http.StatusOK, w.Status(Status{Channel: "email", ProviderID: a.ProviderID, Status: "bounced", ErrorCode: 452}))
	require.Equal(t, http.StatusOK, w.Status(Status{Channel: "email", ProviderID: a.ProviderID, Status: "complained"}))
	var kinds []string
	for _, r := range p.all() {
		require.Equal(t, "Notification", r.header.Get("X-Amz-Sns-Message-Type"))
		envelope := verified(t, r.body)
		var event struct {
			Type string `json:"eventType"`
			Mail struct {
				ID   string              `json:"messageId"`
				Tags map[string][]string `json:"tags"`
			} `json:"mail"`
			Bounce struct {
				Type string `json:"bounceType"`
			} `json:"bounce"`
		}
		require.NoError(t, json.Unmarshal([]byte(envelope["Message"]), &event))
		if event.Mail.ID == a.ProviderID {
			kinds = append(kinds, event.Type+event.Bounce.Type)
			require.Equal(t, []string{"ref-1"}, event.Mail.Tags["ref"])
		}
	}
	require.ElementsMatch(t, []string{"Delivery", "BouncePermanent", "BounceTransient", "Complaint"}, kinds)
}

// verified checks an SNS envelope as its document says, with the certificate that
// the envelope names.
func verified(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var envelope map[string]string
	require.NoError(t, json.Unmarshal(body, &envelope))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, envelope["SigningCertURL"], nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	var signed strings.Builder
	for _, name := range []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"} {
		if value, there := envelope[name]; there {
			signed.WriteString(name + "\n" + value + "\n")
		}
	}
	require.Equal(t, "2", envelope["SignatureVersion"])
	signature, err := base64.StdEncoding.DecodeString(envelope["Signature"])
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(signed.String()))
	key, _ := certificate.PublicKey.(*rsa.PublicKey)
	require.NoError(t, rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature))
	return envelope
}

func TestSNSAsksForConfirmation(t *testing.T) {
	w := start(t, Config{})
	p := newProduct(t, w)
	require.Equal(t, http.StatusOK, w.Confirm())
	envelope := verified(t, p.all()[0].body)
	require.Equal(t, "SubscriptionConfirmation", envelope["Type"])
	require.Equal(t, 0, w.Confirmed())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, envelope["SubscribeURL"], nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 1, w.Confirmed())
}

func TestSESRefusesInItsWords(t *testing.T) {
	w := start(t, Config{})
	right := w.Secrets().SESSecretKey
	for name, c := range map[string]struct {
		plan   Plan
		secret string
		want   any
	}{
		"too many":    {Plan{Rate429: 1}, right, new(*types.TooManyRequestsException)},
		"paused":      {Plan{Limited: true}, right, new(*types.SendingPausedException)},
		"suppressed":  {Plan{ErrorFor: map[string]int{"ana@example.com": 550}}, right, new(*types.MessageRejected)},
		"wrong key":   {Plan{}, "wrong", nil},
		"expired":     {Plan{TokenExpired: true}, right, nil},
		"broken":      {Plan{Rate5xx: 1}, right, nil},
		"lost answer": {Plan{ResetBeforeAccept: 1}, right, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w.SetPlan(c.plan)
			_, err := sesClient(w, c.secret).SendEmail(t.Context(), email("ana@example.com"))
			require.Error(t, err)
			if c.want != nil {
				require.ErrorAs(t, err, c.want)
			}
		})
	}
	require.Empty(t, w.Accepts())
}
