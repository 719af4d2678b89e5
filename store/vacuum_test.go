package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// emptied is a database of some megabytes that were pruned.
func emptied(t *testing.T) *Store {
	t.Helper()
	s := newStore(t)
	run := started(t, s, logA)
	bulk(t, s, run, 0, 2000)
	_, err := s.Prune(t.Context(), Retention{Before: nextYear, Now: nextYear}, nil)
	must(t, err)
	bulk(t, s, run, 2000, 2100)
	return s
}

func TestVacuum(t *testing.T) {
	s := emptied(t)
	before := content(t, s)
	size, err := s.Sizes(t.Context())
	must(t, err)
	if size.Free < size.Database/2 || size.WAL == 0 {
		t.Fatalf("nothing to gain: %+v", size)
	}
	v, err := s.Vacuum(t.Context())
	must(t, err)
	size, err = s.Sizes(t.Context())
	must(t, err)
	if v.After > v.Before/4 || v.After != size.Database || size.Free != 0 || size.WAL != 0 {
		t.Errorf("%+v, then %+v", v, size)
	}
	if content(t, s) != before {
		t.Error("the content is not what it was")
	}
	sound(t, s.Reader)
}

// content is all that is in a database, in no order: tables and indices change theirs.
func content(t *testing.T, s *Store) string {
	t.Helper()
	lines := strings.Split(dump(t, s.w), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestVacuumUnderReader lets somebody read all the while: he goes on, and the room is given back once he is done.
func TestVacuumUnderReader(t *testing.T) {
	s := emptied(t)
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		n := 0
		for _, err := range snap.Findings(t.Context(), Filter{All: true}) {
			must(t, err)
			if n++; n == 1 {
				s.w.MustExec("PRAGMA busy_timeout = 20") // the room cannot be given back while he reads
				_, err := s.Vacuum(t.Context())
				must(t, err)
			}
		}
		if n != 100 {
			t.Errorf("the reader found %d findings", n)
		}
	})
	v, err := s.Vacuum(t.Context())
	must(t, err)
	if size, err := s.Sizes(t.Context()); err != nil || size.WAL != 0 || v.After != size.Database {
		t.Errorf("afterwards: %+v, %v", size, err)
	}
	sound(t, s.Reader)
}

func TestVacuumStops(t *testing.T) {
	s := emptied(t)
	before := dump(t, s.w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Vacuum(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	checkKind(t, "no room", s.fail(needRoom(t.TempDir(), 1<<60), "vacuum"), ErrFull)
	if dump(t, s.w) != before {
		t.Error("the content is not what it was")
	}
	sound(t, s.Reader)
}

func TestSizes(t *testing.T) {
	s := newStore(t)
	fixture(t, s)
	tables, err := s.TableSizes(t.Context())
	must(t, err)
	rows := map[string]int64{}
	for _, size := range tables {
		rows[size.Table] = size.Rows
	}
	for table, want := range map[string]int64{"logs": 2, "findings": 3, "sightings": 3, "undetermined": 2, "prunings": 0} {
		if got, found := rows[table]; !found || got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
	kept, err := s.ContentSizes(t.Context())
	must(t, err)
	want := []ContentSize{{"log entries", 3 * (4 + 32)}, {"certificates", 2 + 2 + 3 + 3}}
	if diff := cmp.Diff(want, kept[:2]); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
}
