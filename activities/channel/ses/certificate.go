package ses

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// visitMax bounds a visit to SNS while its own call waits: it gives up on us
// after 15 seconds (.../sns-message-delivery-retries.html).
const visitMax = 5 * time.Second

// visit reads an address of SNS.
func visit(client *http.Client, address string) (*channel.Answer, *channel.SendError) {
	ctx, cancel := context.WithTimeout(context.Background(), visitMax)
	defer cancel()
	return channel.Call(ctx, client, http.MethodGet, address, nil, nil)
}

// keyringMax is how many certificates are kept. There is one at a time, and a
// new one every year or so.
const keyringMax = 8

// keyring fetches SNS's certificates and keeps their keys. What makes them
// trusted is the host they come from, over TLS: the chain is not in the file.
type keyring struct {
	client *http.Client
	now    func() time.Time

	fetching sync.Mutex // one at a time, and nobody who knows the key waits for it
	mu       sync.RWMutex
	known    map[string]*certificate
}

type certificate struct {
	key           *rsa.PublicKey
	before, after time.Time
}

// of is the key of the certificate at an address of SNS; nil when there is no
// valid one, an error when the answer cannot be had just now.
func (k *keyring) of(address string) (*rsa.PublicKey, error) {
	c := k.get(address)
	if c == nil {
		k.fetching.Lock()
		defer k.fetching.Unlock()
		if c = k.get(address); c == nil { // nobody fetched it meanwhile
			var err error
			if c, err = k.fetch(address); err != nil || c == nil {
				return nil, err
			}
		}
	}
	if now := k.now(); now.Before(c.before) || now.After(c.after) {
		return nil, nil
	}
	return c.key, nil
}

func (k *keyring) get(address string) *certificate {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.known[address]
}

func (k *keyring) fetch(address string) (*certificate, error) {
	answer, failure := visit(k.client, address)
	if failure != nil || answer.Status >= 500 || answer.Status == http.StatusTooManyRequests {
		return nil, engine.Errorf(engine.Unavailable, "the certificate of Amazon SNS could not be fetched, so the call cannot be proved; call again")
	}
	block, _ := pem.Decode(answer.Body)
	if answer.Status != http.StatusOK || block == nil || block.Type != "CERTIFICATE" {
		return nil, nil
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil
	}
	key, ok := parsed.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, nil
	}
	c := &certificate{key, parsed.NotBefore, parsed.NotAfter}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil || len(k.known) >= keyringMax {
		k.known = map[string]*certificate{}
	}
	k.known[address] = c
	return c, nil
}
