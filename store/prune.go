package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Retention says what need not be kept any longer.
//
// An issuance goes when it was expected for every watch from the beginning, was last seen before Before, and is not
// valid any more at Now; with it go its sightings, its findings, and the certificates that nothing else refers to. A
// finding with a history was something else once, and stays; so does all that an authorisation came from, what could
// not be read in full at first, and a certificate with an SCT that is not valid or was not kept.
//
// Messages go when all that there are of a matter were delivered before Before to all who wanted them, or given up, and
// the matter is over: somebody dealt with the finding, or it is expected; no alarm of the kind was seen about the log since
// Before. What waits stays, and so does what was told of a finding that is still open.
type Retention struct {
	Before, Now time.Time
}

// Pruning is what retention took away at one time.
type Pruning struct {
	At, Before   time.Time
	Findings     int
	Issuances    int
	Sightings    int
	Certificates int
	Messages     int
	GivenUp      int   // messages that a receiver never got; only known where Prune or Prunable returned it, likewise Bytes
	Bytes        int64 // of the log entries and certificates
}

// pruneBatch is how many issuances or messages are taken away in one transaction: few enough that it takes well below
// a second.
const pruneBatch = 200

// Prune takes away what r says, a little at a time, so that neither a reader nor another writer waits long. It needs no
// lock. Where it ends early, what is done is done, and the next one goes on: because ctx is done, or because after
// returned an error, which Prune returns as it is. after is called behind each transaction with what was taken away up
// to then; it may wait to let others write, and may be nil.
func (s *Store) Prune(ctx context.Context, r Retention, after func(*Pruning) error) (*Pruning, error) {
	p := &pruner{s: s, r: r, done: &Pruning{At: r.Now, Before: r.Before}, after: after}
	// A digest goes once what it stands for has gone.
	for _, what := range []prunee{messages, messages, issuances} {
		if err := p.all(ctx, what); err != nil {
			return p.done, err
		}
	}
	return p.done, nil
}

// Prunable says what Prune would take away now, but for digests of messages that go. each, which may be nil, is called now and then with what was counted
// up to then.
func (r *Reader) Prunable(ctx context.Context, ret Retention, each func(*Pruning)) (*Pruning, error) {
	sum := &Pruning{At: ret.Now, Before: ret.Before}
	for _, what := range []prunee{messages, issuances} {
		for from := (cursor{}); ; {
			var batch Pruning
			ids, next, err := what.find(ctx, r, ret, from)
			if err == nil && len(ids) > 0 {
				err = r.view(ctx, func(tx *sqlx.Tx) error {
					batch, err = what.weigh(ctx, tx, ids)
					return err
				})
			}
			if err != nil {
				return nil, r.fail(err, "count what could be pruned")
			}
			if len(ids) == 0 {
				break
			}
			sum.add(batch)
			if each != nil {
				each(sum)
			}
			from = next
		}
	}
	return sum, nil
}

func (p *Pruning) add(more Pruning) {
	p.Findings += more.Findings
	p.Issuances += more.Issuances
	p.Sightings += more.Sightings
	p.Certificates += more.Certificates
	p.Messages += more.Messages
	p.GivenUp += more.GivenUp
	p.Bytes += more.Bytes
}

// prunee is a kind of thing that is pruned.
type prunee struct {
	// find returns the next ones that may go, and where to go on. They are looked for outside of any transaction that
	// writes: there may be many that must stay.
	find func(ctx context.Context, r *Reader, ret Retention, from cursor) (ids list[int64], next cursor, err error)
	// again returns those that may still go.
	again func(ctx context.Context, tx *sqlx.Tx, ret Retention, ids list[int64]) (list[int64], error)
	// weigh says what goes with them.
	weigh func(ctx context.Context, tx *sqlx.Tx, ids list[int64]) (Pruning, error)
	// take takes them away.
	take func(ctx context.Context, tx *sqlx.Tx, ids list[int64]) error
}

// cursor is the last one that was looked at: when it was born, and its row.
type cursor struct {
	Born int64 `db:"born"`
	ID   int64 `db:"id"`
}

// pruner takes away, and keeps account of it.
type pruner struct {
	s     *Store
	r     Retention
	done  *Pruning
	row   int64 // of the account; 0: there is none yet
	after func(*Pruning) error
}

// all takes all of a kind away.
func (p *pruner) all(ctx context.Context, what prunee) error {
	for from := (cursor{}); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		ids, next, err := what.find(ctx, p.s.Reader, p.r, from)
		if err == nil && len(ids) > 0 {
			err = p.batch(ctx, what, ids)
		}
		if err != nil {
			return p.s.fail(err, "prune")
		}
		if len(ids) == 0 {
			return nil
		}
		if p.after != nil {
			if err := p.after(p.done); err != nil {
				return err
			}
		}
		from = next
	}
}

// batch takes a few away in one transaction.
func (p *pruner) batch(ctx context.Context, what prunee, candidates list[int64]) error {
	var batch Pruning
	var row int64
	err := p.s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		ids, err := what.again(ctx, tx, p.r, candidates)
		if err != nil || len(ids) == 0 {
			return err
		}
		if batch, err = what.weigh(ctx, tx, ids); err != nil {
			return err
		}
		if err := what.take(ctx, tx, ids); err != nil {
			return err
		}
		row, err = p.account(ctx, tx, batch)
		return err
	})
	if err == nil && row != 0 {
		p.done.add(batch)
		p.row = row
	}
	return err
}

// account adds a batch to the row of this pruning, and returns which that is.
func (p *pruner) account(ctx context.Context, tx *sqlx.Tx, n Pruning) (row int64, err error) {
	if row = p.row; row == 0 {
		row, err = insert(ctx, tx, "INSERT INTO prunings (at, before) VALUES (?, ?)", stamp(p.r.Now), stamp(p.r.Before))
		if err != nil {
			return 0, err
		}
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE prunings SET findings = findings + ?, issuances = issuances + ?, sightings = sightings + ?,
			certificates = certificates + ?, messages = messages + ? WHERE id = ?`,
		n.Findings, n.Issuances, n.Sightings, n.Certificates, n.Messages, row)
	return row, err
}

// Prunings returns what retention took away in a period, in the order of time.
func (s *Snapshot) Prunings(ctx context.Context, p Period) ([]Pruning, error) {
	type row struct {
		At           stamp `db:"at"`
		Before       stamp `db:"before"`
		Findings     int   `db:"findings"`
		Issuances    int   `db:"issuances"`
		Sightings    int   `db:"sightings"`
		Certificates int   `db:"certificates"`
		Messages     int   `db:"messages"`
	}
	since, until := p.bounds()
	return collect(stream(ctx, s, "prunings", func(r *row) Pruning {
		return Pruning{
			At: time.Time(r.At), Before: time.Time(r.Before), Findings: r.Findings, Issuances: r.Issuances,
			Sightings: r.Sightings, Certificates: r.Certificates, Messages: r.Messages,
		}
	}, `
		SELECT at, before, findings, issuances, sightings, certificates, messages FROM prunings
		WHERE at >= ? AND at < ? ORDER BY id`, since, until))
}
