package store

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

var updateGolden = flag.Bool("update", false, "write what is in testdata anew")

// noon is when tests happen.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var logA, logB = [32]byte{0xa}, [32]byte{0xb}

func h(b ...byte) [32]byte {
	var out [32]byte
	copy(out[:], b)
	return out
}

// newStore opens a new database and closes it at the end of the test.
func newStore(t testing.TB) *Store {
	t.Helper()
	return reopen(t, "sqlite:"+filepath.Join(t.TempDir(), "pinwatch.db"))
}

func reopen(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// started makes a log known, starts it at 0 and opens a run.
func started(t testing.TB, s *Store, id [32]byte) (run int64) {
	t.Helper()
	_, err := s.EnsureLog(t.Context(), Log{ID: id, Key: []byte("key"), Description: fmt.Sprintf("log %x", id[:1]), Operator: "op"}, noon)
	must(t, err)
	must(t, s.SetStart(t.Context(), id, 0, nil, "beginning", headOf(0), noon))
	run, err = s.StartRun(t.Context(), Run{Kind: "scan", Policy: h(1)}, noon)
	must(t, err)
	return run
}

// headOf is a head of a log that had size entries, a second for each.
func headOf(size uint64) Head {
	return Head{
		Size: size, Root: h(byte(size), byte(size>>8), 1), Timestamp: noon.Add(time.Duration(size) * time.Second),
		Signature: []byte("signature"), Raw: fmt.Appendf(nil, "head of %d", size),
	}
}

// nodesOf are as many nodes as the compact range of size entries has.
func nodesOf(size uint64) [][32]byte {
	var out [][32]byte
	for ; size > 0; size &= size - 1 {
		out = append(out, h(byte(len(out)), 2))
	}
	return out
}

// stretch is a commit without matches.
func stretch(run int64, from, to uint64) *Commit {
	return &Commit{
		LogID: logA, From: from, To: to, Nodes: nodesOf(to), Head: headOf(to), Run: run, Policy: h(1),
		Now: noon.Add(time.Minute), Counts: Counts{Precerts: 1},
	}
}

// cert is a certificate that is named by one byte, issued by the CA of another.
func cert(n, ca byte) (Issuance, []Certificate) {
	iss := Issuance{
		TBSSHA256: h(n), SPKISHA256: new(h(n, 0xee)), Serial: fmt.Sprintf("%02x", n),
		Issuer: "CN=CA", Subject: "CN=www.example.com", NotBefore: new(noon), NotAfter: new(noon.AddDate(0, 3, 0)),
		Names: []string{"www.example.com", "example.com"},
	}
	if ca != 0 {
		iss.IssuerKeyHash = new(h(ca, 0xca))
	}
	return iss, []Certificate{{SHA256: h(n, 0xce), DER: []byte{0x30, n}}, {SHA256: h(ca, 0xcc), DER: []byte{0x30, 0, ca}}}
}

// see adds a sighting of an issuance to a commit.
func (c *Commit) see(index uint64, n, ca byte, judged ...Judged) *Commit {
	iss, certs := cert(n, ca)
	c.Certificates = append(c.Certificates, certs...)
	c.Sightings = append(c.Sightings, Sighting{
		Issuance: iss, Index: index, Type: "precert", CertSHA256: certs[0].SHA256, Timestamp: noon.Add(-time.Hour),
		Leaf: []byte("leaf"), Chain: [][32]byte{certs[1].SHA256}, Findings: judged,
	})
	return c
}

func unexpected(watch string) Judged {
	return Judged{
		Watch: watch, Verdict: "unexpected", Severity: "critical", Reasons: []string{"unknown_key"},
		KeyPinned: new(false), IssuerPinned: new(true), Decided: true, Open: true,
		Matches: []Match{{Name: "www.example.com", Kind: "dns", Rule: "subtree"}},
	}
}

func expected(watch string) Judged {
	return Judged{Watch: watch, Verdict: "expected", Severity: "none", KeyPinned: new(true), Decided: true}
}

func undecided(watch string) Judged {
	return Judged{Watch: watch, Verdict: "undetermined", Severity: "medium", Reasons: []string{"unread"}, Open: true}
}

func commit(t testing.TB, s *Store, c *Commit) *Committed {
	t.Helper()
	done, err := s.Commit(t.Context(), c)
	must(t, err)
	return done
}

// sound fails the test where an invariant does not hold.
func sound(t testing.TB, r *Reader) {
	t.Helper()
	found, err := r.Check(t.Context())
	must(t, err)
	for _, v := range found {
		t.Errorf("%s: %s", v.Invariant, v.Detail)
	}
}

// dump writes the database as SQL that makes it anew.
func dump(t testing.TB, db *sqlx.DB) string {
	t.Helper()
	var out bytes.Buffer
	out.WriteString(dumpSchema(t, db))
	var tables []string
	must(t, db.Select(&tables, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid"))
	for _, table := range tables {
		var columns []string
		must(t, db.Select(&columns, "SELECT name FROM pragma_table_info(?)", table))
		var rows []string
		must(t, db.Select(&rows, fmt.Sprintf("SELECT concat_ws(', ', quote(%s)) FROM %s ORDER BY %s",
			strings.Join(columns, "), quote("), table, rowOrder(t, db, table))))
		for _, row := range rows {
			fmt.Fprintf(&out, "INSERT INTO %s VALUES (%s);\n", table, row)
		}
	}
	return out.String()
}

// rowOrder is the order in which rows were written, or that of their text where a table keeps no other.
func rowOrder(t testing.TB, db *sqlx.DB, table string) string {
	t.Helper()
	var keyed bool
	must(t, db.Get(&keyed, "SELECT wr FROM pragma_table_list WHERE name = ?", table))
	if keyed {
		return "1" // what is written of it
	}
	return "rowid"
}

func dumpSchema(t testing.TB, db *sqlx.DB) string {
	t.Helper()
	var application, version int
	must(t, db.Get(&application, "PRAGMA application_id"))
	must(t, db.Get(&version, "PRAGMA user_version"))
	var objects []string
	must(t, db.Select(&objects, "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"))
	return fmt.Sprintf("PRAGMA application_id = %d;\nPRAGMA user_version = %d;\n%s\n", application, version, strings.Join(objects, "\n\n"))
}

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updateGolden {
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update writes it anew:\n%s", path, diff)
	}
}
