package reallogs_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/fetch"
	"pinwatch/ct/rfc6962"
	"pinwatch/ct/static"
	"pinwatch/test/reallogs"
)

// ca has what the logs are filled with issued: the CA, and its precertificate signer for every fifth precertificate.
type ca struct {
	*cttest.CA
	signer *cttest.CA
	count  int
}

func newCA(root *cttest.CA) *ca {
	issuing := root.Intermediate("Issuing CA", "reallogs")
	return &ca{CA: issuing, signer: issuing.PrecertSigner("Precertificate Signer", "reallogs")}
}

// leaves makes n entries, precertificates and certificates in turn.
func (c *ca) leaves(n int) []cttest.Leaf {
	out := make([]cttest.Leaf, n)
	for i := range out {
		name := fmt.Sprintf("h%d.example", c.count)
		template := cttest.Template{CN: name, Names: []string{name, "www." + name}, SPKI: cttest.StrangerRSA(name, 2048)}
		if c.count%5 == 0 {
			template.PrecertSigner = c.signer
		}
		if issuance := c.Issue(template); c.count%2 == 0 {
			out[i] = cttest.PrecertLeaf(issuance)
		} else {
			out[i] = cttest.FinalLeaf(issuance)
		}
		c.count++
	}
	return out
}

func newGetter(t *testing.T, log *ct.Log) *fetch.Bound {
	t.Helper()
	client, err := fetch.New(fetch.Config{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client.Bound(log.Operator, log.Name())
}

// follow reads a log to its head from where seen ends, verifies the root, and adds what it read to seen. It also
// proves where it started from to be a prefix of the head in both ways that a Reader offers.
func follow(t *testing.T, r ct.Reader, seen *seen) *ct.TreeHead {
	t.Helper()
	ctx := t.Context()
	head, err := r.TreeHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Size() > 0 {
		proof, err := r.Consistency(ctx, seen.Size(), head, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := seen.VerifyConsistency(head, proof); err != nil {
			t.Errorf("from %d to %d entries: %v", seen.Size(), head.Size, err)
		}
	}
	frontier, err := r.Frontier(ctx, seen.Size(), head)
	if err != nil || frontier.Root() != seen.Root() {
		t.Errorf("the frontier at %d has another root (%v)", seen.Size(), err)
	}
	for seen.Size() < head.Size {
		batch, err := r.Entries(ctx, seen.Size(), head.Size, head, false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch.Entries {
			seen.add(ctx, t, r, &batch.Entries[i])
		}
		batch.Release()
	}
	if seen.Root() != head.Root {
		t.Errorf("%d entries have the root %s, the head says %s", seen.Size(), seen.Root(), head.Root)
	}
	return head
}

// seen is what was read of a log.
type seen struct {
	ct.Range
	submissions map[string]int // by certificate or precertificate as submitted
	chains      map[string][][]byte
}

func newSeen() *seen { return &seen{submissions: map[string]int{}, chains: map[string][][]byte{}} }

func (s *seen) add(ctx context.Context, t *testing.T, r ct.Reader, e *ct.Entry) {
	t.Helper()
	if e.Index != s.Size() {
		t.Fatalf("entry %d after %d", e.Index, s.Size())
	}
	s.Append(e.LeafHash())
	submission, err := r.Submission(ctx, e)
	if err != nil {
		t.Fatalf("submission of entry %d: %v", e.Index, err)
	}
	s.submissions[string(submission.Cert)]++
	s.chains[string(submission.Cert)] = submission.Chain
}

// compare says what was added and not read once, with its chain.
func (s *seen) compare(t *testing.T, added []cttest.Leaf) {
	t.Helper()
	if s.Size() != uint64(len(added)) {
		t.Errorf("%d entries read, %d added", s.Size(), len(added))
	}
	for i, leaf := range added {
		der := leaf.Cert
		if leaf.Type == ct.PrecertEntry {
			der = leaf.Precert
		}
		if n := s.submissions[string(der)]; n != 1 {
			t.Errorf("submission %d was read %d times", i, n)
		}
		chain := s.chains[string(der)]
		if len(chain) != len(leaf.Chain) {
			t.Errorf("submission %d has a chain of %d, not %d", i, len(chain), len(leaf.Chain))
			continue
		}
		for j := range chain {
			if !bytes.Equal(chain[j], leaf.Chain[j]) {
				t.Errorf("submission %d has another certificate %d in its chain", i, j)
			}
		}
	}
}

// steps are how many entries the logs grow by: single ones, to ends of tiles and beyond them, more than 1,000 in all.
var steps = []int{1, 1, 254, 1, 300, 500}

func TestTessera(t *testing.T) {
	log := reallogs.NewTessera(t, t.TempDir(), "tessera.example/2026")
	server := httptest.NewServer(http.FileServer(http.Dir(log.Dir)))
	defer server.Close()
	overHTTP := log.Describe(server.URL + "/")
	inPlace := log.Describe("file://" + filepath.ToSlash(log.Dir) + "/")
	readers := map[*seen]ct.Reader{}
	for description, getter := range map[*ct.Log]static.Getter{
		overHTTP: newGetter(t, overHTTP),
		inPlace:  static.Files{},
	} {
		reader, err := static.New(description, getter)
		if err != nil {
			t.Fatal(err)
		}
		readers[newSeen()] = reader
	}
	issuer := newCA(cttest.NewRoot("Root", "reallogs"))
	var added []cttest.Leaf
	for _, n := range steps {
		more := issuer.leaves(n)
		log.Add(t, more)
		added = append(added, more...)
		for seen, reader := range readers {
			follow(t, reader, seen)
		}
	}
	for seen := range readers {
		seen.compare(t, added)
	}
}

func TestTrillian(t *testing.T) {
	root := cttest.NewRoot("Root", "reallogs")
	log := reallogs.NewTrillian(t, root)
	description := log.Describe()
	reader, err := rfc6962.New(description, newGetter(t, description))
	if err != nil {
		t.Fatal(err)
	}
	issuer := newCA(root)
	seen := newSeen()
	var added []cttest.Leaf
	for _, n := range steps {
		more := issuer.leaves(n)
		log.Add(t, more)
		added = append(added, more...)
		follow(t, reader, seen)
	}
	seen.compare(t, added)
	if size := reader.PageSize(); size != reallogs.PageCap {
		t.Errorf("the page size was learned to be %d, not %d", size, reallogs.PageCap)
	}
}
