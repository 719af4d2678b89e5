package matcher

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	keyA    = sha256.Sum256([]byte("the key of the certificate"))
	keyCA   = sha256.Sum256([]byte("the key of its issuer"))
	keyRoot = sha256.Sum256([]byte("the key of the root"))
	keyX    = sha256.Sum256([]byte("a key that is nowhere in the chain"))

	now       = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	allFacts  = Facts{Key: &keyA, Issuer: &keyCA, Chain: [][32]byte{keyRoot}, ChainComplete: true}
	pinA      = []Pin{{SPKI: keyA}}
	pinCA     = []Pin{{SPKI: keyCA}}
	pinRoot   = []Pin{{SPKI: keyRoot}}
	pinX      = []Pin{{SPKI: keyX}}
	expiredA  = []Pin{{SPKI: keyA, NotAfter: now.Add(-time.Second)}}
	comingA   = []Pin{{SPKI: keyA, NotBefore: now.Add(time.Second)}}
	expiredCA = []Pin{{SPKI: keyCA, NotAfter: now.Add(-time.Second)}}
)

func TestJudge(t *testing.T) {
	yes, no := new(true), new(false)
	for _, test := range []struct {
		name  string
		watch Watch
		facts Facts
		want  Judgement
	}{
		{"no pins", Watch{}, allFacts, Judgement{Verdict: Unpinned, Severity: Low}},
		{"no pins, no facts", Watch{}, Facts{}, Judgement{Verdict: Unpinned, Severity: Low}},
		{
			"no pins, no certain name",
			Watch{},
			Facts{Uncertain: true},
			Judgement{Verdict: Undetermined, Severity: Medium, Reasons: []Reason{NameUncertain}},
		},
		{
			"everything pinned",
			Watch{Keys: pinA, Issuers: pinCA, Chain: pinRoot},
			allFacts,
			Judgement{Verdict: Expected, Severity: Info, KeyPinned: yes, IssuerPinned: yes, ChainPinned: yes},
		},
		{
			"a backup pin first",
			Watch{Keys: slices.Concat(pinX, pinA)},
			allFacts,
			Judgement{Verdict: Expected, Severity: Info, KeyPinned: yes},
		},
		{
			"jabber.ru: an unknown key from the pinned issuer",
			Watch{Keys: pinX, Issuers: pinCA},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Critical, Reasons: []Reason{UnknownKey}, KeyPinned: no, IssuerPinned: yes},
		},
		{
			"the same, the issuer pinned in the chain",
			Watch{Keys: pinX, Chain: pinCA},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Critical, Reasons: []Reason{UnknownKey}, KeyPinned: no, ChainPinned: yes},
		},
		{
			"the same, the root pinned",
			Watch{Keys: pinX, Chain: pinRoot},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Critical, Reasons: []Reason{UnknownKey}, KeyPinned: no, ChainPinned: yes},
		},
		{
			"a key pinned in the chain alone says nothing of the issuer",
			Watch{Keys: pinX, Chain: pinA},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownKey}, KeyPinned: no, ChainPinned: yes},
		},
		{
			"an unknown key, issuers not pinned",
			Watch{Keys: pinX},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownKey}, KeyPinned: no},
		},
		{
			"an unknown key, the issuer not established",
			Watch{Keys: pinX, Issuers: pinCA},
			Facts{Key: &keyA},
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownKey}, KeyPinned: no},
		},
		{
			"a key that was taken out before it was logged",
			Watch{Keys: []Pin{{SPKI: keyA, NotAfter: now.Add(-time.Second), Retired: true}}, Issuers: pinCA},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Critical, Reasons: []Reason{UnknownKey}, KeyPinned: no, IssuerPinned: yes},
		},
		{
			"a key that was taken out after it was logged",
			Watch{Keys: []Pin{{SPKI: keyA, NotAfter: now, Retired: true}}},
			allFacts,
			Judgement{Verdict: Expected, KeyPinned: yes},
		},
		{
			"an unknown key from an unknown issuer",
			Watch{Keys: pinX, Issuers: pinX},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownKey, UnknownIssuer}, KeyPinned: no, IssuerPinned: no},
		},
		{
			"an unknown issuer",
			Watch{Issuers: pinX},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownIssuer}, IssuerPinned: no},
		},
		{
			"the same, all pins being for the chain but the issuer",
			Watch{Issuers: pinCA, Chain: pinX},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Critical, Reasons: []Reason{UnknownChain}, IssuerPinned: yes, ChainPinned: no},
		},
		{
			"the pinned key from an unknown issuer",
			Watch{Keys: pinA, Issuers: pinX},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Medium, Reasons: []Reason{UnknownIssuer}, KeyPinned: yes, IssuerPinned: no},
		},
		{
			"the root is not the issuer",
			Watch{Issuers: pinRoot},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownIssuer}, IssuerPinned: no},
		},
		{"the leaf counts as chain", Watch{Chain: pinA}, allFacts, Judgement{Verdict: Expected, ChainPinned: yes}},
		{"the issuer counts as chain", Watch{Chain: pinCA}, allFacts, Judgement{Verdict: Expected, ChainPinned: yes}},
		{
			"an unknown chain",
			Watch{Chain: pinX},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownChain}, ChainPinned: no},
		},
		{
			"a chain that is not known in full",
			Watch{Chain: pinX},
			Facts{Key: &keyA, Issuer: &keyCA},
			Judgement{Verdict: Undetermined, Severity: Medium, Reasons: []Reason{ChainIncomplete}},
		},
		{
			"a chain whose leaf was not read",
			Watch{Chain: pinX},
			Facts{Issuer: &keyCA, ChainComplete: true},
			Judgement{Verdict: Undetermined, Severity: Medium, Reasons: []Reason{ChainIncomplete}},
		},
		{
			"a pin found in the known part of a chain",
			Watch{Chain: pinCA},
			Facts{Issuer: &keyCA},
			Judgement{Verdict: Expected, ChainPinned: yes},
		},
		{
			"a retired key",
			Watch{Keys: expiredA, Issuers: pinCA},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Medium, Reasons: []Reason{PinExpired}, KeyPinned: no, IssuerPinned: yes},
		},
		{
			"a key pinned for later",
			Watch{Keys: comingA},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Medium, Reasons: []Reason{PinNotYetValid}, KeyPinned: no},
		},
		{
			"between two windows of one key",
			Watch{Keys: slices.Concat(expiredA, comingA)},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Medium, Reasons: []Reason{PinExpired, PinNotYetValid}, KeyPinned: no},
		},
		{
			"an expired pin and one that holds, of one key",
			Watch{Keys: slices.Concat(expiredA, pinA)},
			allFacts,
			Judgement{Verdict: Expected, KeyPinned: yes},
		},
		{
			"an unknown key and expired pins",
			Watch{Keys: []Pin{{SPKI: keyX, NotAfter: now.Add(-1)}}},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: High, Reasons: []Reason{UnknownKey}, KeyPinned: no},
		},
		{
			"expired pins twice are one reason",
			Watch{Keys: expiredA, Issuers: expiredCA},
			allFacts,
			Judgement{Verdict: Unexpected, Severity: Medium, Reasons: []Reason{PinExpired}, KeyPinned: no, IssuerPinned: no},
		},
		{
			"the window includes both ends",
			Watch{Keys: []Pin{{SPKI: keyA, NotBefore: now, NotAfter: now}}},
			allFacts,
			Judgement{Verdict: Expected, KeyPinned: yes},
		},
		{
			"the right key on a doubtful name",
			Watch{Keys: pinA},
			Facts{Key: &keyA, Uncertain: true},
			Judgement{Verdict: Undetermined, Severity: Medium, Reasons: []Reason{NameUncertain}, KeyPinned: yes},
		},
		{
			"an unknown key on a doubtful name",
			Watch{Keys: pinX},
			Facts{Key: &keyA, Uncertain: true},
			Judgement{Verdict: Undetermined, Severity: Medium, Reasons: []Reason{NameUncertain, UnknownKey}, KeyPinned: no},
		},
		{
			"nothing known",
			Watch{Keys: pinA, Issuers: pinCA, Chain: pinRoot},
			Facts{},
			Judgement{Verdict: Undetermined, Severity: Medium, Reasons: []Reason{KeyUnread, IssuerUnknown, ChainIncomplete}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.watch.Judge(test.facts, now)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// state is how one dimension of pins turns out.
type state string

var states = []state{"absent", "satisfied", "unknown", "expired", "early", "retired", "undecided"}

// pins gives the pins that bring a state about for a key.
func (s state) pins(key [32]byte) []Pin {
	switch s {
	case "absent":
		return nil
	case "unknown", "undecided":
		return []Pin{{SPKI: keyX}}
	case "expired":
		return []Pin{{SPKI: keyX}, {SPKI: key, NotAfter: now.Add(-1)}}
	case "retired":
		return []Pin{{SPKI: keyX}, {SPKI: key, NotAfter: now.Add(-1), Retired: true}}
	case "early":
		return []Pin{{SPKI: key, NotBefore: now.Add(1)}}
	}
	return []Pin{{SPKI: keyX}, {SPKI: key}}
}

// meaning is the state that this one is like: a pin that was taken out is as if it had never been.
func (s state) meaning() state {
	if s == "retired" {
		return "unknown"
	}
	return s
}

// TestJudgeEveryCombination judges every combination of states of the three dimensions, with certain and uncertain
// names, and holds the verdicts to what the states mean.
func TestJudgeEveryCombination(t *testing.T) {
	for _, keys := range states {
		for _, issuers := range states {
			for _, chain := range states {
				for _, uncertain := range []bool{false, true} {
					t.Run(fmt.Sprint(keys, issuers, chain, uncertain), func(t *testing.T) {
						judgeStates(t, keys, issuers, chain, uncertain)
					})
				}
			}
		}
	}
}

func judgeStates(t *testing.T, keys, issuers, chain state, uncertain bool) {
	w := Watch{Keys: keys.pins(keyA), Issuers: issuers.pins(keyCA), Chain: chain.pins(keyRoot)}
	f := allFacts
	f.Uncertain = uncertain
	if keys == "undecided" {
		f.Key = nil
		if chain != "absent" && chain != "satisfied" {
			chain = "undecided" // the leaf's key could be the pinned one
		}
	}
	if issuers == "undecided" {
		f.Issuer = nil
	}
	if chain == "undecided" {
		f.ChainComplete = false
	}
	got := w.Judge(f, now)
	keys, issuers, chain = keys.meaning(), issuers.meaning(), chain.meaning()
	all := []state{keys, issuers, chain}
	pinned := []*bool{got.KeyPinned, got.IssuerPinned, got.ChainPinned}
	bad := func(s state) bool { return s == "unknown" || s == "expired" || s == "early" }

	want := Expected
	switch {
	case uncertain:
		want = Undetermined
	case slices.ContainsFunc(all, bad):
		want = Unexpected
	case slices.Contains(all, "undecided"):
		want = Undetermined
	case keys == "absent" && issuers == "absent" && chain == "absent":
		want = Unpinned
	}
	if got.Verdict != want {
		t.Errorf("the verdict is %s, want %s", got.Verdict, want)
	}
	for i, s := range all {
		switch {
		case s == "satisfied" && !isTrue(pinned[i]), bad(s) && !isFalse(pinned[i]),
			(s == "absent" || s == "undecided") && pinned[i] != nil:
			t.Errorf("dimension %d is %s, but pinned is %v", i, s, pinned[i])
		}
	}
	knownIssuer := issuers == "satisfied" || chain == "satisfied" && keys != "undecided"
	critical := keys == "unknown" && knownIssuer || chain == "unknown" && issuers == "satisfied" && keys != "satisfied"
	if want := critical && !uncertain; want != (got.Severity == Critical) {
		t.Errorf("the severity is %s", got.Severity)
	}
	if (len(got.Reasons) == 0) != (want == Expected || want == Unpinned) {
		t.Errorf("%s has the reasons %v", want, got.Reasons)
	}
	if len(got.Explain()) != len(got.Reasons) && want != Unpinned {
		t.Errorf("%d reasons, explained %q", len(got.Reasons), got.Explain())
	}
}

func TestSeverityWords(t *testing.T) {
	var words []string
	for s := Info; s <= Critical+1; s++ {
		words = append(words, s.String())
	}
	if diff := cmp.Diff([]string{"info", "low", "medium", "high", "critical", "critical"}, words); diff != "" {
		t.Error(diff)
	}
}

func TestExplainKnownIssuer(t *testing.T) {
	w := Watch{Keys: pinX, Issuers: pinCA}
	j := w.Judge(allFacts, now)
	want := []string{"The key is none of the pinned keys, but a pinned CA issued the certificate. That is no mild case: an " +
		"attacker in front of the real server gets certificates from the CA that the victim uses, as happened to " +
		"jabber.ru in 2023."}
	if diff := cmp.Diff(want, j.Explain()); diff != "" {
		t.Error(diff)
	}
}
