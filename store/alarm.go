package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/jmoiron/sqlx"
)

// Alarm is a promise that a log broke.
type Alarm struct {
	LogID  [32]byte
	Kind   string
	Detail string
	// Head is the raw tree head that cannot be true, Other the raw earlier one that it contradicts; either may be
	// missing. Of a BrokenPromise, Head is one that the promised entry should be under, and Other the promise; see Promise.
	Head, Other []byte
}

// maxAlarms bounds how many alarms of one kind a log can fill the database with.
const maxAlarms = 1000

// RecordAlarm keeps the evidence of an alarm for ever. It is new if the log, the kind or the raw heads differ from
// every earlier alarm; otherwise, or if the log has raised a thousand of the kind already, an earlier one is counted
// once more.
func (s *Store) RecordAlarm(ctx context.Context, a Alarm, now time.Time) (isNew bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		isNew, err = a.write(ctx, tx, now)
		return err
	})
	return isNew, s.fail(err, "record alarm about log %x", a.LogID[:4])
}

// write does the work of RecordAlarm.
func (a *Alarm) write(ctx context.Context, tx *sqlx.Tx, now time.Time) (isNew bool, err error) {
	log, err := findLog(ctx, tx, a.LogID)
	if err != nil {
		return false, err
	}
	evidence := a.evidence()
	const again = "UPDATE alarms SET last_seen = ?, count = count + 1 WHERE id = "
	changed, err := update(ctx, tx, again+"(SELECT id FROM alarms WHERE log = ? AND kind = ? AND evidence = ?)",
		stamp(now), log.ID, a.Kind, evidence)
	if err != nil || changed > 0 {
		return false, err
	}
	var newest struct {
		Count int    `db:"count"`
		ID    *int64 `db:"id"`
	}
	err = tx.GetContext(ctx, &newest, "SELECT count(*) AS count, max(id) AS id FROM alarms WHERE log = ? AND kind = ?",
		log.ID, a.Kind)
	if err != nil {
		return false, err
	}
	if newest.Count >= maxAlarms {
		_, err = tx.ExecContext(ctx, again+"?", stamp(now), newest.ID)
		return false, err
	}
	id, err := insert(ctx, tx, `
		INSERT INTO alarms (log, kind, detail, head, other, evidence, first_seen, last_seen)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)`, log.ID, a.Kind, a.Detail, a.Head, a.Other, evidence, stamp(now))
	if err != nil {
		return false, err
	}
	_, err = tellAlarm(ctx, tx, a.LogID, a.Kind, id, now)
	return true, err
}

// evidence is the hash that tells alarms of one kind apart.
func (a *Alarm) evidence() hash {
	d := sha256.New()
	for _, raw := range [][]byte{a.Head, a.Other} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(raw)))
		d.Write(n[:])
		d.Write(raw)
	}
	return hash(d.Sum(nil))
}
