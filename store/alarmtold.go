package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// alarmAgain is how often a log's alarms of one kind are told: a log that signs nonsense can raise a thousand a day.
const alarmAgain = 24 * time.Hour

// alarmThread is the thread of an alarm a about a log l in SQL. tellAlarm writes the same.
const alarmThread = "'log:' || lower(hex(l.log_id)) || ':' || a.kind"

// tellAlarm puts an alarm into the outbox, unless one of its kind about the log was put there less than a day ago:
// TellHeldAlarms does so when the day is over.
func tellAlarm(ctx context.Context, tx *sqlx.Tx, logID [32]byte, kind string, id int64, now time.Time) (told bool, err error) {
	thread := fmt.Sprintf("log:%x:%s", logID, kind)
	var recent bool
	// One of the future was told by a clock that was wrong.
	err = tx.GetContext(ctx, &recent, "SELECT EXISTS (SELECT 1 FROM outbox WHERE thread = ? AND created > ? AND created <= ?)",
		thread, stamp(now.Add(-alarmAgain)), stamp(now))
	if err != nil || recent {
		return false, err
	}
	return true, tell(ctx, tx, &outboxRow{Kind: kindAlarm, Event: kind, Severity: "critical", Thread: thread, Alarm: &id}, now)
}

// TellHeldAlarms tells the alarms that were recorded less than a day after another of their kind about their log was told:
// of each kind and log the newest, which stands for those before it. It returns how many messages that makes.
func (s *Store) TellHeldAlarms(ctx context.Context, now time.Time) (told int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var held []struct {
			ID    int64  `db:"id"`
			LogID hash   `db:"log_id"`
			Kind  string `db:"kind"`
			Last  int64  `db:"last"`
		}
		// What was never told of is older than the outbox.
		err := tx.SelectContext(ctx, &held, `
			SELECT max(a.id) AS id, l.log_id, a.kind, (SELECT max(o.alarm) FROM outbox o WHERE o.thread = `+alarmThread+`) AS last
			FROM alarms a JOIN logs l ON l.id = a.log GROUP BY a.log, a.kind HAVING max(a.id) > last ORDER BY 1`)
		for _, h := range held {
			fresh, err := tellAlarm(ctx, tx, h.LogID, h.Kind, h.ID, now)
			if err != nil {
				return err
			}
			if fresh {
				told++
			}
		}
		return err
	})
	return told, s.fail(err, "tell the alarms that were held back")
}
