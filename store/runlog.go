package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Catalogue is every log that a run knows of, and the lists that say so.
type Catalogue struct {
	Lists []LogList
	Logs  []ListedLog
	// Partial says that some list could not be had: what is missing here may be on that one.
	Partial bool
}

// LogList is a log list as it was read.
type LogList struct {
	Source    string // path or URL
	Version   string
	Published time.Time // by its own word; zero: it does not say
	SHA256    [32]byte  // of its bytes
	Signed    bool      // its publisher's signature was verified; otherwise it is its owner's word
	Checked   time.Time // when it was last known to be the current one
}

// ListedLog is a log as the lists and the configuration describe it, followed or not.
type ListedLog struct {
	LogID       [32]byte // zero: the list has none that makes sense
	Key         []byte   // DER SubjectPublicKeyInfo; nil: unknown
	Description string
	Operator    string
	State       string    // the word of the list; empty: none
	StateSince  time.Time // zero: the list does not say
	// NotAfterStart and NotAfterLimit bound the expiry of what it accepts; zero: it accepts any, or the list does not say.
	NotAfterStart, NotAfterLimit time.Time
	MMD                          time.Duration // 0: unknown
	Listed                       bool          // it is on a list, not in the configuration alone
	// Why is a word that says why it is not followed, and Detail says it to people. Both are empty for one that is.
	Why, Detail string
}

// RecordCatalogue notes which lists and logs a run works by from now on. What a run or an earlier call found and this
// one finds again is one row that lasts; what it does not find has ended.
func (s *Store) RecordCatalogue(ctx context.Context, run int64, c *Catalogue, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		for i := range c.Lists {
			if err := noteList(ctx, tx, run, &c.Lists[i], now); err != nil {
				return err
			}
		}
		for i := range c.Logs {
			if err := noteListed(ctx, tx, run, &c.Logs[i], now); err != nil {
				return err
			}
		}
		if c.Partial {
			return nil
		}
		for _, table := range []string{"log_lists", "listed_logs"} {
			_, err := tx.ExecContext(ctx, "UPDATE "+table+" SET ended = max(?1, until) WHERE ended IS NULL AND (last_run <> ?2 OR until < ?1)",
				stamp(now), run)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.fail(err, "record the logs that run %d knows", run)
}

// noteList extends the row of a list, or begins one.
func noteList(ctx context.Context, tx *sqlx.Tx, run int64, l *LogList, now time.Time) error {
	same, err := update(ctx, tx, `
		UPDATE log_lists SET last_run = ?1, until = max(until, ?2), checked = max(checked, ?3)
		WHERE ended IS NULL AND source = ?4 AND version = ?5 AND published IS ?6 AND sha256 = ?7 AND signed = ?8`,
		run, stamp(now), stamp(l.Checked), l.Source, l.Version, someTime(l.Published), hash(l.SHA256), l.Signed)
	if err != nil || same > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO log_lists (source, version, published, sha256, signed, checked, first_run, last_run, since, until)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?8)`,
		l.Source, l.Version, someTime(l.Published), hash(l.SHA256), l.Signed, stamp(l.Checked), run, stamp(now))
	return err
}

// noteListed extends the row of a log, or ends what was said of it and begins one.
func noteListed(ctx context.Context, tx *sqlx.Tx, run int64, l *ListedLog, now time.Time) error {
	same, err := update(ctx, tx, `
		UPDATE listed_logs SET last_run = ?1, until = max(until, ?2)
		WHERE ended IS NULL AND log_id = ?3 AND key = ?4 AND description = ?5 AND operator = ?6 AND state = ?7 AND state_since IS ?8
			AND not_after_start IS ?9 AND not_after_limit IS ?10 AND mmd = ?11 AND listed = ?12 AND why = ?13 AND detail = ?14`,
		run, stamp(now), hash(l.LogID), blob(l.Key), l.Description, l.Operator, l.State, someTime(l.StateSince),
		someTime(l.NotAfterStart), someTime(l.NotAfterLimit), l.MMD.Milliseconds(), l.Listed, l.Why, l.Detail)
	if err != nil || same > 0 {
		return err
	}
	if l.LogID != [32]byte{} {
		_, err = tx.ExecContext(ctx, "UPDATE listed_logs SET ended = max(?, until) WHERE ended IS NULL AND log_id = ?", stamp(now), hash(l.LogID))
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO listed_logs (log_id, key, description, operator, state, state_since, not_after_start, not_after_limit,
			mmd, listed, followed, why, detail, first_run, last_run, since, until)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 = '', ?11, ?12, ?13, ?13, ?14, ?14)`,
		hash(l.LogID), blob(l.Key), l.Description, l.Operator, l.State, someTime(l.StateSince), someTime(l.NotAfterStart),
		someTime(l.NotAfterLimit), l.MMD.Milliseconds(), l.Listed, l.Why, l.Detail, run, stamp(now))
	return err
}

// someTime is NULL for the zero time.
func someTime(t time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	return new(stamp(t))
}

// Pass is how a pass over a log ended.
type Pass struct {
	Run   int64
	LogID [32]byte
	// Failure is why it failed; empty: it did not.
	Failure string
	// Misbehaved says that the log failed by breaking a promise, which an alarm tells of.
	Misbehaved bool
	// Cut says that the pass was ended before its time, by no fault of the log.
	Cut bool
}

// RecordPass notes how a pass over a log ended, for the run and for the log: a contact, or the failure of this moment.
// That message stays with the log until the next failure; whether it is over is seen from the time of the last contact.
func (s *Store) RecordPass(ctx context.Context, p Pass, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		log, err := findLog(ctx, tx, p.LogID)
		if err != nil {
			return err
		}
		switch {
		case p.Cut, p.Misbehaved:
		case p.Failure == "":
			_, err = tx.ExecContext(ctx, "UPDATE logs SET last_contact = ? WHERE id = ?", stamp(now), log.ID)
		default:
			_, err = tx.ExecContext(ctx, "UPDATE logs SET last_error = ?, last_error_at = ? WHERE id = ?", p.Failure, stamp(now), log.ID)
		}
		if err != nil {
			return err
		}
		return p.note(ctx, tx, log.ID, now)
	})
	return s.fail(err, "record a pass over log %x", p.LogID[:4])
}

// notAccused are heads h of a log l that it was not accused with: those show nothing, unless all entries were read that
// they cover, and showed others when they were read again.
const notAccused = `
	(NOT EXISTS (SELECT 1 FROM alarms a WHERE a.log = l.id AND a.kind <> 'broken_promise' AND a.head IN (h.raw, h.again_raw))
		OR EXISTS (SELECT 1 FROM coverage c WHERE c.log = l.id AND c.to_index = h.size AND c.head = h.id))`

// coveredUntil is the timestamp of the latest head of a log that its position covers.
const coveredUntil = `
	SELECT ifnull(h.again_timestamp, h.timestamp) FROM tree_heads h WHERE h.log = l.id AND h.size <= l.position AND ` + notAccused + `
	ORDER BY h.size DESC LIMIT 1`

// note counts the pass in the row of run and log. One that was cut counts for none, and is no end: it shows how far it came.
func (p *Pass) note(ctx context.Context, tx *sqlx.Tx, log int64, now time.Time) error {
	var failure *string
	var at *stamp
	if p.Failure != "" && !p.Cut {
		failure, at = &p.Failure, new(stamp(now))
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO run_logs (run, log, passes, errors, last_error, last_error_at, position, head_size, covered_until, first_at, last_at)
		SELECT ?1, l.id, NOT ?6, ?2 IS NOT NULL, ?2, ?3, l.position, (SELECT size FROM tree_heads WHERE id = l.head), (`+coveredUntil+`), ?4, ?4
		FROM logs l WHERE l.id = ?5
		ON CONFLICT (run, log) DO UPDATE SET passes = passes + excluded.passes, errors = errors + excluded.errors,
			last_error = ifnull(excluded.last_error, last_error), last_error_at = ifnull(excluded.last_error_at, last_error_at),
			position = excluded.position, head_size = excluded.head_size, covered_until = excluded.covered_until,
			last_at = iif(?6 AND passes > 0, last_at, excluded.last_at)`, p.Run, failure, at, stamp(now), log, p.Cut)
	return err
}
