package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"
)

// Certificate returns the DER of the certificate with the given SHA-256; nil, without an error, if it is not kept. Kept
// are the certificates of sightings and their chains.
func (r *Reader) Certificate(ctx context.Context, sha256 [32]byte) ([]byte, error) {
	der, err := certificate(ctx, r.db, sha256)
	return der, r.fail(err, "look up certificate %x", sha256[:4])
}

func certificate(ctx context.Context, from sqlx.QueryerContext, sha256 [32]byte) ([]byte, error) {
	var der []byte
	err := sqlx.GetContext(ctx, from, &der, "SELECT der FROM certificates WHERE sha256 = ?", hash(sha256))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return der, err
}
