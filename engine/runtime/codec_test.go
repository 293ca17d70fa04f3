package runtime

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"jornada/engine"
)

// keyring is a KeySource in memory.
type keyring struct {
	mu   sync.Mutex
	keys map[string][]byte
}

func newKeyring(ids ...string) *keyring {
	k := &keyring{keys: map[string][]byte{}}
	for i, id := range append(ids, WorkspaceKey) {
		k.keys[id] = []byte(strings.Repeat(string(rune('a'+i)), 32))
	}
	return k
}

func (k *keyring) DataKey(_ context.Context, id string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.keys[id]; ok {
		return key, nil
	}
	return nil, engine.Errorf(engine.NotFound, "no data key %q", id)
}

func (k *keyring) erase(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, id)
}

const canary = "Zuleica Canário +5511987654321"

func TestPayloadsAreEncryptedWithTheContactsKey(t *testing.T) {
	keys := newKeyring("key_ana", "key_bia")
	plain := NewDataConverter(keys)
	ana := plain.(*dataConverter).WithContext(WithKeyID(t.Context(), "key_ana"))

	payloads, err := ana.ToPayloads(map[string]any{"text": canary}, 7)
	require.NoError(t, err)
	for _, p := range payloads.Payloads {
		require.Equal(t, "jornada/aes256gcm", string(p.Metadata["encoding"]))
		require.Equal(t, "key_ana", string(p.Metadata["key-id"]))
	}
	requireNoCanary(t, payloads)

	// Metadata alone is enough to read: a converter that knows no contact can.
	var got map[string]any
	var n int
	require.NoError(t, plain.FromPayloads(payloads, &got, &n))
	require.Equal(t, canary, got["text"])
	require.Equal(t, 7, n)
	require.Equal(t, []string{"(encrypted)", "(encrypted)"}, plain.ToStrings(payloads))

	// Without a contact the workspace's key is used.
	p, err := plain.ToPayload("x")
	require.NoError(t, err)
	require.Equal(t, WorkspaceKey, string(p.Metadata["key-id"]))

	// The same value never looks the same twice.
	q, err := plain.ToPayload("x")
	require.NoError(t, err)
	require.NotEqual(t, p.Data, q.Data)

	keys.erase("key_ana")
	err = plain.FromPayloads(payloads, &got, &n)
	require.ErrorIs(t, err, ErrErased)
	require.ErrorContains(t, err, "the contact was erased")
	require.NoError(t, plain.FromPayload(p, new(string)))
}

func TestPayloadsWrittenInTheClearAreStillRead(t *testing.T) {
	p, err := converter.GetDefaultDataConverter().ToPayload("before")
	require.NoError(t, err)
	var got string
	require.NoError(t, NewDataConverter(newKeyring()).FromPayload(p, &got))
	require.Equal(t, "before", got)
}

func TestSealedBytesCannotBeChanged(t *testing.T) {
	keys := newKeyring("key_ana", "key_bia")
	sealed, err := seal(t.Context(), keys, "key_ana", []byte(canary))
	require.NoError(t, err)
	for i := range sealed {
		broken := append([]byte(nil), sealed...)
		broken[i] ^= 1
		_, err := open(t.Context(), keys, broken)
		require.Error(t, err, "byte %d", i)
	}
	for n := range sealed {
		_, err := open(t.Context(), keys, sealed[:n])
		require.Error(t, err, "cut to %d bytes", n)
	}
	// Relabelling to another key is noticed, too.
	relabelled := append([]byte(nil), sealed...)
	copy(relabelled[2:], "key_bia")
	_, err = open(t.Context(), keys, relabelled)
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrErased)
}

func TestFailuresCarryNoPersonalData(t *testing.T) {
	o := ClientOptions(client.Options{}, newKeyring())
	f := o.FailureConverter.ErrorToFailure(temporal.NewApplicationErrorWithCause("calling "+canary, "Refused", fmt.Errorf("for %s", canary), canary))
	requireNoCanary(t, f)
	for cause := f; cause != nil; cause = cause.Cause {
		require.Equal(t, "Encoded failure", cause.Message)
	}
	// Whoever has the key reads it. (Decoding fills the failure it is given.)
	require.ErrorContains(t, o.FailureConverter.FailureToError(f), canary)
}

// A workflow started under a contact's key keeps it in everything it says:
// its activities' arguments and results, its continuation, its headers.
func TestTheKeyFollowsIntoTheWorkflow(t *testing.T) {
	keys := newKeyring("key_ana")
	suite := testsuite.WorkflowTestSuite{}
	header := &commonpb.Header{Fields: map[string]*commonpb.Payload{headerKeyID: plainPayload("key_ana")}}
	suite.SetContextPropagators([]workflow.ContextPropagator{KeyPropagator()})
	suite.SetHeader(header)
	env := suite.NewTestWorkflowEnvironment()
	var seen []string
	var mu sync.Mutex
	spy := &spyConverter{DataConverter: NewDataConverter(keys), saw: func(p *commonpb.Payload) {
		mu.Lock()
		defer mu.Unlock()
		requireNoCanary(t, p)
		seen = append(seen, string(p.Metadata["key-id"]))
	}}
	env.SetDataConverter(spy)
	activity := func(ctx context.Context, in string) (string, error) {
		id, _ := ctx.Value(keyIDKey{}).(string)
		return id + " " + in, nil
	}
	env.RegisterActivity(activity)
	env.ExecuteWorkflow(func(ctx workflow.Context, in string) (string, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 1e9})
		var out string
		err := workflow.ExecuteLocalActivity(ctx, activity, in).Get(ctx, &out)
		return out, err
	}, canary)
	require.NoError(t, env.GetWorkflowError())
	var out string
	require.NoError(t, env.GetWorkflowResult(&out))
	require.Equal(t, "key_ana "+canary, out)
	require.Contains(t, seen, "key_ana")
}

// spyConverter sees every payload that is written.
type spyConverter struct {
	converter.DataConverter
	saw func(*commonpb.Payload)
}

func (s *spyConverter) WithContext(ctx context.Context) converter.DataConverter {
	return &spyConverter{s.DataConverter.(converter.ContextAware).WithContext(ctx), s.saw}
}

func (s *spyConverter) WithWorkflowContext(ctx workflow.Context) converter.DataConverter {
	return &spyConverter{s.DataConverter.(converter.ContextAware).WithWorkflowContext(ctx), s.saw}
}

func (s *spyConverter) ToPayload(v any) (*commonpb.Payload, error) {
	p, err := s.DataConverter.ToPayload(v)
	if err == nil {
		s.saw(p)
	}
	return p, err
}

func (s *spyConverter) ToPayloads(v ...any) (*commonpb.Payloads, error) {
	ps, err := s.DataConverter.ToPayloads(v...)
	for _, p := range ps.GetPayloads() {
		s.saw(p)
	}
	return ps, err
}

func requireNoCanary(t *testing.T, m proto.Message) {
	t.Helper()
	text, err := protojson.Marshal(m)
	require.NoError(t, err)
	wire, err := proto.Marshal(m)
	require.NoError(t, err)
	for part := range strings.FieldsSeq(canary) {
		require.NotContains(t, string(text), part)
		require.NotContains(t, string(wire), part)
	}
}
