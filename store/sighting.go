package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Issuance is a distinct certificate, however often and in whichever form it was logged. Its identity are the first
// two fields; of the rest, what could not be read is empty.
type Issuance struct {
	TBSSHA256 [32]byte // of the TBSCertificate in precertificate form
	// IssuerKeyHash is issuer_key_hash of RFC 6962: the SHA-256 of the issuer's SubjectPublicKeyInfo. Nil where the
	// issuer could not be had.
	IssuerKeyHash *[32]byte
	SPKISHA256    *[32]byte
	Serial        string // hex
	Issuer        string
	Subject       string
	NotBefore     *time.Time
	NotAfter      *time.Time
	Names         []string
}

// Sighting is one log entry of an issuance.
type Sighting struct {
	Issuance   Issuance
	Index      uint64
	Type       string     // x509, precert
	CertSHA256 [32]byte   // of the (pre)certificate as submitted
	Timestamp  time.Time  // of the entry
	Leaf       []byte     // TimestampedEntry
	Chain      [][32]byte // hashes of the submitted chain, issuer first
	// Keys are the SPKI hashes of the chain as far as it is proved, the certificate's own first where it could be read.
	// WholeChain says that they are all of it.
	Keys       [][32]byte
	WholeChain bool
	Findings   []Judged // for each watch that it concerns
}

// recorder writes the rows of one commit.
type recorder struct {
	tx     *sqlx.Tx
	log    int64
	policy [32]byte
	now    time.Time
	done   *Committed
	// lookback is the row of what is looked back at; nil where a log is followed.
	lookback *int64
}

// certificates keeps the DER of certificates that are not kept yet. A chain comes with every leaf below it.
func (w *recorder) certificates(ctx context.Context, certs []Certificate) error {
	written := make(map[[32]byte]bool)
	for i := range certs {
		c := &certs[i]
		if written[c.SHA256] {
			continue
		}
		written[c.SHA256] = true
		_, err := w.tx.ExecContext(ctx, "INSERT INTO certificates (sha256, der) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
			hash(c.SHA256), blob(c.DER))
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *recorder) sighting(ctx context.Context, s *Sighting) error {
	issuance, err := w.issuance(ctx, &s.Issuance)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, `
		INSERT INTO sightings (log, entry, issuance, type, cert_sha256, timestamp, leaf, chain, keys, whole_chain, first_seen, lookback)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		w.log, s.Index, issuance, s.Type, hash(s.CertSHA256), stamp(s.Timestamp), blob(s.Leaf), hashes(s.Chain), hashes(s.Keys),
		s.WholeChain, stamp(w.now), w.lookback)
	if err == nil {
		err = w.final(ctx, s)
	}
	if err != nil {
		return err
	}
	return w.findings(ctx, issuance, s)
}

func (w *recorder) findings(ctx context.Context, issuance int64, s *Sighting) error {
	for i := range s.Findings {
		if err := w.finding(ctx, issuance, &s.Issuance, &s.Findings[i]); err != nil {
			return err
		}
	}
	return nil
}

// issuance returns the row of the issuance.
//
// An issuer that could not be had is taken for the one that is known for the same TBS, and one that becomes known
// fills the gap: nearly always it is the same certificate, logged where its issuer cannot be fetched. What this could
// hide is a certificate with the same key, names and serial from another CA that claims to be the same, in a log that
// does not show its chain: whoever has it could not use it without the private key of the one that was judged.
func (w *recorder) issuance(ctx context.Context, iss *Issuance) (int64, error) {
	if id, err := w.known(ctx, iss); id != 0 || err != nil {
		return id, err
	}
	return insert(ctx, w.tx, `
		INSERT INTO issuances (tbs_sha256, issuer_key_hash, spki_sha256, serial, issuer, subject, not_before, not_after,
			names, first_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		hash(iss.TBSSHA256), (*hash)(iss.IssuerKeyHash), (*hash)(iss.SPKISHA256), iss.Serial, iss.Issuer, iss.Subject,
		(*stamp)(iss.NotBefore), (*stamp)(iss.NotAfter), list[string](iss.Names), stamp(w.now))
}

// known returns the row of the issuance, 0 where there is none.
func (w *recorder) known(ctx context.Context, iss *Issuance) (int64, error) {
	var known []struct {
		ID     int64 `db:"id"`
		Issuer *hash `db:"issuer_key_hash"`
	}
	err := w.tx.SelectContext(ctx, &known,
		"SELECT id, issuer_key_hash FROM issuances WHERE tbs_sha256 = ? ORDER BY id", hash(iss.TBSSHA256))
	if err != nil {
		return 0, err
	}
	gap := int64(0)
	for _, k := range known {
		switch {
		case iss.IssuerKeyHash == nil, k.Issuer != nil && *k.Issuer == *iss.IssuerKeyHash:
			return k.ID, nil
		case k.Issuer == nil:
			gap = k.ID
		}
	}
	if gap != 0 {
		_, err := w.tx.ExecContext(ctx, "UPDATE issuances SET issuer_key_hash = ? WHERE id = ?", (*hash)(iss.IssuerKeyHash), gap)
		if err != nil {
			return 0, err
		}
		return gap, w.checkFinals(ctx, gap)
	}
	return 0, nil
}

// describe overwrites what was read of an issuance, except its identity, with what was read when it was decided.
func (w *recorder) describe(ctx context.Context, id int64, iss *Issuance) error {
	_, err := w.tx.ExecContext(ctx, `
		UPDATE issuances SET spki_sha256 = ?, serial = ?, issuer = ?, subject = ?, not_before = ?, not_after = ?, names = ?
		WHERE id = ?`,
		(*hash)(iss.SPKISHA256), iss.Serial, iss.Issuer, iss.Subject, (*stamp)(iss.NotBefore), (*stamp)(iss.NotAfter),
		list[string](iss.Names), id)
	return err
}

func (w *recorder) undetermined(ctx context.Context, u *Undetermined) error {
	_, err := w.tx.ExecContext(ctx, `
		INSERT INTO undetermined (log, entry, reason, matched, whole, first_seen, leaf, lookback) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		w.log, u.Index, u.Reason, u.Matched, u.Whole, stamp(w.now), blob(u.Leaf), w.lookback)
	return err
}
