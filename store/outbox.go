package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// The kinds of what the store itself puts into the outbox.
const (
	kindFinding = "finding"
	kindAlarm   = "log_alarm"
)

// What happened to a finding, as the outbox has it.
const (
	EventNew      = "new"      // it was born, or is open for the first time
	EventChanged  = "changed"  // it is open, with another verdict or severity
	EventReopened = "reopened" // it is open again
	EventResolved = "resolved" // what was told is over: somebody acknowledged it, or it is expected now
	EventMerged   = "merged"   // what was told is over: it was about the certificate of another finding
)

// standing is what decides whether a change of a finding is told.
type standing struct {
	State    string `db:"state"`
	Verdict  string `db:"verdict"`
	Severity string `db:"severity"`
}

// loud says whether a finding that stands so is told: it is open, and not expected.
func (s *standing) loud() bool { return s.State == StateOpen && s.Verdict != "expected" }

// announce puts into the outbox what a change made of a finding, in the transaction of that change. old is how it stood
// before; nil for a birth.
func announce(ctx context.Context, tx *sqlx.Tx, finding int64, old *standing, now time.Time) error {
	var is struct {
		standing
		PublicID string `db:"public_id"`
	}
	if err := tx.GetContext(ctx, &is, "SELECT public_id, state, verdict, severity FROM findings WHERE id = ?", finding); err != nil {
		return err
	}
	var last string
	if old != nil {
		var err error
		if last, err = lastEvent(ctx, tx, is.PublicID); err != nil {
			return err
		}
	}
	event := is.event(old, last)
	if event == "" {
		return nil
	}
	return tell(ctx, tx, &outboxRow{
		Kind: kindFinding, Event: event, Severity: is.Severity, Thread: is.PublicID, Finding: &finding,
	}, now)
}

// event is what is told of a finding that stands so now and as old before, and of which last was told last; empty for
// nothing.
func (s *standing) event(old *standing, last string) string {
	told := last != "" && last != EventResolved
	switch {
	case !s.loud() && told:
		return EventResolved
	case !s.loud():
		return ""
	case old == nil, last == "" && old.State == StatePending:
		return EventNew
	case old.State != StateOpen:
		return EventReopened
	case old.Verdict != s.Verdict || old.Severity != s.Severity:
		return EventChanged
	}
	return ""
}

// lastEvent is what was put into the outbox last about a matter; empty for nothing.
func lastEvent(ctx context.Context, tx *sqlx.Tx, thread string) (string, error) {
	var event string
	err := tx.GetContext(ctx, &event, "SELECT event FROM outbox WHERE thread = ? ORDER BY id DESC LIMIT 1", thread)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return event, err
}

// outboxRow is what is to be told. One of Finding, Alarm and Payload is set.
type outboxRow struct {
	Kind, Event, Severity, Thread string
	Finding, Alarm                *int64
	Payload                       *string
	Routed                        *stamp // nil: it is to be routed

	id int64 // set by tell
}

// tell puts a row into the outbox. Its public ID follows from what it says, when, and its place.
func tell(ctx context.Context, tx *sqlx.Tx, r *outboxRow, now time.Time) error {
	if err := tx.GetContext(ctx, &r.id, "SELECT ifnull(max(id), 0) + 1 FROM outbox"); err != nil {
		return err
	}
	d := sha256.New()
	fmt.Fprintf(d, "%s\x00%s\x00%s\x00%d\x00%d", r.Kind, r.Event, r.Thread, now.UnixMilli(), r.id)
	_, err := tx.ExecContext(ctx, `
		INSERT INTO outbox (id, public_id, kind, event, severity, thread, finding, alarm, payload, created, routed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.id, hex.EncodeToString(d.Sum(nil)[:16]), r.Kind, r.Event, r.Severity, r.Thread, r.Finding, r.Alarm, r.Payload,
		stamp(now), r.Routed)
	if err != nil {
		return fmt.Errorf("message about %s: %w", r.Thread, err)
	}
	return nil
}

// tellMerged says, where something was told of the finding that t was, that this is over. What waits to be told of it is
// told of the finding that it became.
func (t *twin) tellMerged(ctx context.Context, tx *sqlx.Tx, now time.Time) error {
	last, err := lastEvent(ctx, tx, t.PublicID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE outbox SET finding = ? WHERE finding = ?", t.Other, t.ID); err != nil {
		return err
	}
	if last == "" || last == EventResolved {
		return nil
	}
	return tell(ctx, tx, &outboxRow{
		Kind: kindFinding, Event: EventMerged, Severity: t.Severity, Thread: t.PublicID, Finding: &t.Other,
	}, now)
}
