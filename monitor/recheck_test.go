package monitor_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

// broken is an entry whose names nobody can walk to; they can only be searched for.
func broken(text string) cttest.Leaf {
	return cttest.Leaf{Type: ct.X509Entry, Cert: append([]byte{0x30, 0x84}, text...)}
}

// recheck reads what is kept again, twice: the second time must bring nothing.
func (w *world) recheck(sources ...monitor.Source) *monitor.Rechecked {
	w.Helper()
	got, err := monitor.Recheck(w.Context(), w.options(), sources)
	if err != nil {
		w.Fatal(err)
	}
	w.check()
	before := w.findings()
	again, err := monitor.Recheck(w.Context(), w.options(), sources)
	if err != nil {
		w.Fatal(err)
	}
	if again.Entries != got.Entries || again.Resolved != 0 || len(again.New)+len(again.Changed) != 0 {
		w.Errorf("the second time: %+v", again)
	}
	if diff := cmp.Diff(before, w.findings()); diff != "" {
		w.Errorf("the second time changed the findings (-before +after):\n%s", diff)
	}
	return got
}

func (w *world) outstanding() uint64 {
	w.Helper()
	logs, err := w.store.LogStatuses(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	var n uint64
	for _, l := range logs {
		n += l.Totals.Outstanding
	}
	return n
}

// misread commits the log as a reader did that could read none of the entries at the indices, nor saw a name in them.
func (w *world) misread(src monitor.Source, indices ...uint64) {
	w.Helper()
	ctx, id := w.Context(), [32]byte(src.Log.ID)
	head, err := src.Reader.TreeHead(ctx)
	if err != nil {
		w.Fatal(err)
	}
	row := store.Head{Size: head.Size, Root: head.Root, Timestamp: head.Time(), Signature: head.Signature, Raw: head.Raw}
	c := store.Commit{LogID: id, To: head.Size, Head: row, Policy: w.list.Policy(), Now: now}
	var tree ct.Range
	for tree.Size() < head.Size {
		batch, err := src.Reader.Entries(ctx, tree.Size(), head.Size, head, false)
		if err != nil {
			w.Fatal(err)
		}
		for i := range batch.Entries {
			e := &batch.Entries[i]
			tree.Append(e.LeafHash())
			if slices.Contains(indices, e.Index) {
				c.Undetermined = append(c.Undetermined, store.Undetermined{
					Index: e.Index, Reason: "frame", Leaf: slices.Concat(e.Leaf, e.Timestamped), Whole: e.Leaf != nil,
				})
			}
		}
		batch.Release()
	}
	for _, n := range tree.Nodes() {
		c.Nodes = append(c.Nodes, n)
	}
	_, err = w.store.EnsureLog(ctx, store.Log{ID: id, Key: src.Log.Key}, now)
	if err == nil {
		err = w.store.SetStart(ctx, id, 0, nil, "beginning", row, now)
	}
	if err == nil {
		c.Run, err = w.store.StartRun(ctx, store.Run{Kind: "scan"}, now)
	}
	if err == nil {
		_, err = w.store.Commit(ctx, &c)
	}
	if err != nil {
		w.Fatal(err)
	}
	w.check()
}

// A watch that is added finds what was kept before it was there; what cannot be read stays so.
func TestRecheckUnderAnotherWatchList(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 5)
	log.Add(broken("www.example.net"))
	log.Add(broken("www.example.com"))
	log.Add(broken("www.example.org"))
	src := w.source(log, t.TempDir())
	w.scan(src)
	want := []string{"example.com undetermined [name_uncertain] [] 1"}
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
	if got := w.recheck(src); got.Entries != 3 || got.Resolved != 0 || len(got.New) != 0 {
		t.Errorf("under the same watch list: %+v", got)
	}
	w.list = w.watch(matcher.Watch{Name: "example.com"}, matcher.Watch{Name: "example.net"})
	if got := w.recheck(src); got.Entries != 3 || got.Resolved != 0 || len(got.New) != 1 {
		t.Errorf("under a longer watch list: %+v", got)
	}
	want = append(want, "example.net undetermined [name_uncertain] [] 1")
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
	if n := w.outstanding(); n != 3 {
		t.Errorf("%d entries outstanding", n)
	}
}

// A better reader finds what the one before it did not, with or without the log.
func TestRecheckWithABetterReader(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 300)
	pair := w.issue("www.example.com", "thief")
	log.AddPrecert(pair)
	log.AddFinal(pair)
	log.AddFinal(w.issue("example.com", "owner"))
	dir := t.TempDir()
	src := w.source(log, dir)
	w.misread(src, 7, 299, 301, 302)

	if got := w.recheck(); got.Entries != 4 || got.Resolved != 4 || len(got.New) != 2 {
		t.Errorf("without the log: %+v", got)
	}
	want := []string{
		"example.com unexpected [unknown_key] [www.example.com] 1",
		"example.com undetermined [issuer_undecided] [example.com] 1",
	}
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
	if n := w.outstanding(); n != 0 {
		t.Errorf("%d entries outstanding", n)
	}
	if got := w.recheck(src); got.Resolved != 0 || len(got.New) != 0 || len(got.Changed) != 1 {
		t.Errorf("with the log: %+v", got)
	}
	want[1] = "example.com expected [] [example.com] 1"
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
	// What the log shows from then on is nothing new.
	log.AddPrecert(w.issue("example.com", "owner"))
	w.scan(w.source(log, dir))
	if got := w.recheck(src); got.Entries != 4 || len(got.Changed) != 0 {
		t.Errorf("after another scan: %+v", got)
	}
}

// With the log at hand everything is as if the entry had been read at once.
func TestRecheckIsAScanInHindsight(t *testing.T) {
	late, atOnce := newWorld(t), newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	for i, seed := range []string{"owner", "thief", "owner"} {
		iss := late.issue([]string{"example.com", "a.example.com", "other.example.net"}[i], seed)
		log.AddPrecert(iss)
		log.AddFinal(iss)
	}
	src := late.source(log, t.TempDir())
	late.misread(src, 0, 1, 2, 3, 4, 5)
	late.recheck(src)
	atOnce.scan(src)
	if diff := cmp.Diff(atOnce.findings(), late.findings()); diff != "" {
		t.Errorf("at once and late:\n%s", diff)
	}
	ids := func(w *world) (out []string) {
		rows, err := w.store.Findings(t.Context(), store.Filter{All: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range rows {
			out = append(out, f.ID)
		}
		return out
	}
	if diff := cmp.Diff(ids(atOnce), ids(late)); diff != "" {
		t.Errorf("IDs at once and late:\n%s", diff)
	}
}

// A leaf that could not even be decoded is kept whole, and can be decoded by a later reader.
func TestRecheckOfUndecodedLeaves(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: true})
	at := log.AddFinal(w.issue("www.example.com", "owner"))
	src := w.source(log, t.TempDir())
	head, err := src.Reader.TreeHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	batch, err := src.Reader.Entries(t.Context(), at, at+1, head, false)
	if err != nil {
		t.Fatal(err)
	}
	whole := append([]byte{0, 0}, batch.Entries[0].Timestamped...)
	strange := append([]byte{7, 7}, "www.example.com"...)
	for _, tt := range []struct {
		leaf     []byte
		resolved uint64
		want     string
	}{
		{whole, 1, "example.com expected [] [www.example.com] 1"},
		{whole[:len(whole)-1], 0, "example.com undetermined [name_uncertain] [] 1"},
		{strange, 0, "example.com undetermined [name_uncertain] [] 1"},
	} {
		w := newWorld(t)
		w.misreadAs(src, tt.leaf)
		if got := w.recheck(src); got.Resolved != tt.resolved || len(got.New) != 1 {
			t.Errorf("%x: %+v", tt.leaf[:2], got)
		}
		if diff := cmp.Diff([]string{tt.want}, w.findings()); diff != "" {
			t.Errorf("%x: %s", tt.leaf[:2], diff)
		}
	}
}

// misreadAs commits a log of one entry, which was kept as the given leaf.
func (w *world) misreadAs(src monitor.Source, leaf []byte) {
	w.Helper()
	w.misread(monitor.Source{Log: src.Log, Reader: leafReader{src.Reader, leaf}}, 0)
}

// leafReader shows an entry as one that cannot be decoded.
type leafReader struct {
	ct.Reader
	leaf []byte
}

func (r leafReader) Entries(context.Context, uint64, uint64, *ct.TreeHead, bool) (*ct.Batch, error) {
	return ct.NewBatch([]ct.Entry{{Leaf: r.leaf}}, nil), nil
}

// troubled is a log that cannot be had, or shows other entries than it did.
type troubled struct {
	ct.Reader
	asked *int
	other bool
}

func (r troubled) TreeHead(ctx context.Context) (*ct.TreeHead, error) {
	*r.asked++
	if r.other {
		return r.Reader.TreeHead(ctx)
	}
	return nil, errors.New("no answer")
}

func (r troubled) Entries(ctx context.Context, from, to uint64, head *ct.TreeHead, fresh bool) (*ct.Batch, error) {
	return r.Reader.Entries(ctx, from-1, to-1, head, fresh)
}

// A log in trouble is asked once, and one that lies is not believed: what is kept must do.
func TestRecheckWithALogInTrouble(t *testing.T) {
	for _, other := range []bool{false, true} {
		w := newWorld(t)
		log := cttest.NewLog(cttest.Config{Origin: origin})
		w.strangers(log, 1)
		for range 5 {
			log.AddFinal(w.issue("www.example.com", "owner"))
		}
		src := w.source(log, t.TempDir())
		w.misread(src, 1, 2, 3, 4, 5)
		asked := 0
		src.Reader = troubled{src.Reader, &asked, other}
		got, err := monitor.Recheck(t.Context(), w.options(), []monitor.Source{src})
		if err != nil || got.Resolved != 5 || len(got.New) != 5 || asked != 1 {
			t.Errorf("other entries %v: %+v, %v; asked %d times", other, got, err, asked)
		}
		for _, f := range w.findings() {
			if f != "example.com undetermined [issuer_undecided] [www.example.com] 1" {
				t.Errorf("other entries %v: %s", other, f)
			}
		}
		w.check()
	}
}

// Recheck can be called off between entries.
func TestRecheckInterrupted(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddFinal(w.issue("www.example.com", "owner"))
	src := w.source(log, t.TempDir())
	w.misread(src, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := monitor.Recheck(ctx, w.options(), []monitor.Source{src}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	w.check()
	if got := w.recheck(src); len(got.New) != 1 {
		t.Errorf("afterwards: %+v", got)
	}
}
