package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Finding is an issuance that concerns a watch, and what was said of it.
type Finding struct {
	ID       string // 32 hex digits
	Watch    string
	Verdict  string
	Severity string
	Reasons  []string
	// KeyPinned, IssuerPinned and ChainPinned are nil where the watch has no such dimension or it could not be decided.
	KeyPinned, IssuerPinned, ChainPinned *bool
	Matches                              []Match
	Decided                              bool
	Policy                               [32]byte // hash of the watch list and pins it was judged by
	State                                string
	Due                                  *time.Time // when a pending one is opened; nil for any other
	FirstSeen, Updated                   time.Time
	Issuance                             Issuance
	// KeySeen are other issuances with the same key, the first seen first and 8 at most. It is empty where the key is
	// pinned, and for a finding that is closed.
	KeySeen []KeySeen
	// PinnedFor are other watches that pin the key at present, 8 at most; for the same findings.
	PinnedFor []string
	// Sightings are ordered by the time they were first seen, then by log and index. Beyond a thousand they are left out.
	Sightings []SeenAt
}

// SeenAt is where an issuance was seen.
type SeenAt struct {
	LogID      [32]byte
	Log        string // description
	Index      uint64
	Type       string
	CertSHA256 [32]byte
	Timestamp  time.Time // of the entry
	FirstSeen  time.Time
}

// Filter chooses findings. A list that is empty does not restrict; what is given must all be fulfilled.
type Filter struct {
	IDs        []string // in full
	Watches    []string
	Verdicts   []string
	Severities []string
	// States restricts to these. Where it is empty, only open findings are chosen, unless All is set or IDs are given.
	States []string
	All    bool
	// Since and Until bound the time of birth: Since <= first seen < Until. Zero is no bound.
	Since, Until time.Time
	// After is the ID of the last finding of the page before.
	After string
	// Limit is how many to return at most; 0 stands for 1000, which is also the greatest.
	Limit int
}

const (
	maxPage      = 1000 // findings in one answer
	maxSightings = 1000 // sightings shown with a finding
)

// Findings returns the findings that f chooses, in order of birth, a page at a time: the next one is asked for with
// Filter.After. An ID in After that is unknown gives an *UnknownFindingError.
func (r *Reader) Findings(ctx context.Context, f Filter) ([]Finding, error) {
	var out []Finding
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		where, args, err := f.where(ctx, tx)
		if err != nil {
			return err
		}
		limit := maxPage
		if f.Limit > 0 {
			limit = min(f.Limit, maxPage)
		}
		out, err = loadFindings(ctx, tx, where+" ORDER BY f.id LIMIT ?", append(args, limit)...)
		return err
	})
	return out, r.fail(err, "list findings")
}

// Watches returns the IDs of all watches that the record knows: those with findings, and those that ever had pins of
// their own. A watch may stand in it twice.
func (r *Reader) Watches(ctx context.Context) (ids []string, err error) {
	err = r.db.SelectContext(ctx, &ids, `
		SELECT DISTINCT watch FROM findings UNION ALL
		SELECT DISTINCT watch FROM pins WHERE instr(watch, ' ') = 0`) // the name of a list has a space
	return ids, r.fail(err, "list the watches of the record")
}

// where translates the filter to a condition and its arguments.
func (f *Filter) where(ctx context.Context, tx *sqlx.Tx) (string, []any, error) {
	states := f.States
	if len(states) == 0 && !f.All && len(f.IDs) == 0 {
		states = []string{StateOpen}
	}
	cond := "TRUE"
	var args []any
	add := func(c string, arg any) { cond, args = cond+" AND "+c, append(args, arg) }
	for _, in := range []struct {
		column string
		values []string
	}{
		{"f.public_id", f.IDs}, {"f.watch", f.Watches}, {"f.verdict", f.Verdicts}, {"f.severity", f.Severities}, {"f.state", states},
	} {
		switch len(in.values) {
		case 0:
		case 1: // an index gives these in order of birth, without sorting
			add(in.column+" = ?", in.values[0])
		default:
			add(in.column+" IN (SELECT value FROM json_each(?))", list[string](in.values))
		}
	}
	if !f.Since.IsZero() {
		add("f.first_seen >= ?", stamp(f.Since))
	}
	if !f.Until.IsZero() {
		add("f.first_seen < ?", stamp(f.Until))
	}
	if f.After != "" {
		id, err := findFinding(ctx, tx, f.After)
		if err != nil {
			return "", nil, err
		}
		add("f.id > ?", id)
	}
	return cond, args, nil
}

// findingRow is a finding with its issuance.
type findingRow struct {
	ID           int64        `db:"id"`
	PublicID     string       `db:"public_id"`
	Issuance     int64        `db:"issuance"`
	Watch        string       `db:"watch"`
	Verdict      string       `db:"verdict"`
	Severity     string       `db:"severity"`
	Reasons      list[string] `db:"reasons"`
	KeyPinned    *bool        `db:"key_pinned"`
	IssuerPinned *bool        `db:"issuer_pinned"`
	ChainPinned  *bool        `db:"chain_pinned"`
	Matches      list[Match]  `db:"matches"`
	Decided      bool         `db:"decided"`
	Policy       hash         `db:"policy"`
	State        string       `db:"state"`
	Due          *stamp       `db:"due"`
	FirstSeen    stamp        `db:"first_seen"`
	Updated      stamp        `db:"updated"`

	TBS       hash         `db:"tbs_sha256"`
	IssuerKey *hash        `db:"issuer_key_hash"`
	SPKI      *hash        `db:"spki_sha256"`
	Serial    string       `db:"serial"`
	Issuer    string       `db:"issuer"`
	Subject   string       `db:"subject"`
	NotBefore *stamp       `db:"not_before"`
	NotAfter  *stamp       `db:"not_after"`
	Names     list[string] `db:"names"`
}

func (r *findingRow) finding() Finding {
	return Finding{
		ID: r.PublicID, Watch: r.Watch, Verdict: r.Verdict, Severity: r.Severity, Reasons: r.Reasons,
		KeyPinned: r.KeyPinned, IssuerPinned: r.IssuerPinned, ChainPinned: r.ChainPinned,
		Matches: r.Matches, Decided: r.Decided, Policy: r.Policy, State: r.State, Due: r.Due.plain(),
		FirstSeen: time.Time(r.FirstSeen), Updated: time.Time(r.Updated),
		Issuance: Issuance{
			TBSSHA256: r.TBS, IssuerKeyHash: r.IssuerKey.plain(), SPKISHA256: r.SPKI.plain(),
			Serial: r.Serial, Issuer: r.Issuer, Subject: r.Subject,
			NotBefore: r.NotBefore.plain(), NotAfter: r.NotAfter.plain(), Names: r.Names,
		},
	}
}

// loadFindings returns the findings that fulfil the condition, with their sightings.
func loadFindings(ctx context.Context, tx *sqlx.Tx, where string, args ...any) ([]Finding, error) {
	var rows []findingRow
	err := tx.SelectContext(ctx, &rows, `
		SELECT f.id, f.public_id, f.issuance, f.watch, f.verdict, f.severity, f.reasons, f.key_pinned, f.issuer_pinned,
			f.chain_pinned, f.matches, f.decided, f.policy, f.state, f.due, f.first_seen, f.updated,
			i.tbs_sha256, i.issuer_key_hash, i.spki_sha256, i.serial, i.issuer, i.subject, i.not_before, i.not_after, i.names
		FROM findings f JOIN issuances i ON i.id = f.issuance WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	issuances := make(list[int64], len(rows))
	for i := range rows {
		issuances[i] = rows[i].Issuance
	}
	seen, err := loadSightings(ctx, tx, issuances)
	if err != nil {
		return nil, err
	}
	out := make([]Finding, len(rows))
	for i := range rows {
		out[i] = rows[i].finding()
		out[i].Sightings = seen[rows[i].Issuance]
	}
	return out, loadKeySeen(ctx, tx, rows, out)
}

// loadSightings returns the sightings of issuances.
func loadSightings(ctx context.Context, tx *sqlx.Tx, issuances list[int64]) (map[int64][]SeenAt, error) {
	rows, err := tx.QueryxContext(ctx, `
		SELECT s.issuance, l.log_id, l.description, s.entry, s.type, s.cert_sha256, s.timestamp, s.first_seen
		FROM (SELECT issuance, log, entry, type, cert_sha256, timestamp, first_seen,
				row_number() OVER (PARTITION BY issuance ORDER BY first_seen, log, entry) AS n
			FROM sightings WHERE issuance IN (SELECT value FROM json_each(?))) s JOIN logs l ON l.id = s.log
		WHERE s.n <= ? ORDER BY s.issuance, s.n`, issuances, maxSightings)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[int64][]SeenAt)
	for rows.Next() {
		var issuance, entry int64
		var s SeenAt
		var timestamp, firstSeen stamp
		err := rows.Scan(&issuance, (*hash)(&s.LogID), &s.Log, &entry, &s.Type, (*hash)(&s.CertSHA256), &timestamp, &firstSeen)
		if err != nil {
			return nil, err
		}
		s.Index, s.Timestamp, s.FirstSeen = uint64(entry), time.Time(timestamp), time.Time(firstSeen)
		out[issuance] = append(out[issuance], s)
	}
	return out, rows.Err()
}
