package store

import (
	"cmp"
	"context"
	"iter"
	"strings"
	"time"
)

// Found is from when to when runs found something to be so.
type Found struct {
	FirstRun, LastRun int64
	Since, Until      time.Time
	// Ended is when it was found otherwise; nil: it was so when it was looked at last. When between the two it changed is
	// not known.
	Ended *time.Time
}

type foundRow struct {
	FirstRun int64  `db:"first_run"`
	LastRun  int64  `db:"last_run"`
	Since    stamp  `db:"since"`
	Until    stamp  `db:"until"`
	Ended    *stamp `db:"ended"`
}

func (r *foundRow) found() Found {
	return Found{
		FirstRun: r.FirstRun, LastRun: r.LastRun, Since: time.Time(r.Since), Until: time.Time(r.Until), Ended: r.Ended.plain(),
	}
}

// PastLogList is a log list, in force or not any more.
type PastLogList struct {
	LogList
	Found
}

// LogLists returns the lists that runs worked by in a period, in the order in which they were taken up.
func (s *Snapshot) LogLists(ctx context.Context, p Period) ([]PastLogList, error) {
	type row struct {
		foundRow
		Source    string `db:"source"`
		Version   string `db:"version"`
		Published *stamp `db:"published"`
		SHA256    hash   `db:"sha256"`
		Signed    bool   `db:"signed"`
		Checked   stamp  `db:"checked"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "log lists", func(r *row) PastLogList {
		return PastLogList{Found: r.found(), LogList: LogList{
			Source: r.Source, Version: r.Version, Published: r.Published.orZero(), SHA256: r.SHA256, Signed: r.Signed,
			Checked: time.Time(r.Checked),
		}}
	}, `
		SELECT source, version, published, sha256, signed, checked, first_run, last_run, since, until, ended FROM log_lists
		WHERE since < ? AND ifnull(ended, until) >= ? ORDER BY id`, until, since))
}

// PastListedLog is what the lists said of a log for a time, and whether it was followed.
type PastListedLog struct {
	ListedLog
	Found
}

// ListedLogs returns the logs that runs knew in a period, followed or not, the rows of one log one after the other in
// the order of time. What is in force counts as so until the end of the period, what was in force first from its
// beginning on: nobody looked before.
func (s *Snapshot) ListedLogs(ctx context.Context, p Period) ([]PastListedLog, error) {
	type row struct {
		foundRow
		LogID       hash   `db:"log_id"`
		Key         []byte `db:"key"`
		Description string `db:"description"`
		Operator    string `db:"operator"`
		State       string `db:"state"`
		StateSince  *stamp `db:"state_since"`
		Start       *stamp `db:"not_after_start"`
		Limit       *stamp `db:"not_after_limit"`
		MMD         int64  `db:"mmd"`
		Listed      bool   `db:"listed"`
		Why         string `db:"why"`
		Detail      string `db:"detail"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "listed logs", func(r *row) PastListedLog {
		return PastListedLog{Found: r.found(), ListedLog: ListedLog{
			LogID: r.LogID, Key: r.Key, Description: r.Description, Operator: r.Operator, State: r.State,
			StateSince: r.StateSince.orZero(), NotAfterStart: r.Start.orZero(), NotAfterLimit: r.Limit.orZero(),
			MMD: time.Duration(r.MMD) * time.Millisecond, Listed: r.Listed, Why: r.Why, Detail: r.Detail,
		}}
	}, `
		SELECT log_id, key, description, operator, state, state_since, not_after_start, not_after_limit, mmd, listed, why, detail,
			first_run, last_run, since, until, ended
		FROM listed_logs
		WHERE (ended IS NULL OR ended >= ?2)
			AND (since < ?1 OR since = (SELECT min(since) FROM listed_logs))
		ORDER BY log_id, description, id`, until, since))
}

// LogRun is how a run fared with a log, after its last pass over it.
type LogRun struct {
	Run         int64
	LogID       [32]byte
	Passes      int
	Errors      int        // passes that failed
	LastError   string     // empty: there was none
	LastErrorAt *time.Time // nil: there was none
	Position    uint64
	HeadSize    uint64 // of the largest head; 0: there is none
	// CoveredUntil is the timestamp of the latest head that the position covers; nil: there is none.
	CoveredUntil *time.Time
	First, Last  time.Time // the ends of the first and the last pass
}

// Lag is how many entries of the head were not processed at the end, and how long before the end the latest head was
// signed that is covered; 0 where there is none.
func (r *LogRun) Lag() (entries uint64, behind time.Duration) {
	if r.HeadSize > r.Position {
		entries = r.HeadSize - r.Position
	}
	if r.CoveredUntil != nil {
		behind = max(0, r.Last.Sub(*r.CoveredUntil))
	}
	return entries, behind
}

// LogRuns gives how the runs of a period fared with each log, by run and log.
func (s *Snapshot) LogRuns(ctx context.Context, p Period) iter.Seq2[*LogRun, error] {
	type row struct {
		Run       int64   `db:"run"`
		LogID     hash    `db:"log_id"`
		Passes    int     `db:"passes"`
		Errors    int     `db:"errors"`
		Error     *string `db:"last_error"`
		ErrorAt   *stamp  `db:"last_error_at"`
		Position  uint64  `db:"position"`
		HeadSize  uint64  `db:"head_size"`
		CoveredTo *stamp  `db:"covered_until"`
		First     stamp   `db:"first_at"`
		Last      stamp   `db:"last_at"`
	}
	since, until := p.bounds()
	return stream(ctx, s, "runs and logs", func(r *row) *LogRun {
		out := &LogRun{
			Run: r.Run, LogID: r.LogID, Passes: r.Passes, Errors: r.Errors, LastErrorAt: r.ErrorAt.plain(), Position: r.Position,
			HeadSize: r.HeadSize, CoveredUntil: r.CoveredTo.plain(), First: time.Time(r.First), Last: time.Time(r.Last),
		}
		if r.Error != nil {
			out.LastError = *r.Error
		}
		return out
	}, `
		SELECT r.run, l.log_id, r.passes, r.errors, r.last_error, r.last_error_at, ifnull(r.position, 0) AS position,
			ifnull(r.head_size, 0) AS head_size, r.covered_until, r.first_at, r.last_at
		FROM run_logs r JOIN logs l ON l.id = r.log
		WHERE r.last_at >= ?1 AND r.first_at < ?2 ORDER BY r.run, r.log`, since, until)
}

// LogSpan is what has been looked at of a log.
type LogSpan struct {
	LogID [32]byte
	// Start is the first entry that was looked at: where the log was begun or, from there without a gap, looked back to.
	Start    uint64
	StartWhy string
	// From is since when: entries stamped later were all looked at, as far as Until. Zero: all from the first one on. Where
	// a date was asked for it is that date, which holds for a log whose timestamps are out of order by no more than its MMD.
	From time.Time
	// Until is the timestamp of the latest head that the position covers. nil: there is none.
	Until    *time.Time
	Position uint64
	HeadSize uint64
	// Passed is when a pass over the log ended well the last time; nil: never.
	Passed *time.Time
}

// LogSpans returns what has been looked at of every log that was begun, until now: a period that is over may have been
// looked at later.
func (s *Snapshot) LogSpans(ctx context.Context) ([]LogSpan, error) {
	type row struct {
		LogID    hash   `db:"log_id"`
		Start    uint64 `db:"start"`
		Why      string `db:"start_why"`
		From     *stamp `db:"started_from"`
		Back     *stamp `db:"back_from"`
		Until    *stamp `db:"covered_until"`
		Position uint64 `db:"position"`
		HeadSize uint64 `db:"head_size"`
		Passed   *stamp `db:"passed"`
	}
	return collect(stream(ctx, s, "what was looked at", func(r *row) LogSpan {
		return LogSpan{
			LogID: r.LogID, Start: r.Start, StartWhy: r.Why, From: spanStart(r.Start, r.Why, cmp.Or(r.Back, r.From)), Until: r.Until.plain(),
			Position: r.Position, HeadSize: r.HeadSize, Passed: r.Passed.plain(),
		}
	}, `
		WITH RECURSIVE `+begun+`
		SELECT l.log_id, b.at AS start, iif(b.at < l.start, 'looked back', l.start_why) AS start_why, l.position, (`+coveredUntil+`) AS covered_until,
			ifnull((SELECT timestamp FROM tree_heads h WHERE h.log = l.id AND h.size >= b.at AND `+notAccused+`
				ORDER BY h.size LIMIT 1), (SELECT max(timestamp) FROM tree_heads WHERE log = l.id)) AS started_from,
			(SELECT min(k.since) FROM lookbacks k WHERE k.log = l.id AND k.from_index = b.at AND b.at < l.start) AS back_from,
			(SELECT size FROM tree_heads WHERE id = l.head) AS head_size, p.passed
		FROM logs l JOIN begun b ON b.log = l.id LEFT JOIN (SELECT log, max(last_at) AS passed FROM run_logs
			WHERE passes > errors AND ifnull(last_error_at, 0) < last_at GROUP BY log) p ON p.log = l.id
		ORDER BY l.id`))
}

// spanStart is since when a log is looked at. No entry before the start is younger than the smallest head that has it:
// a head is at least as young as each of its entries (RFC 6962 section 3.5).
func spanStart(start uint64, why string, head *stamp) time.Time {
	if start == 0 {
		return time.Time{}
	}
	if asked, err := time.Parse(time.RFC3339, strings.TrimPrefix(why, "start: ")); err == nil {
		return asked.UTC()
	}
	return head.orZero()
}

// orZero is the zero time for NULL.
func (s *stamp) orZero() time.Time {
	if s == nil {
		return time.Time{}
	}
	return time.Time(*s)
}
