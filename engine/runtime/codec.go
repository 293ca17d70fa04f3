package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	grpcbackoff "google.golang.org/grpc/backoff"
	"google.golang.org/protobuf/proto"

	"jornada/workflows"
)

// What the metadata of an encrypted payload says. Both are literal, because
// histories remember them.
const (
	metadataEncoding = "jornada/aes256gcm"
	metadataKeyID    = "key-id"
	headerKeyID      = "jornada-key-id"
)

// ClientOptions completes a Temporal client's options so that everything
// Jornada says to Temporal is encrypted with the data key of the contact it is
// about, including the messages of failures.
func ClientOptions(o client.Options, keys KeySource) client.Options {
	o.DataConverter = NewDataConverter(keys)
	o.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter:          o.DataConverter,
		EncodeCommonAttributes: true,
	})
	o.ContextPropagators = append(o.ContextPropagators, KeyPropagator())
	o.ConnectionOptions.KeepAliveTimeout = pingPatience
	reconnect := grpc.ConnectParams{Backoff: grpcbackoff.DefaultConfig, MinConnectTimeout: connectPatience}
	reconnect.Backoff.BaseDelay, reconnect.Backoff.MaxDelay = 200*time.Millisecond, 2*time.Second
	o.ConnectionOptions.DialOptions = append(o.ConnectionOptions.DialOptions, grpc.WithConnectParams(reconnect))
	return o
}

// A network that swallows everything closes no connection: a ping that is not
// answered is the only sign. The library's own patience (15 s for a ping, 20 s for
// an attempt to connect, 10 s between two) would make people wait for most of a
// minute after Temporal is back.
const (
	pingPatience    = 5 * time.Second
	connectPatience = 5 * time.Second
)

type keyIDKey struct{}

// WithKeyID says whose data key encrypts what is sent with this context.
func WithKeyID(ctx context.Context, keyID string) context.Context {
	return context.WithValue(ctx, keyIDKey{}, keyID)
}

// KeyPropagator carries the id of the data key from the client that starts or
// signals a workflow into the workflow, its activities and its continuations.
// The header holds the opaque id in the clear and nothing else.
func KeyPropagator() workflow.ContextPropagator { return keyPropagator{} }

type keyPropagator struct{}

func (keyPropagator) Inject(ctx context.Context, w workflow.HeaderWriter) error {
	if id, ok := ctx.Value(keyIDKey{}).(string); ok {
		w.Set(headerKeyID, plainPayload(id))
	}
	return nil
}

func (keyPropagator) InjectFromWorkflow(ctx workflow.Context, w workflow.HeaderWriter) error {
	if id, ok := ctx.Value(keyIDKey{}).(string); ok {
		w.Set(headerKeyID, plainPayload(id))
	}
	return nil
}

func (keyPropagator) Extract(ctx context.Context, r workflow.HeaderReader) (context.Context, error) {
	if p, ok := r.Get(headerKeyID); ok {
		return WithKeyID(ctx, string(p.GetData())), nil
	}
	return ctx, nil
}

func (keyPropagator) ExtractToWorkflow(ctx workflow.Context, r workflow.HeaderReader) (workflow.Context, error) {
	if p, ok := r.Get(headerKeyID); ok {
		return workflow.WithValue(ctx, keyIDKey{}, string(p.GetData())), nil
	}
	return ctx, nil
}

func plainPayload(s string) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.MetadataEncodingBinary)}, Data: []byte(s)}
}

// NewDataConverter encrypts every payload with AES-256-GCM. The key is the one
// the context names (see [WithKeyID]), else the workspace's; decrypting needs
// only the payload's own metadata. Reading what was encrypted for an erased
// contact is [ErrErased].
//
// Inside a workflow, a key that cannot be had now (the database is away, the master
// key is another one) stops the workflow task, which Temporal tries again. As an
// error it would be the end: the SDK fails a workflow whose input cannot be read,
// and drops a signal that cannot.
//
// Payloads written before encryption was switched on are still read.
func NewDataConverter(keys KeySource) converter.DataConverter {
	return &dataConverter{DataConverter: converter.GetDefaultDataConverter(), keys: keys}
}

type dataConverter struct {
	converter.DataConverter // the plain one
	keys                    KeySource
	keyID                   string
	inWorkflow              bool
}

// WithContext implements converter.ContextAware.
func (c *dataConverter) WithContext(ctx context.Context) converter.DataConverter {
	id, _ := ctx.Value(keyIDKey{}).(string)
	return c.with(id, c.inWorkflow)
}

// WithWorkflowContext implements converter.ContextAware.
func (c *dataConverter) WithWorkflowContext(ctx workflow.Context) converter.DataConverter {
	id, _ := ctx.Value(keyIDKey{}).(string)
	return c.with(id, true)
}

func (c *dataConverter) with(keyID string, inWorkflow bool) converter.DataConverter {
	if keyID == "" {
		keyID = c.keyID
	}
	if keyID == c.keyID && inWorkflow == c.inWorkflow {
		return c
	}
	return &dataConverter{DataConverter: c.DataConverter, keys: c.keys, keyID: keyID, inWorkflow: inWorkflow}
}

// refuse is what becomes of a payload that could not be encrypted or decrypted.
func (c *dataConverter) refuse(what string, err error) error {
	if c.inWorkflow && !errors.Is(err, ErrErased) {
		panic(fmt.Sprintf(workflows.NotNow+"%s: %v", what, err))
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (c *dataConverter) ToPayload(value any) (*commonpb.Payload, error) {
	p, err := c.DataConverter.ToPayload(value)
	if err != nil || p == nil {
		return p, err
	}
	return c.encrypt(p)
}

func (c *dataConverter) ToPayloads(values ...any) (*commonpb.Payloads, error) {
	plain, err := c.DataConverter.ToPayloads(values...)
	if err != nil || plain == nil {
		return plain, err
	}
	out := &commonpb.Payloads{Payloads: make([]*commonpb.Payload, len(plain.Payloads))}
	for i, p := range plain.Payloads {
		if out.Payloads[i], err = c.encrypt(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *dataConverter) FromPayload(p *commonpb.Payload, to any) error {
	plain, err := c.decrypt(p)
	if err != nil {
		return err
	}
	return c.DataConverter.FromPayload(plain, to)
}

func (c *dataConverter) FromPayloads(ps *commonpb.Payloads, to ...any) error {
	if ps == nil {
		return nil
	}
	plain := &commonpb.Payloads{Payloads: make([]*commonpb.Payload, len(ps.Payloads))}
	for i, p := range ps.Payloads {
		var err error
		if plain.Payloads[i], err = c.decrypt(p); err != nil {
			return err
		}
	}
	return c.DataConverter.FromPayloads(plain, to...)
}

// ToString shows a payload for people: what is encrypted stays encrypted.
func (c *dataConverter) ToString(p *commonpb.Payload) string {
	if string(p.GetMetadata()[converter.MetadataEncoding]) == metadataEncoding {
		return "(encrypted)"
	}
	return c.DataConverter.ToString(p)
}

// ToStrings is ToString of each.
func (c *dataConverter) ToStrings(ps *commonpb.Payloads) []string {
	var out []string
	for _, p := range ps.GetPayloads() {
		out = append(out, c.ToString(p))
	}
	return out
}

// encrypt wraps a whole payload, its metadata included, so that not even the
// type of a value shows.
func (c *dataConverter) encrypt(p *commonpb.Payload) (*commonpb.Payload, error) {
	plain, err := proto.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encrypting a payload: %w", err)
	}
	keyID := c.keyID
	if keyID == "" {
		keyID = WorkspaceKey
	}
	ctx, cancel := keyContext()
	defer cancel()
	sealed, err := seal(ctx, c.keys, keyID, plain)
	if err != nil {
		return nil, c.refuse("encrypting a payload", err)
	}
	return &commonpb.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(metadataEncoding), metadataKeyID: []byte(keyID)},
		Data:     sealed,
	}, nil
}

// A workflow that stands still for longer than deadlockPatience is taken for one that
// never goes on, so a key must be had well before, or cannot be had now.
//
// The SDK's own way to let a converter take its time
// (workflow.DataConverterWithoutDeadlockDetection) is no alternative: until 1.51 its
// pause and the end of a coroutine take two locks in opposite orders, and a local
// activity's converter pauses while the workflow runs. An enrollment that met that stood
// still until the process was started again.
const (
	keyPatience      = 2 * time.Second
	deadlockPatience = 5 * time.Second
)

// keyContext bounds the reading of a key. Converters have no context of the call; keys
// are cached, so this is a read of a map nearly always.
func keyContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), keyPatience)
}

func (c *dataConverter) decrypt(p *commonpb.Payload) (*commonpb.Payload, error) {
	if string(p.GetMetadata()[converter.MetadataEncoding]) != metadataEncoding {
		return p, nil
	}
	ctx, cancel := keyContext()
	defer cancel()
	plain, err := open(ctx, c.keys, p.GetData())
	if err != nil {
		return nil, c.refuse("decrypting a payload", err)
	}
	inner := &commonpb.Payload{}
	if err := proto.Unmarshal(plain, inner); err != nil {
		return nil, fmt.Errorf("decrypting a payload: %w", err)
	}
	return inner, nil
}
