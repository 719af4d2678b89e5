package store

import (
	"context"
	"iter"
	"time"

	"github.com/jmoiron/sqlx"
)

// PastFinding is a finding with what became of it after its birth, the oldest first.
type PastFinding struct {
	Finding
	History []Event
}

// findingsPage is how many findings are in memory at a time.
const findingsPage = 200

// Findings gives the findings that f chooses, in order of birth. Filter.Limit bounds how many these are; 0 is no bound.
func (s *Snapshot) Findings(ctx context.Context, f Filter) iter.Seq2[*PastFinding, error] {
	return func(yield func(*PastFinding, error) bool) {
		where, args, err := f.where(ctx, s.tx)
		var span struct{ After, Last int64 }
		if err == nil {
			span.After, span.Last, err = f.span(ctx, s.tx)
		}
		for left := f.Limit; err == nil; {
			limit := findingsPage
			if f.Limit > 0 {
				limit = min(limit, left)
			}
			var page []PastFinding
			page, span.After, err = s.findings(ctx, where, args, span.After, span.Last, limit)
			for i := range page {
				if !yield(&page[i], nil) {
					return
				}
			}
			left -= len(page)
			if len(page) == 0 || f.Limit > 0 && left == 0 {
				break
			}
		}
		if err != nil {
			yield(nil, s.r.fail(err, "read findings"))
		}
	}
}

// span bounds the rows of the findings that f chooses: those that come after a row, up to the last one. Without it, the
// next page would be looked for among all that were born in the time that f names.
func (f *Filter) span(ctx context.Context, tx *sqlx.Tx) (after, last int64, err error) {
	since, until := Period{Since: f.Since, Until: f.Until}.bounds()
	err = tx.QueryRowxContext(ctx, `
		SELECT ifnull(min(id) - 1, 0), ifnull(max(id), 0) FROM findings WHERE first_seen >= ? AND first_seen < ?`,
		since, until).Scan(&after, &last)
	return after, last, err
}

// findings loads a page, and says which row it ends with.
func (s *Snapshot) findings(
	ctx context.Context, where string, args []any, after, last int64, limit int,
) ([]PastFinding, int64, error) {
	var ids list[int64]
	err := s.tx.SelectContext(ctx, &ids,
		"SELECT f.id FROM findings f WHERE "+where+" AND f.id > ? AND f.id <= ? ORDER BY f.id LIMIT ?",
		append(args[:len(args):len(args)], after, last, limit)...)
	if err != nil || len(ids) == 0 {
		return nil, after, err
	}
	const chosen = "f.id IN (SELECT value FROM json_each(?)) ORDER BY f.id"
	found, err := loadFindings(ctx, s.tx, chosen, ids)
	if err != nil {
		return nil, after, err
	}
	out := make([]PastFinding, len(found))
	at := make(map[int64]*PastFinding, len(found))
	for i := range found {
		out[i].Finding = found[i]
		at[ids[i]] = &out[i]
	}
	return out, ids[len(ids)-1], loadHistories(ctx, s.tx, ids, at)
}

func loadHistories(ctx context.Context, tx *sqlx.Tx, ids list[int64], at map[int64]*PastFinding) error {
	rows, err := tx.QueryxContext(ctx, `
		SELECT finding, at, who, what, why FROM finding_events
		WHERE finding IN (SELECT value FROM json_each(?)) ORDER BY finding, id`, ids)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var finding int64
		var e Event
		if err := rows.Scan(&finding, (*stamp)(&e.At), &e.Who, &e.What, &e.Why); err != nil {
			return err
		}
		at[finding].History = append(at[finding].History, e)
	}
	return rows.Err()
}

// VerdictCount is how many findings of a verdict were born on a UTC day.
type VerdictCount struct {
	Day     time.Time
	Verdict string
	Count   int
}

// VerdictCounts counts the findings of a period by the day of their birth and the verdict that they have now. Days
// without findings are left out.
func (s *Snapshot) VerdictCounts(ctx context.Context, p Period) ([]VerdictCount, error) {
	type row struct {
		Day     int64  `db:"day"`
		Verdict string `db:"verdict"`
		Count   int    `db:"n"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "verdicts", func(r *row) VerdictCount {
		return VerdictCount{Day: time.UnixMilli(r.Day * dayMillis).UTC(), Verdict: r.Verdict, Count: r.Count}
	}, `
		SELECT first_seen / ?1 AS day, verdict, count(*) AS n FROM findings INDEXED BY findings_verdict
		WHERE verdict IN (SELECT DISTINCT verdict FROM findings) AND first_seen >= ?2 AND first_seen < ?3
		GROUP BY day, verdict ORDER BY day, verdict`, dayMillis, since, until))
}

// IssuerCount is how many issuances of a CA concern a watch.
type IssuerCount struct {
	Watch         string
	Issuer        string
	IssuerKeyHash *[32]byte // nil where the issuer could not be had
	Count         int
}

// IssuerCounts counts the findings of a period that have a verdict, by watch and issuer.
func (s *Snapshot) IssuerCounts(ctx context.Context, p Period, verdict string) ([]IssuerCount, error) {
	type row struct {
		Watch     string `db:"watch"`
		Issuer    string `db:"issuer"`
		IssuerKey *hash  `db:"issuer_key_hash"`
		Count     int    `db:"n"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "issuers", func(r *row) IssuerCount {
		return IssuerCount{Watch: r.Watch, Issuer: r.Issuer, IssuerKeyHash: r.IssuerKey.plain(), Count: r.Count}
	}, `
		SELECT f.watch, i.issuer, i.issuer_key_hash, count(*) AS n FROM findings f JOIN issuances i ON i.id = f.issuance
		WHERE f.verdict = ? AND f.first_seen >= ? AND f.first_seen < ?
		GROUP BY f.watch, i.issuer, i.issuer_key_hash ORDER BY f.watch, i.issuer, i.issuer_key_hash`, verdict, since, until))
}

// Concern is a finding in short, for lists of very many.
type Concern struct {
	ID        string // of the finding
	Watch     string
	Verdict   string
	State     string
	FirstSeen time.Time
	Issuance  Issuance
	Sightings int
}

// Concerns gives the findings of a period that have a verdict, in order of birth.
func (s *Snapshot) Concerns(ctx context.Context, p Period, verdict string) iter.Seq2[*Concern, error] {
	type row struct {
		findingRow
		Sightings int `db:"n"`
	}
	since, until := p.bounds()
	return stream(ctx, s, "issuances", func(r *row) *Concern {
		f := r.finding()
		return &Concern{
			ID: f.ID, Watch: f.Watch, Verdict: f.Verdict, State: f.State, FirstSeen: f.FirstSeen, Issuance: f.Issuance,
			Sightings: r.Sightings,
		}
	}, `
		SELECT f.public_id, f.watch, f.verdict, f.state, f.first_seen, i.tbs_sha256, i.issuer_key_hash, i.spki_sha256,
			i.serial, i.issuer, i.subject, i.not_before, i.not_after, i.names,
			(SELECT count(*) FROM sightings s WHERE s.issuance = i.id) AS n
		FROM findings f JOIN issuances i ON i.id = f.issuance
		WHERE f.verdict = ? AND f.first_seen >= ? AND f.first_seen < ? ORDER BY f.first_seen, f.id`, verdict, since, until)
}

// Logged is a log entry of an issuance, with all that is kept of it.
type Logged struct {
	SeenAt
	Leaf       []byte        // TimestampedEntry
	DER        []byte        // of the certificate or precertificate, as submitted
	Chain      []Certificate // as submitted, issuer first; one whose DER is empty was not to be had
	Keys       [][32]byte    // see Sighting
	WholeChain bool
}

// Entries gives the log entries of the finding with the given ID or unique prefix, in the order in which they were
// first seen. Errors: *UnknownFindingError, *AmbiguousFindingError.
func (s *Snapshot) Entries(ctx context.Context, idOrPrefix string) iter.Seq2[*Logged, error] {
	return func(yield func(*Logged, error) bool) {
		id, err := findFinding(ctx, s.tx, idOrPrefix)
		if err != nil {
			yield(nil, s.r.fail(err, "look up finding"))
			return
		}
		for entry, err := range s.entries(ctx, id) {
			if err == nil {
				err = s.loadChain(ctx, entry)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func (s *Snapshot) entries(ctx context.Context, finding int64) iter.Seq2[*Logged, error] {
	type row struct {
		LogID      hash   `db:"log_id"`
		Log        string `db:"description"`
		Entry      uint64 `db:"entry"`
		Type       string `db:"type"`
		CertSHA256 hash   `db:"cert_sha256"`
		Timestamp  stamp  `db:"timestamp"`
		FirstSeen  stamp  `db:"first_seen"`
		Leaf       []byte `db:"leaf"`
		DER        []byte `db:"der"`
		Chain      hashes `db:"chain"`
		Keys       hashes `db:"keys"`
		WholeChain bool   `db:"whole_chain"`
	}
	return stream(ctx, s, "log entries", func(r *row) *Logged {
		out := &Logged{
			SeenAt: SeenAt{
				LogID: r.LogID, Log: r.Log, Index: r.Entry, Type: r.Type, CertSHA256: r.CertSHA256,
				Timestamp: time.Time(r.Timestamp), FirstSeen: time.Time(r.FirstSeen),
			},
			Leaf: r.Leaf, DER: r.DER, Keys: r.Keys, WholeChain: r.WholeChain,
		}
		for _, sha := range r.Chain {
			out.Chain = append(out.Chain, Certificate{SHA256: sha})
		}
		return out
	}, `
		SELECT l.log_id, l.description, s.entry, s.type, s.cert_sha256, s.timestamp, s.first_seen, s.leaf, c.der, s.chain,
			s.keys, s.whole_chain
		FROM findings f JOIN sightings s ON s.issuance = f.issuance JOIN logs l ON l.id = s.log
			JOIN certificates c ON c.sha256 = s.cert_sha256
		WHERE f.id = ? ORDER BY s.first_seen, s.log, s.entry`, finding)
}

// loadChain fills in the DER of a chain.
func (s *Snapshot) loadChain(ctx context.Context, e *Logged) error {
	for i := range e.Chain {
		der, err := certificate(ctx, s.tx, e.Chain[i].SHA256)
		if err != nil {
			return s.r.fail(err, "look up certificate %x", e.Chain[i].SHA256[:4])
		}
		e.Chain[i].DER = der
	}
	return nil
}
