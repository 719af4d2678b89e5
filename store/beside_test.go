package store

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// follower is another process that follows a log into the database, as fast as it can.
type follower struct {
	position atomic.Uint64 // that it said to have committed last
	step     chan struct{} // gets something after each commit
	stop     func()
}

// follow starts another process that commits to a new database, and waits for its first commit.
func follow(t *testing.T) (path string, f *follower) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pinwatch.db")
	ctx, kill := context.WithCancel(t.Context())
	cmd := startChild(ctx, "commit", "sqlite:"+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	f = &follower{step: make(chan struct{}, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if n, err := strconv.ParseUint(sc.Text(), 10, 64); err == nil {
				f.position.Store(n)
				select {
				case f.step <- struct{}{}:
				default:
				}
			}
		}
	}()
	f.stop = func() {
		kill()
		<-done
		_ = cmd.Wait()
	}
	t.Cleanup(f.stop)
	f.wait(t, 1)
	return path, f
}

// wait waits until the follower has committed a few times more.
func (f *follower) wait(t *testing.T, times int) {
	t.Helper()
	for range times {
		select {
		case <-f.step:
		case <-time.After(time.Minute):
			t.Fatal("the other process does not get on")
		}
	}
}

// TestReaderThroughWrites reads one snapshot while another process commits again and again: neither waits.
func TestReaderThroughWrites(t *testing.T) {
	path, f := follow(t)
	f.wait(t, 50)
	r, err := OpenReader(t.Context(), "sqlite:"+path)
	must(t, err)
	defer r.Close()
	inPeriod(t, r, func(snap *Snapshot) {
		logs, err := snap.Logs(t.Context())
		must(t, err)
		n := 0
		for _, err := range snap.Findings(t.Context(), Filter{All: true}) {
			must(t, err)
			f.wait(t, 2) // between one row and the next
			n++
		}
		if _, findings, _ := wantAt(logs[0].Position); n != findings {
			t.Errorf("%d findings at position %d, not %d", n, logs[0].Position, findings)
		}
		again, err := snap.Logs(t.Context())
		must(t, err)
		if again[0].Position != logs[0].Position || f.position.Load() <= logs[0].Position {
			t.Errorf("position %d was %d; the other process is at %d", again[0].Position, logs[0].Position, f.position.Load())
		}
	})
}

// TestMaintenanceBesideWrites does to the database what there is to do while another process follows logs into it.
func TestMaintenanceBesideWrites(t *testing.T) {
	path, f := follow(t)
	f.wait(t, 100)
	s := reopen(t, "sqlite:"+path)
	// What it finds is unexpected; let some of it be old and expected.
	s.w.MustExec("BEGIN IMMEDIATE; DELETE FROM outbox; UPDATE findings SET verdict = 'expected', state = 'closed' WHERE id % 2 = 0; COMMIT")
	batches := 0
	done, err := s.Prune(t.Context(), Retention{Before: nextYear, Now: nextYear}, func(*Pruning) error {
		batches++
		f.wait(t, 2) // the other process gets its turn
		return nil
	})
	must(t, err)
	if done.Issuances == 0 || batches == 0 {
		t.Errorf("pruned in %d batches: %+v", batches, done)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	before := f.position.Load()
	_, err = Backup(t.Context(), "sqlite:"+path, to, BackupOptions{Progress: func(int64, int64) { f.wait(t, 2) }})
	must(t, err)
	copied, err := OpenReader(t.Context(), "sqlite:"+to)
	must(t, err)
	defer copied.Close()
	logs, err := copied.LogStatuses(t.Context())
	must(t, err)
	if after := f.position.Load(); logs[0].Position < before || logs[0].Position > after || after < before+2*stretchLength {
		t.Errorf("the copy is at %d; the database was at %d, and at %d afterwards", logs[0].Position, before, after)
	}
	if _, err := s.Lock("vacuum"); !errors.As(err, new(*HeldError)) {
		t.Errorf("the lock was had: %v", err)
	}
	f.stop()
	unlock, err := s.Lock("vacuum")
	must(t, err)
	_, err = s.Vacuum(t.Context())
	must(t, errors.Join(err, unlock()))
	for _, r := range []*Reader{s.Reader, copied} {
		found, err := r.Check(t.Context())
		must(t, err)
		for _, v := range found { // that there are messages is not so, because of the above
			if v.Invariant != "a finding that is open has its message" {
				t.Errorf("%s: %s", v.Invariant, v.Detail)
			}
		}
	}
}
