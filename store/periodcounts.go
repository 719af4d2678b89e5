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
