package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/report"
	"pinwatch/show"
)

// configurationOf tells what is configured, as a report has it: with all its defaults, and without secrets. In the
// URLs of logs and lists there are none: the configuration refuses them.
func configurationOf(cfg *config.Config, list *matcher.Watchlist) (*report.Configuration, error) {
	raw, err := os.ReadFile(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	policy := list.Policy()
	out := &report.Configuration{
		Path: cfg.Path, SHA256: fmt.Sprintf("%x", sha256.Sum256(raw)), Contact: cfg.Contact, Store: cfg.Store,
		Policy: fmt.Sprintf("%x", policy), Watched: list.Len(), Watches: []report.Watch{}, Logs: logSettings(&cfg.Logs), Other: []report.Entry{},
	}
	for i := range cfg.Watch {
		w := list.Watch(i)
		out.Watches = append(out.Watches, report.Watch{
			Watch: w.ID(), Scope: w.Scope.String(), Exclude: show.List(w.Exclude), Keys: len(w.Keys), Issuers: len(w.Issuers),
			Chain: len(w.Chain), Rules: watchRules(cfg, i),
		})
	}
	out.Other = append(out.Other, namesFiles(cfg, list)...)
	retain := "for ever"
	if cfg.Retain > 0 {
		retain = days(cfg.Retain)
	}
	out.Other = append(out.Other, report.Entry{Name: "retain", Value: retain})
	for i := range cfg.Notify {
		out.Other = append(out.Other, report.Entry{Name: "receiver", Value: receiverSetting(&cfg.Notify[i])})
	}
	if cfg.Canary != nil {
		watched := list.Watch(cfg.Canary.Watch).ID()
		out.Other = append(out.Other, report.Entry{Name: "canary", Value: watched + ", within " + cfg.Canary.Period.String()})
	}
	return out, nil
}

// namesFiles are the files of names, as they were read: the names themselves may be a million.
func namesFiles(cfg *config.Config, list *matcher.Watchlist) (out []report.Entry) {
	for i := range cfg.Names {
		n := &cfg.Names[i]
		parts := []string{fmt.Sprintf("%s: %s", n.Path, count(list.InList(i), "name")), fmt.Sprintf("SHA-256 %x", n.SHA256)}
		for _, pins := range []struct {
			what string
			pins []matcher.Pin
		}{{"keys", n.Keys}, {"issuers", n.Issuers}, {"chain", n.Chain}} {
			if len(pins.pins) > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", len(pins.pins), pins.what))
			}
		}
		if n.Emails {
			parts = append(parts, "emails")
		}
		if n.URIs {
			parts = append(parts, "uris")
		}
		if len(n.Labels) > 0 {
			parts = append(parts, "labels "+strings.Join(n.Labels, " "))
		}
		out = append(out, report.Entry{Name: "names_from", Value: strings.Join(parts, ", ")})
	}
	return out
}

// receiverSetting is a receiver by its name and type, with what it wants. Where it is reached may be a secret.
func receiverSetting(r *config.Receiver) string {
	parts := []string{r.Name}
	if r.Name != r.Type {
		parts[0] += " (" + r.Type + ")"
	}
	for _, only := range []struct {
		what  string
		words []string
	}{{"watches", r.Only.Watches}, {"labels", r.Only.Labels}, {"verdicts", r.Only.Verdicts}, {"kinds", r.Only.Kinds}} {
		if only.words != nil {
			parts = append(parts, "only "+only.what+" "+strings.Join(only.words, " "))
		}
	}
	if r.Only.Severity != "" {
		parts = append(parts, "only severity "+r.Only.Severity+" and above")
	}
	return strings.Join(parts, ", ")
}

func days(d time.Duration) string { return count(int(d/aDay), "day") }

func logSettings(l *config.Logs) []report.Entry {
	out := []report.Entry{}
	add := func(name, value string) { out = append(out, report.Entry{Name: name, Value: value}) }
	for _, list := range l.Lists {
		add("list", list)
	}
	add("states", strings.Join(l.States, ", "))
	for i := range l.Extra {
		e := &l.Extra[i]
		add("extra log", strings.TrimSpace(e.Description+" "+e.URL+e.MonitoringURL))
	}
	add("start", startText(l.Start))
	expired := "follow"
	if l.SkipExpired {
		expired = "skip"
	}
	add("expired", expired)
	add("poll", l.Poll.String())
	add("partial", l.Partial.String())
	if l.BytesPerSecond > 0 {
		add("limit", fmt.Sprintf("%d bytes per second", l.BytesPerSecond))
	}
	var limited []string
	for name := range l.Limits {
		limited = append(limited, name)
	}
	slices.Sort(limited)
	for _, name := range limited {
		limit := l.Limits[name]
		add("limit", fmt.Sprintf("%s: %v requests per second, %d at a time (0: as found out)",
			name, limit.RequestsPerSecond, limit.Parallel))
	}
	return out
}

func startText(s config.Start) string {
	switch s.Kind {
	case config.StartBeginning:
		return "beginning"
	case config.StartDate:
		return s.Date.Format(time.DateOnly)
	case config.StartIndex:
		return fmt.Sprintf("entry %d", s.Index)
	}
	return "now"
}

// watchRules are what is said of a watch besides names and pins.
func watchRules(cfg *config.Config, watch int) []report.Entry {
	out := []report.Entry{}
	add := func(name, value string) { out = append(out, report.Entry{Name: name, Value: value}) }
	w := &cfg.Watch[watch]
	if w.Emails {
		add("emails", "yes")
	}
	if w.URIs {
		add("uris", "yes")
	}
	for i := range cfg.Rules {
		r := &cfg.Rules[i]
		if r.Watch != watch {
			continue
		}
		for _, f := range r.PinsFrom {
			add("pins_from", f.Pattern)
		}
		if r.Learn {
			add("mode", "learn")
		}
		if r.Pending > 0 {
			add("pending", r.Pending.String())
		}
		if len(r.Labels) > 0 {
			add("labels", strings.Join(r.Labels, ", "))
		}
	}
	return out
}
