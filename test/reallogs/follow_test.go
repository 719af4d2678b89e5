package reallogs_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/fetch"
	"pinwatch/ct/rfc6962"
	"pinwatch/ct/static"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
	"pinwatch/test/reallogs"
)

// TestFollow grows both logs while they are watched, and scans them in the end: every chain that was submitted for a
// watched name is found exactly once, and what is the same certificate in both logs is one finding.
func TestFollow(t *testing.T) {
	root := cttest.NewRoot("Root", "reallogs")
	tessera := reallogs.NewTessera(t, t.TempDir(), "tessera.example/2026")
	trillian := reallogs.NewTrillian(t, root)
	server := httptest.NewServer(http.FileServer(http.Dir(tessera.Dir)))
	defer server.Close()
	overHTTP := tessera.Describe(server.URL + "/")
	inPlace := tessera.Describe("file://" + filepath.ToSlash(tessera.Dir) + "/")

	filling := newFilling(root)
	watches := []*following{
		newFollowing(t, filling, overHTTP, trillian.Describe()),
		newFollowing(t, filling, inPlace, trillian.Describe()),
	}
	watches[1].options.PartialAfter = 50 * time.Millisecond
	var stops []func()
	for _, f := range watches {
		stops = append(stops, f.watch())
	}
	sizes := map[ct.LogID]uint64{}
	for _, n := range steps {
		one, two := filling.next(n)
		tessera.Add(t, one)
		trillian.Add(t, two)
		sizes[overHTTP.ID] += uint64(len(one))
		sizes[trillian.Describe().ID] += uint64(len(two))
		for _, f := range watches {
			f.until(sizes)
		}
	}
	for i, f := range watches {
		stops[i]()
		f.compare(filling.want)
	}
	for _, log := range []*ct.Log{overHTTP, inPlace} {
		f := newFollowing(t, filling, log, trillian.Describe())
		f.scan(sizes, len(filling.want))
		f.scan(sizes, 0)
		f.compare(filling.want)
	}
	t.Logf("%d issuances for watched names, logs of %v entries", len(filling.want), sizes)
}

// filling makes what is submitted, and keeps what must be found of it.
type filling struct {
	*ca
	owner   *cttest.Key
	watched int
	want    map[string][]string // by name: verdict and reasons, then log, type and fingerprint of what was submitted
}

func newFilling(root *cttest.CA) *filling {
	return &filling{ca: newCA(root), owner: cttest.NewKey("owner"), want: map[string][]string{}}
}

// watchlist pins what the owner of the watched name expects.
func (f *filling) watchlist(t *testing.T) *matcher.Watchlist {
	t.Helper()
	list, err := matcher.New([]matcher.Watch{{
		Name:    "example.com",
		Keys:    []matcher.Pin{{SPKI: f.owner.Hash()}},
		Issuers: []matcher.Pin{{SPKI: f.Key.Hash()}},
		Chain:   []matcher.Pin{{SPKI: f.Parent.Key.Hash()}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// next makes at least n entries for each log. One in ten is for a watched name.
func (f *filling) next(n int) (tessera, trillian []cttest.Leaf) {
	for len(tessera) < n || len(trillian) < n {
		one, two := f.issueWatched()
		tessera = append(append(tessera, one...), f.leaves(min(9, max(0, n-len(tessera))))...)
		trillian = append(append(trillian, two...), f.leaves(min(9, max(0, n-len(trillian))))...)
	}
	return tessera, trillian
}

// issueWatched makes one issuance, and says in what form each log gets it.
func (f *filling) issueWatched() (tessera, trillian []cttest.Leaf) {
	k := f.watched
	f.watched++
	name := fmt.Sprintf("w%d.example.com", k)
	template := cttest.Template{Names: []string{name}, Key: name}
	verdict := "unexpected [unknown_key]"
	if k%3 == 0 {
		template.SPKI, verdict = f.owner.SPKI, "expected []"
	}
	if k%2 == 0 {
		template.PrecertSigner = f.signer
	}
	issuance := f.Issue(template)
	pre, final := cttest.PrecertLeaf(issuance), cttest.FinalLeaf(issuance)
	switch k % 4 {
	case 0:
		tessera, trillian = []cttest.Leaf{pre, final}, []cttest.Leaf{final, pre}
	case 1:
		tessera, trillian = []cttest.Leaf{pre}, []cttest.Leaf{final}
	case 2:
		tessera, trillian = []cttest.Leaf{pre}, []cttest.Leaf{pre}
	case 3:
		tessera, trillian = []cttest.Leaf{final}, nil
	}
	want := []string{verdict}
	for log, leaves := range map[string][]cttest.Leaf{"Tessera": tessera, "Trillian": trillian} {
		for _, leaf := range leaves {
			der := leaf.Cert
			if leaf.Type == ct.PrecertEntry {
				der = leaf.Precert
			}
			want = append(want, fmt.Sprintf("%s %s %x", log, leaf.Type, sha256.Sum256(der)))
		}
	}
	slices.Sort(want[1:])
	f.want[name] = want
	return tessera, trillian
}

// following is a store and how the logs get there.
type following struct {
	*testing.T
	options monitor.Options
	sources []monitor.Source

	mu       sync.Mutex
	position map[ct.LogID]uint64
	changed  chan struct{}
}

func newFollowing(t *testing.T, filling *filling, logs ...*ct.Log) *following {
	t.Helper()
	f := &following{T: t, position: map[ct.LogID]uint64{}, changed: make(chan struct{}, 1)}
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "f.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f.options = monitor.Options{
		Store: s, Watchlist: filling.watchlist(t), Now: time.Now, Poll: 20 * time.Millisecond, Progress: f.progress,
	}
	client, err := fetch.New(fetch.Config{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for _, log := range logs {
		reader, err := newReader(log, client)
		if err != nil {
			t.Fatal(err)
		}
		f.sources = append(f.sources, monitor.Source{Log: log, Reader: reader})
	}
	return f
}

// newReader chooses the protocol, as the program does.
func newReader(log *ct.Log, client *fetch.Client) (ct.Reader, error) {
	web := client.Bound(log.Operator, log.ID.String())
	switch {
	case !log.Static():
		return rfc6962.New(log, web)
	case strings.HasPrefix(log.MonitoringURL, "file:"):
		return static.New(log, static.Files{})
	}
	return static.New(log, web)
}

func (f *following) progress(log *ct.Log, position, _ uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.position[log.ID] = position
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// watch runs Watch until the returned function is called.
func (f *following) watch() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	sets := make(chan []monitor.Source, 1)
	sets <- f.sources
	ended := make(chan error, 1)
	go func() { ended <- monitor.Watch(ctx, f.options, sets) }()
	f.Cleanup(cancel)
	return func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			f.Errorf("watch ended with %v", err)
		}
	}
}

// until waits until the positions are these, a minute at most.
func (f *following) until(sizes map[ct.LogID]uint64) {
	f.Helper()
	limit := time.After(time.Minute)
	for {
		f.mu.Lock()
		done := cmp.Equal(f.position, sizes)
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-f.changed:
		case <-limit:
			f.Fatalf("waited in vain for %v, at %v", sizes, f.position)
		}
	}
}

// scan runs Scan, which must read the logs to their ends and find so much that is new.
func (f *following) scan(sizes map[ct.LogID]uint64, found int) {
	f.Helper()
	results, err := monitor.Scan(f.Context(), f.options, f.sources)
	if err != nil {
		f.Fatal(err)
	}
	for i := range results {
		r := &results[i]
		if !r.Complete() || r.To != sizes[r.Log.ID] {
			f.Errorf("%s: read to %d of %d, %v", r.Log.Name(), r.To, sizes[r.Log.ID], r.Err)
		}
		found -= len(r.Counts.New)
	}
	if found != 0 {
		f.Errorf("%d new findings too few", found)
	}
}

// compare holds the findings against what was submitted, and the store against its own rules.
func (f *following) compare(want map[string][]string) {
	f.Helper()
	findings, err := f.options.Store.Findings(f.Context(), store.Filter{All: true})
	if err != nil {
		f.Fatal(err)
	}
	got := map[string][]string{}
	for _, found := range findings {
		name := strings.Join(found.Issuance.Names, " ")
		if got[name] != nil {
			f.Errorf("two findings for %s", name)
		}
		got[name] = append(got[name], fmt.Sprint(found.Verdict, " ", found.Reasons))
		for _, s := range found.Sightings {
			got[name] = append(got[name], fmt.Sprintf("%s %s %x", s.Log, s.Type, s.CertSHA256))
		}
		slices.Sort(got[name][1:])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Error(diff)
	}
	bad, err := f.options.Store.Check(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range bad {
		f.Errorf("the store is inconsistent: %v", v)
	}
}
