package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/fetch"
	"pinwatch/ct/loglist"
	"pinwatch/ct/rfc6962"
	"pinwatch/ct/static"
	"pinwatch/monitor"
)

// expiredFor is how long ago the last certificate of a shard must have expired for "expired: skip" to leave it out.
const expiredFor = 30 * 24 * time.Hour

// follow is which logs are followed, and what stood in the way.
type follow struct {
	sources []monitor.Source
	failed  []error // lists that could not be had; their logs are not followed
}

// newClient makes the HTTP client of a configuration.
func newClient(cfg *config.Config, logger *slog.Logger) (*fetch.Client, error) {
	limits := make(map[string]fetch.Limit, len(cfg.Logs.Limits))
	for operator, l := range cfg.Logs.Limits {
		limits[operator] = fetch.Limit{RequestsPerSecond: l.RequestsPerSecond, Parallel: l.Parallel}
	}
	return fetch.New(fetch.Config{
		Version: version(), Contact: cfg.Contact, Limits: limits, BytesPerSecond: cfg.Logs.BytesPerSecond, Logger: logger,
	})
}

// sources finds the logs to follow: the extra ones, and those of the lists. A log that is in both is followed as the
// configuration has it.
func (p *program) sources(ctx context.Context, cfg *config.Config, client *fetch.Client) (*follow, error) {
	lists, failed, err := p.lists(ctx, cfg, client)
	if err != nil {
		return nil, err
	}
	f := follow{failed: failed}
	for _, l := range catalogue(cfg, lists, p.now()) {
		if l.skipped != "" {
			continue
		}
		reader, err := newReader(l.log, client, cfg.Logs.Limits)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.log.Name(), err)
		}
		f.sources = append(f.sources, monitor.Source{Log: l.log, Reader: reader, Start: startOf(l.start), Listed: l.listed})
	}
	return &f, nil
}

// lists loads the configured log lists and says what is wrong with them. A file that cannot be read is an error; a
// list on another machine that cannot be had costs its logs.
func (p *program) lists(
	ctx context.Context, cfg *config.Config, client *fetch.Client,
) (lists []*loglist.Loaded, failed []error, err error) {
	for _, place := range cfg.Logs.Lists {
		loaded, err := loglist.Load(ctx, listGetter{client}, place, cacheDir(cfg.Store), p.now())
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, nil, context.Cause(ctx)
		case err != nil && isURL(place):
			failed = append(failed, err)
			continue
		case err != nil:
			return nil, nil, usage("give a log list in Google's v3 schema, as a file or URL", "%w", err)
		}
		for _, w := range loaded.Warnings {
			p.warn(w.Error())
		}
		for _, r := range loaded.List.Refused {
			p.warn(fmt.Sprintf("log list %s: %s is not followed: %s", place, r.Description, r.Reason))
		}
		lists = append(lists, loaded)
	}
	return lists, failed, nil
}

// catalogued is a log that the configuration knows, and whether it is followed.
type catalogued struct {
	log     *ct.Log
	start   config.Start
	listed  bool
	skipped string // why it is not followed; empty if it is
}

// catalogue is every log of the configuration and its lists, once.
func catalogue(cfg *config.Config, lists []*loglist.Loaded, now time.Time) []catalogued {
	var out []catalogued
	extra := map[ct.LogID]bool{}
	for i := range cfg.Logs.Extra {
		l := extraLog(&cfg.Logs.Extra[i], cfg.Logs.Start)
		extra[l.log.ID] = true
		out = append(out, l)
	}
	policy := loglist.Policy{States: cfg.Logs.States}
	if cfg.Logs.SkipExpired {
		policy.ExpiredFor = expiredFor
	}
	var all []*loglist.List
	for _, l := range lists {
		all = append(all, l.List)
	}
	selection := loglist.Union(all...).Select(policy, now)
	for _, log := range selection.Follow {
		if !extra[log.ID] {
			out = append(out, catalogued{log: &log.Log, start: cfg.Logs.Start, listed: true})
		}
	}
	for _, s := range selection.Skipped {
		if !extra[s.Log.ID] {
			out = append(out, catalogued{log: &s.Log.Log, listed: true, skipped: s.Detail})
		}
	}
	return out
}

func isURL(place string) bool {
	return strings.HasPrefix(place, "https:") || strings.HasPrefix(place, "http:")
}

// cacheDir is where the last good copies of log lists are kept: beside the database.
func cacheDir(dsn string) string {
	return strings.TrimPrefix(dsn, "sqlite:") + ".lists"
}

// newReader chooses the protocol. Heads and entries may come by different ones.
func newReader(log *ct.Log, client *fetch.Client, limits map[string]config.Limit) (ct.Reader, error) {
	web := client.Bound(operator(log, limits), log.ID.String())
	if !log.Static() {
		return rfc6962.New(log, web)
	}
	var get static.Getter = web
	if strings.HasPrefix(log.MonitoringURL, "file:") {
		get = static.Files{}
	}
	entries, err := static.New(log, get)
	if err != nil || log.HeadURL == "" {
		return entries, err
	}
	heads, err := rfc6962.New(log, web)
	if err != nil {
		return nil, err
	}
	return ct.WithHeads(entries, heads), nil
}

// operator is with whom a log shares its limits: with all logs whose URL begins as a limit says, the longest first, or
// else with those of its operator, or failing that of its host.
func operator(log *ct.Log, limits map[string]config.Limit) string {
	prefix := ""
	for word := range limits {
		if strings.Contains(word, "://") && len(word) > len(prefix) &&
			(strings.HasPrefix(log.URL, word) || strings.HasPrefix(log.MonitoringURL, word)) {
			prefix = word
		}
	}
	if prefix != "" {
		return prefix
	}
	if log.Operator != "" {
		return log.Operator
	}
	for _, s := range []string{log.URL, log.MonitoringURL} {
		if u, err := url.Parse(s); err == nil && u.Host != "" {
			return u.Host
		}
	}
	return log.ID.String()
}

func extraLog(e *config.Extra, start config.Start) catalogued {
	if e.Start != nil {
		start = *e.Start
	}
	return catalogued{start: start, log: &ct.Log{
		ID: sha256.Sum256(e.Key), Key: e.Key, Description: e.Description, Operator: e.Operator,
		URL: e.URL, SubmissionURL: e.SubmissionURL, MonitoringURL: e.MonitoringURL, HeadURL: e.HeadURL,
	}}
}

func startOf(s config.Start) monitor.Start {
	switch s.Kind {
	case config.StartNow:
		return monitor.Start{Now: true}
	case config.StartDate:
		return monitor.Start{Since: s.Date}
	case config.StartIndex:
		return monitor.Start{Index: s.Index}
	}
	return monitor.Start{}
}

// listGetter fetches log lists with the client that also reads the logs.
type listGetter struct{ client *fetch.Client }

// Get makes the request under the name of the list's host.
func (g listGetter) Get(ctx context.Context, r loglist.Request) (*loglist.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	resp, err := g.client.Get(ctx, nil, fetch.Request{
		URL: r.URL, Operator: u.Host, Log: "log list", MaxBytes: r.MaxBytes, Fresh: r.Fresh,
		ETag: r.ETag, LastModified: r.LastModified,
	})
	if err != nil {
		return nil, err
	}
	return &loglist.Response{
		Body: resp.Body, NotModified: resp.NotModified, ETag: resp.ETag, LastModified: resp.LastModified,
	}, nil
}
