package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/fetch"
	"pinwatch/ct/rfc6962"
	"pinwatch/ct/static"
	"pinwatch/monitor"
	"pinwatch/store"
)

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

// following is where logs to follow are taken from.
type following struct {
	p      *program
	cfg    *config.Config
	client *fetch.Client
	store  *store.Store
	lists  *lister
	// leave has logs read to the end that were followed before and are on no list any more. It is false where the lists
	// are others for this one time.
	leave bool
}

// follow is which logs are followed, and what stood in the way.
type follow struct {
	*catalogue
	sources []monitor.Source
	failed  []error // lists that could not be had; logs that are only on them are not followed, or as they were before
	copies  bool    // of some list the copy had to serve
	known   *store.Catalogue
}

// sources finds the logs to follow: the extra ones, and those of the lists. A log that is in both is followed as the
// configuration has it.
func (f *following) sources(ctx context.Context) (*follow, error) {
	lists, err := f.lists.load(ctx, f.cfg, f.client)
	if err != nil {
		return nil, err
	}
	known, err := f.store.LogStatuses(ctx)
	if err != nil {
		return nil, err
	}
	out := &follow{catalogue: newCatalogue(f.cfg, lists.all, f.p.now()), failed: lists.failed, copies: lists.copies}
	out.known = out.record(lists)
	f.warnOfLimits(out)
	familiar := lists.familiar(known)
	for _, l := range out.logs {
		if l.skipped != "" {
			continue
		}
		src, err := f.source(l.log)
		if err != nil {
			return nil, err
		}
		src.Start = startOf(l.start)
		src.Listed = l.listed != nil && slices.ContainsFunc(l.listed.Sources, func(s string) bool { return familiar[s] })
		out.sources = append(out.sources, src)
	}
	if f.leave && len(out.failed) == 0 {
		f.addLeaving(out, known)
	}
	return out, nil
}

// warnOfLimits tells of limits that limit nothing, such as a name that no list has. They may be of logs on lists that
// could not be had.
func (f *following) warnOfLimits(out *follow) {
	if len(out.failed) > 0 {
		return
	}
	used := map[string]bool{}
	for _, l := range out.logs {
		used[operator(l.log, f.cfg.Logs.Limits)] = true
	}
	for _, word := range slices.Sorted(maps.Keys(f.cfg.Logs.Limits)) {
		if !used[word] {
			f.p.warn(fmt.Sprintf("logs.limits.operators: no log has the operator or the URL %q", word))
		}
	}
}

// source makes the reader of a log.
func (f *following) source(log *ct.Log) (monitor.Source, error) {
	for _, u := range []string{log.URL, log.MonitoringURL, log.HeadURL} {
		if u == "" || strings.HasPrefix(u, "file:") {
			continue
		}
		if err := f.client.Admits(u); err != nil {
			return monitor.Source{}, fmt.Errorf("%s at %s: %w", log.Name(), u, err)
		}
	}
	reader, err := newReader(log, f.client, f.cfg.Logs.Limits, storedIssuers{f.store})
	if err != nil {
		return monitor.Source{}, fmt.Errorf("%s: %w", log.Name(), err)
	}
	return monitor.Source{Log: log, Reader: reader}, nil
}

// storedIssuers are the certificates that the store has kept.
type storedIssuers struct{ *store.Store }

// Issuer looks the certificate up.
func (s storedIssuers) Issuer(ctx context.Context, fingerprint [sha256.Size]byte) ([]byte, error) {
	return s.Certificate(ctx, fingerprint)
}

// newReader chooses the protocol. Heads and entries may come by different ones.
func newReader(
	log *ct.Log, client *fetch.Client, limits map[string]config.Limit, known static.Issuers,
) (ct.Reader, error) {
	web := client.Bound(operator(log, limits), log.ID.String())
	if !log.Static() {
		return rfc6962.New(log, web)
	}
	var get static.Getter = web
	if strings.HasPrefix(log.MonitoringURL, "file:") {
		get = static.Files{}
	}
	entries, err := static.New(log, get, static.WithIssuers(known))
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
