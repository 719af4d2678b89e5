package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestLockBetweenProcesses lets another process hold the lock, and kills it.
func TestLockBetweenProcesses(t *testing.T) {
	s := newStore(t)
	id := commit(t, s, stretch(started(t, s, logA), 0, 5).see(1, 1, 1, unexpected("example.com"))).New[0]
	dsn := "sqlite:" + s.path
	ctx, kill := context.WithCancel(t.Context())
	cmd := startChild(ctx, "hold", dsn)
	cmd.Stderr = os.Stderr
	_, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal("the child does not hold the lock:", err)
	}
	_, err = s.Lock("second scan")
	var held *HeldError
	if want := fmt.Sprintf("process %d, scan, since noon", cmd.Process.Pid); !errors.As(err, &held) || held.Holder != want {
		t.Errorf("lock: %v, want that it is held by %s", err, want)
	}
	// Everybody else goes on meanwhile.
	r, err := OpenReader(t.Context(), dsn)
	must(t, err)
	found, err := r.Findings(t.Context(), Filter{})
	must(t, errors.Join(err, r.Close()))
	if len(found) != 1 {
		t.Errorf("a reader finds %d findings", len(found))
	}
	changed, err := s.SetState(t.Context(), id, StateAcknowledged, "ann", "ours", noon)
	if must(t, err); !changed {
		t.Error("the state did not change")
	}
	kill()
	if err := cmd.Wait(); err == nil {
		t.Error("the child was not killed")
	}
	unlock, err := s.Lock("third scan")
	if err != nil {
		t.Fatalf("after kill -9: %v", err)
	}
	must(t, unlock())
	unlock, err = s.Lock("fourth scan")
	must(t, err)
	must(t, unlock())
}

// TestReaderDuringWrite reads while a transaction is open.
func TestReaderDuringWrite(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	r, err := OpenReader(t.Context(), "sqlite:"+s.path)
	must(t, err)
	defer r.Close()
	tx := s.w.MustBegin()
	tx.MustExec("UPDATE logs SET description = 'half done'")
	for range 2 {
		for _, reader := range []*Reader{r, s.Reader} {
			logs, err := reader.LogStatuses(t.Context())
			must(t, err)
			if logs[0].Description != "log 0a" {
				t.Errorf("a reader sees %q", logs[0].Description)
			}
		}
	}
	must(t, tx.Commit())
	logs, err := r.LogStatuses(t.Context())
	must(t, err)
	if logs[0].Description != "half done" {
		t.Errorf("after the transaction a reader sees %q", logs[0].Description)
	}
}

// TestKilledAtAnyMoment kills a process that creates a database and commits to it, again and again, and wants every
// commit that returned to be there, and nothing to be there in part.
func TestKilledAtAnyMoment(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 6
	}
	random := rand.New(rand.NewPCG(1, 2))
	var dsn string
	var last uint64
	for round := range rounds {
		if round%6 == 0 {
			dsn, last = "sqlite:"+filepath.Join(t.TempDir(), "pinwatch.db"), 0
		}
		var out, errs bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(100))*time.Millisecond)
		cmd := startChild(ctx, "commit", dsn)
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		cancel()
		if errs.Len() > 0 {
			t.Fatalf("round %d: %v: %s", round, err, errs.Bytes())
		}
		lines(&out, func(line string) {
			if n, err := strconv.ParseUint(line, 10, 64); err == nil && n > last {
				last = n
			}
		})
		last = checkKilled(t, dsn, last)
	}
}

// checkKilled compares a database with the position that was last reported, and returns the position it has.
func checkKilled(t *testing.T, dsn string, reported uint64) uint64 {
	t.Helper()
	r, err := OpenReader(t.Context(), dsn)
	if (errors.Is(err, ErrNoDatabase) || errors.Is(err, ErrOlderSchema)) && reported == 0 { // killed while it was made
		return 0
	}
	must(t, err)
	defer r.Close()
	sound(t, r)
	logs, err := r.LogStatuses(t.Context())
	must(t, err)
	var position uint64
	if len(logs) > 0 {
		position = logs[0].Position
	}
	if position < reported || position > reported+stretchLength {
		t.Errorf("%d entries were reported as committed, %d are", reported, position)
	}
	sightings, findings, undetermined := wantAt(position)
	for table, want := range map[string]int{"sightings": sightings, "findings": findings, "undetermined": undetermined} {
		var got int
		must(t, r.db.Get(&got, "SELECT count(*) FROM "+table))
		if got != want {
			t.Errorf("at position %d there are %d %s, not %d", position, got, table, want)
		}
	}
	return position
}

// TestNoRoomForFiles lets files grow to a limit of the operating system.
func TestNoRoomForFiles(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "pinwatch.db")
	var out, errs bytes.Buffer
	cmd := startChild(t.Context(), "cramped", dsn)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.Bytes())
	}
	var last uint64
	lines(&out, func(line string) { last, _ = strconv.ParseUint(line, 10, 64) })
	if last == 0 {
		t.Fatal("nothing was committed before the limit")
	}
	if position := checkKilled(t, dsn, last); position != last {
		t.Errorf("%d entries were reported as committed, %d are", last, position)
	}
}

// TestFullDatabase lets the database have no more pages, as on a full disk.
func TestFullDatabase(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	commit(t, s, stretch(run, 0, 5))
	before := dump(t, s.w)
	s.w.MustExec("PRAGMA max_page_count = 1") // as many as there are
	c := stretch(run, 5, 20).see(6, 1, 1, unexpected("example.com"))
	c.Undetermined = []Undetermined{{Index: 7, Leaf: make([]byte, 1<<20)}}
	_, err := s.Commit(t.Context(), c)
	checkKind(t, "commit", err, ErrFull)
	s.w.MustExec("PRAGMA max_page_count = 1000000")
	if dump(t, s.w) != before {
		t.Error("a commit that found no room left something")
	}
	sound(t, s.Reader)
	if done := commit(t, s, c); len(done.New) != 1 {
		t.Errorf("with room again: %+v", done)
	}
}

// TestReadOnlyDirectory is somebody who may read but not write. Tests often run as root, who may do everything, so
// another user plays this part: while the database is open, and while nobody has it open.
func TestReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	dsn := "sqlite:" + filepath.Join(dir, "pinwatch.db")
	s, err := Open(t.Context(), dsn, Options{})
	must(t, err)
	run := started(t, s, logA)
	must(t, s.Close())
	must(t, os.Chmod(s.path, 0o644))
	s, err = Open(t.Context(), dsn, Options{})
	must(t, err)
	must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: logA}, noon))
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(dir, 0o555))
	defer func() { must(t, os.Chmod(dir, 0o700)) }()
	play := func(when string) {
		cmd := startChild(t.Context(), "stranger", dsn)
		cmd.Dir = "/"
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", when, err, out)
		}
	}
	if os.Getuid() == 0 { // otherwise the database cannot be closed in order
		play("while it is open")
	}
	must(t, s.Close())
	play("while nobody has it open")
}

// TestBusy finds another process writing for longer than anybody waits.
func TestBusy(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	other := reopen(t, "sqlite:"+s.path)
	tx := other.w.MustBegin()
	s.w.MustExec("PRAGMA busy_timeout = 20")
	_, err := s.Commit(t.Context(), stretch(run, 0, 5))
	checkKind(t, "commit", err, ErrBusy)
	must(t, tx.Rollback())
	commit(t, s, stretch(run, 0, 5))
}
