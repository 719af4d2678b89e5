package store

import (
	"context"
	"iter"
	"time"
)

// SeenSCT is an SCT of a final certificate with what became of it.
type SeenSCT struct {
	SCT
	Cert        [32]byte   // the certificate
	Description string     // of the log, by the lists; empty: unknown
	Followed    bool       // the log was begun to be read
	Promise     string     // empty: it is not valid, or cannot be verified
	Entry       *uint64    // where the promised entry is; nil: it is not known, or there is none
	Detail      string     // for people
	Settled     *time.Time // when it became known what became of it; nil: not yet
}

// SCTs gives the SCTs of the final certificates that were seen in a period, by certificate and place.
func (s *Snapshot) SCTs(ctx context.Context, p Period) iter.Seq2[*SeenSCT, error] {
	since, until := p.bounds()
	return s.scts(ctx, "c.cert IN (SELECT cert_sha256 FROM sightings WHERE first_seen >= ? AND first_seen < ?)", since, until)
}

// CertificateSCTs returns the SCTs of a certificate, by place, and what of them could not be read or verified. One that is
// no final certificate of the record has none.
func (s *Snapshot) CertificateSCTs(ctx context.Context, sha256 [32]byte) (all []*SeenSCT, problem string, err error) {
	if all, err = collect(s.scts(ctx, "c.cert = ?", hash(sha256))); err != nil {
		return nil, "", err
	}
	err = s.tx.GetContext(ctx, &problem, "SELECT ifnull((SELECT problem FROM finals WHERE cert = ?), '')", hash(sha256))
	return all, problem, s.r.fail(err, "read SCTs")
}

func (s *Snapshot) scts(ctx context.Context, where string, args ...any) iter.Seq2[*SeenSCT, error] {
	type row struct {
		Cert        hash    `db:"cert"`
		Place       int     `db:"place"`
		LogID       hash    `db:"log_id"`
		Timestamp   stamp   `db:"timestamp"`
		LeafIndex   *uint64 `db:"leaf_index"`
		Raw         []byte  `db:"raw"`
		Signature   string  `db:"signature"`
		Promise     *string `db:"promise"`
		Entry       *uint64 `db:"entry"`
		Detail      string  `db:"detail"`
		Settled     *stamp  `db:"settled"`
		Description *string `db:"description"`
		Followed    bool    `db:"followed"`
	}
	return stream(ctx, s, "SCTs", func(r *row) *SeenSCT {
		out := &SeenSCT{
			SCT: SCT{
				Place: r.Place, LogID: r.LogID, Timestamp: time.Time(r.Timestamp), LeafIndex: r.LeafIndex, Raw: r.Raw, Signature: r.Signature,
			},
			Cert: r.Cert, Followed: r.Followed, Entry: r.Entry, Detail: r.Detail, Settled: r.Settled.plain(),
		}
		if r.Promise != nil {
			out.Promise = *r.Promise
		}
		if r.Description != nil {
			out.Description = *r.Description
		}
		return out
	}, `
		SELECT c.cert, c.place, c.log_id, c.timestamp, c.leaf_index, c.raw, c.signature, c.promise, c.entry, c.detail, c.settled,
			ifnull(l.description, (SELECT k.description FROM listed_logs k WHERE k.log_id = c.log_id ORDER BY k.id DESC LIMIT 1)) AS description,
			l.position IS NOT NULL AS followed
		FROM scts c LEFT JOIN logs l ON l.log_id = c.log_id
		WHERE `+where+" ORDER BY c.cert, c.place", args...)
}
