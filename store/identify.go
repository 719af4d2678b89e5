package store

import (
	"context"
	"fmt"
)

// identify returns the issuance that an entry turns out to be of, given the one that its sighting names and what it
// was read as now.
//
// The identity of a certificate that could not be walked is the hash of its bytes; once it can be walked, it has its
// real one. All sightings of the old issuance have the same bytes there, so what holds for one of them holds for all:
//
//   - Where nothing is known by the new identity, the issuance gets it. Its findings stay, with the IDs under which
//     people know them.
//   - Where there is an issuance of that identity already, it was one all along, and told twice. Its sightings and
//     findings become those of the other (absorb), and it is gone.
//
// An issuer that was established before stays, should it not be had now.
func (w *recorder) identify(ctx context.Context, old int64, iss *Issuance) (int64, error) {
	var was struct {
		TBS    hash  `db:"tbs_sha256"`
		Issuer *hash `db:"issuer_key_hash"`
	}
	err := w.tx.GetContext(ctx, &was, "SELECT tbs_sha256, issuer_key_hash FROM issuances WHERE id = ?", old)
	if err != nil {
		return 0, err
	}
	now := *iss
	if now.IssuerKeyHash == nil {
		now.IssuerKeyHash = was.Issuer.plain()
	}
	if now.TBSSHA256 == was.TBS && was.Issuer != nil && *now.IssuerKeyHash == *was.Issuer {
		return old, nil
	}
	id, err := w.known(ctx, &now)
	switch {
	case err != nil || id == old:
		return id, err
	case id != 0:
		return id, w.absorb(ctx, id, old)
	}
	_, err = w.tx.ExecContext(ctx, "UPDATE issuances SET tbs_sha256 = ?, issuer_key_hash = ? WHERE id = ?",
		hash(now.TBSSHA256), (*hash)(now.IssuerKeyHash), old)
	return old, err
}

// absorb makes all that is recorded of the issuance gone part of the issuance id. Of two findings of one watch that of
// id stays, since what it says was read without trouble; its history gets that of the other and says which one it was.
func (w *recorder) absorb(ctx context.Context, id, gone int64) error {
	_, err := w.tx.ExecContext(ctx, "UPDATE sightings SET issuance = ? WHERE issuance = ?", id, gone)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, `
		UPDATE findings SET issuance = ?1 WHERE issuance = ?2
			AND watch NOT IN (SELECT watch FROM findings WHERE issuance = ?1)`, id, gone)
	if err != nil {
		return err
	}
	var twins []twin
	err = w.tx.SelectContext(ctx, &twins, `
		SELECT t.id, t.public_id, t.verdict, t.severity, t.state, f.id AS other
		FROM findings t JOIN findings f ON f.issuance = ? AND f.watch = t.watch WHERE t.issuance = ? ORDER BY t.id`, id, gone)
	if err != nil {
		return err
	}
	for i := range twins {
		if err := w.merge(ctx, &twins[i]); err != nil {
			return err
		}
	}
	_, err = w.tx.ExecContext(ctx, "DELETE FROM issuances WHERE id = ?", gone)
	return err
}

// twin is a finding that says of one certificate what another one says too.
type twin struct {
	ID       int64  `db:"id"`
	PublicID string `db:"public_id"`
	standing
	Other int64 `db:"other"`
}

func (w *recorder) merge(ctx context.Context, t *twin) error {
	for _, table := range []string{"finding_events", "authorisations"} {
		_, err := w.tx.ExecContext(ctx, "UPDATE "+table+" SET finding = ? WHERE finding = ?", t.Other, t.ID)
		if err != nil {
			return err
		}
	}
	err := addEvent(ctx, w.tx, t.Other, Event{
		At: w.now, Who: "pinwatch", What: "merged",
		Why: fmt.Sprintf("finding %s (%s, %s) was about the same certificate", t.PublicID, t.Verdict, t.State),
	})
	if err != nil {
		return err
	}
	if err := t.tellMerged(ctx, w.tx, w.now); err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, "DELETE FROM findings WHERE id = ?", t.ID)
	return err
}
