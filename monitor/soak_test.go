package monitor_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pinwatch/ct/cttest"
	"pinwatch/ct/fetch"
	"pinwatch/ct/rfc6962"
	"pinwatch/ct/static"
	"pinwatch/monitor"
	"pinwatch/store"
)

// soakLength says how long TestSoak goes on in real time ("10m"), with logs in a process of their own. Without it, the
// test has logs in memory and a minute of its own time. soakWeather is the seed of the faults, as an earlier run said it.
const (
	soakLength  = "PINWATCH_SOAK"
	soakWeather = "PINWATCH_SOAK_SEED"
)

// Watch follows three logs that grow by 500 entries a second each, while requests are broken at random. When the
// faults have ended, every watched entry was found exactly once, and nothing else; no log was accused; memory did not
// grow with the logs, and no goroutine is left.
func TestSoak(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	seed := rand.Uint64()
	if text := os.Getenv(soakWeather); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", soakWeather, seed)
	text := os.Getenv(soakLength)
	if text == "" {
		length := time.Minute
		if testing.Short() {
			length = 10 * time.Second
		}
		synctest.Test(t, func(t *testing.T) {
			transport, stop := cttest.Serve(newSoakLogs(seed))
			defer stop()
			newSoak(t, "http://soak.example", transport).run(length)
		})
		return
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	base, stop := startSoakLogs(t, seed)
	defer stop()
	s := newSoak(t, base, &http.Transport{DisableCompression: true})
	s.measured = true
	s.run(length)
}

// startSoakLogs starts the process of the logs.
func startSoakLogs(t *testing.T, seed uint64) (base string, stop func()) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", soakSeed, seed))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the logs did not start:", err)
	}
	return strings.TrimSpace(line), func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the logs ended with %v", err)
		}
	}
}

// soak is a Watch of soakLogs.
type soak struct {
	*world
	t         *testing.T
	base      string
	transport *http.Transport
	client    *fetch.Client
	logs      []monitor.Source
	measured  bool // there is nothing in this process but the Watch
}

func newSoak(t *testing.T, base string, transport *http.Transport) *soak {
	s := &soak{world: newWorld(t), t: t, base: base, transport: transport}
	var err error
	s.client, err = fetch.New(fetch.Config{
		Version: "test", Contact: "test@example.com", Transport: transport,
		HeaderTimeout: 3 * time.Second, StallTimeout: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, origin := range soakOrigins {
		log := cttest.NewLog(cttest.Config{Origin: origin}).Describe(fmt.Sprintf("%s/%d/", base, i), i < soakStatic)
		src := monitor.Source{Log: log}
		if get := s.client.Bound(origin, origin); log.Static() {
			src.Reader, err = static.New(log, get)
		} else {
			src.Reader, err = rfc6962.New(log, get)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.logs = append(s.logs, src)
	}
	return s
}

// run follows the logs for a time, and then until everything is caught up.
func (s *soak) run(length time.Duration) {
	defer s.store.Close()
	defer s.client.Close()
	s.ask("/grow", nil)
	opt := s.options()
	opt.Now, opt.Poll, opt.PartialAfter = time.Now, time.Second, 10*time.Second
	o := newObserver(s.t, &opt)
	sets := make(chan []monitor.Source, 1)
	sets <- s.logs
	stop := s.watching(opt, sets)
	start := time.Now()

	<-time.After(length / 4)
	quarter := s.heap("a quarter")
	<-time.After(length - time.Since(start))
	whole := s.heap("the whole time")
	if s.measured && whole > 2*quarter+16<<20 {
		s.Errorf("the heap grew from %d to %d bytes", quarter, whole)
	}
	var record soakRecord
	s.ask("/finish", &record)
	s.tell(o, &record)
	mended := time.Now()
	s.caughtUp(o, record.Sizes)
	s.Logf("caught up %s after the end of the faults", time.Since(mended).Round(time.Millisecond))
	stop()
	s.compare(&record)
	s.transport.CloseIdleConnections()
}

// ask asks the logs themselves, past all faults.
func (s *soak) ask(path string, answer any) {
	s.Helper()
	resp, err := (&http.Client{Transport: s.transport}).Get(s.base + path)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	if answer == nil {
		return
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		s.Fatal(err)
	}
}

// heap is what is reachable now, in bytes.
func (s *soak) heap(when string) uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the second one empties the pools
	runtime.ReadMemStats(&m)
	s.Logf("after %s: heap %.1f MB, from the system %.1f MB, %d goroutines",
		when, float64(m.HeapAlloc)/(1<<20), float64(m.Sys)/(1<<20), runtime.NumGoroutine())
	return m.HeapAlloc
}

// tell says how it went until the faults ended.
func (s *soak) tell(o *observer, record *soakRecord) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, src := range s.logs {
		s.Logf("log %d: %d of %d entries", i, o.position[src.Log.ID], record.Sizes[i])
	}
	s.Logf("requests %v, of which broken %v", record.Asked, record.Broken)
	for _, state := range s.client.States() {
		s.Logf("%s: %d requests at once, %.3g/s allowed", state.Operator, state.Parallel, state.Allowed)
	}
}

// caughtUp waits until the logs are read to their ends.
func (s *soak) caughtUp(o *observer, sizes []uint64) {
	s.Helper()
	limit := time.After(30 * time.Minute)
	for {
		o.mu.Lock()
		done := true
		for i, src := range s.logs {
			done = done && o.position[src.Log.ID] == sizes[i]
		}
		o.mu.Unlock()
		if done {
			return
		}
		select {
		case <-o.changed:
		case <-limit:
			s.Fatalf("not caught up: %v of %v", o.position, sizes)
		}
	}
}

// compare holds what was found against what the logs hold.
func (s *soak) compare(record *soakRecord) {
	s.Helper()
	place := map[[32]byte]int{}
	for i, src := range s.logs {
		place[src.Log.ID] = i
	}
	got := map[string][]string{}
	for _, f := range s.allFindings() {
		if f.Verdict != "unexpected" || fmt.Sprint(f.Reasons) != "[unknown_key]" || len(f.Issuance.Names) != 1 {
			s.Errorf("finding %s: %s %v of %v", f.ID, f.Verdict, f.Reasons, f.Issuance.Names)
			continue
		}
		name := f.Issuance.Names[0]
		for _, at := range f.Sightings {
			got[name] = append(got[name], fmt.Sprintf("%d/%d/%s", place[at.LogID], at.Index, at.Type))
		}
		slices.Sort(got[name])
	}
	for _, places := range record.Watched {
		slices.Sort(places)
	}
	if diff := cmp.Diff(record.Watched, got); diff != "" {
		s.Error(diff)
	}
	statuses, err := s.store.LogStatuses(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range statuses {
		if i := place[l.ID]; l.Position != record.Sizes[i] || l.Totals.Undetermined != 0 || l.Alarms != 0 {
			s.Errorf("log %d: position %d of %d, %d undetermined, %d alarms (last %s)",
				i, l.Position, record.Sizes[i], l.Totals.Undetermined, l.Alarms, l.LastAlarm)
		}
	}
}

// allFindings are all findings, page by page.
func (s *soak) allFindings() []store.Finding {
	s.Helper()
	var all []store.Finding
	for filter := (store.Filter{All: true}); ; {
		page, err := s.store.Findings(context.Background(), filter)
		if err != nil {
			s.Fatal(err)
		}
		if all = append(all, page...); len(page) == 0 {
			return all
		}
		filter.After = page[len(page)-1].ID
	}
}
