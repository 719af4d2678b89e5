package store

import (
	"context"
	"time"
)

// PastRun is a run, under way or over.
type PastRun struct {
	Run
	ID      int64
	Started time.Time
	Ended   *time.Time // nil: under way, or killed
	Outcome string     // empty where Ended is nil
}

// Runs returns the runs that were under way in a period, in the order in which they began. One that was killed is
// taken to have ended when the next one began, at the latest. One that looks back goes on beside others.
func (s *Snapshot) Runs(ctx context.Context, p Period) ([]PastRun, error) {
	type row struct {
		ID      int64   `db:"id"`
		Kind    string  `db:"kind"`
		Policy  hash    `db:"policy"`
		Started stamp   `db:"started"`
		Ended   *stamp  `db:"ended"`
		Outcome *string `db:"outcome"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "runs", func(r *row) PastRun {
		out := PastRun{
			Run: Run{Kind: r.Kind, Policy: r.Policy}, ID: r.ID, Started: time.Time(r.Started), Ended: r.Ended.plain(),
		}
		if r.Outcome != nil {
			out.Outcome = *r.Outcome
		}
		return out
	}, `
		SELECT id, kind, policy, started, ended, outcome FROM (
			SELECT *, coalesce(ended, (SELECT n.started FROM runs n WHERE n.id > r.id AND n.kind <> 'lookback' ORDER BY n.id LIMIT 1), ?2)
				AS over FROM runs r)
		WHERE started < ?2 AND over >= ?1 ORDER BY id`, since, until))
}

// PastPolicy is a policy, in force or not any more.
type PastPolicy struct {
	Policy [32]byte
	Names  [32]byte // hash of all that decides which names match, pins aside; zero: not known
	Since  time.Time
	Until  *time.Time // nil: it is in force
}

// Policies returns the policies that were in force in a period, one after the other.
func (s *Snapshot) Policies(ctx context.Context, p Period) ([]PastPolicy, error) {
	type row struct {
		Policy hash   `db:"policy"`
		Names  *hash  `db:"names"`
		Since  stamp  `db:"since"`
		Until  *stamp `db:"until"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "policies", func(r *row) PastPolicy {
		out := PastPolicy{Policy: r.Policy, Since: time.Time(r.Since), Until: r.Until.plain()}
		if r.Names != nil {
			out.Names = *r.Names
		}
		return out
	}, `
		SELECT p.policy, n.names, since, until
		FROM (SELECT *, lead(since) OVER (ORDER BY id) AS until FROM policies) p LEFT JOIN policy_names n ON n.policy = p.policy
		WHERE since < ?2 AND ifnull(until, ?1) >= ?1 ORDER BY id`, since, until))
}

// PastPin is a pin, in force or not any more.
type PastPin struct {
	Pin
	Since time.Time
	Until *time.Time // nil: it is in force
}

// Pins returns the pins that were in force in a period, in the order in which they were added.
func (s *Snapshot) Pins(ctx context.Context, p Period) ([]PastPin, error) {
	type row struct {
		Watch     string `db:"watch"`
		Dimension string `db:"dimension"`
		SPKI      hash   `db:"spki"`
		Label     string `db:"label"`
		Source    string `db:"source"`
		Since     stamp  `db:"since"`
		Until     *stamp `db:"until"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "pins", func(r *row) PastPin {
		return PastPin{
			Pin:   Pin{Watch: r.Watch, Dimension: r.Dimension, SPKI: r.SPKI, Label: r.Label, Source: r.Source},
			Since: time.Time(r.Since), Until: r.Until.plain(),
		}
	}, `
		SELECT watch, dimension, spki, label, source, since, until FROM pins
		WHERE since < ?2 AND ifnull(until, ?1) >= ?1 ORDER BY id`, since, until))
}

// Authorisations returns those that were in force in a period, in the order in which they were added.
func (s *Snapshot) Authorisations(ctx context.Context, p Period) ([]Authorisation, error) {
	since, until := p.bounds()
	out, err := loadAuthorisations(ctx, s.tx, "a.added < ? AND (a.ended IS NULL OR a.ended >= ?)", until, since)
	return out, s.r.fail(err, "read authorisations")
}
