package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

// pointVariable says at which point a child kills itself; 0: never, but it says how many points there were.
const pointVariable = "STORE_TEST_POINT"

// points counts places at which a process could die.
type points struct{ at, seen int }

// pass is one of them.
func (p *points) pass() {
	if p.seen++; p.seen == p.at {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it is delivered
	}
}

// watch makes points of everything that a connection writes: each row, each statement that is prepared, each commit.
func (p *points) watch(ctx context.Context, db *sqlx.DB) error {
	conn, err := db.Connx(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		driver, ok := c.(*sqlite3.SQLiteConn)
		if !ok {
			return errors.New("another driver")
		}
		driver.RegisterUpdateHook(func(int, string, string, int64) { p.pass() })
		driver.RegisterCommitHook(func() int {
			p.pass()
			return 0
		})
		driver.RegisterAuthorizer(func(op int, _, _, _ string) int {
			if op != sqlite3.SQLITE_READ && op != sqlite3.SQLITE_FUNCTION && op != sqlite3.SQLITE_SELECT {
				p.pass()
			}
			return sqlite3.SQLITE_OK
		})
		return nil
	})
}

// dying does something to a database, and dies in the middle of it.
func dying(ctx context.Context, dsn string, do func(context.Context, *Store, *points) error) error {
	at, err := strconv.Atoi(os.Getenv(pointVariable))
	if err != nil {
		return err
	}
	p := &points{at: at}
	path := strings.TrimPrefix(dsn, "sqlite:")
	s := &Store{Reader: &Reader{path: path, db: connect(path, readerParams)}, w: connect(path, writerParams)}
	s.w.SetMaxOpenConns(1)
	if err := p.watch(ctx, s.w); err != nil {
		return err
	}
	if err := do(ctx, s, p); err != nil {
		return err
	}
	fmt.Println(p.seen)
	return s.Close()
}

// crashes are what a child can be killed in.
var crashes = map[string]func(context.Context, *Store, *points) error{
	"prune": func(ctx context.Context, s *Store, p *points) error {
		_, err := s.Prune(ctx, Retention{Before: nextYear, Now: nextYear}, func(*Pruning) error {
			p.pass()
			return nil
		})
		return err
	},
	"one commit": func(ctx context.Context, s *Store, _ *points) error {
		log, err := s.EnsureLog(ctx, Log{ID: logA}, noon)
		if err != nil || log.Position > 3*stretchLength {
			return err
		}
		_, err = s.Commit(ctx, stretchAt(1, 3*stretchLength))
		return err
	},
	"judge anew": func(ctx context.Context, s *Store, _ *points) error {
		_, err := s.Rejudge(ctx, &Rejudge{Policy: h(9), Now: nextYear, Judge: verdicts(expected("example.com"))})
		return err
	},
	"vacuum": func(ctx context.Context, s *Store, _ *points) error {
		_, err := s.Vacuum(ctx)
		return err
	},
	"upgrade": func(ctx context.Context, s *Store, _ *points) error {
		steps, err := migrations()
		if err != nil {
			return err
		}
		return s.upgrade(ctx, steps)
	},
	"backup": func(ctx context.Context, s *Store, p *points) error {
		_, err := Backup(ctx, "sqlite:"+s.path, s.path+".copy", BackupOptions{Overwrite: true, Progress: func(int64, int64) { p.pass() }})
		return err
	},
}

// crash runs a child in a part, and returns how many points it passed; false where it was killed.
func crash(t *testing.T, part, path string, point int) (passed int, ended bool) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := startChild(t.Context(), part, "sqlite:"+path)
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", pointVariable, point))
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if errs.Len() > 0 {
		t.Fatalf("%s: %v: %s", part, err, errs.Bytes())
	}
	if err != nil {
		return 0, false
	}
	passed, err = strconv.Atoi(strings.TrimSpace(out.String()))
	must(t, err)
	return passed, true
}

// crashEverywhere kills a child at points all over what it does, each time on a copy of the database. check looks at
// what is left, and crashEverywhere goes on from there to the end, which must be the same each time.
func crashEverywhere(t *testing.T, part, path string, check func(t *testing.T, path string)) {
	t.Helper()
	fresh := func() string {
		to := filepath.Join(t.TempDir(), "pinwatch.db")
		text, err := os.ReadFile(path)
		must(t, errors.Join(err, os.WriteFile(to, text, 0o600)))
		return to
	}
	whole := fresh()
	all, ended := crash(t, part, whole, 0)
	if !ended || all < 3 {
		t.Fatalf("%s passes %d points", part, all)
	}
	want := contentOf(t, whole)
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	for i := range min(rounds, all) {
		point := 1 + i*(all-1)/max(min(rounds, all)-1, 1)
		at := fresh()
		if _, ended := crash(t, part, at, point); ended {
			t.Errorf("%s was not killed at point %d of %d", part, point, all)
		}
		check(t, at)
		if _, ended := crash(t, part, at, 0); !ended {
			t.Errorf("%s cannot be done after it was killed at point %d of %d", part, point, all)
		}
		if diff := cmp.Diff(want, contentOf(t, at)); diff != "" {
			t.Errorf("%s, killed at point %d of %d and done again (-want +got):\n%s", part, point, all, diff)
		}
	}
	t.Logf("%s: killed %d times at %d points", part, min(rounds, all), all)
}

// chance are the parts of a record that come out differently each time: the account of prunings, and the names that an
// upgrade gives to messages.
var chance = regexp.MustCompile(`(?m)^INSERT INTO prunings .*\n|(INSERT INTO outbox VALUES \(\d+, )'[0-9a-f]{32}'`)

// contentOf is all that is in a database, but for chance.
func contentOf(t *testing.T, path string) string {
	t.Helper()
	s, err := Open(t.Context(), "sqlite:"+path, Options{MustExist: true})
	must(t, err)
	defer s.Close()
	sound(t, s.Reader)
	return chance.ReplaceAllString(content(t, s), "$1")
}

// stillSound opens a database that somebody was killed in.
func stillSound(t *testing.T, path string) {
	t.Helper()
	r, err := OpenReader(t.Context(), "sqlite:"+path)
	must(t, err)
	defer r.Close()
	sound(t, r)
}

func TestKilledWhilePruning(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 3*pruneBatch)
	for i := range 3 * pruneBatch {
		judged := expected("example.com")
		if i%10 == 0 {
			judged = unexpected("example.com")
		}
		c.see(uint64(i), byte(i), 1, judged)
		c.Sightings[i].Issuance.TBSSHA256 = h(byte(i), byte(i>>8))
	}
	commit(t, s, c)
	path := s.path
	must(t, s.Close())
	crashEverywhere(t, "prune", path, stillSound)
}

// TestKilledWhileCommitting kills it at every kind of write that a stretch of entries and a new policy come with.
func TestKilledWhileCommitting(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	for at := uint64(0); at < 3*stretchLength; at += stretchLength {
		commit(t, s, stretchAt(run, at))
	}
	path := s.path
	must(t, s.Close())
	crashEverywhere(t, "one commit", path, stillSound)
	crashEverywhere(t, "judge anew", path, stillSound)
}

func TestKilledWhileUpgrading(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "version-1.sql"))
	must(t, err)
	path := filepath.Join(t.TempDir(), "old.db")
	old := sqlx.MustOpen("sqlite3", source(path, "_journal_mode=WAL"))
	old.MustExec(string(text))
	must(t, old.Close())
	upgraded := 0
	crashEverywhere(t, "upgrade", path, func(t *testing.T, path string) {
		t.Helper()
		r, err := OpenReader(t.Context(), "sqlite:"+path)
		if errors.Is(err, ErrOlderSchema) {
			return
		}
		must(t, err)
		upgraded++
		sound(t, r)
		must(t, r.Close())
	})
	if upgraded > 0 {
		t.Errorf("%d of them were upgraded before the last commit", upgraded)
	}
}

func TestKilledWhileVacuuming(t *testing.T) {
	s := emptied(t)
	path := s.path
	must(t, s.Close())
	crashAnyTime(t, "vacuum", path, stillSound)
}

func TestKilledWhileBackingUp(t *testing.T) {
	s := newStore(t)
	bulk(t, s, started(t, s, logA), 0, 2500)
	path := s.path
	must(t, s.Close())
	want, err := os.ReadFile(path)
	must(t, err)
	check := func(t *testing.T, path string) {
		t.Helper()
		is, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Equal(is, want) {
			t.Error("the database is not what it was")
		}
		const header = 100 // bytes, with a count of changes
		if is, err = os.ReadFile(path + ".copy"); err == nil && !bytes.Equal(is[header:], want[header:]) {
			t.Error("a copy that is not the database")
		}
	}
	crashEverywhere(t, "backup", path, check)
	crashAnyTime(t, "backup", path, check)
}

// crashAnyTime kills a child at random moments, again and again on one database.
func crashAnyTime(t *testing.T, part, path string, check func(t *testing.T, path string)) {
	t.Helper()
	want := contentOf(t, path)
	began := time.Now()
	if _, ended := crash(t, part, path, 0); !ended {
		t.Fatal("it did not end")
	}
	usual := time.Since(began)
	rounds := 30
	if testing.Short() {
		rounds = 6
	}
	random, killed := rand.New(rand.NewPCG(1, 2)), 0
	for range rounds {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(usual))))
		cmd := startChild(ctx, part, "sqlite:"+path)
		cmd.Env = append(cmd.Env, pointVariable+"=0")
		if cmd.Run() != nil {
			killed++
		}
		cancel()
		check(t, path)
	}
	t.Logf("%s: killed %d times in %v", part, killed, usual)
	if killed == 0 {
		t.Error("it was never killed")
	}
	if contentOf(t, path) != want {
		t.Error("the content is not what it was")
	}
}
