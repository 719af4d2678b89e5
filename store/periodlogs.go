package store

import (
	"context"
	"iter"
	"time"
)

// Logs returns every log that is in the store; see LogStatuses.
func (s *Snapshot) Logs(ctx context.Context) ([]LogStatus, error) {
	out, err := loadLogStatuses(ctx, s.tx)
	return out, s.r.fail(err, "list logs")
}

// Covered is entries of a log that were verified and matched in one run, under one policy, on one UTC day.
type Covered struct {
	LogID        [32]byte
	Run          int64
	Policy       [32]byte
	From, To     uint64 // From <= index < To
	Head         Head   // the last one that they were verified to, as it was first signed, without its raw bytes
	Precerts     uint64
	Matched      uint64 // entries that concern a watch
	Undetermined uint64 // entries that could not be read in full
	Pruned       uint64 // of those that concern a watch, not kept any more
	First, Last  time.Time
}

// Coverage gives what was covered in a period, by log and index. The first and the last row of a log may reach beyond
// the period, by less than a day.
func (s *Snapshot) Coverage(ctx context.Context, p Period) iter.Seq2[*Covered, error] {
	type row struct {
		LogID        hash   `db:"log_id"`
		Run          int64  `db:"run"`
		Policy       hash   `db:"policy"`
		From         uint64 `db:"from_index"`
		To           uint64 `db:"to_index"`
		HeadSize     uint64 `db:"size"`
		HeadRoot     hash   `db:"root"`
		HeadTime     stamp  `db:"timestamp"`
		HeadSigned   []byte `db:"signature"`
		Precerts     uint64 `db:"precerts"`
		Matched      uint64 `db:"matched"`
		Undetermined uint64 `db:"undetermined"`
		Pruned       uint64 `db:"pruned"`
		First        stamp  `db:"first_at"`
		Last         stamp  `db:"last_at"`
	}
	since, until := p.bounds()
	return stream(ctx, s, "coverage", func(r *row) *Covered {
		return &Covered{
			LogID: r.LogID, Run: r.Run, Policy: r.Policy, From: r.From, To: r.To,
			Head:     Head{Size: r.HeadSize, Root: r.HeadRoot, Timestamp: time.Time(r.HeadTime), Signature: r.HeadSigned},
			Precerts: r.Precerts, Matched: r.Matched, Undetermined: r.Undetermined, Pruned: r.Pruned,
			First: time.Time(r.First), Last: time.Time(r.Last),
		}
	}, `
		SELECT l.log_id, c.run, c.policy, c.from_index, c.to_index, h.size, h.root, h.timestamp, h.signature, c.precerts,
			c.matched, c.undetermined, c.pruned, c.first_at, c.last_at
		FROM coverage c JOIN logs l ON l.id = c.log JOIN tree_heads h ON h.id = c.head
		WHERE c.first_at >= max(?1, ?3) - ?3 AND c.first_at < ?2 AND c.last_at >= ?1
		ORDER BY c.log, c.from_index`, max(since, 0), until, dayMillis)
}

// PeriodHeads are the heads of a log in a period, as they were first signed.
type PeriodHeads struct {
	Before *SeenHead // the last one seen before the period; nil where there is none. So are the next two
	First  *SeenHead
	Last   *SeenHead
	Count  int // of those that were new in the period
}

// Heads returns the heads of a log that were new in a period: first and last, and how many. A log that is not in the
// store has none.
func (s *Snapshot) Heads(ctx context.Context, logID [32]byte, p Period) (*PeriodHeads, error) {
	since, until := p.bounds()
	out := &PeriodHeads{}
	for _, q := range []struct {
		to           **SeenHead
		since, until int64
		order        string
	}{{&out.Before, 0, since, "DESC"}, {&out.First, since, until, "ASC"}, {&out.Last, since, until, "DESC"}} {
		var rows []headRow
		err := s.tx.SelectContext(ctx, &rows, `
			SELECT size, root, timestamp, signature, raw, first_seen, again_timestamp FROM tree_heads
			WHERE log = (SELECT id FROM logs WHERE log_id = ?) AND first_seen >= ? AND first_seen < ?
			ORDER BY first_seen `+q.order+", id "+q.order+" LIMIT 1", hash(logID), q.since, q.until)
		if err != nil {
			return nil, s.r.fail(err, "read heads")
		}
		if len(rows) > 0 {
			*q.to = new(rows[0].seen())
		}
	}
	err := s.tx.GetContext(ctx, &out.Count, `
		SELECT count(*) FROM tree_heads
		WHERE log = (SELECT id FROM logs WHERE log_id = ?) AND first_seen >= ? AND first_seen < ?`, hash(logID), since, until)
	return out, s.r.fail(err, "count heads")
}

// Alarms gives the alarms that were raised in a period, for the first time or again, in the order of the first time.
// Each comes with its evidence.
func (s *Snapshot) Alarms(ctx context.Context, p Period) iter.Seq2[*SeenAlarm, error] {
	since, until := p.bounds()
	return stream(ctx, s, "alarms", func(r *alarmRow) *SeenAlarm { return new(r.seen()) }, `
		SELECT l.log_id, a.kind, a.detail, a.head, a.other, a.first_seen, a.last_seen, a.count
		FROM alarms a JOIN logs l ON l.id = a.log WHERE a.first_seen < ? AND a.last_seen >= ? ORDER BY a.id`, until, since)
}

// UndeterminedCount is how many entries of a log could not be read in full, for one reason.
type UndeterminedCount struct {
	LogID    [32]byte
	Reason   string
	Count    int
	Matched  int // of these, concern a watch or may
	Resolved int // of these, a later reading could read in full
}

// UndeterminedCounts sums up the entries of a period that could not be read in full, by log and reason.
func (s *Snapshot) UndeterminedCounts(ctx context.Context, p Period) ([]UndeterminedCount, error) {
	type row struct {
		LogID    hash   `db:"log_id"`
		Reason   string `db:"reason"`
		Count    int    `db:"n"`
		Matched  int    `db:"matched"`
		Resolved int    `db:"resolved"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "undetermined entries", func(r *row) UndeterminedCount {
		return UndeterminedCount{LogID: r.LogID, Reason: r.Reason, Count: r.Count, Matched: r.Matched, Resolved: r.Resolved}
	}, `
		SELECT l.log_id, u.reason, count(*) AS n, sum(u.matched) AS matched, count(u.resolved) AS resolved
		FROM undetermined u JOIN logs l ON l.id = u.log WHERE u.first_seen >= ? AND u.first_seen < ?
		GROUP BY u.log, u.reason ORDER BY u.log, u.reason`, since, until))
}

// Unread is an entry that could not be read in full when its log was followed.
type Unread struct {
	LogID     [32]byte
	Index     uint64
	Reason    string
	Leaf      []byte // TimestampedEntry, or the whole MerkleTreeLeaf where Whole is set
	Whole     bool
	Matched   bool // it concerns a watch, or may
	FirstSeen time.Time
	Resolved  *time.Time // when a later reading read it in full; nil: not yet
}

// Undetermined gives the entries of a period that could not be read in full, those that may concern a watch first, then
// by log and index, at most limit of them.
func (s *Snapshot) Undetermined(ctx context.Context, p Period, limit int) iter.Seq2[*Unread, error] {
	type row struct {
		LogID     hash   `db:"log_id"`
		Entry     uint64 `db:"entry"`
		Reason    string `db:"reason"`
		Leaf      []byte `db:"leaf"`
		Whole     bool   `db:"whole"`
		Matched   bool   `db:"matched"`
		FirstSeen stamp  `db:"first_seen"`
		Resolved  *stamp `db:"resolved"`
	}
	since, until := p.bounds()
	return stream(ctx, s, "undetermined entries", func(r *row) *Unread {
		return &Unread{
			LogID: r.LogID, Index: r.Entry, Reason: r.Reason, Leaf: r.Leaf, Whole: r.Whole, Matched: r.Matched,
			FirstSeen: time.Time(r.FirstSeen), Resolved: r.Resolved.plain(),
		}
	}, `
		SELECT l.log_id, u.entry, u.reason, u.leaf, u.whole, u.matched, u.first_seen, u.resolved
		FROM undetermined u JOIN logs l ON l.id = u.log
		WHERE u.rowid IN (SELECT rowid FROM undetermined WHERE first_seen >= ? AND first_seen < ?
			ORDER BY matched DESC, log, rowid LIMIT ?)
		ORDER BY u.matched DESC, u.log, u.entry`, since, until, limit)
}
