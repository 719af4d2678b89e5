package policy

import (
	"context"
	"errors"
	"slices"
	"time"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/store"
)

// Options are what Load works with.
type Options struct {
	Now time.Time
	// Env looks up an environment variable, for passwords of files. Nil stands for an empty environment.
	Env func(name string) (value string, found bool)
}

// Policy is what is expected.
type Policy struct {
	Watchlist *matcher.Watchlist
	// Warnings say what is wrong with files of pins: PinsKept, PinsLost and Unwatched. Check reports them too.
	Warnings []Health
	// Pending is how long an unknown key may wait to be declared, by the ID of the watch.
	Pending map[string]time.Duration
	// Learning is since when a watch learns, by its ID. It is known after Save.
	Learning map[string]time.Time
	// Canary is the ID of the watch that is one; empty: there is none.
	Canary string

	cfg        *config.Config
	base       *matcher.Watchlist // with the pins of the configuration alone
	files      []store.PinFile
	changed    bool // files are not what is recorded
	authorised []store.Authorisation
}

// Load makes the watch list of a configuration with all its pins. record may be nil where there is no database yet:
// then there are no last good pins either. The error is a config.Problems, or the store's.
func Load(ctx context.Context, cfg *config.Config, record *store.Reader, opt Options) (*Policy, error) {
	base, _, err := cfg.Watchlist()
	if err != nil {
		return nil, err
	}
	return load(ctx, &Policy{cfg: cfg, base: base}, record, opt)
}

// Renew loads the pins of files and those of the record again, for a watch that goes on. The watch list of the new
// policy is the same one if no pin changed.
func (p *Policy) Renew(ctx context.Context, record *store.Reader, opt Options) (*Policy, error) {
	return load(ctx, p, record, opt)
}

func load(ctx context.Context, old *Policy, record *store.Reader, opt Options) (*Policy, error) {
	l := &loader{cfg: old.cfg, base: old.base, opt: opt, read: map[config.PinsFrom]*reading{}, pending: map[string]time.Duration{}}
	var err error
	if record != nil {
		if l.recorded, err = record.PinFiles(ctx); err != nil {
			return nil, err
		}
		if l.authorised, err = record.Authorisations(ctx); err != nil {
			return nil, err
		}
	}
	for i := range l.cfg.Rules {
		l.rule(&l.cfg.Rules[i])
	}
	if l.problems != nil {
		return nil, l.problems
	}
	l.unwatched()
	p := &Policy{
		Watchlist: old.Watchlist, Warnings: l.warnings, Pending: l.pending, Learning: old.Learning, Canary: l.canary(),
		cfg: old.cfg, base: old.base,
		files: l.files, changed: !sameFiles(l.files, l.recorded), authorised: l.authorised,
	}
	if p.Watchlist == nil || !samePins(p.files, old.files) || !sameAuthorisations(p.authorised, old.authorised) {
		p.Watchlist, err = l.watchlist()
	}
	return p, err
}

// Urgent are the warnings that every scan should repeat: the files that cannot be read and, if any file changed since they
// were saved last, all others. What is odd about a file that stays as it is must not come by mail every ten minutes.
func (p *Policy) Urgent() []Health {
	if p.changed {
		return p.Warnings
	}
	return slices.DeleteFunc(slices.Clone(p.Warnings), func(h Health) bool { return h.Kind != PinsKept })
}

// Save keeps the pins of files for when they cannot be read, and notes which watches learn since now.
func (p *Policy) Save(ctx context.Context, s *store.Store, now time.Time) error {
	if p.changed {
		if err := s.SavePinFiles(ctx, p.files); err != nil {
			return err
		}
	}
	if p.Learning != nil {
		return nil
	}
	var watches []string
	for i := range p.cfg.Rules {
		if r := &p.cfg.Rules[i]; r.Learn {
			watches = append(watches, p.base.Watch(r.Watch).ID())
		}
	}
	var err error
	p.Learning, err = s.Learning(ctx, watches, now)
	return err
}

// loader makes a Policy.
type loader struct {
	cfg        *config.Config
	base       *matcher.Watchlist
	opt        Options
	recorded   []store.PinFile
	authorised []store.Authorisation

	read     map[config.PinsFrom]*reading // without Line
	files    []store.PinFile
	pending  map[string]time.Duration
	warnings []Health
	problems config.Problems
}

// canary is the ID of the watch that is one.
func (l *loader) canary() string {
	if l.cfg.Canary == nil {
		return ""
	}
	return l.base.Watch(l.cfg.Canary.Watch).ID()
}

// rule reads the files that a watch names.
func (l *loader) rule(r *config.Rule) {
	watch := l.base.Watch(r.Watch)
	if r.Pending > 0 {
		l.pending[watch.ID()] = r.Pending
	}
	var files []store.PinFile
	for i := range r.PinsFrom {
		from := &r.PinsFrom[i]
		found, err := l.source(watch, from)
		if err != nil {
			l.problems = append(l.problems, l.cfg.Problem(r, from, err))
		}
		files = append(files, found...)
	}
	l.files = append(l.files, l.ended(watch.ID(), r.PinsFrom, l.forget(files))...)
}

// watchlist is the configured watch list with all pins.
func (l *loader) watchlist() (*matcher.Watchlist, error) {
	if len(l.files) == 0 && len(l.authorised) == 0 {
		return l.base, nil
	}
	more := authorised(l.authorised)
	for i := len(l.files) - 1; i >= 0; i-- { // files first, in their order
		f := &l.files[i]
		more[f.Watch] = slices.Concat(named(f.Pins), more[f.Watch])
	}
	pinned := map[int]matcher.Watch{}
	for id, pins := range more {
		if i, found := l.base.Find(id); found {
			w := *l.base.Watch(i)
			addPins(&w, pins)
			pinned[i] = w
		}
	}
	list, err := l.base.WithPins(pinned)
	if err == nil {
		return list, nil
	}
	var problems config.Problems
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		index := 0
		if in, ok := errors.AsType[*matcher.WatchError](err); ok {
			index = in.Watch
		}
		problems = append(problems, l.cfg.WatchProblem(index, err))
	}
	return nil, problems
}

// addPins adds pins to a watch. The slices of the configuration stay as they are.
func addPins(w *matcher.Watch, pins []store.FilePin) {
	for _, d := range []struct {
		name string
		to   *[]matcher.Pin
	}{{"keys", &w.Keys}, {"issuers", &w.Issuers}, {"chain", &w.Chain}} {
		there := map[matcher.Pin]bool{}
		out := slices.Clip(*d.to)
		for _, pin := range out {
			there[bare(pin)] = true
		}
		for _, p := range pins {
			pin := matcher.Pin{
				SPKI: p.SPKI, Label: p.Label, NotBefore: p.NotBefore, NotAfter: p.NotAfter, Source: p.Source, Backup: p.Backup,
				Retired: p.Ended,
			}
			if p.Dimension == d.name && !there[bare(pin)] {
				there[bare(pin)] = true
				out = append(out, pin)
			}
		}
		*d.to = out
	}
}

// bare is what a pin says, whatever it is called and wherever it stands.
func bare(p matcher.Pin) matcher.Pin {
	p.Label, p.Source, p.NotBefore, p.NotAfter = "", "", p.NotBefore.UTC(), p.NotAfter.UTC()
	return p
}

// samePins says whether the files give the same pins to the same watches.
func samePins(a, b []store.PinFile) bool {
	return slices.EqualFunc(a, b, func(a, b store.PinFile) bool { return a.Watch == b.Watch && slices.Equal(a.Pins, b.Pins) })
}
