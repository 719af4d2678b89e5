package monitor_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
)

// TestCanary: certificates for a canary are recorded and expected, also those that cannot be read well; those for other
// watches are told.
func TestCanary(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddPrecert(w.issue("daily.canary.example.net", "a"))
	log.AddPrecert(w.issue("?.canary.example.net", "b"))
	log.AddPrecert(w.issue("www.example.com", "c"))
	w.list = w.watch(matcher.Watch{Name: "example.com"}, matcher.Watch{Name: "canary.example.net"})
	w.rules = monitor.Rules{Canary: "canary.example.net"}
	w.scan(w.source(log, t.TempDir()))
	want := []string{
		"daily.canary.example.net expected [] closed",
		"?.canary.example.net expected [] closed",
		"www.example.com unpinned [] open",
	}
	if diff := cmp.Diff(want, w.outcomes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
