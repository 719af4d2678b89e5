package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"
)

// Delivery is a message that is due for a receiver.
type Delivery struct {
	Outgoing
	Since    time.Time // when it was to be sent, or taken up again
	Attempts int       // that failed since then
}

// Outgoing is a message with what there is to say now. One of Finding, Alarm, Payload and Parts is set.
type Outgoing struct {
	Row      int64  // names it to this package
	ID       string // names it to others, the same each time
	Kind     string
	Event    string
	Severity string
	Thread   string
	Created  time.Time

	Finding *Finding
	Last    *Event // what became of the finding last; of EventResolved only
	Alarm   *AlarmDetail
	Payload json.RawMessage
	// Parts are the messages that a digest or a summary stands for, the worst first; of many the first. Parted is how many
	// they are in all.
	Parts  []Outgoing
	Parted int
}

// AlarmDetail is an alarm with the log that it is about.
type AlarmDetail struct {
	Alarm
	Log                 string // description
	Operator            string
	FirstSeen, LastSeen time.Time
	Count               int
	// More are the alarms of its kind about the log that were recorded between the one that was told before and this one,
	// and not told by themselves.
	More int
}

// maxParts is how many messages of a digest or summary are returned with it.
const maxParts = 100

// outgoingColumns are those of outgoingRow, of outbox o LEFT JOIN findings f.
const outgoingColumns = `o.id, o.public_id, o.kind, o.event, o.severity, o.thread, o.created, o.alarm, o.payload,
	ifnull(f.public_id, '') AS finding`

type outgoingRow struct {
	ID       int64   `db:"id"`
	PublicID string  `db:"public_id"`
	Kind     string  `db:"kind"`
	Event    string  `db:"event"`
	Severity string  `db:"severity"`
	Thread   string  `db:"thread"`
	Created  stamp   `db:"created"`
	Alarm    *int64  `db:"alarm"`
	Payload  *string `db:"payload"`
	Finding  string  `db:"finding"`

	Since    stamp `db:"since"`
	Attempts int   `db:"attempts"`
	Parted   int   `db:"parted"`
}

// Due returns what is due for a receiver, what waited longest first. Of several messages about one matter only the
// first is returned: the next one has its turn when that was dealt with. What it costs does not depend on how much was
// ever sent.
func (r *Reader) Due(ctx context.Context, receiver string, now time.Time, limit int) ([]Delivery, error) {
	var out []Delivery
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		var rows []outgoingRow
		err := tx.SelectContext(ctx, &rows, `
			SELECT `+outgoingColumns+`, d.since, d.attempts,
				(SELECT count(*) FROM deliveries p WHERE p.part_of = o.id) AS parted
			FROM deliveries d JOIN outbox o ON o.id = d.message LEFT JOIN findings f ON f.id = o.finding
			WHERE d.receiver = ?1 AND d.due <= ?2 AND NOT EXISTS (
				SELECT 1 FROM outbox b JOIN deliveries bd ON bd.message = b.id AND bd.receiver = ?1
				WHERE b.thread = o.thread AND b.id < o.id AND bd.due IS NOT NULL)
			ORDER BY d.due, d.message LIMIT ?3`, receiver, stamp(now), limit)
		if err != nil {
			return err
		}
		all, err := loadOutgoing(ctx, tx, rows)
		if err != nil {
			return err
		}
		out = make([]Delivery, len(all))
		for i := range all {
			out[i] = Delivery{Outgoing: all[i], Since: time.Time(rows[i].Since), Attempts: rows[i].Attempts}
		}
		return nil
	})
	return out, r.fail(err, "list what is due for %s", receiver)
}

// Waiting is what waits for a receiver, and what it was sent of late.
type Waiting struct {
	Due   int       // how many messages are due; of very many, ten thousand
	Next  time.Time // when one that is not due yet will be; zero: none waits
	Sent  int       // how many were sent after the time that was asked for, and not in the future: a clock was wrong
	First time.Time // when the first of these was; zero: none
}

// Waiting says what waits for a receiver at now, and what it was sent after since.
func (r *Reader) Waiting(ctx context.Context, receiver string, now, since time.Time) (w Waiting, err error) {
	var next, first *stamp
	err = r.db.QueryRowxContext(ctx, `
		SELECT (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE receiver = ?1 AND due <= ?2 LIMIT 10000)),
			(SELECT min(due) FROM deliveries WHERE receiver = ?1 AND due > ?2),
			count(*), min(sent) FROM deliveries WHERE receiver = ?1 AND sent > ?3 AND sent <= ?2`,
		receiver, stamp(now), stamp(since)).Scan(&w.Due, &next, &w.Sent, &first)
	if next != nil {
		w.Next = time.Time(*next)
	}
	if first != nil {
		w.First = time.Time(*first)
	}
	return w, r.fail(err, "look up what waits for %s", receiver)
}

// loadOutgoing reads what there is to say in messages, a page at a time.
func loadOutgoing(ctx context.Context, tx *sqlx.Tx, rows []outgoingRow) ([]Outgoing, error) {
	var findings list[string]
	var alarms list[int64]
	for i := range rows {
		if rows[i].Finding != "" {
			findings = append(findings, rows[i].Finding)
		}
		if rows[i].Alarm != nil {
			alarms = append(alarms, *rows[i].Alarm)
		}
	}
	found := map[string]*Finding{}
	if len(findings) > 0 {
		all, err := loadFindings(ctx, tx, "f.public_id IN (SELECT value FROM json_each(?))", findings)
		if err != nil {
			return nil, err
		}
		for i := range all {
			found[all[i].ID] = &all[i]
		}
	}
	raised, err := loadAlarmDetails(ctx, tx, alarms)
	if err != nil {
		return nil, err
	}
	out := make([]Outgoing, len(rows))
	for i := range rows {
		row := &rows[i]
		out[i] = Outgoing{
			Row: row.ID, ID: row.PublicID, Kind: row.Kind, Event: row.Event, Severity: row.Severity, Thread: row.Thread,
			Created: time.Time(row.Created), Finding: found[row.Finding], Parted: row.Parted,
		}
		if row.Alarm != nil {
			out[i].Alarm = raised[*row.Alarm]
		}
		if out[i].Finding != nil && row.Event == EventResolved {
			if out[i].Last, err = lastOf(ctx, tx, row.Finding); err != nil {
				return nil, err
			}
		}
		if row.Payload != nil {
			out[i].Payload = json.RawMessage(*row.Payload)
		}
		if row.Parted > 0 {
			if out[i].Parts, err = loadParts(ctx, tx, row.ID); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// lastOf is the last event of a finding's history, nil where there is none.
func lastOf(ctx context.Context, tx *sqlx.Tx, finding string) (*Event, error) {
	id, err := findFinding(ctx, tx, finding)
	if err != nil {
		return nil, err
	}
	history, err := loadHistory(ctx, tx, id)
	if err != nil || len(history) == 0 {
		return nil, err
	}
	return &history[len(history)-1], nil
}

// severityRank puts the worst first.
const severityRank = "CASE o.severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END"

func loadParts(ctx context.Context, tx *sqlx.Tx, whole int64) ([]Outgoing, error) {
	var rows []outgoingRow
	err := tx.SelectContext(ctx, &rows, `
		SELECT `+outgoingColumns+` FROM deliveries d JOIN outbox o ON o.id = d.message LEFT JOIN findings f ON f.id = o.finding
		WHERE d.part_of = ? ORDER BY `+severityRank+`, o.id LIMIT ?`, whole, maxParts)
	if err != nil {
		return nil, err
	}
	return loadOutgoing(ctx, tx, rows)
}

func loadAlarmDetails(ctx context.Context, tx *sqlx.Tx, ids list[int64]) (map[int64]*AlarmDetail, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.QueryxContext(ctx, `
		SELECT a.id, l.log_id, l.description, l.operator, a.kind, a.detail, a.head, a.other, a.first_seen, a.last_seen, a.count,
			(SELECT count(*) FROM alarms b WHERE b.log = a.log AND b.kind = a.kind AND b.id < a.id
				AND b.id > (SELECT max(o.alarm) FROM outbox o WHERE o.thread = `+alarmThread+` AND o.alarm < a.id)) AS more
		FROM alarms a JOIN logs l ON l.id = a.log WHERE a.id IN (SELECT value FROM json_each(?))`, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]*AlarmDetail{}
	for rows.Next() {
		var id int64
		var a AlarmDetail
		err := rows.Scan(&id, (*hash)(&a.LogID), &a.Log, &a.Operator, &a.Kind, &a.Detail, &a.Head, &a.Other,
			(*stamp)(&a.FirstSeen), (*stamp)(&a.LastSeen), &a.Count, &a.More)
		if err != nil {
			return nil, err
		}
		out[id] = &a
	}
	return out, rows.Err()
}
