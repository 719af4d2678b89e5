package monitor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
	"pinwatch/monitor"
)

// The SCT is of the precertificate of one CA, the certificate of another with the same name: nobody promised that.
func TestPromiseToAnotherIssuer(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		iss := w.issue("www.example.com", "owner")
		sct, leaf := w.promiser.Promise(iss)
		twin := cttest.NewRoot("Root", "w").IntermediateWith("CA", cttest.NewKey("twin"))
		twin.Finish(iss, sct)
		iss.Chain = twin.Chain()
		w.promiser.Add(leaf)
		w.other.AddFinal(iss)
		w.after(mmd)
		w.want([]string{"invalid "}, 0)
	})
}

// Two precertificates with one TBS are one entry: whichever the log kept, it is the promised one.
func TestPromiseOfAnotherPrecertificate(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		iss, leaf := w.certificate()
		signer := w.ca.PrecertSigner("Signer", "w")
		again := w.ca.Issue(cttest.Template{Names: []string{"www.example.com"}, Key: "owner", Bare: true, PrecertSigner: signer})
		leaf.Precert, leaf.Chain = again.Precert, again.PrecertChain
		w.promiser.Add(leaf)
		w.other.AddFinal(iss)
		w.after(mmd)
		w.want([]string{"valid kept at 3"}, 0)
	})
}

// What is not strict DER cannot be put together as the log did it with certainty: no SCT of it accuses anybody.
func TestPromiseOfOddCertificates(t *testing.T) {
	w := newPromiseWorld(t, false)
	odd := w.ca.Odd("www.example.com")
	for i := range odd {
		w.other.Add(odd[i].Leaf())
	}
	w.after(2 * mmd)
	if w.alarms() != 0 || slices.ContainsFunc(w.promises(), func(p string) bool { return p != "unknown_log " }) {
		t.Errorf("%d alarms, %v", w.alarms(), w.promises())
	}
}

// stuck is a log that cannot be read behind an entry.
type stuck struct {
	ct.Reader
	at uint64
}

func (s stuck) Entries(ctx context.Context, from, to uint64, head *ct.TreeHead, fresh bool) (*ct.Batch, error) {
	if from >= s.at {
		return nil, fmt.Errorf("no entry %d today", from)
	}
	return s.Reader.Entries(ctx, from, min(to, s.at), head, fresh)
}

// A log that is not read that far has not lied, and neither has one that shows no head.
func TestPromiseBehindThePosition(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		w.after(0)
		w.strangers(w.promiser, 2)
		iss, leaf := w.certificate()
		w.promiser.Add(leaf)
		w.other.AddFinal(iss)
		honest := w.sources[0].Reader
		w.sources[0].Reader = stuck{honest, 4}
		w.after(2 * mmd)
		w.want([]string{"valid open"}, 0)
		w.sources[0].Reader = mute{honest}
		w.after(2 * mmd)
		w.want([]string{"valid open"}, 0)
		w.sources[0].Reader = honest
		w.after(0)
		w.want([]string{"valid kept at 5"}, 0)
	})
}

// A log that forks is accused of that, and its promises are held against the tree that was verified.
func TestPromiseOfAForkedLog(t *testing.T) {
	w := newPromiseWorld(t, true)
	w.after(0)
	fork := w.promiser.Fork(2)
	iss, leaf := w.certificate()
	w.promiser.Add(leaf)
	w.other.AddFinal(iss)
	w.strangers(fork, 6)
	fork.PublishAll()
	w.sources[0] = w.serve(fork)
	w.clock = w.clock.Add(2 * mmd)
	w.other.PublishAll()
	fork.PublishAll()
	res := w.scan(w.sources...)
	if kind(res[0]) != ct.Fork {
		t.Errorf("%+v", res[0])
	}
	w.want([]string{"valid open"}, 1)
}

// What was recorded and not checked, because the process ended, is checked by the next one.
func TestPromiseAfterACrash(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		iss, _ := w.certificate()
		w.other.AddFinal(iss)
		w.clock = w.clock.Add(mmd)
		w.promiser.PublishAll()
		w.other.PublishAll()
		ctx, cancel := context.WithCancel(t.Context())
		opt := w.options()
		opt.Now = func() time.Time { return w.clock }
		opt.Progress = func(log *ct.Log, position, size uint64) {
			if log.ID == w.sources[1].Log.ID && position == size {
				cancel()
			}
		}
		if _, err := monitor.Scan(ctx, opt, w.sources); err == nil {
			t.Fatal("the scan was not cut off")
		}
		w.want(nil, 0)
		w.after(0)
		w.want([]string{"valid broken"}, 1)
	})
}

// Of many promises a pass asks for some; the others wait for the next.
func TestManyPromises(t *testing.T) {
	w := newPromiseWorld(t, true)
	for range 20 {
		iss, _ := w.certificate()
		w.other.AddFinal(iss)
	}
	if res := w.after(mmd); len(res[0].Broken) != 16 {
		t.Errorf("%d broken promises in the first pass", len(res[0].Broken))
	}
	if res := w.after(0); len(res[0].Broken) != 4 || w.alarms() != 20 {
		t.Errorf("%d broken promises in the second pass, %d alarms", len(res[0].Broken), w.alarms())
	}
}

// Watch holds logs to their promises as well, with every pass.
func TestWatchPromises(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		var mu sync.Mutex
		read := func() time.Time { mu.Lock(); defer mu.Unlock(); return w.clock }
		opt := w.options()
		opt.Now, opt.Poll = read, time.Millisecond
		var o *observer
		broken := 0
		opt.Passed = func(r monitor.LogResult) { o.note(func() { broken += len(r.Broken) }) }
		o = newObserver(t, &opt)
		missing, _ := w.certificate()
		kept, leaf := w.certificate()
		w.promiser.Add(leaf)
		w.other.AddFinal(missing)
		w.other.AddFinal(kept)
		w.promiser.PublishAll()
		w.other.PublishAll()
		sets := make(chan []monitor.Source)
		stop := w.watching(opt, sets)
		sets <- w.sources
		o.until("the certificates", func() bool { return o.found > 0 || o.position[w.sources[1].Log.ID] == 2 })
		mu.Lock()
		w.clock = w.clock.Add(mmd + time.Minute)
		mu.Unlock()
		w.promiser.PublishAll()
		w.other.PublishAll()
		o.until("the broken promise", func() bool { return broken > 0 })
		stop()
		if broken != 1 || w.alarms() != 1 {
			t.Errorf("%d broken promises told, %d alarms", broken, w.alarms())
		}
	})
}

// A log that cannot show one entry is asked for others all the same: it would break promises unseen.
func TestPromiseBehindAnother(t *testing.T) {
	w := newPromiseWorld(t, true)
	server := cttest.NewServer(w.promiser)
	broken := false
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if broken && strings.HasPrefix(r.URL.Path, "/tile/0/000") {
			http.NotFound(rw, r)
			return
		}
		server.ServeHTTP(rw, r)
	}))
	t.Cleanup(front.Close)
	src := &w.sources[0]
	src.Log.MonitoringURL, src.Start = front.URL+"/", monitor.Start{Now: true}
	var err error
	if src.Reader, err = static.New(src.Log, w.client.Bound("test", src.Log.ID.String())); err != nil {
		t.Fatal(err)
	}
	first, leaf := w.certificate()
	w.promiser.Add(leaf)
	w.strangers(w.promiser, 300)
	w.promiser.PublishAll()
	w.clock = w.clock.Add(time.Minute)
	second, _ := w.certificate()
	w.strangers(w.promiser, 3)
	w.after(mmd)
	w.other.AddFinal(first)
	w.other.AddFinal(second)
	broken = true
	for range 64 { // it begins with either
		if w.after(time.Hour); w.alarms() > 0 {
			break
		}
	}
	w.want([]string{"valid broken", "valid open"}, 1)
}
