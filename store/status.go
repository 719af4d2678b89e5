package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// LogStatus is how far a log has been followed, and how that goes.
type LogStatus struct {
	ID            [32]byte
	Key           []byte // DER SubjectPublicKeyInfo
	Description   string
	Operator      string
	URL           string
	MonitoringURL string
	FirstSeen     time.Time

	Started  bool // the log has a position; otherwise the next four are zero
	Start    uint64
	StartWhy string
	Position uint64
	Totals   Totals

	// Head is the largest head that was saved, in its latest signing, without signature and raw bytes; nil if there is
	// none.
	Head *Head

	LastContact *time.Time // nil: never
	LastError   string     // of the time LastErrorAt, whether or not it is over
	LastErrorAt *time.Time

	Alarms    int    // distinct ones
	LastAlarm string // kind of the one seen last
}

// Totals sums up the coverage of a log.
type Totals struct {
	Entries      uint64 // verified and matched
	Precerts     uint64 // of these
	Matched      uint64 // concern a watch; those that were found when looking back among them, wherever they lie
	Undetermined uint64 // could not be read in full; likewise
	Outstanding  uint64 // of these, no later reading could read them in full either
}

// Lag is how many entries of the head are not processed yet.
func (s *LogStatus) Lag() uint64 {
	if s.Head == nil || s.Head.Size < s.Position {
		return 0
	}
	return s.Head.Size - s.Position
}

// LogStatuses returns every log that is in the store, ordered by operator and description.
func (r *Reader) LogStatuses(ctx context.Context) ([]LogStatus, error) {
	out, err := loadLogStatuses(ctx, r.db)
	return out, r.fail(err, "list logs")
}

func loadLogStatuses(ctx context.Context, from sqlx.QueryerContext) ([]LogStatus, error) {
	var rows []statusRow
	err := sqlx.SelectContext(ctx, from, &rows, `
		SELECT l.log_id, l.key, l.description, l.operator, l.url, l.monitoring_url, l.first_seen,
			l.position IS NOT NULL AS is_started, ifnull(l.start, 0) AS start, ifnull(l.start_why, '') AS start_why,
			ifnull(l.position, 0) AS position, l.precerts,
			l.matched + (SELECT ifnull(sum(k.matched), 0) FROM lookbacks k WHERE k.log = l.id) AS matched,
			l.undetermined + (SELECT ifnull(sum(k.undetermined), 0) FROM lookbacks k WHERE k.log = l.id) AS undetermined,
			(SELECT count(*) FROM undetermined u WHERE u.log = l.id AND u.resolved IS NULL) AS outstanding,
			h.size, h.root, ifnull(h.again_timestamp, h.timestamp) AS timestamp,
			l.last_contact, ifnull(l.last_error, '') AS last_error, l.last_error_at,
			(SELECT count(*) FROM alarms a WHERE a.log = l.id) AS alarms,
			ifnull((SELECT kind FROM alarms a WHERE a.log = l.id ORDER BY last_seen DESC, id DESC LIMIT 1), '') AS last_alarm
		FROM logs l LEFT JOIN tree_heads h ON h.id = l.head
		ORDER BY l.operator, l.description, l.log_id`)
	if err != nil {
		return nil, err
	}
	out := make([]LogStatus, len(rows))
	for i := range rows {
		out[i] = rows[i].status()
	}
	return out, nil
}

type statusRow struct {
	LogID         hash   `db:"log_id"`
	Key           []byte `db:"key"`
	Description   string `db:"description"`
	Operator      string `db:"operator"`
	URL           string `db:"url"`
	MonitoringURL string `db:"monitoring_url"`
	FirstSeen     stamp  `db:"first_seen"`
	Started       bool   `db:"is_started"`
	Start         uint64 `db:"start"`
	StartWhy      string `db:"start_why"`
	Position      uint64 `db:"position"`
	Precerts      uint64 `db:"precerts"`
	Matched       uint64 `db:"matched"`
	Undetermined  uint64 `db:"undetermined"`
	Outstanding   uint64 `db:"outstanding"`
	HeadSize      *int64 `db:"size"`
	HeadRoot      *hash  `db:"root"`
	HeadTime      *stamp `db:"timestamp"`
	LastContact   *stamp `db:"last_contact"`
	LastError     string `db:"last_error"`
	LastErrorAt   *stamp `db:"last_error_at"`
	Alarms        int    `db:"alarms"`
	LastAlarm     string `db:"last_alarm"`
}

func (r *statusRow) status() LogStatus {
	s := LogStatus{
		ID: r.LogID, Key: r.Key, Description: r.Description, Operator: r.Operator, URL: r.URL, MonitoringURL: r.MonitoringURL,
		FirstSeen: time.Time(r.FirstSeen), Started: r.Started, Start: r.Start, StartWhy: r.StartWhy, Position: r.Position,
		Totals: Totals{
			Entries: r.Position - r.Start, Precerts: r.Precerts, Matched: r.Matched, Undetermined: r.Undetermined,
			Outstanding: r.Outstanding,
		},
		LastContact: r.LastContact.plain(), LastError: r.LastError, LastErrorAt: r.LastErrorAt.plain(),
		Alarms: r.Alarms, LastAlarm: r.LastAlarm,
	}
	if r.HeadSize != nil {
		s.Head = &Head{Size: uint64(*r.HeadSize), Root: *r.HeadRoot.plain(), Timestamp: *r.HeadTime.plain()}
	}
	return s
}
