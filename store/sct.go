package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// What is known of the signature of an SCT.
const (
	SCTValid      = "valid"
	SCTInvalid    = "invalid"     // the log did not sign this: the certificate's fault, or its issuer's, not the log's
	SCTUnknownLog = "unknown_log" // no list has the log, so that its key is not known
	SCTUnverified = "unverified"  // what the log signed could not be put together
)

// What became of the promise that a valid SCT is: the log is to show the entry within its MMD (RFC 6962 section 3).
const (
	PromiseOpen   = "open"   // not known yet: the delay is not over, the log is not followed or not read that far
	PromiseKept   = "kept"   // the entry is there
	PromiseUnseen = "unseen" // it is where nobody has looked, and the log could not be asked
	PromiseBroken = "broken" // the entry is not there
)

// BrokenPromise is the kind of the alarm about a promise that was not kept.
const BrokenPromise = "broken_promise"

// SCT is a signed certificate timestamp in a final certificate.
type SCT struct {
	Place     int // in the list of the certificate
	LogID     [32]byte
	Timestamp time.Time
	LeafIndex *uint64 // of static-ct-api; nil: it names none
	Raw       []byte  // SignedCertificateTimestamp
	Signature string
}

// Final is a final certificate of the record.
type Final struct {
	SHA256        [32]byte
	DER           []byte
	IssuerKeyHash *[32]byte // nil: the issuer could not be had
}

// CheckedFinal is what was found of the SCTs of a final certificate.
type CheckedFinal struct {
	SHA256  [32]byte
	SCTs    []SCT
	Problem string // what could not be read or verified; empty: nothing
}

// final notes that the SCTs of a final certificate are to be checked.
func (w *recorder) final(ctx context.Context, s *Sighting) error {
	if s.Type != "x509" {
		return nil
	}
	_, err := w.tx.ExecContext(ctx, "INSERT INTO finals (cert) VALUES (?) ON CONFLICT DO NOTHING", hash(s.CertSHA256))
	return err
}

// checkFinals has the SCTs of an issuance checked again: its issuer became known, whose key they sign.
func (w *recorder) checkFinals(ctx context.Context, issuance int64) error {
	_, err := w.tx.ExecContext(ctx, "UPDATE finals SET checked = NULL WHERE cert IN (SELECT cert_sha256 FROM sightings WHERE issuance = ?)", issuance)
	return err
}

// UncheckedFinals returns final certificates whose SCTs are to be checked, at most limit of them. Of those where that is
// done they are no more.
func (r *Reader) UncheckedFinals(ctx context.Context, limit int) ([]Final, error) {
	var rows []struct {
		Cert   hash   `db:"cert"`
		DER    []byte `db:"der"`
		Issuer *hash  `db:"issuer_key_hash"`
	}
	err := r.db.SelectContext(ctx, &rows, `
		SELECT f.cert, c.der, (SELECT i.issuer_key_hash FROM sightings s JOIN issuances i ON i.id = s.issuance
			WHERE s.cert_sha256 = f.cert AND i.issuer_key_hash IS NOT NULL LIMIT 1) AS issuer_key_hash
		FROM finals f JOIN certificates c ON c.sha256 = f.cert WHERE f.checked IS NULL LIMIT ?`, limit)
	out := make([]Final, len(rows))
	for i, row := range rows {
		out[i] = Final{SHA256: row.Cert, DER: row.DER, IssuerKeyHash: row.Issuer.plain()}
	}
	return out, r.fail(err, "list final certificates")
}

// RecordSCTs writes what was found of the SCTs of final certificates. A promise that is settled stays so.
func (s *Store) RecordSCTs(ctx context.Context, finals []CheckedFinal, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		for i := range finals {
			if err := finals[i].write(ctx, tx, now); err != nil {
				return err
			}
		}
		return nil
	})
	return s.fail(err, "record SCTs")
}

func (f *CheckedFinal) write(ctx context.Context, tx *sqlx.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, "UPDATE finals SET checked = ?, problem = ? WHERE cert = ?", stamp(now), f.Problem, hash(f.SHA256))
	for i := range f.SCTs {
		if err != nil {
			return err
		}
		s := &f.SCTs[i]
		var promise *string
		if s.Signature == SCTValid {
			promise = new(PromiseOpen)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO scts (cert, place, log_id, timestamp, leaf_index, raw, signature, promise) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (cert, place) DO UPDATE SET signature = excluded.signature, promise = excluded.promise WHERE promise IS NULL`,
			hash(f.SHA256), s.Place, hash(s.LogID), stamp(s.Timestamp), s.LeafIndex, blob(s.Raw), s.Signature, promise)
	}
	return err
}

// CheckUnknown has the SCTs of logs checked again that were unknown when they were checked, and are known now.
func (s *Store) CheckUnknown(ctx context.Context, known func(logID [32]byte) bool) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var logs []hash
		err := tx.SelectContext(ctx, &logs, "SELECT DISTINCT log_id FROM scts WHERE signature = 'unknown_log'")
		for _, id := range logs {
			if err != nil {
				return err
			}
			if known(id) {
				_, err = tx.ExecContext(ctx, `
					UPDATE finals SET checked = NULL WHERE cert IN (SELECT cert FROM scts WHERE signature = 'unknown_log' AND log_id = ?)`, id)
			}
		}
		return err
	})
	return s.fail(err, "look for SCTs of logs that became known")
}
