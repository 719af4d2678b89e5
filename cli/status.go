package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/ct"
	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) statusCommand() *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "every log: position, tree head, lag, last error, coverage",
		Description: "Shows what the database knows, also while a scan or watch works on it. GROWS is how many entries a second " +
			"a log got in the last day at most, and READS how many the last run read while it worked, which is as many as the " +
			"operator allows. CAUGHT UP IN is what follows for a log that is behind, in time of reading; \"not so\" means that it " +
			"grows faster than it is read. Behind the logs stands what lasts and was told, and which receivers fail.",
		Flags:  flagsWith(),
		Action: p.status,
	}
}

func (p *program) status(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	return p.read(c, func(ctx context.Context, r *store.Reader) error {
		logs, err := r.LogStatuses(ctx)
		if err != nil {
			return err
		}
		paces, err := r.Paces(ctx, p.now().Add(-paceWindow))
		if err != nil {
			return err
		}
		kept, err := keptPins(ctx, r)
		if err != nil {
			return err
		}
		queues, err := r.Queues(ctx, nil)
		if err != nil {
			return err
		}
		matters, err := lastingMatters(ctx, r)
		if err != nil {
			return err
		}
		if wantsJSON(c) {
			for _, line := range kept {
				p.warn(line)
			}
			return p.printStatusJSON(logs, paces, newTellingJSON(queues, matters))
		}
		p.printStatus(logs, paces)
		for _, line := range kept {
			fmt.Fprintf(p.stdout, "\n%s\n", line)
		}
		p.printMatters(matters)
		p.printQueueTroubles(queues)
		return nil
	})
}

// statusLineJSON is one log, with how it is kept up with, and what concerns no log alone.
type statusLineJSON struct {
	statusJSON
	paceJSON
	tellingJSON
}

func (p *program) printStatusJSON(logs []store.LogStatus, paces map[[32]byte]store.Pace, telling tellingJSON) error {
	for i := range logs {
		line := statusLineJSON{newStatusJSON(&logs[i]), newOutlook(&logs[i], paces[logs[i].ID]).json(), telling}
		if err := writeJSON(p.stdout, &line); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) printStatus(logs []store.LogStatus, paces map[[32]byte]store.Pace) {
	t := newTable("log", "from", "position", "head", "signed", "lag", "grows", "reads", "caught up in", "matched", "undetermined", "last contact", "alarms")
	for i := range logs {
		s := &logs[i]
		from, position, head, signed, lag := "-", "-", "-", "-", "-"
		if s.Started {
			from, position = number(s.Start), number(s.Position)
		}
		if s.Head != nil {
			head, signed, lag = number(s.Head.Size), timestamp(s.Head.Timestamp), number(s.Lag())
		}
		contact, alarms := "never", "-"
		if s.LastContact != nil {
			contact = timestamp(*s.LastContact)
		}
		if s.Alarms > 0 {
			alarms = fmt.Sprintf("%d, last %s", s.Alarms, show.Escape(s.LastAlarm))
		}
		grows, reads, in := newOutlook(s, paces[s.ID]).cells()
		t.row(show.Escape(logName(s)), from, position, head, signed, lag, grows, reads, in, number(s.Totals.Matched), number(s.Totals.Outstanding),
			contact, alarms)
	}
	t.print(p.stdout)
	for i := range logs {
		if s := &logs[i]; failing(s) {
			fmt.Fprintf(p.stdout, "\n%s: since %s: %s\n", show.Escape(logName(s)), timestamp(*s.LastErrorAt), show.Escape(s.LastError))
		}
	}
}

// failing says whether the last that was tried with the log failed.
func failing(s *store.LogStatus) bool {
	return s.LastErrorAt != nil && (s.LastContact == nil || s.LastErrorAt.After(*s.LastContact))
}

func logName(s *store.LogStatus) string {
	log := ct.Log{ID: s.ID, Description: s.Description, URL: s.URL, SubmissionURL: s.MonitoringURL}
	return log.Name()
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// statusJSON is one log as other tools read it. [start, position) is verified and matched.
type statusJSON struct {
	LogID         string     `json:"log_id"` // base64
	Log           string     `json:"log"`
	Operator      string     `json:"operator"`
	URL           string     `json:"url"`
	MonitoringURL string     `json:"monitoring_url"`
	FirstSeen     time.Time  `json:"first_seen"`
	Start         *uint64    `json:"start"` // null: never begun
	StartWhy      string     `json:"start_why"`
	Position      *uint64    `json:"position"` // null: never begun
	Head          *headJSON  `json:"head"`
	Lag           uint64     `json:"lag"`
	Entries       uint64     `json:"entries"`
	Precerts      uint64     `json:"precerts"`
	Matched       uint64     `json:"matched"`
	Undetermined  uint64     `json:"undetermined"` // that could not be read in full, ever
	Outstanding   uint64     `json:"outstanding"`  // of these, cannot be read in full up to now
	LastContact   *time.Time `json:"last_contact"`
	LastError     string     `json:"last_error"`
	LastErrorAt   *time.Time `json:"last_error_at"`
	Failing       bool       `json:"failing"`
	Alarms        int        `json:"alarms"`
	LastAlarm     string     `json:"last_alarm"`
}

type headJSON struct {
	Size      uint64    `json:"size"`
	Root      string    `json:"root"` // base64
	Timestamp time.Time `json:"timestamp"`
}

func newStatusJSON(s *store.LogStatus) statusJSON {
	out := statusJSON{
		LogID: ct.LogID(s.ID).String(), Log: logName(s), Operator: s.Operator, URL: s.URL, MonitoringURL: s.MonitoringURL,
		FirstSeen: s.FirstSeen, StartWhy: s.StartWhy, Lag: s.Lag(),
		Entries: s.Totals.Entries, Precerts: s.Totals.Precerts, Matched: s.Totals.Matched, Undetermined: s.Totals.Undetermined,
		Outstanding: s.Totals.Outstanding,
		LastContact: s.LastContact, LastError: s.LastError, LastErrorAt: s.LastErrorAt, Failing: failing(s),
		Alarms: s.Alarms, LastAlarm: s.LastAlarm,
	}
	if s.Started {
		out.Start, out.Position = &s.Start, &s.Position
	}
	out.Head = newHeadJSON(s.Head)
	return out
}

func newHeadJSON(h *store.Head) *headJSON {
	if h == nil {
		return nil
	}
	return &headJSON{Size: h.Size, Root: base64.StdEncoding.EncodeToString(h.Root[:]), Timestamp: h.Timestamp}
}
