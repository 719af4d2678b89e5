package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/ct/fetch"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/notify"
	"pinwatch/policy"
	"pinwatch/store"
)

func (p *program) watchCommand() *cli.Command {
	return &cli.Command{
		Name:  "watch",
		Usage: "follow the logs until stopped",
		Description: "Reads every log up to its tree head like scan, and then asks for the head again and again (poll: in the " +
			"configuration, 60s). The receivers under notify: hear of findings as they come; with --stdout, or without a " +
			"configuration file, they are printed. What there is to say of logs and lists goes to stderr. The " +
			"log lists are loaded once a day, every hour while one cannot be had; what they say of new, changed and leaving logs " +
			"holds at once. Files of pins are read again twice a minute. SIGHUP reads the configuration again: a sound one takes effect, one that is not is refused with what " +
			"is wrong, and the old one stays. SIGINT and SIGTERM end it, with exit code 130; the next watch or scan goes on where " +
			"it was. One scan or watch at a time works on a database.",
		Flags: flagsWith(append(followFlags(), lookBackFlag(), &cli.BoolFlag{
			Name: stdoutName, DisableDefaultText: true,
			Usage: "print findings as they come; so it is without it where there is no configuration file",
		})...),
		Action: p.watch,
	}
}

func (p *program) watch(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	p.stderr, p.timed = &lockedWriter{w: p.stderr}, true
	logger, err := p.logger(c)
	if err != nil {
		return err
	}
	w := &watcher{
		p: p, lists: newLister(p), asJSON: wantsJSON(c), leave: where(c, "log-list") == nil, logger: logger, dial: newClient,
		stdout: c.Bool(stdoutName), read: func() (*config.Config, *matcher.Watchlist, error) { return p.watchSettings(c) },
	}
	cfg, _, err := w.read()
	if err != nil {
		return err
	}
	if w.back = c.Bool(lookBackName); w.back {
		if w.backTo, err = lookBackStart(c, cfg.Logs.Start); err != nil {
			return err
		}
	}
	ctx, stop := interruptible(c.Context)
	defer stop()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	err = p.withStore(ctx, "watch", cfg.Store, func(s *store.Store) error {
		w.store = s
		return w.run(ctx, hangup)
	})
	if exitCode(err) == codeFailed && !is[*store.HeldError](err) {
		if receivers, wrong := p.receivers(cfg, io.Discard); wrong == nil {
			p.pulseFailure(ctx, receivers, logger, err)
		}
	}
	return err
}

// stdoutName is the flag that has a watch print.
const stdoutName = "stdout"

// watchSettings is the configuration with the flags over it, and its watch list. It must say how findings are told.
func (p *program) watchSettings(c *cli.Context) (*config.Config, *matcher.Watchlist, error) {
	cfg, err := p.settings(c)
	if err != nil {
		return nil, nil, err
	}
	list, odd, err := cfg.Check()
	p.warnings(odd)
	if err != nil {
		return nil, nil, err
	}
	prints := slices.ContainsFunc(cfg.Notify, func(r config.Receiver) bool { return r.Type == "stdout" })
	switch given := c.Bool(stdoutName); {
	case given && prints:
		return nil, nil, usage("leave --stdout out", "a receiver prints already: there is one of type stdout under notify:")
	case !given && len(cfg.Notify) == 0 && cfg.Path != "":
		return nil, nil, usage("name who is told under notify:, such as \"- type: webhook\" or \"- type: stdout\" (docs/notify.md), or "+
			"print what is found with --stdout", "%s names no receiver: nobody would hear of what is found", cfg.Path)
	case !given && len(cfg.Notify) > 0 && !slices.ContainsFunc(cfg.Notify, wantsFindings):
		return nil, nil, usage("name who is told of findings, too, or print them with --stdout",
			"none of the receivers of %s wants findings: nobody would hear of what is found", cfg.Path)
	}
	return cfg, list, nil
}

// wantsFindings says whether a receiver is told of any certificate.
func wantsFindings(r config.Receiver) bool {
	return r.Type != "heartbeat" && (r.Only.Kinds == nil || slices.Contains(r.Only.Kinds, string(notify.Finding)))
}

// lockedWriter is for talk that comes from several goroutines.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes b at once.
func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// watcher is a watch that is under way.
//
//	configuration ── begin ──> era ── monitor.Watch ──> findings, troubles
//	      ^                     │ ^
//	      └── SIGHUP, pins_from ─┘ └── log lists, daily
type watcher struct {
	p      *program
	store  *store.Store
	lists  *lister
	asJSON bool
	stdout bool           // findings are printed, whatever receivers there are
	back   bool           // what was read for other names is read again
	backTo *monitor.Start // nil: as far as the record goes
	leave  bool
	logger *slog.Logger
	read   func() (*config.Config, *matcher.Watchlist, error)
	known  atomic.Pointer[store.Catalogue] // what the lists say at the moment
	warned map[string]time.Time            // warnings about pins that last, and when they were told
	dial   func(*config.Config, *slog.Logger) (*fetch.Client, error)
}

// era is the part of a watch under one configuration.
type era struct {
	cfg    *config.Config
	policy *policy.Policy
	list   *matcher.Watchlist
	client *fetch.Client
	logs   *follow
	// sending tells the receivers.
	sending *notify.Dispatcher
	// caughtUp says that every log was read to a head before, and that this was told.
	caughtUp bool
}

// How often the log lists are loaded: their publishers change them a few times a month, and promise nothing.
const (
	refreshEvery = 24 * time.Hour
	refreshAgain = time.Hour // while a list cannot be had
)

// errReload ends an era when the next one is ready. A run that it ends was interrupted.
var errReload = fmt.Errorf("the configuration is read again: %w", context.Canceled)

// run follows the logs until ctx is done.
func (w *watcher) run(ctx context.Context, hangup <-chan os.Signal) error {
	e, err := w.begin(ctx, nil)
	if err != nil {
		return err
	}
	w.p.note(fmt.Sprintf("following %s, asked every %s", w.extent(e), e.cfg.Logs.Poll))
	for err == nil {
		var next *era
		if next, err = w.follow(ctx, e, hangup); next == nil || next.client != e.client {
			e.client.Close()
		}
		e = next
	}
	if exitCode(err) == codeInterrupted {
		w.p.note("stopped; what was found and how far each log was read is in the database")
		return outcome(codeInterrupted)
	}
	return err
}

// extent says how much is followed.
func (*watcher) extent(e *era) string {
	operators := map[string]bool{}
	n := 0
	for _, src := range e.logs.sources {
		if !src.Leaving {
			operators[operator(src.Log, nil)] = true
			n++
		}
	}
	return fmt.Sprintf("%s of %s", count(n, "log"), count(len(operators), "operator"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// begin reads the configuration and the lists, and makes all that an era needs; nothing of old is disturbed. old is nil
// the first time.
func (w *watcher) begin(ctx context.Context, old *era) (*era, error) {
	e := &era{}
	var err error
	if e.cfg, e.list, err = w.read(); err != nil {
		return nil, err
	}
	if old != nil && e.cfg.Store != old.cfg.Store {
		return nil, usage("start it anew for that", "the store was %s and would be %s: a watch keeps to its database",
			old.cfg.Store, e.cfg.Store)
	}
	receivers, err := w.p.receivers(e.cfg, &flushed{w: w.p.stdout})
	if err != nil {
		return nil, err
	}
	e.sending = w.p.dispatcher(w.store, e.cfg.Labels(e.list), receivers, w.logger)
	if err = w.expect(ctx, e); err != nil {
		return nil, err
	}
	if old != nil && sameClient(old.cfg, e.cfg) {
		e.client = old.client
	} else if e.client, err = w.dial(e.cfg, w.logger); err != nil {
		return nil, err
	}
	if e.logs, err = w.sources(ctx, e, w.leave); err == nil && len(e.logs.sources) == 0 {
		err = errors.New("there is no log to follow")
	}
	if err != nil && (old == nil || e.client != old.client) {
		e.client.Close()
	}
	return e, err
}

// sources loads the lists, says which could not be had, and finds the logs.
func (w *watcher) sources(ctx context.Context, e *era, leave bool) (*follow, error) {
	from := following{p: w.p, cfg: e.cfg, client: e.client, store: w.store, lists: w.lists, leave: leave}
	logs, err := from.sources(ctx)
	if err != nil {
		return nil, err
	}
	for _, err := range logs.failed {
		w.p.say("error", err.Error())
	}
	return logs, nil
}

// follow follows the logs of an era. It returns the next era, or nil and why there is none.
func (w *watcher) follow(ctx context.Context, e *era, hangup <-chan os.Signal) (*era, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	told := newNews(w, e, end)
	if err := told.begin(ctx, e.policy); err != nil {
		return nil, err
	}
	opt := monitor.Options{
		Store: w.store, Watchlist: e.list, Rules: rules(e.policy), Now: w.p.now, Log: w.logger, Poll: e.cfg.Logs.Poll, PartialAfter: e.cfg.Logs.Partial,
		Found: told.found, Passed: told.passed, Catalogue: w.known.Load,
	}
	w.known.Store(e.logs.known)
	sets := make(chan []monitor.Source)
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = monitor.Watch(ctx, opt, sets)
	}()
	wait := w.send(ctx, e, end)
	waitBack := w.lookBack(ctx, e, opt, end)
	next := w.steer(ctx, e, told, sets, ended, hangup)
	end(errReload)
	<-ended
	wait()
	waitBack()
	if failed, ok := err.(interface{ Unwrap() []error }); next != nil && errors.Is(err, errReload) && ok && len(failed.Unwrap()) == 1 {
		return next, nil
	}
	if next != nil && next.client != e.client {
		next.client.Close()
	}
	return nil, err
}

// steer hands the logs of an era to monitor.Watch, now and whenever the lists say something new. It returns when the
// next era is to begin, or with nil when Watch has ended.
func (w *watcher) steer(
	ctx context.Context, e *era, told *news, sets chan<- []monitor.Source, ended <-chan struct{}, hangup <-chan os.Signal,
) *era {
	timer, pins, retain := time.NewTimer(e.logs.goodFor()), time.NewTicker(pinsEvery), time.NewTimer(retainFirst)
	health := time.NewTimer(healthFirst)
	defer timer.Stop()
	defer pins.Stop()
	defer retain.Stop()
	defer health.Stop()
	next := sets
	for {
		select {
		case next <- e.logs.sources:
			next = nil
		case <-timer.C:
			if w.refresh(ctx, e) {
				next = sets
			}
			timer.Reset(e.logs.goodFor())
		case <-retain.C:
			w.p.retain(ctx, w.store, e.cfg.Retain)
			retain.Reset(retainEvery)
		case <-health.C:
			w.checkHealth(ctx, e)
			health.Reset(healthEvery)
		case <-pins.C:
			if later := w.renew(ctx, e, told); later != nil {
				return later
			}
		case <-hangup:
			if later := w.reload(ctx, e); later != nil {
				return later
			}
		case <-ended:
			return nil
		}
	}
}

// goodFor is how long until the lists are loaded again.
func (f *follow) goodFor() time.Duration {
	if len(f.failed) > 0 || f.copies {
		return refreshAgain
	}
	return refreshEvery
}

// refresh loads the lists again and says what they changed. The set stays as it was where they could not be read.
func (w *watcher) refresh(ctx context.Context, e *era) bool {
	logs, err := w.sources(ctx, e, false)
	if err != nil {
		if ctx.Err() == nil {
			w.p.complain(err)
			e.logs.failed = []error{err} // try again soon
		}
		return false
	}
	for _, change := range changes(e.logs.catalogue, logs.catalogue) {
		w.p.note(change)
	}
	e.logs = logs
	w.known.Store(logs.known)
	return true
}
