package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// SetState changes the state of the finding with the given ID or unique prefix, and keeps who did so and why. An open
// or pending finding can be acknowledged; an acknowledged or closed one can be opened again. Where there is nothing to change,
// nothing is, and changed is false. It needs no lock: it may be called while another process follows logs.
//
// Errors: *UnknownFindingError, *AmbiguousFindingError.
func (s *Store) SetState(
	ctx context.Context, idOrPrefix, state, by, why string, now time.Time,
) (changed bool, err error) {
	words := map[string]struct{ from, what string }{
		StateAcknowledged: {`'pending', 'open'`, "acknowledged"},
		StateOpen:         {`'acknowledged', 'closed'`, "reopened"},
	}
	move, ok := words[state]
	if !ok {
		return false, fmt.Errorf("a finding cannot be made %q", state)
	}
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		id, err := findFinding(ctx, tx, idOrPrefix)
		if err != nil {
			return err
		}
		var old standing
		if err := tx.GetContext(ctx, &old, "SELECT state, verdict, severity FROM findings WHERE id = ?", id); err != nil {
			return err
		}
		n, err := update(ctx, tx, "UPDATE findings SET state = ?, due = NULL, updated = ? WHERE id = ? AND state IN ("+move.from+")",
			state, stamp(now), id)
		if err != nil || n == 0 {
			return err
		}
		changed = true
		if err := announce(ctx, tx, id, &old, now); err != nil {
			return err
		}
		return addEvent(ctx, tx, id, Event{At: now, Who: by, What: move.what, Why: why})
	})
	return changed && err == nil, s.fail(err, "change the state of a finding")
}

func addEvent(ctx context.Context, tx *sqlx.Tx, finding int64, e Event) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO finding_events (finding, at, who, what, why) VALUES (?, ?, ?, ?, ?)",
		finding, stamp(e.At), e.Who, e.What, e.Why)
	return err
}
