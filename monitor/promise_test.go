package monitor_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
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
)

// promiseWorld has two logs: one promises, the other shows the final certificate.
type promiseWorld struct {
	*world
	clock           time.Time
	promiser, other *cttest.Log
	static          bool
	client          *fetch.Client
	sources         []monitor.Source
}

// mmd is the merge delay of the logs.
const mmd = time.Hour

func newPromiseWorld(t *testing.T, isStatic bool) *promiseWorld {
	t.Helper()
	w := &promiseWorld{world: newWorld(t), clock: now.Add(-48 * time.Hour), static: isStatic}
	config := func(origin string) cttest.Config {
		return cttest.Config{Origin: origin, RFC6962: !isStatic, Now: func() time.Time { return w.clock }}
	}
	w.promiser, w.other = cttest.NewLog(config("promiser.example/log")), cttest.NewLog(config("other.example/log"))
	client, err := fetch.New(fetch.Config{Version: "test", Contact: "test@example.com", Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w.client = client
	w.strangers(w.promiser, 3)
	for _, log := range []*cttest.Log{w.promiser, w.other} {
		w.sources = append(w.sources, w.serve(log))
	}
	return w
}

// serve shows a log by its protocol.
func (w *promiseWorld) serve(log *cttest.Log) monitor.Source {
	w.Helper()
	server := httptest.NewServer(cttest.NewServer(log))
	w.Cleanup(server.Close)
	described := log.Describe(server.URL+"/", w.static)
	described.MMD = mmd
	var reader ct.Reader
	var err error
	get := w.client.Bound("test", described.ID.String())
	if w.static {
		reader, err = static.New(described, get)
	} else {
		reader, err = rfc6962.New(described, get)
	}
	if err != nil {
		w.Fatal(err)
	}
	return monitor.Source{Log: described, Reader: reader}
}

// after lets time go by, publishes all entries and scans.
func (w *promiseWorld) after(d time.Duration) []monitor.LogResult {
	w.Helper()
	w.clock = w.clock.Add(d)
	w.promiser.PublishAll()
	w.other.PublishAll()
	return w.scan(w.sources...)
}

// scan has the clock of the world.
func (w *promiseWorld) scan(sources ...monitor.Source) []monitor.LogResult {
	w.Helper()
	opt := w.options()
	opt.Now = func() time.Time { return w.clock }
	results, err := monitor.Scan(w.Context(), opt, sources)
	if err != nil {
		w.Fatal(err)
	}
	w.check()
	return results
}

// certificate issues one and has the promiser sign an SCT for it.
func (w *promiseWorld) certificate() (*cttest.Issuance, cttest.Leaf) {
	iss := w.issue("www.example.com", "owner")
	sct, leaf := w.promiser.Promise(iss)
	w.ca.Finish(iss, sct)
	return iss, leaf
}

// promises lists what became of the SCTs, as "signature promise at entry".
func (w *promiseWorld) promises() (out []string) {
	w.Helper()
	err := w.store.Snapshot(w.Context(), func(s *store.Snapshot) error {
		for c, err := range s.SCTs(w.Context(), store.Period{}) {
			if err != nil {
				return err
			}
			text := c.Signature + " " + c.Promise
			if c.Entry != nil {
				text += fmt.Sprint(" at ", *c.Entry)
			}
			out = append(out, text)
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// bothProtocols runs a test with logs of each protocol.
func bothProtocols(t *testing.T, run func(t *testing.T, w *promiseWorld)) {
	for name, isStatic := range map[string]bool{"static": true, "rfc6962": false} {
		t.Run(name, func(t *testing.T) { run(t, newPromiseWorld(t, isStatic)) })
	}
}

func (w *promiseWorld) want(promises []string, alarms int) {
	w.Helper()
	if diff := cmp.Diff(promises, w.promises()); diff != "" {
		w.Errorf("promises (-want +got):\n%s", diff)
	}
	if got := w.alarms(); got != alarms {
		w.Errorf("%d alarms, want %d", got, alarms)
	}
}

// alarms counts what is recorded against the logs.
func (w *promiseWorld) alarms() (n int) {
	w.Helper()
	rows, err := w.store.LogStatuses(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	for _, row := range rows {
		n += row.Alarms
	}
	return n
}

func TestPromiseKept(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		iss, leaf := w.certificate()
		w.promiser.Add(leaf)
		w.other.AddFinal(iss)
		w.after(0)
		w.want([]string{"valid open"}, 0) // the delay is not over, though the entry is there
		w.after(mmd)
		w.want([]string{"valid kept at 3"}, 0)
	})
}

// A log that promised and does not show it is accused when its delay is over, once, and read on.
func TestPromiseBroken(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		w.after(0)
		iss, _ := w.certificate()
		w.other.AddFinal(iss)
		w.after(mmd - time.Minute)
		w.want([]string{"valid open"}, 0)
		res := w.after(time.Minute)
		w.want([]string{"valid broken"}, 1)
		if !res[0].Complete() || len(res[0].Broken) != 1 || res[0].Broken[0].Kind != ct.BrokenPromise || len(res[1].Broken) != 0 {
			t.Errorf("results %+v", res)
		}
		d, err := w.store.LogDetail(t.Context(), w.sources[0].Log.ID, 9)
		if err != nil {
			t.Fatal(err)
		}
		checkEvidence(t, w, &d.Alarms[0], iss)
		if res = w.after(mmd); len(res[0].Broken) != 0 {
			t.Errorf("told again: %+v", res[0].Broken)
		}
		w.want([]string{"valid broken"}, 1)
	})
}

// checkEvidence verifies what the alarm keeps, as somebody else would.
func checkEvidence(t *testing.T, w *promiseWorld, a *store.SeenAlarm, iss *cttest.Issuance) {
	t.Helper()
	n := int(a.Other[0])<<8 | int(a.Other[1])
	sct, leaf := a.Other[2:2+n], a.Other[2+n:]
	var e ct.Entry
	if rest, err := e.DecodeTimestamped(leaf); err != nil || len(rest) > 0 {
		t.Fatalf("the entry that was promised: %v", err)
	}
	v, err := ct.NewVerifier(w.sources[0].Log.Key)
	if err != nil {
		t.Fatal(err)
	}
	p := ct.Promise{Timestamp: e.Timestamp, IssuerKeyHash: [32]byte(e.IssuerKeyHash), TBS: e.Cert, Extensions: e.Extensions}
	p.Signature = sct[1+32+8+2+len(e.Extensions):]
	if err := v.VerifyPromise(&p); err != nil {
		t.Errorf("the promise: %v", err)
	}
	if diff := cmp.Diff(iss.TBS, e.Cert); diff != "" || a.Kind != "broken_promise" || len(a.Head) == 0 {
		t.Errorf("the evidence: %s %d %s", a.Kind, len(a.Head), diff)
	}
}

// At the index that was promised stands another entry.
func TestAnotherEntryIsPromised(t *testing.T) {
	w := newPromiseWorld(t, true)
	iss, leaf := w.certificate()
	w.strangers(w.promiser, 1)
	w.promiser.Add(leaf) // it is there, and not where it was promised to be
	w.other.AddFinal(iss)
	w.after(mmd)
	w.want([]string{"valid broken"}, 1)
}

// A log of RFC 6962 that shows the precertificate under another timestamp hides nothing.
func TestAnotherTimestamp(t *testing.T) {
	w := newPromiseWorld(t, false)
	iss, leaf := w.certificate()
	leaf.Timestamp--
	w.promiser.Add(leaf)
	w.other.AddFinal(iss)
	w.after(mmd)
	w.want([]string{"valid kept at 3"}, 0)
}

// What stands in a certificate and was not signed by the log is not the log's fault.
func TestInventedSCTs(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		iss := w.issue("www.example.com", "owner")
		_, leaf := w.promiser.Promise(iss)
		another := w.issue("www.example.com", "owner")
		w.ca.Finish(iss, cttest.NewKey("nobody's").SignSCT(&leaf))
		w.other.AddFinal(iss)
		sct, _ := w.promiser.Promise(w.issue("else.example.com", "owner"))
		w.ca.Finish(another, sct, append([]byte{1}, sct...), sct[:20])
		w.other.AddFinal(another)
		stranger := w.issue("plain.example.com", "owner")
		w.ca.Finish(stranger)
		w.other.AddFinal(stranger)
		w.after(mmd)
		w.want([]string{"invalid ", "unknown_log "}, 0)
	})
}

// A certificate whose issuer is not shown cannot be checked, until it is.
func TestIssuerBecomesKnown(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		iss, leaf := w.certificate()
		bare := cttest.FinalLeaf(iss)
		bare.Chain = nil
		w.other.Add(bare)
		w.after(mmd)
		w.want([]string{"unverified "}, 0)
		w.promiser.Add(leaf)
		w.after(mmd)
		w.want([]string{"valid kept at 3"}, 0)
	})
}

// A log becomes known to a later list.
func TestLogBecomesKnown(t *testing.T) {
	w := newPromiseWorld(t, true)
	iss, leaf := w.certificate()
	w.promiser.Add(leaf)
	w.other.AddFinal(iss)
	w.clock = w.clock.Add(mmd)
	w.promiser.PublishAll()
	w.other.PublishAll()
	w.scan(w.sources[1])
	w.want([]string{"unknown_log "}, 0)
	w.scan(w.sources...)
	w.want([]string{"valid kept at 3"}, 0)
}

// What lies before the start of a log is looked for all the same, and found; what is not is no lie.
func TestPromiseBeforeTheStart(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		iss, leaf := w.certificate()
		w.promiser.Add(leaf)
		missing, _ := w.certificate()
		w.clock = w.clock.Add(mmd)
		w.promiser.PublishAll()
		w.sources[0].Start = monitor.Start{Now: true}
		w.other.AddFinal(iss)
		w.other.AddFinal(missing)
		w.after(0)
		if w.static { // the index says where it would be
			w.want([]string{"valid broken", "valid kept at 3"}, 1)
		} else {
			w.want([]string{"valid kept at 3", "valid unseen"}, 0)
		}
	})
}

// Entries that were read before a name was watched have no sighting.
func TestPromiseBeforeTheWatch(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		list := w.list
		w.list = w.watch(matcher.Watch{Name: "example.org"})
		iss, leaf := w.certificate()
		w.promiser.Add(leaf)
		w.other.AddFinal(w.issue("later.example.org", "owner"))
		w.after(mmd)
		w.list = list
		w.other.AddFinal(iss)
		w.after(0)
		w.want([]string{"unknown_log ", "unknown_log ", "valid kept at 3"}, 0)
		if w.static {
			return
		}
		// The log does not find it. It was not looked for, and nobody is accused.
		w.list = w.watch(matcher.Watch{Name: "example.org"})
		w.after(mmd)
		w.list = list
		second := w.issue("www.example.com", "owner")
		hidden, _ := w.promiser.Promise(second)
		w.ca.Finish(second, hidden)
		w.list = w.watch(matcher.Watch{Name: "example.org"})
		w.strangers(w.promiser, 2)
		w.after(mmd)
		w.list = list
		w.other.AddFinal(second)
		w.after(0)
		w.want([]string{"unknown_log ", "unknown_log ", "valid kept at 3", "valid unseen"}, 0)
	})
}

// Pins say nothing of names: when they change, what was read before counts.
func TestPromiseUnderOtherPins(t *testing.T) {
	w := newPromiseWorld(t, false)
	w.after(0)
	iss, _ := w.certificate()
	w.strangers(w.promiser, 1)
	w.after(mmd)
	w.list = w.watch(matcher.Watch{Name: "example.com", Keys: []matcher.Pin{{SPKI: [32]byte{9}}}})
	w.other.AddFinal(iss)
	w.after(0)
	w.want([]string{"valid broken"}, 1)
}

// A log that cannot be asked is asked again later.
func TestPromiseAskedInVain(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		server := cttest.NewServer(w.promiser)
		broken := true
		front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if broken && (r.URL.Path == "/ct/v1/get-proof-by-hash" || len(r.URL.Path) > 7 && r.URL.Path[:7] == "/tile/0") {
				http.Error(rw, "busy", http.StatusBadGateway)
				return
			}
			server.ServeHTTP(rw, r)
		}))
		t.Cleanup(front.Close)
		src := &w.sources[0]
		if w.static {
			src.Log.MonitoringURL = front.URL + "/"
		} else {
			src.Log.URL = front.URL + "/"
		}
		var err error
		get := w.client.Bound("test", src.Log.ID.String())
		if w.static {
			src.Reader, err = static.New(src.Log, get)
		} else {
			src.Reader, err = rfc6962.New(src.Log, get)
		}
		if err != nil {
			t.Fatal(err)
		}
		iss, _ := w.certificate()
		w.strangers(w.promiser, 1)
		w.other.AddFinal(iss)
		w.after(mmd)
		w.want([]string{"valid open"}, 0)
		broken = false
		w.after(mmd)
		w.want([]string{"valid broken"}, 1)
	})
}
