package deliver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pinwatch/notify"
	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

// behind is a matter for each operator of whose logs one is too far behind: limits are an operator's. One that was told
// is over when the logs are behind by half of what made it one, so that it does not begin again at once.
func (s *Situation) behind(lasting map[string]bool) []store.Matter {
	late := map[string][]string{}
	for i := range s.Logs {
		l := &s.Logs[i]
		most := s.Behind
		if lasting[behindThread(l.Operator)] {
			most /= 2
		}
		if l.Behind < most && (!l.Never || l.Behind == 0) {
			continue
		}
		text := fmt.Sprintf("%s: %d entries behind", show.Escape(l.Name), l.Lag)
		if l.Behind > 0 {
			text += fmt.Sprintf(", about %s", l.Behind.Round(time.Minute))
		}
		if l.Never {
			text += ", and it grows faster than it is read"
		}
		late[l.Operator] = append(late[l.Operator], text)
	}
	var out []store.Matter
	for operator, logs := range late {
		name := show.Escape(operator)
		if name == "" {
			name = "an operator without a name"
		}
		out = append(out, matter(behindThread(operator), "behind", &notify.Message{
			Kind: notify.Coverage, Severity: notify.Medium,
			Title: fmt.Sprintf("behind the logs of %s", name),
			Text:  fmt.Sprintf("Of the logs of %s some are not read up to their tree heads: %s.", name, strings.Join(show.Some(logs, 5, asIs), "; ")),
			Why:   "Certificates are told of only when their entries are read: what is behind is told late, or never if the log grows faster than it is read.",
			Next: "See GROWS and READS in \"pinwatch status\". If an operator slows you down, ask him (that is what contact: is for), begin later " +
				"(start:), or read from another address; if scans end early, give them more time.",
			Silence: "coverage: behind: is how long a log may be behind.",
			Facts:   []notify.Fact{fact("operator", name), fact("logs", show.Some(logs, shownNames, asIs)...)},
		}))
	}
	slices.SortFunc(out, func(a, b store.Matter) int { return strings.Compare(a.Thread, b.Thread) })
	return out
}

func behindThread(operator string) string { return "behind:" + operator }

func asIs(s string) string { return s }

func (s *Situation) incomplete() []store.Matter {
	if len(s.Incomplete) == 0 {
		return nil
	}
	return []store.Matter{matter("coverage:incomplete", "incomplete", &notify.Message{
		Kind: notify.Coverage, Severity: notify.Medium,
		Title:   "not everything could be looked at",
		Text:    "The last pass was not complete: " + strings.Join(show.Some(s.Incomplete, 5, show.Escape), "; ") + ".",
		Why:     "No news is good news only for what was looked at.",
		Next:    "See \"pinwatch status\" for how far each log is read, and \"pinwatch logs list\" for which logs are known.",
		Silence: "This is told once, and again when a pass was complete.",
		Facts:   []notify.Fact{fact("reasons", show.Some(s.Incomplete, shownNames, show.Escape)...)},
	})}
}

// pins are the files of pins that cannot be read as they should. That a file names a host nobody watches is none.
func (s *Situation) pins() []store.Matter {
	var out []store.Matter
	seen := map[string]bool{}
	for i := range s.Pins {
		w := &s.Pins[i]
		thread := w.Thread()
		if w.Kind == policy.Unwatched || seen[thread] {
			continue
		}
		seen[thread] = true
		m := &notify.Message{
			Kind: notify.PinHealth, Severity: w.Severity, Title: "pins: " + show.Escape(w.Text), Text: show.Escape(w.Text),
			Why: "Keys that a file declares count as expected. Of a file that cannot be read the last ones stay in force: new keys are told as " +
				"unexpected, and retired ones are not.",
			Next:    "Put the file right. \"pinwatch pins check\" says what is read from where.",
			Silence: "Take the file out of pins_from, or \"pinwatch pins forget\" it, if it is gone for good.",
			Facts:   []notify.Fact{fact("file", show.Escape(w.File))},
		}
		if w.Kind.Pressing() {
			m.Why = "Pins that do not fit the keys in use turn against their owner: renewals are told as unexpected, and an app that enforces " +
				"the same pins locks its users out."
			m.Silence = "Put the pin right, or take it out of where it is declared."
			m.Facts = nil
		}
		if p := w.Pin; p != nil {
			m.Facts = append(m.Facts, fact("pin", p.Pin, show.Escape(p.Label)), fact("declared", show.Escape(p.Source)))
		}
		if w.Hint != "" {
			m.Next = show.Escape(w.Hint)
		}
		if w.Watch != "" {
			m.Facts = append(m.Facts, fact("watch", show.Name(w.Watch)))
		}
		out = append(out, matter(thread, string(w.Kind), m))
	}
	return out
}

// undetermined is told when there are ten times as many as before.
func (s *Situation) undetermined() []store.Matter {
	if s.Undetermined == 0 {
		return nil
	}
	least := uint64(1)
	for least <= s.Undetermined/10 {
		least *= 10
	}
	entries := fmt.Sprintf("%d entries", s.Undetermined)
	if s.Undetermined == 1 {
		entries = "1 entry"
	}
	return []store.Matter{matter("undetermined", fmt.Sprintf("%d or more", least), &notify.Message{
		Kind: notify.Undetermined, Event: "unread", Severity: notify.Low,
		Title:   entries + " of logs could not be read in full",
		Text:    entries + " could not be read in full up to now. None that may concern a watch is hidden here: each of those has a finding of its own.",
		Why:     "An entry that no parser can walk is searched for the names that you watch; a name in an unusual form could be missed there.",
		Next:    "\"pinwatch scan --recheck\" reads them again, with a newer version perhaps better. Their bytes are kept.",
		Silence: "This is told again when there are ten times as many.",
		Facts:   []notify.Fact{fact("entries", strconv.FormatUint(s.Undetermined, 10))},
	})}
}

func (s *Situation) canary() []store.Matter {
	c := s.Canary
	if c == nil || s.Now.Sub(c.Seen) <= c.Period {
		return nil
	}
	name := show.Name(c.Watch)
	return []store.Matter{matter("canary:"+c.Watch, "silent", &notify.Message{
		Kind: notify.Canary, Severity: notify.High,
		Title: fmt.Sprintf("the canary %s is silent since %s", name, timestamp(c.Seen)),
		Text:  fmt.Sprintf("No certificate for %s was seen since %s; one was expected every %s.", name, timestamp(c.Seen), c.Period),
		Why:   "Certificates for it are logged all the time. If none is found, others may be missed just so: logs are not read, or not matched.",
		Next: "See \"pinwatch status\": are logs read up to their heads, and how old are these? Then whether certificates for the canary are " +
			"still issued at all.",
		Silence: "Choose another canary:, or a longer period.",
		Facts:   []notify.Fact{fact("watch", name), fact("last seen", timestamp(c.Seen)), fact("period", c.Period.String())},
	})}
}
