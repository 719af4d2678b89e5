package report

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"pinwatch/store"
)

// Lookback is entries of a log that were read for the names of a later time: again, or for the first time where they lie
// before the place at which the log was begun.
type Lookback struct {
	From   uint64    `json:"from"` // From <= index < To
	To     uint64    `json:"to"`
	Head   Head      `json:"head"`   // the signed head that they were verified to
	Policy string    `json:"policy"` // hex
	Run    int64     `json:"run"`    // number of the run
	Now    bool      `json:"now"`    // it was for the names that were watched when the report was made
	First  time.Time `json:"first"`  // when they were read
	Last   time.Time `json:"last"`
}

// maxChanges bounds how many times are told at which names changed, and maxUnlooked of how many logs it is told how much
// was not looked at for the names of now.
const (
	maxChanges  = 4
	maxUnlooked = 8
)

// names are by what certificates were matched since the period began: when that changed, and the hash of now, zero where
// it is not known.
func (c *collector) names() (changes []string, now [32]byte, err error) {
	policies, err := c.s.Policies(c.ctx, store.Period{Since: c.period.Since})
	for i := range policies {
		p := &policies[i]
		if p.Names == [32]byte{} {
			continue
		}
		if now != [32]byte{} && p.Names != now {
			changes = append(changes, instant(p.Since))
		}
		now = p.Names
	}
	if n := len(policies); n > 0 && policies[n-1].Names == [32]byte{} {
		now = [32]byte{}
	}
	return changes, now, err
}

// changedNames adds to what a judgement rests on when the watched names changed since the period began, and not all that
// may be of the period was looked at for the names of now. Entries of the period may have been read later, too.
func (c *collector) changedNames() error {
	changes, now, err := c.names()
	if err != nil || len(changes) == 0 {
		return err
	}
	left, err := c.s.Unlooked(c.ctx, now, c.period.Since)
	if err != nil || len(left) == 0 {
		return err
	}
	shown := cut(changes, maxChanges)
	if shown.More > 0 {
		shown.Items = append(shown.Items, fmt.Sprintf("%d times more", shown.More))
	}
	var logs []string
	some := cut(left, maxUnlooked)
	for _, l := range some.Items {
		logs = append(logs, fmt.Sprintf("%d of %s", l.Entries, orElse(c.logName(l.LogID), "a log without a name")))
	}
	if some.More > 0 {
		logs = append(logs, plural(some.More, "more log"))
	}
	d := &c.r.Coverage.Detection
	d.Assuming = append(d.Assuming, fmt.Sprintf("The watched names changed since the period began (%s): what was read before was "+
		"matched for the names of before, and nothing is said of others. Entries that are not known to have been looked at for all names of now: %s.",
		strings.Join(shown.Items, ", "), strings.Join(logs, ", ")))
	return nil
}

// lookbacks adds to logs what was looked back at since the period began.
func (c *collector) lookbacks(at map[[32]byte]*CoveredLog) error {
	_, now, err := c.names()
	if err != nil {
		return err
	}
	for row, err := range c.s.Lookbacks(c.ctx, c.period.Since) {
		if err != nil {
			return err
		}
		if l := at[row.LogID]; l != nil {
			l.Lookbacks = append(l.Lookbacks, Lookback{
				From: row.From, To: row.To, Head: newHead(&row.Head), Policy: hex.EncodeToString(row.Policy[:]), Run: row.Run,
				Now: row.Names == now, First: row.First, Last: row.Last,
			})
		}
	}
	return nil
}

// loggedBack is a Lookback with its log.
type loggedBack struct {
	Log *CoveredLog
	Lookback
}

// allBack are the lookbacks of all logs.
func allBack(logs []CoveredLog) []loggedBack {
	var out []loggedBack
	for i := range logs {
		for _, b := range logs[i].Lookbacks {
			out = append(out, loggedBack{&logs[i], b})
		}
	}
	return out
}

// names says for which names it was.
func (b *Lookback) names() string {
	if b.Now {
		return "the names of now"
	}
	return "other names"
}
