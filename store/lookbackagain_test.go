package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// evidenceOf is the issuer's key and what is kept of the only sighting, and how many certificates there are.
func evidenceOf(t *testing.T, s *Store) (out struct {
	Issuer *hash  `db:"issuer_key_hash"`
	Keys   hashes `db:"keys"`
	Whole  bool   `db:"whole_chain"`
	Cert   hash   `db:"cert_sha256"`
	Kept   int    `db:"kept"`
},
) {
	t.Helper()
	must(t, s.db.Get(&out, `
		SELECT i.issuer_key_hash, s.keys, s.whole_chain, s.cert_sha256, (SELECT count(*) FROM certificates) AS kept
		FROM sightings s JOIN issuances i ON i.id = s.issuance`))
	return out
}

// proved says of the only sighting of a commit that its chain is proved.
func (c *Commit) proved(keys ...[32]byte) *Commit {
	c.Sightings[0].Keys, c.Sightings[0].WholeChain = keys, true
	return c
}

// TestLookBackShowsMore: what could not be had the first time is kept with what follows from it, so that the next
// judgement of the record says the same.
func TestLookBackShowsMore(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	commit(t, s, stretch(runFor(t, s, "scan", 1), 0, 9).see(3, 1, 0, undecided("example.com")))
	l := lookedBack(runFor(t, s, "lookback", 2), 0, 9, 9, 2)
	l.see(3, 1, 7, expected("example.com"), expected("example.org")).proved(h(1, 0xee), h(7, 0xca))
	if done := lookBack(t, s, l); len(done.New) != 1 || len(done.Changed) != 1 {
		t.Errorf("looked back: %+v", done)
	}
	sound(t, s.Reader)
	got := evidenceOf(t, s)
	if got.Issuer == nil || *got.Issuer != hash(h(7, 0xca)) || !got.Whole || len(got.Keys) != 2 {
		t.Errorf("kept of it: %+v", got)
	}
	if diff := cmp.Diff([]string{"example.com expected 3", "example.org expected 3"}, findingsOf(t, s)); diff != "" {
		t.Error(diff)
	}
}

// TestLookBackShowsLess: a log that shows another chain, or none, takes nothing away, leaves nothing behind, and the finding
// of another watch has the name that it has everywhere.
func TestLookBackShowsLess(t *testing.T) {
	for name, ca := range map[string]byte{"none": 0, "another": 9} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			started(t, s, logA)
			commit(t, s, stretch(runFor(t, s, "scan", 1), 0, 9).see(3, 1, 7, expected("example.com")).proved(h(1, 0xee), h(7, 0xca)))
			before := evidenceOf(t, s)
			l := lookedBack(runFor(t, s, "lookback", 2), 0, 9, 9, 2)
			l.see(3, 1, ca, undecided("example.org"))
			l.Sightings[0].CertSHA256 = h(0x66)
			l.Certificates[0].SHA256 = h(0x66)
			done := lookBack(t, s, l)
			sound(t, s.Reader)
			if diff := cmp.Diff(before, evidenceOf(t, s)); diff != "" {
				t.Error(diff)
			}
			iss, _ := cert(1, 7)
			if want := []string{findingID(&iss, "example.org")}; !cmp.Equal(done.New, want) {
				t.Errorf("findings %v, want %v", done.New, want)
			}
		})
	}
}
