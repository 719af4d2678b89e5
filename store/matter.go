package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// Matter is something that lasts and is told: a log that is behind, a file of pins that cannot be read.
type Matter struct {
	Thread   string // names it; the same as long as it lasts
	Kind     string
	State    string // a word; when it becomes another one, the matter is told again
	Severity string
	Payload  json.RawMessage // the message, as who makes and reads it has it
	Since    time.Time       // set by SetMatters
}

// Ended is an end of a matter, in the outbox; its beginning and its changes have the matter's state there.
const Ended = "ended"

// SetMatters says which matters of some kinds there are now. Those that are new, or have another state than before, are
// put into the outbox, and so are those that are over. It returns how many were.
func (s *Store) SetMatters(ctx context.Context, kinds []string, present []Matter, now time.Time) (told int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		old, err := loadMatters(ctx, tx, kinds)
		if err != nil {
			return err
		}
		for i := range present {
			m := &present[i]
			was := slices.IndexFunc(old, func(o Matter) bool { return o.Thread == m.Thread })
			if was >= 0 && old[was].State == m.State {
				continue
			}
			if err := m.write(ctx, tx, now); err != nil {
				return err
			}
			told++
		}
		for i := range old {
			o := &old[i]
			if slices.ContainsFunc(present, func(m Matter) bool { return m.Thread == o.Thread }) {
				continue
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM matters WHERE thread = ?", o.Thread); err != nil {
				return err
			}
			if err := o.tell(ctx, tx, Ended, now); err != nil {
				return err
			}
			told++
		}
		return nil
	})
	return told, s.fail(err, "note what lasts")
}

// Matters returns the matters of some kinds that last.
func (r *Reader) Matters(ctx context.Context, kinds []string) (out []Matter, err error) {
	err = r.view(ctx, func(tx *sqlx.Tx) error {
		out, err = loadMatters(ctx, tx, kinds)
		return err
	})
	return out, r.fail(err, "list what lasts")
}

func loadMatters(ctx context.Context, tx *sqlx.Tx, kinds []string) ([]Matter, error) {
	rows, err := tx.QueryxContext(ctx, `
		SELECT thread, kind, state, severity, payload, since FROM matters
		WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY since, thread`, list[string](kinds))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Matter
	for rows.Next() {
		var m Matter
		var payload string
		if err := rows.Scan(&m.Thread, &m.Kind, &m.State, &m.Severity, &payload, (*stamp)(&m.Since)); err != nil {
			return nil, err
		}
		m.Payload = json.RawMessage(payload)
		out = append(out, m)
	}
	return out, rows.Err()
}

// write makes m what is known of the matter, and tells it.
func (m *Matter) write(ctx context.Context, tx *sqlx.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO matters (thread, kind, state, severity, payload, since) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (thread) DO UPDATE SET state = excluded.state, severity = excluded.severity, payload = excluded.payload`,
		m.Thread, m.Kind, m.State, m.Severity, string(m.Payload), stamp(now))
	if err != nil {
		return err
	}
	return m.tell(ctx, tx, m.State, now)
}

func (m *Matter) tell(ctx context.Context, tx *sqlx.Tx, event string, now time.Time) error {
	return tell(ctx, tx, &outboxRow{
		Kind: m.Kind, Event: event, Severity: m.Severity, Thread: m.Thread, Payload: new(string(m.Payload)),
	}, now)
}

// CanarySeen returns when a certificate for a canary was last seen for the first time; until one was, when the watch
// became a canary, which is now for one that is new.
func (s *Store) CanarySeen(ctx context.Context, watch string, now time.Time) (last time.Time, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO canaries (watch, since) VALUES (?, ?) ON CONFLICT (watch) DO NOTHING", watch, stamp(now))
		if err != nil {
			return err
		}
		return tx.GetContext(ctx, (*stamp)(&last), `
			SELECT max(since, ifnull((SELECT max(first_seen) FROM findings WHERE watch = ?1), 0)) FROM canaries WHERE watch = ?1`, watch)
	})
	return last, s.fail(err, "look up when canary %s was last seen", watch)
}
