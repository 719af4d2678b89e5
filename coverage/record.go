package coverage

import (
	"fmt"
	"slices"
	"time"

	"pinwatch/store"
)

// maxDelay is the merge delay of a log whose list does not give it: what the logs of RFC 6962 have.
const maxDelay = 24 * time.Hour

// Of makes logs of what the record says of a period: what the lists said of each log, the rows of one log one after the
// other, and what has been looked at until now.
func Of(listed []store.PastListedLog, spans []store.LogSpan) []Log {
	looked := make(map[[32]byte]*store.LogSpan, len(spans))
	for i := range spans {
		looked[spans[i].LogID] = &spans[i]
	}
	var out []Log
	for len(listed) > 0 {
		n := 1
		for n < len(listed) && sameLog(&listed[0], &listed[n]) {
			n++
		}
		out = append(out, newLog(listed[:n], looked[listed[0].LogID]))
		listed = listed[n:]
	}
	return out
}

func sameLog(a, b *store.PastListedLog) bool {
	return a.LogID == b.LogID && (a.LogID != [32]byte{} || a.Description == b.Description)
}

// newLog makes a log of what was said of it, one row after the other, and what has been looked at; nil is nothing.
func newLog(rows []store.PastListedLog, span *store.LogSpan) Log {
	last := &rows[len(rows)-1]
	out := Log{ID: last.LogID, Name: last.Description, Counts: counts(rows), Expiry: expiry(rows)}
	delay := time.Duration(0)
	for i := range rows {
		operator := rows[i].Operator
		if operator == "" {
			operator = "the unknown operator of " + rows[i].Description
		}
		if !slices.Contains(out.Operators, operator) {
			out.Operators = append(out.Operators, operator)
		}
		delay = max(delay, rows[i].MMD)
	}
	if delay == 0 {
		delay = maxDelay
	}
	if span == nil {
		out.Gaps = []Gap{unread(last)}
		return out
	}
	if !span.From.IsZero() {
		out.Gaps = append(out.Gaps, Gap{
			Span{To: span.From.Add(time.Millisecond)},
			BeforeStart,
			fmt.Sprintf("begun at entry %d (%s)", span.Start, span.StartWhy),
		})
	}
	out.addTail(last, span, delay)
	return out
}

// unread is the gap of a log of which nothing was read.
func unread(l *store.PastListedLog) Gap {
	if l.Why != "" {
		return Gap{Why: NotFollowed, Detail: l.Detail}
	}
	return Gap{Why: NeverRead, Detail: "nothing of it could be read yet"}
}

// addTail adds what is behind the latest head that was read up to. A log has a merge delay to show what it promised: an
// SCT stamped less than that before the head may stand for an entry that comes later.
func (l *Log) addTail(last *store.PastListedLog, span *store.LogSpan, delay time.Duration) {
	if span.Until == nil {
		l.Gaps = []Gap{unread(last)}
		return
	}
	l.Until = *span.Until
	if ended(last, span, delay) {
		return
	}
	merged := l.Until.Add(time.Millisecond - delay)
	if n := len(l.Gaps); n > 0 && merged.Before(l.Gaps[n-1].To) {
		merged = l.Gaps[n-1].To
	}
	next := l.Until.Add(time.Millisecond)
	if next.After(merged) {
		l.Gaps = append(l.Gaps, Gap{
			Span{merged, next}, Merging, fmt.Sprintf("it has %s to show what it promised", hours(delay)),
		})
	} else {
		next = merged
	}
	if last.Why != "" {
		l.Gaps = append(l.Gaps, Gap{Span{From: next}, NotFollowed, last.Detail})
		return
	}
	l.Gaps = append(l.Gaps, Gap{
		Span{From: next}, Behind, fmt.Sprintf("%d of %d entries are read, up to the head of %s", span.Position, span.HeadSize,
			l.Until.Format(time.RFC3339)),
	})
}

// ended says whether a log takes nothing any more, and all that it has was read: it was asked for its head when its last
// promises were due. That its head was read up to before says nothing of what came between.
func ended(last *store.PastListedLog, span *store.LogSpan, delay time.Duration) bool {
	since := last.StateSince
	if since.IsZero() {
		since = last.Since
	}
	return last.State == "readonly" && span.Position >= span.HeadSize && span.Passed != nil && !span.Passed.Before(since.Add(delay))
}

// expiry is when certificates expire that the log takes, by the widest of what was said.
func expiry(rows []store.PastListedLog) Span {
	out := Span{rows[0].NotAfterStart, rows[0].NotAfterLimit}
	for i := range rows {
		r := &rows[i]
		if r.NotAfterStart.Before(out.From) {
			out.From = r.NotAfterStart
		}
		if r.NotAfterLimit.IsZero() || !out.To.IsZero() && r.NotAfterLimit.After(out.To) {
			out.To = r.NotAfterLimit
		}
	}
	return out
}

// counts is the time of SCTs that count for a browser: until the log is retired or gone, whatever it was before. An SCT
// that a log gave before it was qualified counts once it is.
func counts(rows []store.PastListedLog) Span {
	none := Span{To: time.UnixMilli(-1 << 50)}
	until := none.To
	for i := range rows {
		r := &rows[i]
		switch {
		case !r.Listed || r.Why == "test" || r.Why == "mimic" || r.State == "pending" || r.State == "rejected":
		case r.State == "retired" && !r.StateSince.IsZero():
			until = later(until, r.StateSince)
		case r.State == "retired":
			until = later(until, r.Since)
		case r.Ended == nil:
			return Span{}
		default:
			until = later(until, *r.Ended)
		}
	}
	return Span{To: until}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
