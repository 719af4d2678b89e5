package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/deliver"
	"pinwatch/notify"
	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) notifyCommand() *cli.Command {
	return &cli.Command{
		Name:  "notify",
		Usage: "list | test | retry | rename OLD NEW",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "the receivers, and what waits for them", Flags: flagsWith(), Action: p.listReceivers,
			},
			{
				Name: "test", Usage: "send a test finding through every receiver, or the named ones", ArgsUsage: "[NAME...]",
				Flags: flagsWith(), Action: p.testReceivers,
				Description: "The message is marked as a test in all its texts. It goes past queues, digests and limits, and is tried " +
					"once; the exit code is 1 if one of them did not take it.",
			},
			{
				Name: "retry", Usage: "take up again what was given up, and what waits after a failure", ArgsUsage: "[NAME|ID...]",
				Flags: flagsWith(), Action: p.retryMessages,
				Description: "For all receivers, or for the named ones, or for single messages. A watch that is under way sends them within " +
					"seconds, otherwise the next scan does.",
			},
			p.renameReceiverCommand(),
		},
	}
}

// receiverJSON is a receiver as other tools read it.
type receiverJSON struct {
	Receiver string   `json:"receiver"`
	Type     string   `json:"type"` // empty: it is not in the configuration any more
	Kinds    []string `json:"kinds"`
	queueJSON
}

// queueJSON is what waits for a receiver, as other tools read it.
type queueJSON struct {
	Waiting     int        `json:"waiting"`
	Oldest      *time.Time `json:"oldest"` // since when that waits which waits longest; null: nothing waits
	Failing     int        `json:"failing"`
	LastError   string     `json:"last_error"`
	LastErrorAt *time.Time `json:"last_error_at"`
	GivenUp     int        `json:"given_up"`
	GivenUpIDs  []string   `json:"given_up_messages"` // of many the last ones
	LastSent    *time.Time `json:"last_sent"`         // null: never
}

func newQueueJSON(q *store.QueueState) queueJSON {
	return queueJSON{
		Waiting: q.Waiting, Oldest: q.Oldest, Failing: q.Failing, LastError: q.LastError, LastErrorAt: q.LastErrorAt,
		GivenUp: q.GivenUp, GivenUpIDs: show.List(q.GivenUpIDs), LastSent: q.LastSent,
	}
}

func (p *program) listReceivers(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	cfg, err := configured(c)
	if err != nil {
		return err
	}
	queues, err := queuesOf(c.Context, cfg)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		for i := range queues {
			if err := writeJSON(p.stdout, newReceiverJSON(cfg, &queues[i])); err != nil {
				return err
			}
		}
		return nil
	}
	if len(queues) == 0 {
		fmt.Fprintln(p.stderr, "no receivers: nobody is told; name some under notify:")
		return nil
	}
	p.printQueues(cfg, queues)
	return nil
}

// configured is the configuration, with the database that a flag names.
func configured(c *cli.Context) (*config.Config, error) {
	cfg, err := load(c, false)
	if err != nil {
		return nil, err
	}
	return cfg, storeFlag(c, cfg)
}

// queuesOf looks up what waits for the receivers. Without a database nothing does.
func queuesOf(ctx context.Context, cfg *config.Config) (queues []store.QueueState, err error) {
	r, err := store.OpenReader(ctx, cfg.Store)
	if errors.Is(err, store.ErrNoDatabase) {
		for _, name := range names(cfg) {
			queues = append(queues, store.QueueState{Receiver: name})
		}
		return queues, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return r.Queues(ctx, names(cfg))
}

func newReceiverJSON(cfg *config.Config, q *store.QueueState) receiverJSON {
	out := receiverJSON{Receiver: q.Receiver, Kinds: []string{}, queueJSON: newQueueJSON(q)}
	if r := receiverOf(cfg, q.Receiver); r != nil {
		out.Type, out.Kinds = r.Type, show.List(r.Only.Kinds)
	}
	return out
}

func receiverOf(cfg *config.Config, name string) *config.Receiver {
	i := slices.IndexFunc(cfg.Notify, func(r config.Receiver) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &cfg.Notify[i]
}

func (p *program) printQueues(cfg *config.Config, queues []store.QueueState) {
	t := newTable("receiver", "type", "wants", "waiting", "since", "given up", "last sent")
	for i := range queues {
		q := &queues[i]
		kind, wants := "gone", "-"
		if r := receiverOf(cfg, q.Receiver); r != nil {
			kind, wants = r.Type, wantsText(r)
		}
		since, sent := "-", "never"
		if kind == "heartbeat" || kind == "stdout" {
			sent = "-" // what is sent past the queue, or printed by a scan, is not noted
		}
		if q.Oldest != nil {
			since = timestamp(*q.Oldest)
		}
		if q.LastSent != nil {
			sent = timestamp(*q.LastSent)
		}
		t.row(show.Escape(q.Receiver), kind, show.Escape(wants), strconv.Itoa(q.Waiting), since, strconv.Itoa(q.GivenUp), sent)
	}
	t.print(p.stdout)
	p.printQueueTroubles(queues)
}

// printQueueTroubles says what went wrong with receivers.
func (p *program) printQueueTroubles(queues []store.QueueState) {
	for i := range queues {
		if q := &queues[i]; q.LastErrorAt != nil {
			fmt.Fprintf(p.stdout, "\nreceiver %s: %s, %d given up; last, %s: %s\n", show.Escape(q.Receiver), waits(q.Waiting), q.GivenUp,
				timestamp(*q.LastErrorAt), show.Escape(q.LastError))
		}
	}
}

// wantsText says in a few words what a receiver wants.
func wantsText(r *config.Receiver) string {
	var parts []string
	add := func(what string, words []string) {
		if len(words) > 0 {
			parts = append(parts, what+" "+strings.Join(words, ","))
		}
	}
	add("kinds", r.Only.Kinds)
	add("watches", r.Only.Watches)
	add("labels", r.Only.Labels)
	add("verdicts", r.Only.Verdicts)
	if r.Only.Severity != "" {
		parts = append(parts, r.Only.Severity+" and worse")
	}
	switch {
	case r.Digest.Daily:
		parts = append(parts, fmt.Sprintf("digest at %02d:%02d", int(r.Digest.At.Hours()), int(r.Digest.At.Minutes())%60))
	case r.Digest.Every > 0:
		parts = append(parts, "digest every "+r.Digest.Every.String())
	}
	if r.Limit.N > 0 {
		parts = append(parts, fmt.Sprintf("at most %d in %s", r.Limit.N, r.Limit.Per))
	}
	switch {
	case parts == nil && r.Type == "heartbeat":
		return "heartbeats"
	case parts == nil:
		return "all"
	}
	return strings.Join(parts, "; ")
}

// testFor bounds how long a receiver may take for a test.
const testFor = time.Minute

func (p *program) testReceivers(c *cli.Context) error {
	cfg, err := configured(c)
	if err != nil {
		return err
	}
	receivers, err := p.receivers(cfg, &flushed{w: p.stdout})
	if err != nil {
		return err
	}
	wanted := c.Args().Slice()
	for _, name := range wanted {
		if receiverOf(cfg, name) == nil {
			return usage("known are: "+strings.Join(names(cfg), ", "), "there is no receiver %q", name)
		}
	}
	if len(receivers) == 0 {
		return usage("name some under notify: (docs/notify.md)", "%s names no receiver", cfg.Path)
	}
	m, err := deliver.Test(p.now())
	if err != nil {
		return err
	}
	failed := false
	for _, r := range receivers {
		if len(wanted) > 0 && !slices.Contains(wanted, r.Name) {
			continue
		}
		err := notifyOnce(c.Context, r, m)
		failed = failed || err != nil
		if err := p.printTest(r.Name, err, wantsJSON(c)); err != nil {
			return err
		}
	}
	if failed {
		return outcome(codeFailed)
	}
	return nil
}

// printTest says what came of a test of a receiver.
func (p *program) printTest(name string, failed error, asJSON bool) error {
	out := struct {
		Receiver string `json:"receiver"`
		Sent     bool   `json:"sent"`
		Error    string `json:"error"`
	}{Receiver: name, Sent: failed == nil}
	if failed != nil {
		out.Error = failed.Error()
		p.say("error", fmt.Sprintf("%s: %v", name, failed))
	}
	switch {
	case asJSON:
		return writeJSON(p.stdout, out)
	case out.Sent:
		fmt.Fprintf(p.stdout, "%s: sent\n", show.Escape(name))
	}
	return nil
}

func notifyOnce(ctx context.Context, r notify.Receiver, m *notify.Message) error {
	ctx, cancel := context.WithTimeout(ctx, testFor)
	defer cancel()
	return r.Notifier.Notify(ctx, m)
}

func (p *program) retryMessages(c *cli.Context) (err error) {
	cfg, err := configured(c)
	if err != nil {
		return err
	}
	s, err := store.Open(c.Context, cfg.Store, store.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	queues, err := s.Queues(c.Context, names(cfg))
	if err != nil {
		return err
	}
	var receivers, messages []string
	for _, arg := range c.Args().Slice() {
		switch {
		case slices.ContainsFunc(queues, func(q store.QueueState) bool { return q.Receiver == arg }):
			receivers = append(receivers, arg)
		case len(arg) == 32 && strings.Trim(arg, "0123456789abcdef") == "":
			messages = append(messages, arg)
		default:
			return usage("\"pinwatch notify list\" shows them", "%q is neither a receiver nor the ID of a message", arg)
		}
	}
	n, err := s.Retry(c.Context, receivers, messages, p.now())
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return writeJSON(p.stdout, struct {
			Messages int64 `json:"messages"` // that were taken up again
		}{n})
	}
	fmt.Fprintf(p.stdout, "%s taken up again\n", were(int(n), "message"))
	return nil
}
