package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/fetch"
	"pinwatch/deliver"
	"pinwatch/monitor"
	"pinwatch/notify"
	"pinwatch/store"
)

func (p *program) scanCommand() *cli.Command {
	return &cli.Command{
		Name:  "scan",
		Usage: "one pass: every log from its position to its current tree head",
		Description: "Reads every log from where the last scan stopped to its current tree head, verifies what it read, and prints " +
			"the new findings and how far each log is verified. It may be stopped at any moment and goes on from there.",
		Flags: flagsWith(append(followFlags(),
			recheckFlag(), lookBackFlag(),
			&cli.DurationFlag{Name: "max-duration", Usage: "stop after this `TIME`, such as 50m; the next scan goes on", DefaultText: "none"})...),
		Action: p.scan,
	}
}

func (p *program) scan(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	if c.IsSet("max-duration") && c.Duration("max-duration") <= 0 {
		return usage("leave it out to go on to the heads of all logs", "--max-duration must be more than 0")
	}
	cfg, err := p.settings(c)
	if err != nil {
		return err
	}
	_, odd, err := cfg.Check()
	p.warnings(odd)
	if err != nil {
		return err
	}
	receivers, err := p.receivers(cfg, p.stdout)
	if err != nil {
		return err
	}
	logger, err := p.logger(c)
	if err != nil {
		return err
	}
	client, err := newClient(cfg, logger)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, stop := interruptible(c.Context)
	defer stop()
	var until time.Time
	if d := c.Duration("max-duration"); d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
		until = p.now().Add(d)
	}
	r := scanner{
		p: p, cfg: cfg, client: client, logger: logger, receivers: scanReceivers(cfg, receivers), recheck: c.Bool(recheckName),
		leave: where(c, "log-list") == nil, asJSON: wantsJSON(c), until: until,
	}
	if r.back = c.Bool(lookBackName); r.back {
		if r.backTo, err = lookBackStart(c, cfg.Logs.Start); err != nil {
			return err
		}
	}
	err = p.withStore(ctx, "scan", cfg.Store, func(s *store.Store) error { return r.run(ctx, s) })
	if exitCode(err) == codeFailed && !is[*store.HeldError](err) { // whoever holds it is alive
		p.pulseFailure(ctx, r.receivers, logger, err)
	}
	return err
}

// scanner is a scan that is under way.
type scanner struct {
	p              *program
	cfg            *config.Config
	client         *fetch.Client
	logger         *slog.Logger
	receivers      []notify.Receiver
	recheck, leave bool
	back           bool           // what was read for other names is read again
	backTo         *monitor.Start // nil: as far as the record goes
	asJSON         bool
	until          time.Time // when its time is over; zero: it has none
}

func (r *scanner) run(ctx context.Context, s *store.Store) error {
	p := r.p
	from := following{p: p, cfg: r.cfg, client: r.client, store: s, lists: newLister(p), leave: r.leave}
	logs, err := from.sources(ctx)
	if err != nil {
		return err
	}
	pol, anew, err := p.enforce(ctx, r.cfg, s)
	if err != nil {
		return err
	}
	others, err := othersWatched(ctx, s, pol.Watchlist.Names())
	if err != nil {
		return err
	}
	screen := p.screen()
	bar := progress(screen)
	p.stderr = &lockedWriter{w: p.stderr} // from here on, several goroutines talk
	sending := r.beginTelling(ctx, s, pol.Watchlist)
	opt := monitor.Options{Store: s, Watchlist: pol.Watchlist, Rules: rules(pol), Now: p.now, Log: r.logger, Progress: bar.progress, Until: r.until}
	opt.Catalogue = func() *store.Catalogue { return logs.known }
	ps := &pass{failed: logs.failed, anew: anew}
	if r.recheck {
		ps.rechecked, ps.err = monitor.Recheck(ctx, opt, logs.sources)
	}
	if ps.err == nil {
		ps.results, ps.err = monitor.Scan(ctx, opt, logs.sources)
	}
	bar.finish()
	r.lookBack(ctx, ps, opt, logs.sources, progress(screen))
	p.tellLearned(context.WithoutCancel(ctx), s, pol)
	err = p.tell(context.WithoutCancel(ctx), s, ps, r.asJSON)
	p.hintToLookBack(others && !r.back, screen != nil)
	if !is[*store.Error](err) && !p.retain(ctx, s, r.cfg.Retain) && err == nil {
		err = outcome(codeFailed)
	}
	h := &health{p: p, cfg: r.cfg, store: s, policy: pol, logs: logs, leave: r.leave, incomplete: ps.shortOfTime()}
	failed := r.sendRest(ctx, sending, h, exitCode(err))
	if failed == nil || !is[outcome](err) {
		failed = errors.Join(err, failed)
	}
	return failed
}

// pulseFor bounds a heartbeat.
const pulseFor = 15 * time.Second

// sendRest tells what the pass as a whole came to, sends what is left, and gives a sign of life.
func (r *scanner) sendRest(ctx context.Context, sending *telling, h *health, code int) error {
	interrupted := code == codeInterrupted || errors.Is(ctx.Err(), context.Canceled)
	var beat *notify.Message
	var err error
	if !interrupted && code != codeFailed {
		beat, err = h.settle(context.WithoutCancel(ctx))
	}
	err = errors.Join(err, sending.end(ctx, interrupted))
	if beat != nil && err == nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), pulseFor)
		defer cancel()
		sending.Pulse(bounded, beat)
	}
	return err
}

// pulseFailure says that a scan or a watch could not do its work.
func (p *program) pulseFailure(ctx context.Context, receivers []notify.Receiver, logger *slog.Logger, err error) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), pulseFor)
	defer cancel()
	p.dispatcher(nil, nil, receivers, logger).Pulse(bounded, deliver.Heartbeat(p.now(), "", []string{err.Error()}))
}

// withStore runs do with the database open and locked: one process at a time follows logs.
func (p *program) withStore(ctx context.Context, command, dsn string, do func(*store.Store) error) (err error) {
	s, err := store.Open(ctx, dsn, store.Options{Upgrading: p.upgrading})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	unlock, err := s.Lock("pinwatch " + command + ", since " + p.now().UTC().Format(time.RFC3339))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return do(s)
}

// upgrading says what takes long.
func (p *program) upgrading(from, to int) {
	p.note(fmt.Sprintf("the database is upgraded from schema %d to %d; earlier versions of pinwatch cannot use it any more", from, to))
}

// errNoLog says that not one log showed a tree head.
var errNoLog = errors.New("no log could be reached")

// pass is what a scan came to.
type pass struct {
	anew      []string           // findings that changed because pins did
	rechecked *monitor.Rechecked // nil: kept entries were not read again
	results   []monitor.LogResult
	// lookedBack says that the logs were read to their heads, and then looked back at, with what that came to.
	lookedBack bool
	back       []monitor.LookedBack
	failed     []error // log lists that could not be had
	err        error   // of the scan as a whole
	found      []store.Gist
}

// shortOfTime is why a pass is not complete for want of time; empty where it is none. Looking back may take many passes.
func (ps *pass) shortOfTime() []string {
	if errors.Is(ps.err, context.DeadlineExceeded) && !ps.lookedBack {
		return []string{"the time of --max-duration was over"}
	}
	return nil
}

// maxTold bounds how many findings one scan tells of; the next one goes on.
const maxTold = 100_000

// tell prints what a pass brought and makes its exit code. What an earlier scan found and was killed before it could
// tell is told now.
func (p *program) tell(ctx context.Context, s *store.Store, ps *pass, asJSON bool) error {
	untold, err := s.Untold(ctx, maxTold)
	if err == nil {
		ps.found, err = s.Gists(ctx, unique(slices.Concat(untold, ps.news())))
	}
	if err != nil {
		return errors.Join(ps.err, err)
	}
	if err := p.printPass(ps, byID(ctx, s.Reader), asJSON); err != nil {
		return err
	}
	if len(untold) > 0 {
		if err := p.stdout.Flush(); err != nil {
			return err
		}
		if err := s.MarkTold(ctx, untold[len(untold)-1]); err != nil {
			return err
		}
	}
	for _, err := range ps.failed {
		p.say("error", err.Error())
	}
	for i := range ps.results {
		p.trouble(&ps.results[i])
	}
	for i := range ps.back {
		p.troubleBack(&ps.back[i])
	}
	return ps.outcome()
}

// news are the IDs of the findings that were born or changed in the pass.
func (ps *pass) news() []string {
	ids := ps.anew
	if r := ps.rechecked; r != nil {
		ids = slices.Concat(ids, r.New, r.Changed)
	}
	for i := range ps.results {
		n := &ps.results[i].Counts
		ids = slices.Concat(ids, n.New, n.Changed)
	}
	for i := range ps.back {
		n := &ps.back[i].Counts
		ids = slices.Concat(ids, n.New, n.Changed)
	}
	return ids
}

// unique drops what stood before.
func unique(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	return slices.DeleteFunc(ids, func(id string) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}

// trouble says why a log was not read to its head, and which promises it broke.
func (p *program) trouble(r *monitor.LogResult) {
	p.brokenPromises(r)
	switch {
	case r.Misbehaviour != nil:
		p.say("error", fmt.Sprintf("%s misbehaved: %s", r.Log.Name(), r.Misbehaviour.Error()))
		p.hint("the evidence is kept; the position stays where it is until the log shows a head that fits the earlier ones")
		if r.Misbehaviour.Kind == ct.WrongLog && r.Log.Operator == "" {
			p.hint("of a log of your own under extra: see that its url or submission_url is the one that the log was made with")
		}
	case r.Err == nil, errors.Is(r.Err, context.Canceled), errors.Is(r.Err, context.DeadlineExceeded):
	default:
		p.say("error", fmt.Sprintf("%s: %v", r.Log.Name(), r.Err))
		if !r.Reached && strings.HasPrefix(r.Log.MonitoringURL, "file:") {
			p.hint("monitoring_url names the directory that holds the log's checkpoint; this user must be able to read it")
		}
	}
}

// outOfTime says that the pass ended because its time was over.
func (ps *pass) outOfTime() bool {
	return errors.Is(ps.err, context.DeadlineExceeded) && !is[*store.Error](ps.err)
}

// reached says whether any log showed a head that could be true.
func (ps *pass) reached() bool {
	return slices.ContainsFunc(ps.results, func(r monitor.LogResult) bool { return r.Reached })
}

// complete says whether every log was read to its head.
func (ps *pass) complete() bool {
	return len(ps.failed) == 0 && ps.err == nil && ps.allBack() &&
		!slices.ContainsFunc(ps.results, func(r monitor.LogResult) bool { return !r.Complete() })
}

// outcome is the exit code of the pass as an error, nil for 0. See the table in exit.go for what beats what.
func (ps *pass) outcome() error {
	if ps.err != nil && !ps.outOfTime() {
		return ps.err
	}
	switch {
	case slices.ContainsFunc(ps.results, misbehaved), ps.liedBack():
		return outcome(codeMisbehaved)
	case slices.ContainsFunc(ps.found, alarming):
		return outcome(codeFindings)
	case !ps.reached() && !ps.outOfTime():
		return errNoLog
	case !ps.complete():
		return outcome(codeIncomplete)
	}
	return nil
}

// alarming says whether a finding is one that exit code 3 tells of.
func alarming(f store.Gist) bool {
	return worthTelling(f) && (f.Verdict == "unexpected" || f.Verdict == "undetermined")
}
