package static_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

func TestIssuerThatIsNotServed(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: origin})
	fill(log, 2)
	log.PublishAll()
	dir, r, head := open(t, log)
	issuers, _ := filepath.Glob(filepath.Join(dir, "issuer/*"))
	if len(issuers) != 2 {
		t.Fatalf("%d issuers", len(issuers))
	}
	if err := os.Remove(issuers[0]); err != nil {
		t.Fatal(err)
	}
	flip(t, issuers[1], 30)
	batch, err := r.Entries(t.Context(), 0, 1, head, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Submission(t.Context(), &batch.Entries[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Chain) != 2 || s.Chain[0] != nil || s.Chain[1] != nil {
		t.Errorf("a missing and a wrong issuer give the chain %x", s.Chain)
	}
}

// kept is a place where issuers are kept.
type kept struct {
	certs map[[32]byte][]byte
	asked int
	err   error
}

func (k *kept) Issuer(_ context.Context, fingerprint [32]byte) ([]byte, error) {
	k.asked++
	return k.certs[fingerprint], k.err
}

// Issuers that are kept are not fetched; what is kept wrongly, or cannot be looked up, is.
func TestWithIssuers(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: origin})
	fill(log, 2)
	log.PublishAll()
	want := log.Leaf(0).Chain
	all := map[[32]byte][]byte{}
	for _, der := range want {
		all[sha256.Sum256(der)] = der
	}
	wrong := map[[32]byte][]byte{sha256.Sum256(want[0]): want[1], sha256.Sum256(want[1]): {}}
	tests := map[string]struct {
		kept    *kept
		fetched int
	}{
		"all are kept":     {&kept{certs: all}, 0},
		"none is":          {&kept{}, 2},
		"others are":       {&kept{certs: wrong}, 2},
		"a broken keeping": {&kept{certs: all, err: errors.New("disk")}, 2},
	}
	for name, tt := range tests {
		files := &counted{}
		r, err := static.New(log.Describe("file://"+writeDir(t, log)+"/", true), files, static.WithIssuers(tt.kept))
		if err != nil {
			t.Fatal(err)
		}
		head, err := r.TreeHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		batch, err := r.Entries(t.Context(), 0, 1, head, false)
		if err != nil {
			t.Fatal(err)
		}
		files.n = 0
		for range 3 { // the second and third time from memory
			s, err := r.Submission(t.Context(), &batch.Entries[0])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, s.Chain); diff != "" {
				t.Errorf("%s: chain (-want +got):\n%s", name, diff)
			}
		}
		if files.n != tt.fetched || tt.kept.asked != 2 {
			t.Errorf("%s: %d issuers fetched, want %d; the keeper was asked %d times", name, files.n, tt.fetched, tt.kept.asked)
		}
	}
}

// counted counts what is fetched.
type counted struct {
	static.Files
	n int
}

func (c *counted) Get(ctx context.Context, room func() []byte, url string, limit int, fresh bool) ([]byte, error) {
	c.n++
	return c.Files.Get(ctx, room, url, limit, fresh)
}

func writeDir(t *testing.T, log *cttest.Log) string {
	t.Helper()
	dir := t.TempDir()
	if err := log.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
