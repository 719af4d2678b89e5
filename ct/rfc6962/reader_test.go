package rfc6962_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/rfc6962"
)

const base = "http://log.test/2026/"

// local is a Getter that asks a handler without any network, and never a second time.
type local struct {
	handler http.Handler

	mu       sync.Mutex
	asked    []string // what follows base
	rejected []error
}

// Reject notes what the Reader thinks of an answer.
func (l *local) Reject(cause error) { l.rejected = append(l.rejected, cause) }

type tooLarge struct{ error }

func (tooLarge) TooLarge() bool { return true }

// Get implements rfc6962.Getter.
func (l *local) Get(ctx context.Context, room func() []byte, url string, limit int, fresh bool) ([]byte, error) {
	path := "/" + strings.TrimPrefix(url, base)
	l.mu.Lock()
	l.asked = append(l.asked, path)
	l.mu.Unlock()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if fresh {
		r.Header.Set("Cache-Control", "no-cache")
	}
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r)
	switch {
	case w.Code == http.StatusNotFound:
		return nil, fmt.Errorf("status 404: %w", fs.ErrNotExist)
	case w.Code != http.StatusOK:
		return nil, fmt.Errorf("status %d", w.Code)
	case w.Body.Len() > limit:
		return nil, tooLarge{errors.New("too large")}
	}
	var dst []byte
	if room != nil {
		dst = room()
	}
	return append(dst, w.Body.Bytes()...), nil
}

// filled is a log of n entries, precertificates and certificates in turn, all of them in its head.
func filled(n, pageCap int) *cttest.Log {
	log := cttest.NewLog(cttest.Config{Origin: "log.test/2026", RFC6962: true, PageCap: pageCap})
	ca := cttest.NewRoot("Test Root", "rfc6962").Intermediate("Test CA", "rfc6962")
	for i := range n {
		iss := ca.Issue(cttest.Template{Names: []string{fmt.Sprintf("h%d.example.com", i)}, Key: "k", Bare: true})
		if i%2 == 0 {
			log.AddPrecert(iss)
		} else {
			log.AddFinal(iss)
		}
	}
	log.PublishAll()
	return log
}

func reader(t testing.TB, log *cttest.Log, h http.Handler) (*rfc6962.Reader, *local) {
	t.Helper()
	get := &local{handler: h}
	r, err := rfc6962.New(log.Describe(base, false), get)
	if err != nil {
		t.Fatal(err)
	}
	return r, get
}

func head(t testing.TB, r ct.Reader) *ct.TreeHead {
	t.Helper()
	h, err := r.TreeHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestReaderReadsALog(t *testing.T) {
	log := filled(150, 64)
	server := cttest.NewServer(log)
	r, _ := reader(t, log, server)
	h := head(t, r)
	if want := log.Head(); h.Size != want.Size || h.Root != want.Root || h.Timestamp != want.Timestamp {
		t.Fatalf("head %+v, want %+v", h, want)
	}
	var at ct.Range
	for at.Size() < h.Size {
		batch, err := r.Entries(t.Context(), at.Size(), h.Size, h, false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch.Entries {
			e := &batch.Entries[i]
			checkEntry(t, r, e, at.Size(), log.Leaf(at.Size()))
			at.Append(e.LeafHash())
		}
		batch.Release()
	}
	if at.Root() != h.Root {
		t.Error("the entries do not give the root")
	}
	if got := server.Count(cttest.Entries); got != 3 {
		t.Errorf("%d requests for 150 entries in pages of 64", got)
	}
	if got := r.PageSize(); got != 64 {
		t.Errorf("page size %d was learned, want 64", got)
	}
}

func checkEntry(t *testing.T, r ct.Reader, e *ct.Entry, index uint64, leaf cttest.Leaf) {
	t.Helper()
	if e.Index != index || e.Type != leaf.Type || e.Timestamp != leaf.Timestamp || string(e.Cert) != string(leaf.Cert) {
		t.Fatalf("entry %d is %d, %s, of %d", index, e.Index, e.Type, e.Timestamp)
	}
	sub, err := r.Submission(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	want := &ct.Submission{Cert: leaf.Cert, Chain: leaf.Chain}
	if leaf.Type == ct.PrecertEntry {
		want.Cert = leaf.Precert
	}
	if diff := cmp.Diff(want, sub); diff != "" {
		t.Fatalf("submission of entry %d (-want +got):\n%s", index, diff)
	}
}

func TestEntriesReusesBuffers(t *testing.T) {
	log := filled(80, 64)
	r, _ := reader(t, log, cttest.NewServer(log))
	h := head(t, r)
	for _, from := range []uint64{64, 0, 32, 64} {
		batch, err := r.Entries(t.Context(), from, h.Size, h, false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch.Entries {
			checkEntry(t, r, &batch.Entries[i], from+uint64(i), log.Leaf(from+uint64(i)))
		}
		batch.Release()
	}
}

func TestFrontierAndConsistency(t *testing.T) {
	log := filled(70, 256)
	byHash := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "get-entry-and-proof") {
			http.Error(w, "not implemented", http.StatusNotImplemented)
			return
		}
		cttest.NewServer(log).ServeHTTP(w, r)
	})
	direct, _ := reader(t, log, cttest.NewServer(log))
	indirect, _ := reader(t, log, byHash)
	for _, size := range []uint64{1, 2, 3, 7, 8, 33, 64, 65, 70} {
		log.Publish(size)
		h := head(t, direct)
		var want ct.Range
		for n := uint64(0); ; n++ {
			nodes, err := direct.Consistency(t.Context(), n, h, true)
			if err == nil && n > 0 {
				err = want.VerifyConsistency(h, nodes)
			}
			if err != nil {
				t.Fatalf("consistency of %d with %d: %v", n, size, err)
			}
			for name, r := range map[string]ct.Reader{"get-entry-and-proof": direct, "get-proof-by-hash": indirect} {
				got, err := r.Frontier(t.Context(), n, h)
				if err != nil {
					t.Fatalf("%s: range of %d entries in %d: %v", name, n, size, err)
				}
				if diff := cmp.Diff(want.Nodes(), got.Nodes()); diff != "" || got.Size() != n {
					t.Fatalf("%s: range of %d entries in %d (-want +got):\n%s", name, n, size, diff)
				}
			}
			if n == size {
				break
			}
			batch, err := direct.Entries(t.Context(), n, n+1, h, false)
			if err != nil {
				t.Fatal(err)
			}
			want.Append(batch.Entries[0].LeafHash())
			batch.Release()
		}
	}
}

func TestFrontierIsNotTrusting(t *testing.T) {
	log := filled(50, 256)
	other := log.Fork(30)
	for i := uint64(30); i < 50; i++ {
		other.Add(log.Leaf(79 - i))
	}
	other.PublishAll()
	r, _ := reader(t, log, cttest.NewServer(other)) // proofs of another tree than that of the head
	h := log.Head()
	for _, size := range []uint64{1, 16, 30, 50} {
		if _, err := r.Frontier(t.Context(), size, &h); err == nil || !strings.Contains(err.Error(), "audit path") {
			t.Errorf("range of %d entries: %v, want the audit path refused", size, err)
		}
	}
	if _, err := r.Frontier(t.Context(), 51, &h); err == nil {
		t.Error("more entries than the tree has")
	}
}

func TestEntriesOutsideTheTree(t *testing.T) {
	log := filled(5, 256)
	r, get := reader(t, log, cttest.NewServer(log))
	h := head(t, r)
	for _, ends := range [][2]uint64{{0, 0}, {3, 2}, {4, 6}, {6, 7}} {
		if _, err := r.Entries(t.Context(), ends[0], ends[1], h, false); err == nil {
			t.Errorf("entries %v of 5", ends)
		}
	}
	if _, err := r.Consistency(t.Context(), 6, h, false); err == nil {
		t.Error("consistency of 6 with 5")
	}
	if len(get.asked) != 1 {
		t.Errorf("asked %q, want get-sth alone", get.asked)
	}
}

func TestHeadURL(t *testing.T) {
	log := filled(3, 256)
	get := &local{handler: cttest.NewServer(log)}
	l := log.Describe("https://nowhere.test/", true)
	l.HeadURL = base
	r, err := rfc6962.New(l, get)
	if err != nil {
		t.Fatal(err)
	}
	if h := head(t, r); h.Size != 3 {
		t.Errorf("head %+v", h)
	}
}

func TestNewRefuses(t *testing.T) {
	good := filled(0, 256).Describe(base, false)
	tests := map[string]func(*ct.Log){
		"no URL":     func(l *ct.Log) { l.URL = "" },
		"no key":     func(l *ct.Log) { l.Key = nil },
		"foreign ID": func(l *ct.Log) { l.ID[0]++ },
	}
	for name, change := range tests {
		l := *good
		change(&l)
		if _, err := rfc6962.New(&l, &local{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
