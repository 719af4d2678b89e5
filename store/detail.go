package store

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// Detail is all that is kept of one finding.
type Detail struct {
	Finding
	// History is what became of it after its birth, the oldest first.
	History []Event
	// Certificates are those of its sightings, as submitted, each once, in the order of Sightings.
	Certificates []Certificate
}

// Event is a change of a finding.
type Event struct {
	At   time.Time
	Who  string // a person, or "pinwatch"
	What string // acknowledged, reopened, decided, merged
	Why  string
}

// maxCertificates bounds how many certificates are shown with a finding. An issuance has two: precertificate and final.
const maxCertificates = 16

// Finding returns the finding with the given ID, or the only one whose ID begins with it; where there is none, the one
// that such a finding was merged into. Errors:
// *UnknownFindingError, *AmbiguousFindingError.
func (r *Reader) Finding(ctx context.Context, idOrPrefix string) (*Detail, error) {
	var d Detail
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		id, err := findFinding(ctx, tx, idOrPrefix)
		if err != nil {
			return err
		}
		found, err := loadFindings(ctx, tx, "f.id = ?", id)
		if err != nil {
			return err
		}
		d.Finding = found[0]
		if d.History, err = loadHistory(ctx, tx, id); err != nil {
			return err
		}
		d.Certificates, err = loadCertificates(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, r.fail(err, "look up finding")
	}
	return &d, nil
}

// findFinding returns the row of a finding by its ID or a prefix of it.
func findFinding(ctx context.Context, tx *sqlx.Tx, idOrPrefix string) (int64, error) {
	prefix := strings.ToLower(strings.TrimSpace(idOrPrefix))
	if prefix == "" || strings.Trim(prefix, "0123456789abcdef") != "" {
		return 0, &UnknownFindingError{ID: idOrPrefix}
	}
	var rows []struct {
		ID       int64  `db:"id"`
		PublicID string `db:"public_id"`
	}
	// "g" is the letter behind the hex digits.
	err := tx.SelectContext(ctx, &rows, `
		SELECT id, public_id FROM findings WHERE public_id >= ?1 AND public_id < ?1 || 'g' ORDER BY public_id LIMIT 5`, prefix)
	switch {
	case err != nil:
		return 0, err
	case len(rows) == 0:
		return findMerged(ctx, tx, prefix)
	case len(rows) > 1:
		ambiguous := &AmbiguousFindingError{Prefix: prefix}
		for _, r := range rows {
			ambiguous.IDs = append(ambiguous.IDs, r.PublicID)
		}
		return 0, ambiguous
	}
	return rows[0].ID, nil
}

// findMerged returns the row of the finding that took in the one whose ID begins with prefix: messages and tickets may
// still name it.
func findMerged(ctx context.Context, tx *sqlx.Tx, prefix string) (int64, error) {
	var into []int64
	err := tx.SelectContext(ctx, &into, `
		SELECT DISTINCT finding FROM finding_events WHERE what = 'merged' AND why LIKE 'finding ' || ? || '%' LIMIT 2`, prefix)
	if err == nil && len(into) != 1 {
		err = &UnknownFindingError{ID: prefix}
	}
	if err != nil {
		return 0, err
	}
	return into[0], nil
}

func loadHistory(ctx context.Context, tx *sqlx.Tx, finding int64) ([]Event, error) {
	var rows []struct {
		At   stamp  `db:"at"`
		Who  string `db:"who"`
		What string `db:"what"`
		Why  string `db:"why"`
	}
	err := tx.SelectContext(ctx, &rows, "SELECT at, who, what, why FROM finding_events WHERE finding = ? ORDER BY id", finding)
	var out []Event
	for _, r := range rows {
		out = append(out, Event{At: time.Time(r.At), Who: r.Who, What: r.What, Why: r.Why})
	}
	return out, err
}

func loadCertificates(ctx context.Context, tx *sqlx.Tx, finding int64) ([]Certificate, error) {
	var rows []struct {
		SHA256 hash   `db:"sha256"`
		DER    []byte `db:"der"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT c.sha256, c.der FROM findings f JOIN sightings s ON s.issuance = f.issuance
			JOIN certificates c ON c.sha256 = s.cert_sha256
		WHERE f.id = ? GROUP BY c.sha256 ORDER BY min(s.first_seen), min(s.log), min(s.entry) LIMIT ?`, finding, maxCertificates)
	var out []Certificate
	for _, r := range rows {
		out = append(out, Certificate{SHA256: r.SHA256, DER: r.DER})
	}
	return out, err
}
