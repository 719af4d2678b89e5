package monitor

import (
	"context"
	"slices"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// commit judges the candidates of a stretch that was proved, and writes everything that follows from it in one
// transaction, the position included.
func (t *tailer) commit(ctx context.Context, s *stretch, head *ct.TreeHead) error {
	c := store.Commit{
		LogID: t.src.Log.ID, From: s.base.Size(), To: s.next.Size(), Nodes: rows(s.next.Nodes()),
		Head: headRow(head), Run: t.run, Policy: t.policy, Now: t.opt.Now(),
		Counts: store.Counts{Precerts: s.precerts},
	}
	looks := maxLooks
	for i := range s.candidates {
		if err := t.add(ctx, &c, &s.candidates[i], head, &looks); err != nil {
			return err
		}
	}
	done, err := t.write(ctx, &c)
	if err != nil {
		return &storeError{err}
	}
	t.at, t.last, t.verified, t.unproved = s.next, head, head, false
	t.count(s, &c, done)
	t.opt.Progress(t.src.Log, t.at.Size(), head.Size)
	return nil
}

// count adds what a commit brought to the result of the pass.
func (t *tailer) count(s *stretch, c *store.Commit, done *store.Committed) {
	n := &t.res.Counts
	n.Entries += s.next.Size() - s.base.Size()
	n.Precerts += uint64(s.precerts)
	n.Undetermined += uint64(len(c.Undetermined))
	n.New = append(n.New, done.New...)
	n.Changed = append(n.Changed, done.Changed...)
	if ids := slices.Concat(done.New, done.Changed); len(ids) > 0 {
		t.opt.Found(t.src.Log, ids)
	}
}

// add puts a candidate into the commit: as a sighting if it concerns a watch, with its bytes if it could not be read.
func (t *tailer) add(ctx context.Context, c *store.Commit, cand *candidate, head *ct.TreeHead, looks *int) error {
	if cand.problem != "" {
		c.Undetermined = append(c.Undetermined, store.Undetermined{
			Index: cand.entry.Index, Reason: cand.problem, Leaf: leafBytes(&cand.entry), Whole: cand.entry.Leaf != nil,
			Matched: len(cand.hits) > 0,
		})
	}
	if len(cand.hits) == 0 {
		return nil
	}
	sub, err := t.submission(ctx, &cand.entry, head, looks)
	if err != nil {
		return err
	}
	s, certs := t.scanner.sighting(cand, sub)
	if err := addBackground(ctx, t.opt.Watchlist, t.opt.Store, &s.Issuance, time.Time{}, s.Findings); err != nil {
		return &storeError{err}
	}
	t.scanner.rules.hold(s.Findings, s.Timestamp, c.Now)
	c.Sightings = append(c.Sightings, s)
	c.Certificates = append(c.Certificates, certs...)
	return nil
}
