package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// messages are pruned by the matter that they are about, of which the last one stands here for all, and with their
// deliveries.
var messages = prunee{find: findOldMessages, again: stillDelivered, weigh: weighMessages, take: takeMessages}

// messageMayGo are the conditions of Retention for a message o. It is the last one of its matter, which is over. For all
// of them it was decided who wants them, and for each of those they were sent or given up, by themselves or as part of
// another one. None of them has parts that stay. The parameter is ?1, before.
const messageMayGo = `
	o.created < ?1
	AND NOT EXISTS (SELECT 1 FROM outbox n WHERE n.thread = o.thread AND n.id > o.id)
	AND (o.event IN ('resolved', 'merged')
		OR o.payload IS NOT NULL AND NOT EXISTS (SELECT 1 FROM matters m WHERE m.thread = o.thread)
		OR o.alarm IS NOT NULL AND NOT EXISTS (SELECT 1 FROM alarms a JOIN alarms t ON t.log = a.log AND t.kind = a.kind
			WHERE t.id = o.alarm AND (a.last_seen >= ?1 OR a.id > o.alarm)))
	AND NOT EXISTS (SELECT 1 FROM outbox m WHERE m.thread = o.thread
		AND (m.created >= ?1 OR ifnull(m.routed, ?1) >= ?1
			OR EXISTS (SELECT 1 FROM deliveries d LEFT JOIN deliveries w ON w.message = d.part_of AND w.receiver = d.receiver
				WHERE d.message = m.id AND ifnull(coalesce(d.sent, d.given_up, w.sent, w.given_up), ?1) >= ?1)
			OR EXISTS (SELECT 1 FROM deliveries d WHERE d.part_of = m.id)))`

func findOldMessages(ctx context.Context, r *Reader, ret Retention, from cursor) (ids list[int64], next cursor, err error) {
	var rows []cursor
	err = r.view(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &rows, `
			SELECT o.created AS born, o.id FROM outbox o WHERE (o.created, o.id) > (?2, ?3) AND `+messageMayGo+`
			ORDER BY o.created, o.id LIMIT ?4`, stamp(ret.Before), from.Born, from.ID, pruneBatch)
	})
	for _, row := range rows {
		ids, next = append(ids, row.ID), row
	}
	return ids, next, err
}

func stillDelivered(ctx context.Context, tx *sqlx.Tx, ret Retention, ids list[int64]) (still list[int64], err error) {
	err = tx.SelectContext(ctx, &still, "SELECT o.id FROM outbox o WHERE o.id IN (SELECT value FROM json_each(?2)) AND "+messageMayGo,
		stamp(ret.Before), ids)
	return still, err
}

// ofMatters chooses all messages of the matters of some.
const ofMatters = "thread IN (SELECT thread FROM outbox WHERE id IN (SELECT value FROM json_each(?)))"

func weighMessages(ctx context.Context, tx *sqlx.Tx, ids list[int64]) (n Pruning, err error) {
	err = tx.QueryRowxContext(ctx, `
		SELECT count(*), count((SELECT 1 FROM deliveries d LEFT JOIN deliveries w ON w.message = d.part_of AND w.receiver = d.receiver
			WHERE d.message = outbox.id AND (d.given_up IS NOT NULL OR w.given_up IS NOT NULL)))
		FROM outbox WHERE `+ofMatters, ids).Scan(&n.Messages, &n.GivenUp)
	return n, err
}

func takeMessages(ctx context.Context, tx *sqlx.Tx, ids list[int64]) error {
	for _, query := range []string{
		"DELETE FROM deliveries WHERE message IN (SELECT id FROM outbox WHERE " + ofMatters + ")",
		"DELETE FROM outbox WHERE " + ofMatters,
	} {
		if _, err := tx.ExecContext(ctx, query, ids); err != nil {
			return err
		}
	}
	return nil
}
