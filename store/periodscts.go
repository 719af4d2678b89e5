package store

import (
	"context"
	"time"
)

// PastSCT is an SCT of a final certificate, and what became of its promise.
type PastSCT struct {
	SCT            // without its raw bytes
	Cert  [32]byte // SHA-256 of the final certificate
	Entry *uint64  // where the promised entry is; nil: that is not known
	// Promise is PromiseOpen, PromiseKept, PromiseUnseen or PromiseBroken; empty where the signature is not valid.
	Promise string
	Detail  string     // of the promise, for people
	Settled *time.Time // when it was; nil: not yet
}

// SCTs returns those of the final certificates of the finding with the given ID, by certificate and place.
func (s *Snapshot) SCTs(ctx context.Context, finding string) ([]PastSCT, error) {
	type row struct {
		Cert      hash    `db:"cert"`
		Place     int     `db:"place"`
		LogID     hash    `db:"log_id"`
		Timestamp stamp   `db:"timestamp"`
		LeafIndex *uint64 `db:"leaf_index"`
		Signature string  `db:"signature"`
		Promise   string  `db:"promise"`
		Entry     *uint64 `db:"entry"`
		Detail    string  `db:"detail"`
		Settled   *stamp  `db:"settled"`
	}
	return collect(stream(ctx, s, "SCTs", func(r *row) PastSCT {
		return PastSCT{
			SCT:  SCT{Place: r.Place, LogID: r.LogID, Timestamp: time.Time(r.Timestamp), LeafIndex: r.LeafIndex, Signature: r.Signature},
			Cert: r.Cert, Entry: r.Entry, Promise: r.Promise, Detail: r.Detail, Settled: r.Settled.plain(),
		}
	}, `
		SELECT t.cert, t.place, t.log_id, t.timestamp, t.leaf_index, t.signature, ifnull(t.promise, '') AS promise, t.entry,
			t.detail, t.settled
		FROM scts t WHERE t.cert IN (SELECT g.cert_sha256 FROM findings f JOIN sightings g ON g.issuance = f.issuance
			WHERE f.public_id = ? AND g.type = 'x509')
		ORDER BY t.cert, t.place`, finding))
}

// SCTCount is how many SCTs of a log are alike.
type SCTCount struct {
	LogID     [32]byte
	Signature string
	Promise   string // empty where the signature is not valid
	Count     int
}

// SCTCounts counts the SCTs that are stamped in a period, of all final certificates in the record.
func (s *Snapshot) SCTCounts(ctx context.Context, p Period) ([]SCTCount, error) {
	type row struct {
		LogID     hash   `db:"log_id"`
		Signature string `db:"signature"`
		Promise   string `db:"promise"`
		Count     int    `db:"n"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "SCTs", func(r *row) SCTCount {
		return SCTCount{LogID: r.LogID, Signature: r.Signature, Promise: r.Promise, Count: r.Count}
	}, `
		SELECT log_id, signature, ifnull(promise, '') AS promise, count(*) AS n FROM scts WHERE timestamp >= ? AND timestamp < ?
		GROUP BY log_id, signature, promise ORDER BY log_id, signature, promise`, since, until))
}
