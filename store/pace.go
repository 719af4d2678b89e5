package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Pace is how fast a log grew of late, and how fast it was read. A duration of 0 means that it is not known.
type Pace struct {
	Grown   uint64 // entries between the oldest head that was looked at and the latest
	GrownIn time.Duration
	Read    uint64        // entries that the last run verified and matched
	ReadIn  time.Duration // how long it worked on them, from its beginning to the last of them
}

// paceRows bounds how many heads and rows of coverage of a log are looked at.
const paceRows = 256

// Paces returns the pace of every log, by log ID, from what happened at since or later: of heads and coverage the last
// 256 rows.
func (r *Reader) Paces(ctx context.Context, since time.Time) (map[[32]byte]Pace, error) {
	out := map[[32]byte]Pace{}
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		var logs []struct {
			ID    int64 `db:"id"`
			LogID hash  `db:"log_id"`
		}
		if err := tx.SelectContext(ctx, &logs, "SELECT id, log_id FROM logs"); err != nil {
			return err
		}
		for _, log := range logs {
			var p Pace
			if err := p.loadGrowth(ctx, tx, log.ID, since); err != nil {
				return err
			}
			if err := p.loadReading(ctx, tx, log.ID, since); err != nil {
				return err
			}
			out[log.LogID] = p
		}
		return nil
	})
	return out, r.fail(err, "look up how fast logs are read")
}

// loadGrowth compares the largest head in its latest signing with the smallest one that was seen since.
func (p *Pace) loadGrowth(ctx context.Context, tx *sqlx.Tx, log int64, since time.Time) error {
	var rows []struct {
		Size   int64 `db:"size"`
		First  stamp `db:"timestamp"`
		Latest stamp `db:"latest"`
		Seen   stamp `db:"first_seen"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT size, timestamp, ifnull(again_timestamp, timestamp) AS latest, first_seen
		FROM tree_heads WHERE log = ? ORDER BY size DESC LIMIT ?`, log, paceRows)
	for _, row := range rows {
		if time.Time(row.Seen).Before(since) {
			break
		}
		p.Grown = uint64(rows[0].Size - row.Size)
		p.GrownIn = time.Time(rows[0].Latest).Sub(time.Time(row.First))
	}
	return err
}

// loadReading sums up the coverage that the last run has added since. The work on a row begins where the row before it
// ended or, for the first one, where the run began: entries are committed when they have been read.
func (p *Pace) loadReading(ctx context.Context, tx *sqlx.Tx, log int64, since time.Time) error {
	var rows []struct {
		Run     int64 `db:"run"`
		Started stamp `db:"started"`
		From    int64 `db:"from_index"`
		To      int64 `db:"to_index"`
		Last    stamp `db:"last_at"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT c.run, r.started, c.from_index, c.to_index, c.last_at
		FROM coverage c JOIN runs r ON r.id = c.run WHERE c.log = ? ORDER BY c.from_index DESC LIMIT ?`, log, paceRows)
	for i, row := range rows {
		if time.Time(row.Last).Before(since) || row.Run != rows[0].Run {
			break
		}
		begun := time.Time(row.Started)
		if i+1 < len(rows) && rows[i+1].Run == row.Run {
			begun = time.Time(rows[i+1].Last)
		}
		p.Read += uint64(row.To - row.From)
		p.ReadIn += time.Time(row.Last).Sub(begun)
	}
	return err
}
