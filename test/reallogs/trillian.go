package reallogs

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	ctgo "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/client"
	"github.com/google/certificate-transparency-go/jsonclient"
	"github.com/google/certificate-transparency-go/trillian/ctfe"
	"github.com/google/certificate-transparency-go/trillian/ctfe/configpb"
	"github.com/google/trillian"
	tclient "github.com/google/trillian/client"
	"github.com/google/trillian/crypto/keys"
	"github.com/google/trillian/crypto/keys/der"
	"github.com/google/trillian/crypto/keyspb"
	"github.com/google/trillian/extension"
	"github.com/google/trillian/monitoring"
	"github.com/google/trillian/quota"
	"github.com/google/trillian/storage/memory"
	"github.com/google/trillian/testonly/integration"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

// Trillian is an RFC 6962 log: Trillian with its storage in memory, behind certificate-transparency-go's front end.
type Trillian struct {
	URL string // the prefix of ct/v1/...
	Key []byte // DER SubjectPublicKeyInfo

	client *client.LogClient
}

// PageCap is how many entries the log gives at once.
const PageCap = 64

// sequencing is how often new entries are put into the tree, 50 at a time.
const sequencing = 10 * time.Millisecond

// NewTrillian starts a log that accepts what the root issued, and serves it on this machine. It ends with the test.
//
// The page cap and the interval are variables of the libraries: of several logs in one process, all have the same.
func NewTrillian(tb testing.TB, root *cttest.CA) *Trillian {
	tb.Helper()
	integration.SequencerInterval = sequencing
	ctfe.MaxGetEntriesAllowed = PageCap
	keys.RegisterHandler(&keyspb.PrivateKey{}, der.FromProto)

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	handlers, err := startTrillian(tb, private, root)
	if err != nil {
		tb.Fatal(err)
	}
	mux := http.NewServeMux()
	for path, handler := range handlers {
		mux.Handle(path, handler)
	}
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)

	t := &Trillian{URL: server.URL + "/log/"}
	if t.Key, err = x509.MarshalPKIXPublicKey(private.Public()); err != nil {
		tb.Fatal(err)
	}
	t.client, err = client.New(t.URL, server.Client(), jsonclient.Options{PublicKeyDER: t.Key})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// startTrillian starts the log server and the front end, and returns the front end's handlers.
func startTrillian(tb testing.TB, private *ecdsa.PrivateKey, root *cttest.CA) (ctfe.PathHandlers, error) {
	tb.Helper()
	ctx := context.Background()
	trees := memory.NewTreeStorage()
	env, err := integration.NewLogEnvWithRegistry(ctx, 1, extension.Registry{
		AdminStorage:  memory.NewAdminStorage(trees),
		LogStorage:    &orderly{LogStorage: memory.NewLogStorage(trees, monitoring.InertMetricFactory{})},
		QuotaManager:  quota.Noop(),
		MetricFactory: monitoring.InertMetricFactory{},
	})
	if err != nil {
		return nil, err
	}
	tb.Cleanup(env.Close)
	tree, err := tclient.CreateAndInitTree(ctx, &trillian.CreateTreeRequest{Tree: &trillian.Tree{
		TreeState: trillian.TreeState_ACTIVE, TreeType: trillian.TreeType_LOG, MaxRootDuration: durationpb.New(time.Hour),
	}}, env.Admin, env.Log)
	if err != nil {
		return nil, err
	}
	config, err := frontEnd(tree.TreeId, private, root, filepath.Join(tb.TempDir(), "roots.pem"))
	if err != nil {
		return nil, err
	}
	instance, err := ctfe.SetUpInstance(ctx, ctfe.InstanceOptions{
		Validated: config, Client: env.Log, Deadline: 10 * time.Second,
		MetricFactory: monitoring.InertMetricFactory{}, RequestLog: new(ctfe.DefaultRequestLog),
	})
	if err != nil {
		return nil, err
	}
	return instance.Handlers, nil
}

// frontEnd is the configuration of the front end; the accepted root is written to the file roots.
func frontEnd(tree int64, private *ecdsa.PrivateKey, root *cttest.CA, roots string) (*ctfe.ValidatedLogConfig, error) {
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.DER}), 0o600); err != nil {
		return nil, err
	}
	raw, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, err
	}
	key, err := anypb.New(&keyspb.PrivateKey{Der: raw})
	if err != nil {
		return nil, err
	}
	return ctfe.ValidateLogConfig(&configpb.LogConfig{
		LogId: tree, Prefix: "log", RootsPemFile: []string{roots}, MaxMergeDelaySec: 86400, PrivateKey: key,
	})
}

// Describe is what a client is told of the log.
func (t *Trillian) Describe() *ct.Log {
	return &ct.Log{
		ID: sha256.Sum256(t.Key), Key: t.Key, Description: "Trillian", Operator: "test",
		URL: t.URL, MMD: 24 * time.Hour,
	}
}

// Add submits precertificates and certificates, and waits until a tree head covers them. The log chooses their order.
func (t *Trillian) Add(tb testing.TB, leaves []cttest.Leaf) {
	tb.Helper()
	before, err := t.client.GetSTH(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for i := range leaves {
		if err := t.submit(tb.Context(), &leaves[i]); err != nil {
			tb.Fatal(err)
		}
	}
	tick := time.NewTicker(sequencing)
	defer tick.Stop()
	for want := before.TreeSize + uint64(len(leaves)); ; <-tick.C {
		sth, err := t.client.GetSTH(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		if sth.TreeSize >= want {
			return
		}
	}
}

func (t *Trillian) submit(ctx context.Context, leaf *cttest.Leaf) error {
	first, add := leaf.Cert, t.client.AddChain
	if leaf.Type == ct.PrecertEntry {
		first, add = leaf.Precert, t.client.AddPreChain
	}
	chain := []ctgo.ASN1Cert{{Data: first}}
	for _, der := range leaf.Chain {
		chain = append(chain, ctgo.ASN1Cert{Data: der})
	}
	_, err := add(ctx, chain)
	return err
}
