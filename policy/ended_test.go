package policy_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/matcher"
	"pinwatch/policy"
	"pinwatch/store"
)

// verdicts judges certificates of example.com with the key of a letter, logged at some hours after noon.
func verdicts(p *policy.Policy, letter string, hours ...int) (out []matcher.Verdict) {
	key := sha256.Sum256([]byte(letter))
	for _, h := range hours {
		j := p.Watchlist.Watch(0).Judge(matcher.Facts{Key: &key}, noon.Add(time.Duration(h)*time.Hour))
		out = append(out, j.Verdict)
	}
	return out
}

// TestKeysAreReplaced: the key of a file that is replaced, as with every renewal, counts for what was logged before.
func TestKeysAreReplaced(t *testing.T) {
	const watches = "  - {name: example.com, pins_from: 'live/*.txt'}\n"
	h := newHome(t)
	load := func(at time.Time) *policy.Policy {
		t.Helper()
		p, err := h.load(watches, at)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	h.write("live/cert.txt", lines("a"))
	load(noon)
	h.write("live/cert.txt", lines("b"))
	first := load(noon.Add(2 * time.Hour))
	again := load(noon.Add(3 * time.Hour))
	if first.Watchlist.Policy() != again.Watchlist.Policy() {
		t.Error("reading the same again changed the policy")
	}
	want := []matcher.Verdict{matcher.Expected, matcher.Unexpected}
	if diff := cmp.Diff(want, verdicts(again, "a", 1, 3)); diff != "" {
		t.Errorf("the key that was replaced (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]matcher.Verdict{matcher.Expected, matcher.Expected}, verdicts(again, "b", 1, 3)); diff != "" {
		t.Errorf("the key that took its place (-want +got):\n%s", diff)
	}

	h.write("live/cert.txt", lines("a"))
	if got := verdicts(load(noon.Add(4*time.Hour)), "a", 1, 3, 5); got[1] != matcher.Expected || got[2] != matcher.Expected {
		t.Errorf("the key came back into the file: %v", got)
	}
	if got := verdicts(load(noon.AddDate(2, 0, 0)), "b", 1); got[0] != matcher.Unexpected {
		t.Errorf("two years after it left the file: %v", got)
	}
}

// TestForgottenFile: what a file gave ends when it is forgotten, and nobody is warned of it any more.
func TestForgottenFile(t *testing.T) {
	const watches = "  - {name: example.com, pins_from: [a.txt, b.txt]}\n"
	h := newHome(t)
	h.write("a.txt", lines("a"))
	h.write("b.txt", lines("b"))
	for range 2 {
		if _, err := h.load(watches, noon); err != nil {
			t.Fatal(err)
		}
		h.remove("a.txt")
	}
	if n, err := h.store.ForgetPinFile(t.Context(), h.dir+"/a.txt", noon.Add(2*time.Hour)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for range 2 {
		want := []string{"example.com keys b b.txt:1", "example.com keys a a.txt:1, which holds it no more"}
		if diff := cmp.Diff(want, h.show(h.load(watches, noon.Add(3*time.Hour)))); diff != "" {
			t.Errorf("forgotten (-want +got):\n%s", diff)
		}
	}
	h.write("a.txt", "<html>")
	broken := h.show(h.load(watches, noon.Add(3*time.Hour)))
	if len(broken) != 3 || !strings.HasPrefix(broken[2], "pins_lost: a.txt:1") {
		t.Errorf("it came back broken: %q", broken)
	}
	got := h.show(h.load("  - {name: example.com, pins_from: [b.txt]}\n", noon.Add(4*time.Hour)))
	if diff := cmp.Diff([]string{"example.com keys b b.txt:1"}, got); diff != "" {
		t.Errorf("it is not asked for any more (-want +got):\n%s", diff)
	}
}

// TestLive: of a directory like certbot's, a watch takes the keys of the certificates that are for its names.
func TestLive(t *testing.T) {
	h := newHome(t)
	for _, name := range []string{"fullchain.pem", "chain.pem", "rsa.pub.pem"} {
		data, err := os.ReadFile("../matcher/pinfile/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		h.write("live/www.example.com/"+name, string(data))
	}
	for watch, want := range map[string]int{
		"{name: example.com, pins_from: 'live/*/fullchain.pem'}":                  1,
		"{name: www.example.com, scope: exact, pins_from: live}":                  2, // the bare key may be anybody's
		"{name: example.net, pins_from: live}":                                    1,
		"{name: example.net, pins_from: live/www.example.com/fullchain.pem}":      1, // named by itself
		"{name: example.com, scope: exact, pins_from: 'live/*/fullchain.pem'}":    -1,
		"{ip: 192.0.2.1, pins_from: [live/www.example.com/rsa.pub.pem, 'live*']}": 1,
	} {
		p, err := h.load("  - "+watch+"\n", noon)
		got := -1
		if err == nil {
			got = len(p.Watchlist.Watch(0).Keys)
		}
		if got != want {
			t.Errorf("%s: %d keys, want %d; %v", watch, got, want, err)
		}
	}
}

// TestManyLostFiles: many files of one pattern that cannot be read are one warning, and forgotten at once.
func TestManyLostFiles(t *testing.T) {
	const watches = "  - {name: example.com, pins_from: [kept.txt, 'live/*.txt']}\n"
	h := newHome(t)
	h.write("kept.txt", lines("b"))
	for i := range 6 {
		h.write(fmt.Sprintf("live/%d.txt", i), lines("a"))
	}
	if _, err := h.load(watches, noon); err != nil {
		t.Fatal(err)
	}
	h.remove("live")
	got := h.show(h.load(watches, noon.Add(time.Hour)))
	want := []string{
		"example.com keys b kept.txt:1", "example.com keys a live/0.txt:1",
		"pins_kept: live/*.txt: 6 files cannot be read, such as live/0.txt: live/*.txt: no such file or directory; " +
			"what they gave example.com stays in force (6 pins)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n, err := h.store.ForgetPinFile(t.Context(), h.dir+"/live/*.txt", noon); n != 6 || err != nil {
		t.Errorf("forgotten %d, %v", n, err)
	}
	want = []string{"example.com keys b kept.txt:1", "example.com keys a live/0.txt:1, which holds it no more"}
	if diff := cmp.Diff(want, h.show(h.load(watches, noon.Add(time.Hour)))); diff != "" {
		t.Errorf("forgotten (-want +got):\n%s", diff)
	}
}

// TestRefusedKey: a learned key that was ended counts for what was logged before if somebody had approved it, and never
// if nobody had.
func TestRefusedKey(t *testing.T) {
	for _, approved := range []bool{true, false} {
		h := newHome(t)
		h.record(issued{"example.com", "a", "d", 60, "unexpected"})
		found, err := h.store.Findings(t.Context(), store.Filter{All: true})
		if err != nil {
			t.Fatal(err)
		}
		key := sha256.Sum256([]byte("a"))
		_, _, err = h.store.Authorise(t.Context(), store.Authorisation{
			Watch: "example.com", Dimension: "keys", SPKI: key, Kind: store.Learned, Finding: found[0].ID, Added: store.Act{At: noon, Who: "pinwatch"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if approved {
			if _, err := h.store.Approve(t.Context(), 1, "ann", noon); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.store.EndAuthorisation(t.Context(), 1, "ann", "", noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		p, err := h.load("  - {name: example.com, mode: learn}\n", noon.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		got := p.Watchlist.Watch(0).Judge(matcher.Facts{Key: &key}, noon.Add(-time.Hour)).Verdict
		if (got == matcher.Expected) != approved {
			t.Errorf("approved %t: what was logged before is %s", approved, got)
		}
	}
}
