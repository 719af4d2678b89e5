package matcher

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestBackgroundEveryCombination adds every combination of what may be known to the judgement of every combination of
// dimensions.
func TestBackgroundEveryCombination(t *testing.T) {
	for _, keys := range states {
		for _, issuers := range states {
			for _, chain := range states {
				t.Run(fmt.Sprint(keys, issuers, chain), func(t *testing.T) {
					w := Watch{Keys: keys.pins(keyA), Issuers: issuers.pins(keyCA), Chain: chain.pins(keyRoot)}
					for bits := range 16 {
						backgroundAdds(t, &w, bits)
					}
				})
			}
		}
	}
}

func backgroundAdds(t *testing.T, w *Watch, bits int) {
	t.Helper()
	known := Background{KeyRetired: bits&1 > 0, KeyElsewhere: bits&2 > 0, IssuerNamed: bits&4 > 0}
	f := allFacts
	f.Uncertain = bits&8 > 0
	j := w.Judge(f, now)
	var want []Reason
	if slices.Contains(j.Reasons, UnknownKey) || slices.Contains(j.Reasons, UnknownChain) {
		if known.KeyRetired {
			want = append(want, RetiredKey)
		}
		if known.KeyElsewhere {
			want = append(want, PinnedElsewhere)
		}
	}
	if known.IssuerNamed && (slices.Contains(j.Reasons, UnknownIssuer) || slices.Contains(j.Reasons, UnknownChain)) {
		want = append(want, IssuerNameOnly)
	}
	got := known.Reasons(j.Reasons)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%+v, %v (-want +got):\n%s", known, j.Reasons, diff)
	}
	if j.Reasons = append(j.Reasons, got...); j.Verdict != Unpinned && len(j.Explain()) != len(j.Reasons) {
		t.Errorf("%v is explained %q", j.Reasons, j.Explain())
	}
}

func TestBackupInUse(t *testing.T) {
	backup := func(pins []Pin) []Pin { return []Pin{{SPKI: pins[0].SPKI, Backup: true}} }
	yes := new(true)
	inUse := []Reason{BackupInUse}
	for _, test := range []struct {
		name  string
		watch Watch
		want  Judgement
	}{
		{"a key", Watch{Keys: slices.Concat(pinX, backup(pinA))}, Judgement{Verdict: Expected, Severity: Low, Reasons: inUse, KeyPinned: yes}},
		{"an issuer", Watch{Issuers: backup(pinCA)}, Judgement{Verdict: Expected, Severity: Low, Reasons: inUse, IssuerPinned: yes}},
		{"a root", Watch{Chain: backup(pinRoot)}, Judgement{Verdict: Expected, Severity: Low, Reasons: inUse, ChainPinned: yes}},
		{
			"one dimension is enough",
			Watch{Keys: backup(pinA), Issuers: pinCA},
			Judgement{Verdict: Expected, Severity: Low, Reasons: inUse, KeyPinned: yes, IssuerPinned: yes},
		},
		{"not in use", Watch{Keys: slices.Concat(backup(pinX), pinA)}, Judgement{Verdict: Expected, KeyPinned: yes}},
		{"pinned as both", Watch{Keys: slices.Concat(backup(pinA), pinA)}, Judgement{Verdict: Expected, KeyPinned: yes}},
		{"in the chain beside another pin", Watch{Chain: slices.Concat(backup(pinA), pinRoot)}, Judgement{Verdict: Expected, ChainPinned: yes}},
		{
			"expired",
			Watch{Keys: []Pin{{SPKI: keyA, Backup: true, NotAfter: now.Add(-time.Second)}}},
			Judgement{Verdict: Unexpected, Severity: Medium, Reasons: []Reason{PinExpired}, KeyPinned: new(false)},
		},
		{
			"of a certificate from an unknown issuer",
			Watch{Keys: backup(pinA), Issuers: pinX},
			Judgement{Verdict: Unexpected, Severity: Medium, Reasons: []Reason{UnknownIssuer}, KeyPinned: yes, IssuerPinned: new(false)},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.watch.Judge(allFacts, now)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Verdict == Expected && len(got.Explain()) != len(got.Reasons) {
				t.Errorf("explained %q", got.Explain())
			}
		})
	}
}
