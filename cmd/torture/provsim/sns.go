package provsim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// certificatePath is where the notary's certificate is served, named as SNS's are.
const certificatePath = "/SimpleNotificationService-provsim.pem"

// notary signs SNS notifications with a key of its own, made on first use
// (docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
type notary struct {
	once        sync.Once
	key         *rsa.PrivateKey
	certificate []byte // PEM
	confirmed   atomic.Int64
}

// prepare makes the key; failing to would mean that the machine has no randomness.
func (n *notary) prepare() {
	n.once.Do(func() {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, DNSNames: []string{"sns.amazonaws.com"},
			NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().AddDate(20, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		}
		raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			return
		}
		n.key, n.certificate = key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
	})
}

// notification wraps a message in SNS's envelope.
func (n *notary) notification(w *World, message string, at time.Time) content {
	return n.envelope(w, at, map[string]string{
		"Type": "Notification", "Message": message, "Subject": "Amazon SES Email Event Notification",
		"UnsubscribeURL": w.URL() + "/sns?Action=Unsubscribe",
	}, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
}

// subscription asks the webhook to confirm its subscription.
func (n *notary) subscription(w *World, at time.Time) content {
	return n.envelope(w, at, map[string]string{
		"Type": "SubscriptionConfirmation", "Token": newID(""),
		"Message":      "You have chosen to subscribe to the topic " + w.Secrets().SNSTopicARN + ". To confirm the subscription, visit the SubscribeURL included in this message.",
		"SubscribeURL": w.URL() + "/sns?Action=ConfirmSubscription",
	}, "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
}

// envelope signs the named fields, in this order, with signature version 2
// (SHA-256), which every topic can be set to.
func (n *notary) envelope(w *World, at time.Time, fields map[string]string, signed ...string) content {
	n.prepare()
	fields["MessageId"], fields["TopicArn"] = newID(""), w.Secrets().SNSTopicARN
	fields["Timestamp"] = at.UTC().Format("2006-01-02T15:04:05.000Z")
	var text strings.Builder
	for _, name := range signed {
		text.WriteString(name + "\n" + fields[name] + "\n")
	}
	fields["SignatureVersion"], fields["SigningCertURL"] = "2", w.URL()+certificatePath
	if n.key != nil {
		digest := sha256.Sum256([]byte(text.String()))
		if signature, err := rsa.SignPKCS1v15(rand.Reader, n.key, crypto.SHA256, digest[:]); err == nil {
			fields["Signature"] = base64.StdEncoding.EncodeToString(signature)
		}
	}
	body, _ := json.Marshal(fields)
	return content{body: body, header: http.Header{
		"Content-Type":           {"text/plain; charset=UTF-8"}, // SNS says so, although it is JSON
		"User-Agent":             {"Amazon Simple Notification Service Agent"},
		"X-Amz-Sns-Message-Type": {fields["Type"]},
		"X-Amz-Sns-Message-Id":   {fields["MessageId"]},
		"X-Amz-Sns-Topic-Arn":    {fields["TopicArn"]},
	}}
}

// Confirmed is how often a subscription to the SNS topic was confirmed.
func (w *World) Confirmed() int { return int(w.notary.confirmed.Load()) }

func (w *World) snsCertificate(rw http.ResponseWriter, _ *http.Request) {
	w.notary.prepare()
	reply{status: http.StatusOK, body: w.notary.certificate, header: map[string]string{"Content-Type": "application/x-pem-file"}}.send(rw)
}

func (w *World) snsAction(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("Action") == "ConfirmSubscription" {
		w.notary.confirmed.Add(1)
	}
	reply{status: http.StatusOK, body: []byte("<Response/>"), header: map[string]string{"Content-Type": "text/xml"}}.send(rw)
}
