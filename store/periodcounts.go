package store

import "context"

// FindingCount is how many findings are alike.
type FindingCount struct {
	Verdict  string
	Severity string
	State    string
	Count    int
}

// FindingCounts counts the findings of a period by what they are now.
func (s *Snapshot) FindingCounts(ctx context.Context, p Period) ([]FindingCount, error) {
	type row struct {
		Verdict  string `db:"verdict"`
		Severity string `db:"severity"`
		State    string `db:"state"`
		Count    int    `db:"n"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "findings", func(r *row) FindingCount { return FindingCount(*r) }, `
		SELECT verdict, severity, state, count(*) AS n FROM findings INDEXED BY findings_first_seen
		WHERE first_seen >= ? AND first_seen < ? GROUP BY verdict, severity, state ORDER BY verdict, severity, state`,
		since, until))
}

// CountFindings counts the findings that f chooses. Filter.Limit and Filter.After do not count.
func (s *Snapshot) CountFindings(ctx context.Context, f Filter) (int, error) {
	f.After = ""
	where, args, err := f.where(ctx, s.tx)
	var n int
	if err == nil {
		err = s.tx.GetContext(ctx, &n, "SELECT count(*) FROM findings f WHERE "+where, args...)
	}
	return n, s.r.fail(err, "count findings")
}

// SCTCount is how many SCTs of a log are alike.
type SCTCount struct {
	LogID     [32]byte
	Signature string
	Promise   string // empty where the signature is not valid
	Count     int
}

// SCTCounts counts the SCTs that are stamped in a period, of all final certificates in the record.
func (s *Snapshot) SCTCounts(ctx context.Context, p Period) ([]SCTCount, error) {
	type row struct {
		LogID     hash   `db:"log_id"`
		Signature string `db:"signature"`
		Promise   string `db:"promise"`
		Count     int    `db:"n"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "SCTs", func(r *row) SCTCount {
		return SCTCount{LogID: r.LogID, Signature: r.Signature, Promise: r.Promise, Count: r.Count}
	}, `
		SELECT log_id, signature, ifnull(promise, '') AS promise, count(*) AS n FROM scts WHERE timestamp >= ? AND timestamp < ?
		GROUP BY log_id, signature, promise ORDER BY log_id, signature, promise`, since, until))
}
