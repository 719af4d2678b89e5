package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/ct/loglist"
	"pinwatch/show"
	"pinwatch/store"
)

// shownHeads is how many heads and alarms of a log are shown.
const shownHeads = 5

func (p *program) showLog(c *cli.Context) error {
	return p.withLists(c, 1, true, func(ctx context.Context, k *known) error {
		l, err := k.find(c.Args().First())
		if err != nil {
			return err
		}
		d := &store.LogDetail{}
		if k.reader != nil {
			if d, err = k.reader.LogDetail(ctx, l.log.ID, shownHeads); err != nil {
				return err
			}
		}
		out := k.logDetailJSON(l, d)
		if wantsJSON(c) {
			return writeJSON(p.stdout, out)
		}
		p.printLog(&out)
		if s := k.status[l.log.ID]; s != nil {
			p.printRecord(s, d)
		}
		return nil
	})
}

// printLog prints what the configuration and the lists say.
func (p *program) printLog(l *logDetailJSON) {
	fmt.Fprintln(p.stdout, show.Escape(l.Log))
	p.field("id", l.LogID)
	p.field("key", l.Key)
	p.field("operator", show.Escape(l.Operator))
	for _, o := range l.PreviousOperators {
		p.field("", "before "+o.End.Format(time.DateOnly)+" "+show.Escape(o.Name))
	}
	state := show.Escape(l.State)
	if l.StateSince != nil {
		state += " since " + l.StateSince.Format(time.DateOnly)
	}
	p.field("state", state)
	p.field("type", show.Escape(l.Type))
	p.field("reads", show.Escape(l.Protocol))
	for _, u := range []string{l.URL, l.MonitoringURL} {
		p.field("at", show.Escape(u))
	}
	p.field("heads at", show.Escape(l.HeadURL))
	p.field("submits", show.Escape(l.SubmissionURL))
	if l.NotAfterLimit != nil {
		p.field("expiry", l.NotAfterStart.Format(time.DateOnly)+" to "+l.NotAfterLimit.Format(time.DateOnly))
	}
	if l.MMD > 0 {
		p.field("mmd", (time.Duration(l.MMD) * time.Second).String())
	}
	if l.FinalSize != nil {
		p.field("final", fmt.Sprintf("%d entries, root %s", *l.FinalSize, l.FinalRoot))
	}
	p.field("lists", show.Some(l.Lists, len(l.Lists), show.Escape)...)
	for _, d := range l.Differences {
		for _, v := range d.Values {
			p.field("differ", fmt.Sprintf("%s: %s says %s", show.Escape(d.Field), show.Escape(v.Source), show.Escape(v.Value)))
		}
	}
	if l.Followed {
		p.field("follows", "yes")
	} else {
		p.field("follows", "no: "+show.Escape(l.Why))
	}
}

// printRecord prints what the database knows.
func (p *program) printRecord(s *store.LogStatus, d *store.LogDetail) {
	p.field("first", "seen "+timestamp(s.FirstSeen))
	if s.Started {
		p.field("begun", fmt.Sprintf("at entry %d (%s)", s.Start, show.Escape(s.StartWhy)))
		p.field("position", fmt.Sprintf("%d, %d entries behind the head", s.Position, s.Lag()))
		p.field("entries", fmt.Sprintf("%d verified, %d matched, %d undetermined", s.Totals.Entries, s.Totals.Matched, s.Totals.Outstanding))
	}
	if s.LastContact != nil {
		p.field("contact", timestamp(*s.LastContact))
	}
	if s.LastErrorAt != nil {
		p.field("error", timestamp(*s.LastErrorAt)+" "+show.Escape(s.LastError))
	}
	var heads, alarms []string
	for i := range d.Heads {
		heads = append(heads, headText(&d.Heads[i]))
	}
	p.field("heads", more(heads, d.HeadCount)...)
	for i := range d.Alarms {
		a := &d.Alarms[i]
		alarms = append(alarms, fmt.Sprintf("%s, %s, last %s: %s: %s", count(a.Count, "time"), timestamp(a.FirstSeen),
			timestamp(a.LastSeen), show.Escape(a.Kind), show.Escape(a.Detail)))
	}
	p.field("alarms", more(alarms, d.AlarmCount)...)
}

func headText(h *store.SeenHead) string {
	text := fmt.Sprintf("%d entries, signed %s", h.Size, timestamp(h.Timestamp))
	if h.Again != nil {
		text += ", last " + timestamp(*h.Again)
	}
	return text + ", root " + *show.Base64(&h.Root)
}

// more says how many there are besides those that are shown.
func more(shown []string, all int) []string {
	if n := all - len(shown); n > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", n))
	}
	return shown
}

// differencesOf are the things that the lists do not agree on about one log.
func differencesOf(union *loglist.List, l *catalogued) []loglist.Difference {
	var out []loglist.Difference
	for _, d := range union.Differences {
		if d.ID == l.log.ID {
			out = append(out, d)
		}
	}
	return out
}
