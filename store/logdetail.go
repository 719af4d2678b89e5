package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// LogDetail is what is remembered of a log besides its LogStatus.
type LogDetail struct {
	// Heads are the heads kept of the log, the largest first; of many the largest few. HeadCount is how many there are.
	Heads     []SeenHead
	HeadCount int
	// Alarms are the promises that it broke, the one seen last first; of many the last few.
	Alarms     []SeenAlarm
	AlarmCount int
}

// SeenHead is a tree head as it was seen: signed for the first time at Head.Timestamp, and for the last time at Again.
type SeenHead struct {
	Head
	FirstSeen time.Time
	Again     *time.Time // nil: it was signed once
}

// SeenAlarm is an alarm with when it was raised, and how often.
type SeenAlarm struct {
	Alarm
	FirstSeen, LastSeen time.Time
	Count               int
}

// LogDetail looks up the heads and alarms of a log, at most limit of each. A log that is not in the store has none.
func (r *Reader) LogDetail(ctx context.Context, logID [32]byte, limit int) (*LogDetail, error) {
	d := &LogDetail{}
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		if err := d.loadHeads(ctx, tx, logID, limit); err != nil {
			return err
		}
		return d.loadAlarms(ctx, tx, logID, limit)
	})
	return d, r.fail(err, "look up log %x", logID[:4])
}

func (d *LogDetail) loadHeads(ctx context.Context, tx *sqlx.Tx, logID [32]byte, limit int) error {
	err := tx.GetContext(ctx, &d.HeadCount,
		"SELECT count(*) FROM tree_heads h JOIN logs l ON l.id = h.log WHERE l.log_id = ?", hash(logID))
	if err != nil {
		return err
	}
	var rows []headRow
	err = tx.SelectContext(ctx, &rows, `
		SELECT h.size, h.root, h.timestamp, h.signature, h.raw, h.first_seen, h.again_timestamp
		FROM tree_heads h JOIN logs l ON l.id = h.log WHERE l.log_id = ? ORDER BY h.size DESC, h.id DESC LIMIT ?`,
		hash(logID), limit)
	for i := range rows {
		d.Heads = append(d.Heads, rows[i].seen())
	}
	return err
}

func (d *LogDetail) loadAlarms(ctx context.Context, tx *sqlx.Tx, logID [32]byte, limit int) error {
	err := tx.GetContext(ctx, &d.AlarmCount,
		"SELECT count(*) FROM alarms a JOIN logs l ON l.id = a.log WHERE l.log_id = ?", hash(logID))
	if err != nil {
		return err
	}
	var rows []alarmRow
	err = tx.SelectContext(ctx, &rows, `
		SELECT l.log_id, a.kind, a.detail, a.head, a.other, a.first_seen, a.last_seen, a.count
		FROM alarms a JOIN logs l ON l.id = a.log WHERE l.log_id = ? ORDER BY a.last_seen DESC, a.id DESC LIMIT ?`,
		hash(logID), limit)
	for i := range rows {
		d.Alarms = append(d.Alarms, rows[i].seen())
	}
	return err
}

// headRow is a head as it was first signed.
type headRow struct {
	Size      int64  `db:"size"`
	Root      hash   `db:"root"`
	Timestamp stamp  `db:"timestamp"`
	Signature []byte `db:"signature"`
	Raw       []byte `db:"raw"`
	FirstSeen stamp  `db:"first_seen"`
	Again     *stamp `db:"again_timestamp"`
}

func (r *headRow) seen() SeenHead {
	return SeenHead{
		Head: Head{
			Size: uint64(r.Size), Root: r.Root, Timestamp: time.Time(r.Timestamp), Signature: r.Signature, Raw: r.Raw,
		},
		FirstSeen: time.Time(r.FirstSeen), Again: r.Again.plain(),
	}
}

type alarmRow struct {
	LogID     hash   `db:"log_id"`
	Kind      string `db:"kind"`
	Detail    string `db:"detail"`
	Head      []byte `db:"head"`
	Other     []byte `db:"other"`
	FirstSeen stamp  `db:"first_seen"`
	LastSeen  stamp  `db:"last_seen"`
	Count     int    `db:"count"`
}

func (r *alarmRow) seen() SeenAlarm {
	return SeenAlarm{
		Alarm:     Alarm{LogID: r.LogID, Kind: r.Kind, Detail: r.Detail, Head: r.Head, Other: r.Other},
		FirstSeen: time.Time(r.FirstSeen), LastSeen: time.Time(r.LastSeen), Count: r.Count,
	}
}
