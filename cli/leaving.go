package cli

import (
	"fmt"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/loglist"
	"pinwatch/store"
)

// leavingFor is how long after the last contact a log that left is still tried: what it does not give by then, it will
// not give any more. Its status goes on telling what is missing.
const leavingFor = 14 * 24 * time.Hour

// addLeaving adds the logs that were followed before and are not any more, while their last head covers entries that
// nobody has looked at: a log must not leave a list with what it is to hide.
func (f *following) addLeaving(out *follow, known []store.LogStatus) {
	for i := range known {
		s := &known[i]
		if !s.Started || s.Lag() == 0 || s.LastContact == nil || f.p.now().Sub(*s.LastContact) > leavingFor {
			continue
		}
		log, why := leavingLog(out.catalogue, s)
		if log == nil {
			continue
		}
		text := fmt.Sprintf("%s is not followed any more (%s): its entries %d to %d, which its last tree head covers, ",
			log.Name(), why, s.Position, s.Head.Size)
		src, err := f.source(log)
		if err != nil {
			f.p.warn(text + "cannot be read: " + err.Error())
			continue
		}
		f.p.warn(text + "are still read")
		src.Leaving = true
		out.sources = append(out.sources, src)
	}
}

// leavingLog is the log behind a status if it has left, and why; nil if it is followed, or left out on purpose.
func leavingLog(c *catalogue, s *store.LogStatus) (*ct.Log, string) {
	l := c.find(s.ID)
	switch {
	case l == nil:
		return recordedLog(s), "it is on no list"
	case l.skipped != "" && l.reason == loglist.SkipState:
		return l.log, l.skipped
	}
	return nil, ""
}

// recordedLog is a log as the database knows it: enough to read its entries.
func recordedLog(s *store.LogStatus) *ct.Log {
	return &ct.Log{
		ID: s.ID, Key: s.Key, Description: s.Description, Operator: s.Operator, URL: s.URL, MonitoringURL: s.MonitoringURL,
	}
}
