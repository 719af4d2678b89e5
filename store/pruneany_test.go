package store

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPruneAmongAll does all sorts of things in a random order, and prunes again and again: the record stays sound, and
// nothing goes but findings that are expected and closed.
func TestPruneAmongAll(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3
	}
	pruned := 0
	for seed := range seeds {
		m := &muddle{T: t, s: newStore(t), random: rand.New(rand.NewPCG(seed, 1)), now: noon, positions: map[[32]byte]uint64{}}
		m.run = started(t, m.s, logA)
		started(t, m.s, logB)
		for range 60 {
			m.now = m.now.Add(time.Duration(m.random.IntN(30)) * 24 * time.Hour)
			switch m.random.IntN(6) {
			case 0:
				m.change()
			case 1:
				m.reread()
			case 2:
				pruned += m.prune()
			default:
				m.commit()
			}
		}
		sound(t, m.s.Reader)
	}
	if pruned < 50 {
		t.Errorf("no more than %d issuances were pruned", pruned)
	}
}

// muddle is a record that all sorts of things happen to.
type muddle struct {
	*testing.T
	s         *Store
	random    *rand.Rand
	now       time.Time
	run       int64
	positions map[[32]byte]uint64
	kept      []Rereading // entries that could not be read
}

// commit commits a stretch of one of two logs with a few of a hundred certificates.
func (m *muddle) commit() {
	m.Helper()
	id := [][32]byte{logA, logB}[m.random.IntN(2)]
	from := m.positions[id]
	c := stretch(m.run, from, from+10)
	c.LogID, c.Now = id, m.now
	for i := from; i < c.To; i++ {
		n := byte(m.random.IntN(100))
		// What is said of a certificate follows from it, but for some that could not be read at first.
		judged := []Judged{expected("example.com")}
		switch {
		case n%10 == 0:
			judged[0] = unexpected("example.com")
		case n%10 == 1:
			judged = append(judged, expected("example.net"))
		case n%10 == 2:
			judged = append(judged, unexpected("example.net"))
		case n%10 == 3 && m.random.IntN(2) == 0:
			judged[0] = undecided("example.com")
		}
		c.see(i, n, 1, judged...)
		if m.random.IntN(8) == 0 {
			c.Undetermined = append(c.Undetermined, Undetermined{Index: i, Reason: "names", Leaf: []byte("leaf"), Matched: true})
			last := c.Sightings[len(c.Sightings)-1]
			m.kept = append(m.kept, Rereading{LogID: id, Index: i, Resolved: true, Sighting: &last, Certificates: c.Certificates, Fetched: true})
		}
	}
	commit(m.T, m.s, c)
	m.positions[id] = c.To
}

// change changes the state of a finding, or notes that it was told.
func (m *muddle) change() {
	m.Helper()
	found, err := m.s.Findings(m.Context(), Filter{All: true})
	must(m.T, err)
	if len(found) == 0 {
		return
	}
	f := &found[m.random.IntN(len(found))]
	if m.random.IntN(2) == 0 {
		must(m.T, m.s.MarkTold(m.Context(), f.ID))
		return
	}
	_, err = m.s.SetState(m.Context(), f.ID, []string{StateOpen, StateAcknowledged}[m.random.IntN(2)], "ann", "", m.now)
	must(m.T, err)
}

// reread reads an entry again that could not be read in full.
func (m *muddle) reread() {
	m.Helper()
	if len(m.kept) == 0 {
		return
	}
	_, err := m.s.Reread(m.Context(), &Reread{Policy: h(1), Now: m.now, Entries: []Rereading{m.kept[m.random.IntN(len(m.kept))]}})
	must(m.T, err)
}

// prune prunes up to some time ago, and returns how many issuances went.
func (m *muddle) prune() int {
	m.Helper()
	want := m.lasting()
	done, err := m.s.Prune(m.Context(), Retention{Before: m.now.AddDate(0, 0, -m.random.IntN(300)), Now: m.now}, nil)
	must(m.T, err)
	if diff := cmp.Diff(want, m.lasting()); diff != "" {
		m.Fatalf("after pruning (-want +got):\n%s", diff)
	}
	sound(m.T, m.s.Reader)
	return done.Issuances
}

// lasting is all of what must stay.
func (m *muddle) lasting() (all []string) {
	m.Helper()
	must(m.T, m.s.db.Select(&all, `
		SELECT public_id || ' ' || verdict || ' ' || state || (SELECT count(*) FROM sightings s WHERE s.issuance = f.issuance)
		FROM findings f WHERE verdict <> 'expected' OR state <> 'closed' OR EXISTS (SELECT 1 FROM finding_events e WHERE e.finding = f.id)
		UNION ALL SELECT 'head ' || id FROM tree_heads
		UNION ALL SELECT 'entry ' || log || ' ' || entry || ' ' || hex(leaf) FROM undetermined
		UNION ALL SELECT 'log ' || id || ' ' || position || ' ' || matched FROM logs
		UNION ALL SELECT 'coverage ' || id || ' ' || matched FROM coverage ORDER BY 1`))
	return all
}
