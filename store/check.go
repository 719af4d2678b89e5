package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// Violation is an invariant of the record that does not hold.
type Violation struct {
	Invariant string // what should be
	Detail    string // where it is not
}

// invariants are queries that return a line for each place where something is not as it should be.
var invariants = []struct{ should, query string }{
	{"the file is sound", `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`},
	{"what is referred to exists", `
		SELECT "table" || ' row ' || ifnull(rowid, '?') || ' refers to a missing row of ' || parent FROM pragma_foreign_key_check`},
	{"a position has its compact range", `
		WITH RECURSIVE bits (log, rest, ones) AS (
			SELECT id, position, 0 FROM logs WHERE position IS NOT NULL
			UNION ALL SELECT log, rest >> 1, ones + (rest & 1) FROM bits WHERE rest > 0)
		SELECT 'log ' || l.id || ' has ' || length(l.nodes) / 32 || ' nodes at position ' || l.position
		FROM bits b JOIN logs l ON l.id = b.log WHERE b.rest = 0 AND b.ones * 32 <> length(l.nodes)`},
	{"coverage begins at the start of its log and leaves no gap", `
		SELECT 'log ' || c.log || ' entry ' || c.from_index FROM coverage c JOIN logs l ON l.id = c.log
		WHERE c.from_index IS NOT l.start
			AND NOT EXISTS (SELECT 1 FROM coverage p WHERE p.log = c.log AND p.to_index = c.from_index)`},
	{"coverage reaches exactly from start to position", `
		SELECT 'log ' || l.id || ' position ' || l.position || ', covered ' || count(c.id) || ' times up to ' || ifnull(max(c.to_index), l.start)
		FROM logs l LEFT JOIN coverage c ON c.log = l.id WHERE l.position IS NOT NULL GROUP BY l.id
		HAVING ifnull(max(c.to_index), l.start) <> l.position
			OR ifnull(sum(c.to_index - c.from_index), 0) <> l.position - l.start`},
	{"coverage is proved by a head of the same log that includes it", `
		SELECT 'log ' || c.log || ' entries up to ' || c.to_index FROM coverage c JOIN tree_heads h ON h.id = c.head
		WHERE h.log <> c.log OR h.size < c.to_index`},
	{"a position is proved by a head of the same log that includes it", `
		SELECT 'log ' || l.id || ' position ' || l.position FROM logs l JOIN tree_heads h ON h.id = l.verified
		WHERE h.log <> l.id OR h.size < l.position`},
	{"the largest head of a log is its head", `
		SELECT 'log ' || l.id FROM logs l JOIN tree_heads h ON h.log = l.id
		GROUP BY l.id HAVING max(h.size) IS NOT (SELECT size FROM tree_heads WHERE id = l.head AND log = l.id)`},
	{"what is counted is there, or was pruned", `
		SELECT 'log ' || c.log || ' entries [' || c.from_index || ', ' || c.to_index || ')' FROM coverage c
		WHERE c.matched <> c.pruned + (SELECT count(*) FROM sightings s
				WHERE s.log = c.log AND s.entry >= c.from_index AND s.entry < c.to_index)
			- (SELECT count(*) FROM sightings s
				WHERE s.log = c.log AND s.entry >= c.from_index AND s.entry < c.to_index AND s.lookback IS NOT NULL)
			OR c.undetermined <> (SELECT count(*) FROM undetermined u
				WHERE u.log = c.log AND u.entry >= c.from_index AND u.entry < c.to_index)
			- (SELECT count(*) FROM undetermined u
				WHERE u.log = c.log AND u.entry >= c.from_index AND u.entry < c.to_index AND u.lookback IS NOT NULL)`},
	{"what was found when looking back is there, or was pruned", `
		SELECT 'log ' || k.log || ' entries [' || k.from_index || ', ' || k.to_index || ')' FROM lookbacks k
		WHERE k.matched <> k.pruned + (SELECT count(*) FROM sightings s
				WHERE s.lookback = k.id AND s.log = k.log AND s.entry >= k.from_index AND s.entry < k.to_index)
			OR k.undetermined <> (SELECT count(*) FROM undetermined u
				WHERE u.lookback = k.id AND u.log = k.log AND u.entry >= k.from_index AND u.entry < k.to_index)`},
	{"what was looked back at lies before the position and under a head of the same log", `
		SELECT 'log ' || k.log || ' entries [' || k.from_index || ', ' || k.to_index || ')'
		FROM lookbacks k JOIN logs l ON l.id = k.log JOIN tree_heads h ON h.id = k.head
		WHERE k.to_index > ifnull(l.position, 0) OR h.log <> k.log OR h.size < k.to_index`},
	{"nothing was looked back at twice for the same names", `
		SELECT 'log ' || log || ' entry ' || from_index FROM (
			SELECT log, from_index, max(to_index) OVER (PARTITION BY log, names ORDER BY from_index
				ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM lookbacks)
		WHERE before > from_index`},
	{"what was pruned is accounted for", `
		SELECT 'coverage says ' || c.n || ' sightings, prunings say ' || p.n
		FROM (SELECT ifnull(sum(pruned), 0) AS n FROM (SELECT pruned FROM coverage UNION ALL SELECT pruned FROM lookbacks)) c, (SELECT ifnull(sum(sightings), 0) AS n FROM prunings) p
		WHERE c.n <> p.n`},
	{"the totals of a log are those of its coverage", `
		SELECT 'log ' || l.id FROM logs l LEFT JOIN coverage c ON c.log = l.id GROUP BY l.id
		HAVING (l.precerts, l.matched, l.undetermined)
			<> (ifnull(sum(c.precerts), 0), ifnull(sum(c.matched), 0), ifnull(sum(c.undetermined), 0))`},
	{"entries in the record are covered by the position, or were looked back at", `
		SELECT 'log ' || l.id || ' entry ' || e.entry
		FROM (SELECT log, entry FROM sightings UNION ALL SELECT log, entry FROM undetermined) e JOIN logs l ON l.id = e.log
		WHERE (l.position IS NULL OR e.entry < l.start OR e.entry >= l.position)
			AND NOT EXISTS (SELECT 1 FROM lookbacks k WHERE k.log = e.log AND k.from_index <= e.entry AND k.to_index > e.entry)`},
	{"an undetermined entry that may concern a watch has a sighting", `
		SELECT 'log ' || u.log || ' entry ' || u.entry FROM undetermined u
		WHERE u.matched AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.log = u.log AND s.entry = u.entry)`},
	{"an issuance has been seen", `
		SELECT 'issuance ' || i.id FROM issuances i WHERE NOT EXISTS (SELECT 1 FROM sightings s WHERE s.issuance = i.id)`},
	{"one thing is said of a listed log at a time", `
		SELECT 'log ' || hex(log_id) FROM listed_logs WHERE ended IS NULL AND log_id <> zeroblob(32)
		GROUP BY log_id HAVING count(*) > 1`},
	{"the SCTs of every final certificate are checked, or are to be", `
		SELECT 'log ' || log || ' entry ' || entry FROM sightings
		WHERE type = 'x509' AND cert_sha256 NOT IN (SELECT cert FROM finals)`},
	{"a broken promise is an alarm", `
		SELECT 'certificate ' || hex(s.cert) || ' SCT ' || s.place FROM scts s WHERE s.promise = 'broken'
			AND NOT EXISTS (SELECT 1 FROM alarms a JOIN logs l ON l.id = a.log WHERE l.log_id = s.log_id AND a.kind = 'broken_promise')`},
	{"no run got further with a log than its position", `
		SELECT 'run ' || r.run || ' log ' || r.log FROM run_logs r JOIN logs l ON l.id = r.log
		WHERE r.position > ifnull(l.position, -1) OR r.covered_until IS NOT NULL AND l.position IS NULL`},
	{"a pin that left its file has an end", `
		SELECT 'file ' || f.path || ' of watch ' || f.watch FROM pin_files f, json_each(f.pins) p
		WHERE json_extract(p.value, '$.ended') AND json_extract(p.value, '$.not_after') IS NULL`},
	{"a closed finding is decided", `SELECT 'finding ' || public_id FROM findings WHERE state = 'closed' AND NOT decided`},
	{"a finding that is open has its message", `
		SELECT 'finding ' || f.public_id FROM findings f
		WHERE f.state = 'open' AND f.verdict <> 'expected' AND f.id > (SELECT finding FROM outbox_begin)
			AND ifnull((SELECT event FROM outbox o WHERE o.thread = f.public_id ORDER BY o.id DESC LIMIT 1), 'resolved') = 'resolved'`},
	{"what was told of a finding is resolved when it is not open any more", `
		SELECT 'finding ' || f.public_id FROM findings f
			JOIN outbox o ON o.id = (SELECT max(id) FROM outbox WHERE thread = f.public_id)
		WHERE f.state <> 'open' AND o.event <> 'resolved'`}, // retention takes all that was told of a matter, or nothing
	{"a message that has receivers is routed", `
		SELECT 'message ' || o.public_id FROM outbox o
		WHERE o.routed IS NULL AND EXISTS (SELECT 1 FROM deliveries d WHERE d.message = o.id)`},
	{"a digest is for the receiver of its parts", `
		SELECT 'message ' || p.message || ' for ' || p.receiver FROM deliveries p
		WHERE p.part_of IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM deliveries w WHERE w.message = p.part_of AND w.receiver = p.receiver)`},
	{"a matter that lasts was told", `
		SELECT m.thread FROM matters m
		WHERE ifnull((SELECT event FROM outbox o WHERE o.thread = m.thread ORDER BY o.id DESC LIMIT 1), '') <> m.state`},
}

// maxViolations bounds what Check returns for each invariant.
const maxViolations = 20

// Check examines everything that should always hold, on one snapshot, and returns where it does not; of many places
// for one invariant the first few. It reads the whole database.
func (r *Reader) Check(ctx context.Context) ([]Violation, error) { return r.CheckEach(ctx, nil) }

// CheckEach is Check, and tells which invariant it is at, and of how many.
func (r *Reader) CheckEach(ctx context.Context, at func(n, all int)) ([]Violation, error) {
	var out []Violation
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		for i, inv := range invariants {
			if at != nil {
				at(i, len(invariants))
			}
			var found []string
			err := tx.SelectContext(ctx, &found, inv.query+fmt.Sprintf(" LIMIT %d", maxViolations))
			switch {
			case errors.Is(classify(r.path, err), ErrCorrupt):
				found = append(found, "it cannot be read: "+err.Error())
			case err != nil:
				return fmt.Errorf("%s: %w", inv.should, err)
			}
			for _, detail := range found {
				out = append(out, Violation{Invariant: inv.should, Detail: detail})
			}
		}
		return nil
	})
	return out, r.fail(err, "check the database")
}
