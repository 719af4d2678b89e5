package reallogs

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/ctonly"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

// Tessera is a static-ct log that Tessera keeps in a directory. The directory can be read as it is, or be served by
// http.FileServer.
type Tessera struct {
	Dir    string
	Origin string
	Key    *cttest.Key

	add     func(context.Context, *ctonly.Entry) tessera.IndexFuture
	awaiter *tessera.PublicationAwaiter
}

// NewTessera starts a log in an empty directory. It ends with the test.
func NewTessera(tb testing.TB, dir, origin string) *Tessera {
	tb.Helper()
	t := &Tessera{Dir: dir, Origin: origin, Key: cttest.NewKey("tessera " + origin)}
	signer, err := newSTHSigner(origin, t.Key)
	if err != nil {
		tb.Fatal(err)
	}
	driver, err := posix.New(tb.Context(), posix.Config{Path: dir})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCTLayout().WithCheckpointSigner(signer).
		WithBatching(256, 20*time.Millisecond).WithCheckpointInterval(100*time.Millisecond))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := shutdown(ctx); err != nil {
			tb.Error(err)
		}
		cancel()
	})
	t.add = tessera.NewCertificateTransparencyAppender(appender)
	t.awaiter = tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 20*time.Millisecond)
	return t
}

// Describe is what a client is told of the log. base is where the directory is: a file: or http: URL.
func (t *Tessera) Describe(base string) *ct.Log {
	return &ct.Log{
		ID: t.Key.Hash(), Key: t.Key.SPKI, Description: "Tessera", Operator: "test",
		SubmissionURL: "https://" + t.Origin + "/", MonitoringURL: base, MMD: time.Minute,
	}
}

// Add adds entries and waits until a checkpoint covers them. It returns the index of each.
func (t *Tessera) Add(tb testing.TB, leaves []cttest.Leaf) []uint64 {
	tb.Helper()
	futures := make([]tessera.IndexFuture, len(leaves))
	for i := range leaves {
		t.writeIssuers(tb, leaves[i].Chain)
		futures[i] = t.add(tb.Context(), tesseraEntry(&leaves[i]))
	}
	indexes := make([]uint64, len(leaves))
	for i, future := range futures {
		index, _, err := t.awaiter.Await(tb.Context(), future)
		if err != nil {
			tb.Fatal(err)
		}
		indexes[i] = index.Index
	}
	return indexes
}

func tesseraEntry(leaf *cttest.Leaf) *ctonly.Entry {
	e := &ctonly.Entry{
		Timestamp:      uint64(time.Now().UnixMilli()),
		IsPrecert:      leaf.Type == ct.PrecertEntry,
		Certificate:    leaf.Cert,
		Precertificate: leaf.Precert,
		IssuerKeyHash:  leaf.IssuerKeyHash[:],
	}
	for _, der := range leaf.Chain {
		e.FingerprintsChain = append(e.FingerprintsChain, sha256.Sum256(der))
	}
	return e
}

// writeIssuers does what Tessera leaves to the personality that uses it.
func (t *Tessera) writeIssuers(tb testing.TB, chain [][]byte) {
	tb.Helper()
	for _, der := range chain {
		path := filepath.Join(t.Dir, "issuer", fmt.Sprintf("%x", sha256.Sum256(der)))
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, der, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// sthSigner is a note.Signer that makes RFC6962NoteSignatures (static-ct-api, "Checkpoints").
type sthSigner struct {
	note.Verifier
	key *cttest.Key
}

func newSTHSigner(origin string, key *cttest.Key) (*sthSigner, error) {
	public, err := x509.ParsePKIXPublicKey(key.SPKI)
	if err != nil {
		return nil, err
	}
	vkey, err := fnote.RFC6962VerifierString(origin, public)
	if err != nil {
		return nil, err
	}
	v, err := fnote.NewRFC6962Verifier(vkey)
	if err != nil {
		return nil, err
	}
	return &sthSigner{v, key}, nil
}

// Sign signs the checkpoint that msg is, at the time it is now.
func (s *sthSigner) Sign(msg []byte) ([]byte, error) {
	var c log.Checkpoint
	if _, err := c.Unmarshal(msg); err != nil {
		return nil, err
	}
	head := ct.TreeHead{Size: c.Size, Root: ct.Hash(c.Hash), Timestamp: uint64(time.Now().UnixMilli())}
	s.key.SignHead(&head)
	return append(binary.BigEndian.AppendUint64(nil, head.Timestamp), head.Signature...), nil
}
