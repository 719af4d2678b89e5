package policy_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/matcher"
	"pinwatch/policy"
	"pinwatch/store"
)

// issued is a certificate of the record, with keys by their letters.
type issued struct {
	name        string
	key, issuer string
	days        int // how long it is still valid at noon; it was issued 90 days before its end
	verdict     string
}

// record writes certificates that concern example.com and example.net into the database, as a log would show them.
func (h *home) record(certs ...issued) {
	h.Helper()
	ctx, log := h.Context(), [32]byte{1}
	fail := func(err error) {
		h.Helper()
		if err != nil {
			h.Fatal(err)
		}
	}
	_, err := h.store.EnsureLog(ctx, store.Log{ID: log, Description: "log"}, noon)
	fail(err)
	head := store.Head{Size: 100, Timestamp: noon}
	fail(h.store.SetStart(ctx, log, 0, nil, "beginning", store.Head{Timestamp: noon}, noon))
	run, err := h.store.StartRun(ctx, store.Run{Kind: "scan"}, noon)
	fail(err)
	c := store.Commit{LogID: log, To: 100, Nodes: make([][32]byte, 3), Head: head, Run: run, Now: noon} // 100 has three bits
	for i, cert := range certs {
		key, ca := sha256.Sum256([]byte(cert.key)), sha256.Sum256([]byte(cert.issuer))
		end := noon.AddDate(0, 0, cert.days)
		verdict := cert.verdict
		if verdict == "" {
			verdict = "expected"
		}
		hash := sha256.Sum256(fmt.Appendf(nil, "certificate %d", i))
		c.Certificates = append(c.Certificates, store.Certificate{SHA256: hash})
		c.Sightings = append(c.Sightings, store.Sighting{
			Issuance: store.Issuance{
				TBSSHA256: hash, SPKISHA256: &key, IssuerKeyHash: &ca, NotAfter: &end, NotBefore: new(end.AddDate(0, 0, -90)),
				Names: []string{cert.name},
			},
			Index: uint64(i), Type: "precert", CertSHA256: hash, Timestamp: end.AddDate(0, 0, -90), Keys: [][32]byte{key, ca}, WholeChain: true,
			Findings: []store.Judged{
				{Watch: "example.com", Verdict: verdict, Severity: "info", Decided: true},
				{Watch: "example.net", Verdict: verdict, Severity: "info", Decided: true},
			},
		})
	}
	_, err = h.store.Commit(ctx, &c)
	fail(err)
}

// unchanged judges nothing.
func unchanged(context.Context, *store.Recorded, store.Records) ([]store.Judged, []string, error) {
	return nil, nil, nil
}

// check checks the pins of a watch list, which is in force since a year, and lists what it finds.
func (h *home) check(watches string) []string {
	h.Helper()
	p, err := h.load(watches, noon)
	if err != nil {
		h.Fatal(err)
	}
	var inForce []store.Pin
	for _, holder := range p.Watchlist.Holders() {
		for _, pin := range holder.Keys {
			inForce = append(inForce, store.Pin{Watch: holder.ID, Dimension: "keys", SPKI: pin.SPKI})
		}
		for _, pin := range holder.Issuers {
			inForce = append(inForce, store.Pin{Watch: holder.ID, Dimension: "issuers", SPKI: pin.SPKI})
		}
	}
	_, err = h.store.Rejudge(h.Context(), &store.Rejudge{
		Policy: p.Watchlist.Policy(), Pins: inForce, Now: noon.AddDate(-1, 0, 0), Judge: unchanged,
	})
	if err != nil {
		h.Fatal(err)
	}
	limits := policy.Limits{Soon: 30 * 24 * time.Hour, Unused: 90 * 24 * time.Hour}
	report, err := p.Check(h.Context(), h.store.Reader, limits, noon)
	if err != nil {
		h.Fatal(err)
	}
	var out []string
	for _, f := range report.Health {
		line := string(f.Kind) + " " + f.Watch
		if f.Pin != nil {
			spki, err := matcher.ParsePin(f.Pin.Pin)
			if err != nil {
				h.Fatal(err)
			}
			line += " " + names[spki]
		}
		line += ": " + f.Text
		for _, r := range f.Refused {
			line += fmt.Sprintf("; %s %v", r.Names[0], r.Reasons)
		}
		if f.Hint == "" {
			h.Errorf("%s: no hint", line)
		}
		out = append(out, strings.ReplaceAll(line, h.dir+"/", ""))
	}
	return out
}

// yaml is a watch on example.com with pins by their letters.
func yaml(parts ...string) string {
	out := "  - name: example.com\n"
	for _, part := range parts {
		for letter, pin := range pins {
			part = strings.ReplaceAll(part, "<"+letter+">", pin)
		}
		out += "    " + part + "\n"
	}
	return out
}

func TestCheck(t *testing.T) {
	const ca = "issuers: [<d>, <e>]" // d issued all certificates, e is the backup
	mark := func(end string) string { return fmt.Sprintf("keys: [{pin: <a>, not_after: %s}, <b>]", end) }
	for _, tt := range []struct {
		name  string
		watch string
		certs []issued
		want  []string
	}{
		{"all is well", yaml("keys: [<a>, {pin: <b>, backup: true}]"), []issued{{"example.com", "a", "d", 60, ""}}, nil},
		{"nothing pinned", yaml(), []issued{{"example.com", "a", "d", 5, "unpinned"}}, nil},
		{
			"one pin", yaml("keys: [<a>]"),
			[]issued{{"example.com", "a", "d", 60, ""}},
			[]string{"few_pins example.com: there is one pin under keys, and no backup"},
		},
		{
			"nothing kept back", yaml("keys: [<a>, <b>]"),
			[]issued{{"example.com", "a", "d", 60, ""}, {"b.example.com", "b", "d", 60, ""}},
			[]string{"no_backup example.com: each of the 2 pinned keys has been in a certificate: none is kept back for when they are lost"},
		},
		{
			"the backup is in use", yaml("keys: [<a>, {pin: <b>, backup: true}, {pin: <c>, backup: true}]"),
			[]issued{{"example.com", "a", "d", 60, ""}, {"example.com", "b", "d", 60, ""}},
			[]string{"backup_seen example.com b: it is marked as backup, and has been in use"},
		},
		{
			"a pin has ended", yaml(mark("2026-11-01")),
			[]issued{{"example.com", "b", "d", 60, ""}},
			[]string{"pin_expired example.com a: it ended at 2026-11-01", "few_pins example.com: there is one pin under keys, and no backup"},
		},
		{
			"all pins have ended", yaml("keys: [{pin: <a>, not_after: 2026-11-01}]"), nil,
			[]string{"pin_expired example.com a: it ended at 2026-11-01", "pins_expired example.com: every pin under keys has ended: every certificate is unexpected"},
		},
		{
			"a pin ends soon", yaml(mark("2026-12-01")),
			[]issued{{"example.com", "a", "d", 60, ""}},
			[]string{"pin_expires example.com a: it ends at 2026-12-01", "unused_pin example.com b: no certificate has ever used it"},
		},
		{
			"a CA is pinned as a key", yaml("keys: [<a>, {pin: <b>, backup: true}, <d>]"),
			[]issued{{"example.com", "a", "d", 60, ""}},
			[]string{"ca_as_key example.com d: CAs issue with this key; no certificate has it as its own"},
		},
		{
			"a key is pinned as a CA", yaml("issuers: [<d>, <a>]"),
			[]issued{{"example.com", "a", "d", 60, ""}},
			[]string{"key_as_issuer example.com a: certificates have this key as their own; none was issued with it"},
		},
		{
			"a pin of no use", yaml("keys: [<a>, <b>, <c>]"),
			[]issued{{"example.com", "a", "d", 60, ""}, {"example.com", "b", "d", -100, ""}},
			[]string{
				"unused_pin example.com b: no certificate has used it since 2026-08-13",
				"unused_pin example.com c: no certificate has ever used it",
			},
		},
		{
			"nothing follows", yaml("keys: [<a>, {pin: <b>, backup: true}]"),
			[]issued{{"example.com", "a", "d", 10, ""}, {"b.example.com", "a", "d", 9, ""}},
			[]string{"no_successor example.com a: its newest certificate expires at 2026-12-01, and no later one for example.com has been seen"},
		},
		{
			"something follows", yaml("keys: [<a>, <b>, {pin: <c>, backup: true}]"),
			[]issued{{"example.com", "a", "d", 10, ""}, {"example.com", "b", "d", 60, ""}},
			nil,
		},
		{
			"what follows is not expected", yaml("keys: [<a>, {pin: <b>, backup: true}]"),
			[]issued{{"example.com", "a", "d", 10, ""}, {"example.com", "f", "d", 60, "unexpected"}},
			[]string{
				"no_successor example.com a: its newest certificate expires at 2026-12-01, and no later one for example.com has been seen",
				"would_refuse example.com: a client that enforces these pins would have refused 1 of the 2 certificates seen in CT, " +
					"valid from 2026-10-22 to 2027-01-20; example.com [unknown_key]",
			},
		},
		{
			"shadow pinning", yaml("keys: [<a>, {pin: <b>, backup: true}]", ca),
			[]issued{
				{"example.com", "a", "d", 60, ""},
				{"a.example.com", "f", "d", 60, "unexpected"},
				{"b.example.com", "a", "f", 60, "expected"},
				{"c.example.com", "f", "f", 60, "undetermined"},
			},
			[]string{
				"unused_pin example.com e: no certificate has ever used it",
				"would_refuse example.com: a client that enforces these pins would have refused 2 of the 4 certificates seen in CT, " +
					"valid from 2026-10-22 to 2027-01-20; a.example.com [unknown_key]; b.example.com [unknown_issuer]",
			},
		},
		{
			"a public suffix", "  - {name: github.io, keys: [" + pins["a"] + ", {pin: " + pins["b"] + ", backup: true}]}\n", nil,
			[]string{
				"odd_watch : pinwatch.yaml:2: watch[0]: github.io is a public suffix: the names below it belong to many owners",
				"unused_pin github.io a: no certificate has ever used it",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t)
			h.record(tt.certs...)
			if diff := cmp.Diff(tt.want, h.check(tt.watch)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckFiles: what is wrong with files is in the report.
func TestCheckFiles(t *testing.T) {
	h := newHome(t)
	h.write("a.pins", lines("a", "b")+"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	h.write("c.pins", lines("c"))
	const watches = "  - {name: example.com, pins_from: [a.pins, c.pins]}\n"
	h.check(watches)
	h.remove("c.pins")
	want := []string{
		`pins_lost : a.pins:3: pin "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" is a placeholder`,
		"pins_kept example.com: c.pins: no such file or directory; what it gave example.com at 2026-11-21T12:00:00Z stays in force (1 pin)",
		"unused_pin example.com a: no certificate has ever used it",
		"unused_pin example.com b: no certificate has ever used it",
		"unused_pin example.com c: no certificate has ever used it",
	}
	if diff := cmp.Diff(want, h.check(watches)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCheckLists: a file of names is looked at as one watch, and a certificate for several of its names counts once.
func TestCheckLists(t *testing.T) {
	h := newHome(t)
	h.record(issued{"example.com", "a", "d", 60, ""}, issued{"example.com", "b", "d", 60, ""})
	h.write("names.txt", "example.com\nexample.net\na.example.org\nb.example.org\n")
	watches := "  - {names_from: names.txt, keys: [" + pins["a"] + "], issuers: [" + pins["d"] + ", " + pins["e"] + "]}\n"
	want := []string{
		"few_pins names_from names.txt: there is one pin under keys, and no backup",
		"unused_pin names_from names.txt e: no certificate has ever used it",
		"would_refuse names_from names.txt: a client that enforces these pins would have refused 1 of the 2 certificates seen in CT, " +
			"valid from 2026-10-22 to 2027-01-20; example.com [unknown_key]",
	}
	if diff := cmp.Diff(want, h.check(watches)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCheckAuthorisations: a learned key counts as a pin, and is reported until somebody approves it.
func TestCheckAuthorisations(t *testing.T) {
	h := newHome(t)
	h.record(issued{"example.com", "a", "d", 60, "unexpected"})
	found, err := h.store.Findings(t.Context(), store.Filter{All: true})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = h.store.Authorise(t.Context(), store.Authorisation{
		Watch: "example.com", Dimension: "keys", SPKI: sha256.Sum256([]byte("a")), Kind: store.Learned, Finding: found[0].ID,
		Added: store.Act{At: noon, Who: "pinwatch"},
	})
	if err != nil {
		t.Fatal(err)
	}
	watches := yaml("keys: [{pin: <b>, backup: true}]")
	want := []string{"learned_unseen example.com a: it was learned at 2026-11-21, and nobody has approved it"}
	if diff := cmp.Diff(want, h.check(watches)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := h.store.Approve(t.Context(), 1, "ann", noon); err != nil {
		t.Fatal(err)
	}
	if got := h.check(watches); len(got) > 0 {
		t.Errorf("approved: %q", got)
	}
	if _, err := h.store.EndAuthorisation(t.Context(), 1, "ann", "", noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	want = []string{"few_pins example.com: there is one pin under keys, and no backup"}
	if diff := cmp.Diff(want, h.check(watches)); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
}

// TestCheckWithoutRecord: where there is no database, what the configuration shows is checked.
func TestCheckWithoutRecord(t *testing.T) {
	h := newHome(t)
	p, err := h.load(yaml("keys: [<a>]"), noon)
	if err != nil {
		t.Fatal(err)
	}
	report, err := p.Check(t.Context(), nil, policy.Limits{Soon: time.Hour, Unused: time.Hour}, noon)
	if err != nil || report.Certificates != 0 || len(report.Health) != 1 || report.Health[0].Kind != policy.FewPins {
		t.Errorf("%+v, %v", report, err)
	}
}
