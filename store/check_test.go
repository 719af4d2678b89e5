package store

import (
	"bytes"
	"os"
	"testing"
)

// TestCheckFinds breaks each invariant and wants Check to name it.
func TestCheckFinds(t *testing.T) {
	for _, tt := range []struct{ should, damage string }{
		{"the file is sound", `
			PRAGMA writable_schema = ON; PRAGMA schema_version = 1000;
			UPDATE sqlite_schema SET sql = replace(sql, '(watch)', '(verdict)') WHERE name = 'findings_watch'`},
		{"what is referred to exists", "PRAGMA foreign_keys = OFF; DELETE FROM certificates"},
		{"a position has its compact range", "UPDATE logs SET nodes = zeroblob(96) WHERE id = 1"},
		{"coverage begins at the start of its log and leaves no gap", "UPDATE coverage SET from_index = 10 WHERE id = 3"},
		{"coverage reaches exactly from start to position", "UPDATE logs SET position = 10, nodes = zeroblob(64) WHERE id = 1"},
		{"coverage is proved by a head of the same log that includes it", "UPDATE coverage SET head = 1 WHERE id = 1"},
		{"a position is proved by a head of the same log that includes it", "UPDATE logs SET verified = 1 WHERE id = 2"},
		{"the largest head of a log is its head", "UPDATE logs SET head = 1 WHERE id = 1"},
		{"what is counted is there, or was pruned", "UPDATE coverage SET matched = matched + 1 WHERE id = 1"},
		{"what is counted is there, or was pruned", "DELETE FROM undetermined WHERE NOT matched"},
		{"what is counted is there, or was pruned", "UPDATE coverage SET pruned = 1 WHERE id = 1"},
		{"what was found when looking back is there, or was pruned", "UPDATE lookbacks SET matched = 1"},
		{"what was found when looking back is there, or was pruned", "UPDATE undetermined SET lookback = 1 WHERE entry = 5"},
		{"what is counted is there, or was pruned", "UPDATE sightings SET lookback = 1 WHERE log = 1 AND entry = 2"},
		{"what was looked back at lies before the position and under a head of the same log", "UPDATE lookbacks SET to_index = 13"},
		{"what was looked back at lies before the position and under a head of the same log", "UPDATE lookbacks SET head = 1"},
		{"nothing was looked back at twice for the same names", `
			INSERT INTO lookbacks SELECT 2, log, run, policy, names, 5, 7, NULL, head, 0, 0, 0, 1, 1 FROM lookbacks`},
		{"what was pruned is accounted for", "DELETE FROM sightings WHERE entry = 2; UPDATE coverage SET pruned = 1 WHERE id = 1"},
		{"what was pruned is accounted for", "INSERT INTO prunings (at, before, sightings) VALUES (1, 1, 1)"},
		{"the totals of a log are those of its coverage", "UPDATE logs SET precerts = 77 WHERE id = 1"},
		{"entries in the record are covered by the position, or were looked back at", "UPDATE sightings SET entry = 100 WHERE entry = 2"},
		{"entries in the record are covered by the position, or were looked back at", "UPDATE undetermined SET log = 2, entry = 8 WHERE entry = 5"},
		{"an undetermined entry that may concern a watch has a sighting", "UPDATE sightings SET entry = 4 WHERE entry = 7"},
		{"an issuance has been seen", "DELETE FROM sightings WHERE issuance = 2"},
		{"a pin that left its file has an end", `
			INSERT INTO pin_files (watch, pattern, path, pins, read_at) VALUES ('a', 'a', 'a', '[{"ended":true}]', 1)`},
		{"a closed finding is decided", "UPDATE findings SET state = 'closed', decided = 0"},
		{"one thing is said of a listed log at a time", "UPDATE listed_logs SET ended = NULL"},
		{"the SCTs of every final certificate are checked, or are to be", "UPDATE sightings SET type = 'x509'"},
		{"a broken promise is an alarm", "UPDATE scts SET promise = 'broken', settled = 1 WHERE promise = 'open'"},
		{"no run got further with a log than its position", "UPDATE run_logs SET position = 100"},
		{"a finding that is open has its message", "DELETE FROM outbox"},
		{"a finding that is open has its message", "UPDATE findings SET state = 'open', due = NULL WHERE verdict <> 'expected'"},
		{"what was told of a finding is resolved when it is not open any more", "UPDATE findings SET state = 'acknowledged', due = NULL"},
		{"a message that has receivers is routed", `
			INSERT INTO deliveries (message, receiver, since, due) SELECT id, 'chat', 1, 1 FROM outbox`},
		{"a digest is for the receiver of its parts", `
			INSERT INTO deliveries (message, receiver, since, part_of) SELECT id, 'chat', 1, id FROM outbox;
			UPDATE deliveries SET part_of = (SELECT max(id) FROM outbox);
			DELETE FROM deliveries WHERE message = part_of`},
		{"a matter that lasts was told", `INSERT INTO matters VALUES ('thread', 'coverage', 'behind', 'low', '{}', 1)`},
	} {
		s := newStore(t)
		fixture(t, s)
		commit(t, s, stretch(2, 9, 12))
		sound(t, s.Reader)
		s.w.MustExec(tt.damage)
		found, err := s.Check(t.Context())
		must(t, err)
		named := false
		for _, v := range found {
			named = named || v.Invariant == tt.should && v.Detail != ""
		}
		if !named {
			t.Errorf("after %s: %+v, want %s", tt.damage, found, tt.should)
		}
	}
}

// TestCheckDamaged destroys pages of the file: what cannot be read is named like anything else that is wrong.
func TestCheckDamaged(t *testing.T) {
	s := newStore(t)
	bulk(t, s, started(t, s, logA), 0, 1000)
	path := s.path
	_, err := s.w.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	must(t, err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	info, err := f.Stat()
	must(t, err)
	for at := int64(100 << 12); at < info.Size(); at += 50 << 12 {
		_, err := f.WriteAt(bytes.Repeat([]byte{0xff}, 1<<12), at)
		must(t, err)
	}
	must(t, f.Close())
	r, err := OpenReader(t.Context(), "sqlite:"+path)
	must(t, err)
	defer r.Close()
	at, all := -1, 0
	found, err := r.CheckEach(t.Context(), func(n, of int) {
		if n != at+1 {
			t.Errorf("at %d after %d", n, at)
		}
		at, all = n, of
	})
	must(t, err)
	if len(found) < 2 || found[0].Invariant != "the file is sound" || at != all-1 {
		t.Errorf("at %d of %d: %+v", at, all, found)
	}
}
