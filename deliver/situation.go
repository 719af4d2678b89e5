package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pinwatch/notify"
	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

// Situation is how following logs goes at the moment. Of it follows which matters last.
type Situation struct {
	Now    time.Time
	Behind time.Duration // for how long a log may be silent or behind before that is told
	Logs   []LogState    // those that are followed
	// Leaving are logs that are followed no more, and read to their last head.
	Leaving []Leaving
	// Blind says that it is not known which logs leave: what was told of them stays as it is.
	Blind bool
	// Incomplete says why a pass could not look at everything; empty: it could.
	Incomplete []string
	Pins       []policy.Health
	// Unchecked says that the pins were not held against the record this time: what that showed before stays as it is.
	Unchecked bool
	// Undetermined is how many entries could not be read in full up to now.
	Undetermined uint64
	Canary       *CanaryState // nil: there is none
}

// LogState is how following a log goes.
type LogState struct {
	ID             [32]byte
	Name, Operator string
	Since          time.Time // when it last answered, or was first asked
	LastError      string
	Position, Lag  uint64
	Behind         time.Duration // how long the log took to grow by its lag; 0: it is kept up with, or not known
	Never          bool          // at the rates of late it is never caught up with
}

// Leaving is a log that leaves.
type Leaving struct {
	ID        [32]byte
	Name, Why string
}

// CanaryState is when a canary was last heard.
type CanaryState struct {
	Watch  string
	Period time.Duration
	Seen   time.Time
}

// settled are the kinds of matters that a Situation decides. Alarms of their own are none of them.
func settled() []string {
	return []string{
		string(notify.LogAlarm), string(notify.PinHealth), string(notify.Coverage), string(notify.Undetermined), string(notify.Canary),
	}
}

// Settle tells what is different from the last time: what began, what changed and what is over, and the alarms of logs
// that were held back for a day. It returns how many messages that makes.
func (s *Situation) Settle(ctx context.Context, st *store.Store) (int, error) {
	last, err := st.Matters(ctx, settled())
	if err != nil {
		return 0, err
	}
	lasting := make(map[string]bool, len(last))
	var kept []store.Matter
	for i := range last {
		lasting[last[i].Thread] = true
		unchecked := s.Unchecked && last[i].Kind == string(notify.PinHealth) && policy.Kind(last[i].State).Pressing()
		if unchecked || s.Blind && last[i].State == leavingState {
			kept = append(kept, last[i])
		}
	}
	told, err := st.SetMatters(ctx, settled(), append(s.matters(lasting), kept...), s.Now)
	if err != nil {
		return 0, err
	}
	held, err := st.TellHeldAlarms(ctx, s.Now)
	return told + held, err
}

// matters are those that last. lasting are those that did before.
func (s *Situation) matters(lasting map[string]bool) []store.Matter {
	out := s.silent()
	out = append(out, s.leaving()...)
	out = append(out, s.behind(lasting)...)
	out = append(out, s.incomplete()...)
	out = append(out, s.pins()...)
	out = append(out, s.undetermined()...)
	return append(out, s.canary()...)
}

// leavingState is that of a log that leaves.
const leavingState = "leaving"

// matter makes a matter of what there is to say.
func matter(thread, state string, m *notify.Message) store.Matter {
	// A message of strings alone can always be written.
	payload, _ := json.Marshal(m)
	return store.Matter{Thread: thread, Kind: string(m.Kind), State: state, Severity: m.Severity, Payload: payload}
}

func fact(name string, values ...string) notify.Fact { return notify.Fact{Name: name, Values: values} }

// silent are logs that have not answered for long.
func (s *Situation) silent() []store.Matter {
	var out []store.Matter
	for i := range s.Logs {
		l := &s.Logs[i]
		if s.Now.Sub(l.Since) < s.Behind {
			continue
		}
		name := show.Escape(l.Name)
		m := &notify.Message{
			Kind: notify.LogAlarm, Severity: notify.Medium,
			Title: fmt.Sprintf("log %s is silent since %s", name, timestamp(l.Since)),
			Text:  fmt.Sprintf("%s has not shown a tree head since %s.", name, timestamp(l.Since)),
			Why: "What is logged there meanwhile is not looked at. A certificate that browsers accept is in logs of two operators, so one " +
				"silent log hides little; several hide more.",
			Next: "See what \"pinwatch status\" says of it, and whether others can reach it; a log that is shut down leaves the list some " +
				"weeks later.",
			Silence: "Take the log's list or its entry under extra out of the configuration if it is not to be followed; coverage: behind: is " +
				"how long a log may be silent.",
			Facts: []notify.Fact{fact("log", name), fact("operator", show.Escape(l.Operator))},
		}
		if l.LastError != "" {
			m.Facts = append(m.Facts, fact("last error", show.Escape(l.LastError)))
		}
		out = append(out, matter(fmt.Sprintf("log:%x:silent", l.ID), "silent", m))
	}
	return out
}

func (s *Situation) leaving() []store.Matter {
	var out []store.Matter
	for _, l := range s.Leaving {
		name := show.Escape(l.Name)
		out = append(out, matter(fmt.Sprintf("log:%x:leaving", l.ID), leavingState, &notify.Message{
			Kind: notify.LogAlarm, Severity: notify.Low,
			Title: fmt.Sprintf("log %s leaves: %s", name, show.Escape(l.Why)),
			Text: fmt.Sprintf("%s is not followed any more (%s). What its last tree head covers and is not looked at yet is still read.",
				name, show.Escape(l.Why)),
			Why:     "A log must not leave with what it is to hide; and a list from which many logs vanish at once may be a wrong one.",
			Next:    "Nothing, if its operator announced it. Otherwise see \"pinwatch logs list\", and where your log list comes from.",
			Silence: "This is told once; that it was read to the end is told when it was.",
			Facts:   []notify.Fact{fact("log", name)},
		}))
	}
	return out
}
