package cli

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"pinwatch/config"
	"pinwatch/ct/fetch"
	"pinwatch/ct/loglist"
	"pinwatch/store"
)

// lister loads the configured log lists, in watch again and again.
type lister struct {
	p    *program
	kept bool                       // the last good copies will do; only a list without one is fetched
	last map[string]*loglist.Loaded // by place: the list when it was last to be had
	said map[string]time.Time       // what was said, and when
}

func newLister(p *program) *lister {
	return &lister{p: p, last: map[string]*loglist.Loaded{}, said: map[string]time.Time{}}
}

// lists are the configured lists as they are now.
type lists struct {
	all    []*loglist.Loaded
	failed []error // lists that could not be had
	copies bool    // of some list the copy had to serve
	// before are the sources of lists that this process or one before it had already.
	before map[string]bool
}

// load loads the lists and says what is wrong with them. One that cannot be had is as it was when it was last to be
// had, so that the set of logs never shrinks because of that. A file that cannot be read the first time is an error.
func (l *lister) load(ctx context.Context, cfg *config.Config, client *fetch.Client) (*lists, error) {
	out := &lists{before: map[string]bool{}}
	for _, place := range cfg.Logs.Lists {
		last := l.last[place]
		loaded, err := l.get(ctx, cfg, client, place)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && last == nil && !isURL(place):
			return nil, usage("give a log list in Google's v3 schema, as a file or URL", "%w", err)
		case err != nil:
			out.failed = append(out.failed, err)
			if last == nil {
				continue
			}
			loaded = last
		default:
			l.last[place] = loaded
			l.warn(place, loaded)
			out.copies = out.copies || slices.ContainsFunc(loaded.Warnings, func(w *loglist.Warning) bool { return w.Copy })
		}
		out.all = append(out.all, loaded)
		if last != nil || loaded.Previous != nil {
			out.before[loaded.List.Source] = true
		}
	}
	return out, nil
}

// get gets one list.
func (l *lister) get(ctx context.Context, cfg *config.Config, client *fetch.Client, place string) (*loglist.Loaded, error) {
	dir, now := cacheDir(cfg.Store), l.p.now()
	if l.kept {
		// A copy that cannot be read is as good as none; Load says so.
		if loaded, err := loglist.Kept(place, dir, now); err == nil && loaded != nil {
			return loaded, nil
		}
	}
	return loglist.Load(ctx, listGetter{client}, place, dir, now)
}

// familiar are the sources of lists whose logs were met before: a log that is new on such a list is a new log, while
// one on a list that was itself added today may be old.
func (l *lists) familiar(known []store.LogStatus) map[string]bool {
	for _, loaded := range l.all {
		for i := range known {
			if !isURL(loaded.List.Source) && loaded.List.Find(known[i].ID) != nil { // of a file there is no copy
				l.before[loaded.List.Source] = true
			}
		}
	}
	return l.before
}

// sayAgain is how long a warning about a list that persists is not repeated.
const sayAgain = 23 * time.Hour

// warn says what is wrong with a list, each thing once a day.
func (l *lister) warn(place string, loaded *loglist.Loaded) {
	said := map[string]time.Time{}
	say := func(what, text string) {
		key := place + " " + what
		at, found := l.said[key]
		if !found || l.p.now().Sub(at) >= sayAgain {
			at = l.p.now()
			l.p.warn(text)
		}
		said[key] = at
	}
	for _, w := range loaded.Warnings {
		say(string(w.Trouble), w.Error())
	}
	for _, r := range loaded.List.Refused {
		text := fmt.Sprintf("log list %s: %s is not followed: %s", place, r.Description, r.Reason)
		say(text, text)
	}
	for key := range l.said { // what is over may be said again
		if strings.HasPrefix(key, place+" ") {
			delete(l.said, key)
		}
	}
	maps.Copy(l.said, said)
}

func isURL(place string) bool {
	return strings.HasPrefix(place, "https:") || strings.HasPrefix(place, "http:")
}

// cacheDir is where the last good copies of log lists are kept: beside the database.
func cacheDir(dsn string) string {
	return strings.TrimPrefix(dsn, "sqlite:") + ".lists"
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
