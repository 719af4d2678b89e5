package store

import (
	"context"
	"iter"
	"time"
)

// CoveredBack is entries of a log that were read, and verified, for the names of a later time than that at which it was
// followed: in one run, under one policy. Precerts are not counted.
type CoveredBack struct {
	Covered
	Names [32]byte // as in Run
}

// Lookbacks gives what was looked back at since a time, by log and index.
func (s *Snapshot) Lookbacks(ctx context.Context, since time.Time) iter.Seq2[*CoveredBack, error] {
	type row struct {
		LogID        hash   `db:"log_id"`
		Run          int64  `db:"run"`
		Policy       hash   `db:"policy"`
		Names        hash   `db:"names"`
		From         uint64 `db:"from_index"`
		To           uint64 `db:"to_index"`
		HeadSize     uint64 `db:"size"`
		HeadRoot     hash   `db:"root"`
		HeadTime     stamp  `db:"timestamp"`
		HeadSigned   []byte `db:"signature"`
		Matched      uint64 `db:"matched"`
		Undetermined uint64 `db:"undetermined"`
		Pruned       uint64 `db:"pruned"`
		First        stamp  `db:"first_at"`
		Last         stamp  `db:"last_at"`
	}
	from, _ := Period{Since: since}.bounds()
	return stream(ctx, s, "what was looked back at", func(r *row) *CoveredBack {
		return &CoveredBack{Names: r.Names, Covered: Covered{
			LogID: r.LogID, Run: r.Run, Policy: r.Policy, From: r.From, To: r.To,
			Head:    Head{Size: r.HeadSize, Root: r.HeadRoot, Timestamp: time.Time(r.HeadTime), Signature: r.HeadSigned},
			Matched: r.Matched, Undetermined: r.Undetermined, Pruned: r.Pruned,
			First: time.Time(r.First), Last: time.Time(r.Last),
		}}
	}, `
		SELECT l.log_id, k.run, k.policy, k.names, k.from_index, k.to_index, h.size, h.root, h.timestamp, h.signature, k.matched,
			k.undetermined, k.pruned, k.first_at, k.last_at
		FROM lookbacks k JOIN logs l ON l.id = k.log JOIN tree_heads h ON h.id = k.head
		WHERE k.last_at >= ? ORDER BY k.log, k.from_index, k.id`, from)
}
