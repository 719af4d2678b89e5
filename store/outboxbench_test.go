package store

import (
	"testing"
)

// BenchmarkPoll is what a dispatcher asks for each receiver every few seconds, with a million messages that were
// delivered and a hundred that wait.
func BenchmarkPoll(b *testing.B) {
	s := newStore(b)
	s.w.MustExec(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO outbox (id, public_id, kind, event, severity, thread, payload, created, routed)
			SELECT i, printf('%032x', i), 'coverage', 'behind', 'low', 't' || i, '{}', i, i FROM n;
		INSERT INTO deliveries (message, receiver, since, due, sent)
			SELECT id, 'chat', id, iif(id % 10000 = 0, id, NULL), iif(id % 10000 = 0, NULL, id) FROM outbox`)
	for b.Loop() {
		unrouted, err := s.Unrouted(b.Context(), 500)
		must(b, err)
		waiting, err := s.Waiting(b.Context(), "chat", noon, noon)
		must(b, err)
		due, err := s.Due(b.Context(), "chat", noon, 256)
		must(b, err)
		if len(unrouted) != 0 || waiting.Due != 100 || len(due) != 100 {
			b.Fatalf("%d to be routed, %+v, %d due", len(unrouted), waiting, len(due))
		}
	}
}
