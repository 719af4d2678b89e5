package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// childVariable names the part that the test binary plays when a test starts it a second time.
const childVariable = "STORE_TEST_PART"

func TestMain(m *testing.M) {
	part := os.Getenv(childVariable)
	if part == "" {
		os.Exit(m.Run())
	}
	if err := play(context.Background(), part, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startChild runs this binary in the given part, on the database that dsn names, until it ends or ctx does, which kills
// it with no warning.
func startChild(ctx context.Context, part, dsn string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", dsn)
	cmd.Env = append(os.Environ(), childVariable+"="+part)
	return cmd
}

func play(ctx context.Context, part, dsn string) error {
	switch part {
	case "hold":
		return holdLock(ctx, dsn)
	case "commit":
		return commitForEver(ctx, dsn)
	case "cramped":
		return commitCramped(ctx, dsn)
	case "stranger":
		return beStranger(ctx, dsn)
	}
	if do, found := crashes[part]; found {
		return dying(ctx, dsn, do)
	}
	return errors.New("no such part")
}

// holdLock takes the lock, says so, and keeps it until its input ends.
func holdLock(ctx context.Context, dsn string) error {
	s, err := Open(ctx, dsn, Options{})
	if err != nil {
		return err
	}
	unlock, err := s.Lock("scan, since noon")
	if err != nil {
		return err
	}
	fmt.Println("locked")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return errors.Join(unlock(), s.Close())
}

// stretchLength is how many entries commitForEver commits at a time.
const stretchLength = 20

// commitForEver goes on where the database stands, and says the position after each commit. What it commits follows
// from the index: see wantAt.
func commitForEver(ctx context.Context, dsn string) error {
	s, err := Open(ctx, dsn, Options{})
	if err != nil {
		return err
	}
	unlock, err := s.Lock("commit")
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }() // which keeps it meanwhile
	run, err := s.StartRun(ctx, Run{Kind: "scan", Policy: h(1)}, noon)
	if err != nil {
		return err
	}
	state, err := s.EnsureLog(ctx, Log{ID: logA}, noon)
	if err == nil && !state.Started {
		err = s.SetStart(ctx, logA, 0, nil, "beginning", headOf(0), noon)
	}
	for at := state.Position; err == nil; at += stretchLength {
		_, err = s.Commit(ctx, stretchAt(run, at))
		if err == nil {
			fmt.Println(at + stretchLength)
		}
	}
	return err
}

// stretchAt is what commitForEver commits at an index: each tenth entry concerns a watch, three in a row are the same
// certificate, and each fifty-first cannot be read.
func stretchAt(run int64, at uint64) *Commit {
	c := stretch(run, at, at+stretchLength)
	for i := c.From; i < c.To; i++ {
		if i%10 == 3 {
			c.see(i, byte(i/30), byte(1+i/30>>8), unexpected("example.com"))
		}
		if i%51 == 0 {
			c.Undetermined = append(c.Undetermined, Undetermined{Index: i, Reason: "names", Leaf: make([]byte, 3000)})
		}
	}
	return c
}

// wantAt is what there must be when entries are committed up to position: sightings, findings, undetermined entries.
func wantAt(position uint64) (sightings, findings, undetermined int) {
	for i := range position {
		if i%10 == 3 {
			sightings++
			findings = int(i/30) + 1
		}
		if i%51 == 0 {
			undetermined++
		}
	}
	return sightings, findings, undetermined
}

// commitCramped commits until the file system lets no file grow further, and says what that looks like.
func commitCramped(ctx context.Context, dsn string) error {
	signal.Ignore(syscall.SIGXFSZ) // the signal that says so; without it, write fails with EFBIG
	limit := syscall.Rlimit{Cur: 800 << 10, Max: 800 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := commitForEver(ctx, dsn); !errors.Is(err, ErrFull) {
		return fmt.Errorf("not ErrFull: %w", err)
	}
	return nil
}

// beStranger is a user who can read the database but not write, nor anything beside it.
func beStranger(ctx context.Context, dsn string) error {
	r, err := OpenReader(ctx, dsn)
	if err != nil {
		return err
	}
	logs, err := r.LogStatuses(ctx)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	if len(logs) != 1 {
		return fmt.Errorf("%d logs", len(logs))
	}
	if _, err := Open(ctx, dsn+".new", Options{}); !errors.Is(err, ErrPermission) {
		return fmt.Errorf("create: %w", err)
	}
	// What SQLite reports where it could not make its journal on a read-only file system.
	unopened := sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.ENOENT}
	if err := classify(strings.TrimPrefix(dsn, "sqlite:"), unopened); !errors.Is(err, ErrPermission) {
		return fmt.Errorf("journal: %w", err)
	}
	s, err := Open(ctx, dsn, Options{})
	if errors.Is(err, ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	// While another process has it open it can be opened, but that is all.
	if _, err := s.Lock("scan"); !errors.Is(err, ErrPermission) {
		return fmt.Errorf("lock: %w", err)
	}
	if _, err := s.StartRun(ctx, Run{Kind: "scan"}, noon); !errors.Is(err, ErrPermission) {
		return fmt.Errorf("write: %w", err)
	}
	return s.Close()
}

// lines calls each with every line that a child says.
func lines(r io.Reader, each func(line string)) {
	for sc := bufio.NewScanner(r); sc.Scan(); {
		each(sc.Text())
	}
}
