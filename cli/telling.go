package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"pinwatch/config"
	"pinwatch/deliver"
	"pinwatch/matcher"
	"pinwatch/notify"
	"pinwatch/store"
)

// drainFor is how long a scan sends, at its end, before it leaves the rest to the next one.
const drainFor = 30 * time.Second

// receivers makes the receivers of a configuration. What they print goes to out.
func (p *program) receivers(cfg *config.Config, out io.Writer) ([]notify.Receiver, error) {
	agent := "pinwatch/" + version()
	if cfg.Contact != "" {
		agent += " (" + cfg.Contact + ")"
	}
	p.warnings(deliver.Odd(cfg))
	return deliver.Receivers(cfg, &deliver.Surroundings{
		Env: os.LookupEnv, Now: p.now, Zone: time.Local, Stdout: out, Version: version(), UserAgent: agent,
	})
}

// dispatcher makes what sends to receivers.
func (p *program) dispatcher(s *store.Store, labels *config.Labels, receivers []notify.Receiver, logger *slog.Logger) *notify.Dispatcher {
	return notify.NewDispatcher(notify.Options{
		Queue: deliver.NewQueue(s, labels.Of), Receivers: receivers, Now: p.now, Log: logger, Trouble: p.receiverTrouble,
	})
}

// receiverTrouble says when a receiver gets into trouble, and out of it.
func (p *program) receiverTrouble(name string, err error) {
	if err == nil {
		p.note(fmt.Sprintf("receiver %s takes messages again", name))
		return
	}
	p.warn(fmt.Sprintf("receiver %s: %v", name, err))
}

// scanReceivers are the receivers that a scan uses: not those on stdout, where it prints what it finds by itself.
func scanReceivers(cfg *config.Config, all []notify.Receiver) []notify.Receiver {
	return slices.DeleteFunc(all, func(r notify.Receiver) bool {
		return slices.ContainsFunc(cfg.Notify, func(c config.Receiver) bool { return c.Name == r.Name && c.Type == "stdout" })
	})
}

// names are those of the receivers of a configuration.
func names(cfg *config.Config) []string {
	out := make([]string, len(cfg.Notify))
	for i := range cfg.Notify {
		out[i] = cfg.Notify[i].Name
	}
	return out
}

// abandonAfter is how long messages wait for a receiver that left the configuration: it may be back.
const abandonAfter = 7 * 24 * time.Hour

// telling is the sending of a scan. While it works on logs, what is found is sent already.
type telling struct {
	*notify.Dispatcher
	p     *program
	cfg   *config.Config
	store *store.Store
	stop  context.CancelFunc
	done  chan error
}

// beginTelling sends in the background until end is called.
func (r *scanner) beginTelling(ctx context.Context, s *store.Store, list *matcher.Watchlist) *telling {
	d := r.p.dispatcher(s, r.cfg.Labels(list), r.receivers, r.logger)
	t := &telling{Dispatcher: d, p: r.p, cfg: r.cfg, store: s, done: make(chan error, 1)}
	ctx, t.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() { t.done <- t.Run(ctx) }()
	return t
}

// end sends what is left, for a while unless hurry is set, and says what waits for the next time.
func (t *telling) end(ctx context.Context, hurry bool) error {
	t.stop()
	err := <-t.done
	ctx = context.WithoutCancel(ctx)
	if err == nil && !hurry {
		bounded, cancel := context.WithTimeout(ctx, drainFor)
		defer cancel()
		err = t.Drain(bounded)
	}
	if err != nil {
		return err
	}
	return t.p.leftOver(ctx, t.cfg, t.store)
}

// leftOver says what waits.
func (p *program) leftOver(ctx context.Context, cfg *config.Config, s *store.Store) error {
	queues, err := p.abandon(ctx, cfg, s)
	for i := range queues {
		if q := &queues[i]; q.Failing > 0 {
			p.warn(fmt.Sprintf("%s for receiver %s: %s", waits(q.Waiting), q.Receiver, q.LastError))
		}
	}
	return err
}

// abandon gives up what has waited for long for receivers that are not in the configuration any more, and says what waits
// for such receivers still: one that got another name would not hear of it. It returns the queues of the others.
func (p *program) abandon(ctx context.Context, cfg *config.Config, s *store.Store) ([]store.QueueState, error) {
	now := p.now()
	if _, err := s.Abandon(ctx, names(cfg), now.Add(-abandonAfter), now); err != nil {
		return nil, err
	}
	queues, err := s.Queues(ctx, names(cfg))
	if err != nil {
		return nil, err
	}
	n := len(cfg.Notify)
	for _, q := range queues[n:] {
		if q.Waiting > 0 {
			p.warn(fmt.Sprintf("%s for receiver %s, which the configuration does not name any more; what waits for a week is given up",
				waits(q.Waiting), q.Receiver))
			p.hint(fmt.Sprintf("if it got another name: \"pinwatch notify rename %s NEW\"; \"pinwatch notify list\" shows what waits", q.Receiver))
		}
	}
	return queues[:n], nil
}

func waits(n int) string {
	if n == 1 {
		return "1 message waits"
	}
	return fmt.Sprintf("%d messages wait", n)
}
