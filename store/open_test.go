package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
)

func TestOpenCreatesAndOpensAgain(t *testing.T) {
	dir := t.TempDir()
	// Everything that means something in a URL, and spaces.
	dsn := "sqlite:" + filepath.Join(dir, "a b%41#c&d.db")
	s, err := Open(t.Context(), dsn, Options{})
	must(t, err)
	started(t, s, logA)
	must(t, s.Close())
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "a b%41#c&d.db a b%41#c&d.db.lock" {
		t.Errorf("a closed database leaves %s", got)
	}
	s, err = Open(t.Context(), dsn, Options{MustExist: true})
	must(t, err)
	defer s.Close()
	state, err := s.EnsureLog(t.Context(), Log{ID: logA}, noon)
	must(t, err)
	if !state.Started {
		t.Error("the log is not started in the database opened again")
	}
	sound(t, s.Reader)
}

func TestWriterIsDurable(t *testing.T) {
	s := newStore(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
	} {
		var got string
		must(t, s.w.Get(&got, "PRAGMA "+pragma))
		if got != want {
			t.Errorf("%s is %s, not %s", pragma, got, want)
		}
	}
}

func TestReaderCannotWrite(t *testing.T) {
	s := newStore(t)
	r, err := OpenReader(t.Context(), "sqlite:"+s.path)
	must(t, err)
	defer r.Close()
	_, err = r.db.Exec("DELETE FROM runs")
	if err := classify(r.path, err); !errors.Is(err, ErrPermission) {
		t.Errorf("writing through a reader gives %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(path("text"), []byte("dear diary"), 0o600))
	must(t, os.WriteFile(path("empty"), nil, 0o600))
	must(t, os.Mkdir(path("directory"), 0o700))
	other := sqlx.MustOpen("sqlite3", path("other"))
	other.MustExec("CREATE TABLE customers (name TEXT); PRAGMA user_version = 7")
	must(t, other.Close())
	newer := reopen(t, "sqlite:"+path("newer"))
	newer.w.MustExec("PRAGMA user_version = 99")
	damaged := reopen(t, "sqlite:"+path("damaged"))
	must(t, damaged.Close())
	content, err := os.ReadFile(path("damaged"))
	must(t, err)
	for i := 100; i < 4096; i++ {
		content[i] = 0xff
	}
	must(t, os.WriteFile(path("damaged"), content, 0o600))

	for _, tt := range []struct {
		dsn            string
		create, reader error // what Open and OpenReader give
	}{
		{"sqlite:" + path("text"), ErrNotPinwatch, ErrNotPinwatch},
		{"sqlite:" + path("other"), ErrNotPinwatch, ErrNotPinwatch},
		{"sqlite:" + path("newer"), ErrNewerSchema, ErrNewerSchema},
		{"sqlite:" + path("damaged"), ErrCorrupt, ErrCorrupt},
		{"sqlite:" + path("directory"), ErrOpen, ErrOpen},
		{"sqlite:" + path("text/pinwatch.db"), ErrOpen, ErrOpen},
		{"sqlite:" + path("nowhere/pinwatch.db"), fs.ErrNotExist, ErrNoDatabase},
		{"sqlite:" + path("missing"), nil, ErrNoDatabase},
		{"sqlite:" + path("empty"), nil, ErrNoDatabase},
		{"sqlite:", ErrDSN, ErrDSN},
		{"sqlite::memory:", ErrDSN, ErrDSN},
		{"sqlite:file:x.db", ErrDSN, ErrDSN},
		{"sqlite://pinwatch.db", ErrDSN, ErrDSN},
		{"sqlite:" + path("x.db") + "?mode=memory", ErrDSN, ErrDSN},
		{"postgres://localhost/pinwatch", ErrDSN, ErrDSN},
		{path("x.db"), ErrDSN, ErrDSN},
	} {
		r, err := OpenReader(t.Context(), tt.dsn)
		if err == nil {
			_ = r.Close()
		}
		checkKind(t, "OpenReader "+tt.dsn, err, tt.reader)
		for _, must := range []bool{true, false} { // in this order: the second creates
			want := tt.create
			if must && errors.Is(tt.reader, ErrNoDatabase) {
				want = ErrNoDatabase
			}
			s, err := Open(t.Context(), tt.dsn, Options{MustExist: must})
			if err == nil {
				_ = s.Close()
			}
			checkKind(t, "Open "+tt.dsn, err, want)
		}
	}
	other = sqlx.MustOpen("sqlite3", path("other"))
	defer other.Close()
	if got := dumpSchema(t, other); got != "PRAGMA application_id = 0;\nPRAGMA user_version = 7;\nCREATE TABLE customers (name TEXT);\n" {
		t.Errorf("somebody else's database was changed to %s", got)
	}
	if got, err := os.ReadFile(path("text")); err != nil || string(got) != "dear diary" {
		t.Errorf("somebody else's file was changed to %q, %v", got, err)
	}
}

// checkKind wants an error of a kind, as an *Error that names it.
func checkKind(t *testing.T, what string, err, kind error) {
	t.Helper()
	var e *Error
	switch {
	case !errors.Is(err, kind):
		t.Errorf("%s: %v, want %v", what, err, kind)
	case kind != nil && (!errors.As(err, &e) || e.Path == ""):
		t.Errorf("%s: %v is no *Error with a path", what, err)
	}
}

func TestLinksLeadToOneLock(t *testing.T) {
	s := newStore(t)
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(s.path, link))
	other := reopen(t, "sqlite:"+link)
	unlock, err := s.Lock("scan")
	must(t, err)
	var held *HeldError
	if _, err := other.Lock("scan"); !errors.As(err, &held) {
		t.Errorf("the lock through a link gives %v", err)
	}
	must(t, unlock())
}
