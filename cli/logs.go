package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/loglist"
	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) logsCommand() *cli.Command {
	flags := func() []cli.Flag { return flagsWith(listFlags()...) }
	return &cli.Command{
		Name:  "logs",
		Usage: "list | show LOG | refresh",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "every log of the configuration and its lists, and whether it is followed", Flags: flags(),
				Description: "Shows the log lists as they were last loaded, by a scan, a watch or \"logs refresh\", and the position of " +
					"each log; nothing is fetched if every list has been. Logs that were followed once and are on no list any more are " +
					"shown as well.",
				Action: p.listLogs,
			},
			{
				Name: "show", Usage: "all that is known of a log, by its ID or a part of its name", ArgsUsage: "LOG", Flags: flags(),
				Description: "LOG is a log ID, the beginning of one, or a part of a name that only one log has. Shows what the lists say " +
					"of it and where they differ, how far it was followed, its latest tree heads, and what it was caught at.",
				Action: p.showLog,
			},
			{
				Name: "refresh", Usage: "load the log lists now, and say what is different since the last time", Flags: flags(),
				Description: "A list that is sound becomes the copy that scan and watch go by while they cannot have the list itself; " +
					"it lies in a directory beside the database.",
				Action: p.refreshLists,
			},
		},
	}
}

// known is all that is known of logs: by the configuration, the lists and the database.
type known struct {
	cfg    *config.Config
	lists  *lists
	union  *loglist.List
	logs   []catalogued // ordered by operator and name
	status map[ct.LogID]*store.LogStatus
	reader *store.Reader // nil: there is no database yet
}

// withLists loads the configuration and its log lists; kept says that the copies will do. Watches are not needed for
// that, and a file is not where the lists are named by flags.
func (p *program) withLists(c *cli.Context, arity int, kept bool, do func(ctx context.Context, k *known) error) error {
	if err := arguments(c, arity, arity); err != nil {
		return err
	}
	k := &known{}
	var err error
	if k.cfg, err = load(c, where(c, "log-list") != nil); err != nil {
		return err
	}
	if err := logFlags(c, k.cfg); err != nil {
		return err
	}
	logger, err := p.logger(c)
	if err != nil {
		return err
	}
	client, err := newClient(k.cfg, logger)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, stop := interruptible(c.Context)
	defer stop()
	from := newLister(p)
	from.kept = kept
	if k.lists, err = from.load(ctx, k.cfg, client); err != nil {
		return err
	}
	return errors.Join(p.withRecord(ctx, k, do), errors.Join(k.lists.failed...))
}

// withRecord adds what the database knows, if there is one.
func (p *program) withRecord(ctx context.Context, k *known, do func(context.Context, *known) error) (err error) {
	k.reader, err = store.OpenReader(ctx, k.cfg.Store)
	switch {
	case errors.Is(err, store.ErrNoDatabase):
		k.reader = nil
	case err != nil:
		return err
	default:
		defer func() { err = errors.Join(err, k.reader.Close()) }()
	}
	if err := k.gather(ctx, p.now()); err != nil {
		return err
	}
	return do(ctx, k)
}

// gather makes one list of all logs.
func (k *known) gather(ctx context.Context, now time.Time) error {
	c := newCatalogue(k.cfg, k.lists.all, now)
	k.union, k.logs, k.status = c.union, c.logs, map[ct.LogID]*store.LogStatus{}
	if k.reader != nil {
		rows, err := k.reader.LogStatuses(ctx)
		if err != nil {
			return err
		}
		for i := range rows {
			s := &rows[i]
			k.status[s.ID] = s
			if c.find(s.ID) == nil {
				k.logs = append(k.logs, catalogued{log: recordedLog(s), skipped: "on no list"})
			}
		}
	}
	slices.SortStableFunc(k.logs, func(a, b catalogued) int {
		return strings.Compare(a.log.Operator+"\x00"+a.log.Name(), b.log.Operator+"\x00"+b.log.Name())
	})
	return nil
}

func (p *program) listLogs(c *cli.Context) error {
	return p.withLists(c, 0, true, func(_ context.Context, k *known) error {
		if wantsJSON(c) {
			for i := range k.logs {
				if err := writeJSON(p.stdout, k.logJSON(&k.logs[i])); err != nil {
					return err
				}
			}
			return nil
		}
		t := newTable("log", "operator", "state", "protocol", "expiry from", "to", "position", "head", "followed")
		for i := range k.logs {
			l := k.logJSON(&k.logs[i])
			from, to, position, head, followed := "-", "-", "-", "-", "yes"
			if l.NotAfterLimit != nil {
				from, to = l.NotAfterStart.Format(time.DateOnly), l.NotAfterLimit.Format(time.DateOnly)
			}
			if l.Position != nil {
				position = number(*l.Position)
			}
			if l.Head != nil {
				head = number(l.Head.Size)
			}
			if !l.Followed {
				followed = "no: " + l.Why
			}
			t.row(show.Escape(l.Log), dash(l.Operator), dash(l.State), l.Protocol, from, to, position, head, show.Escape(followed))
		}
		t.print(p.stdout)
		return nil
	})
}

// dash is a cell, which is never left empty.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return show.Escape(s)
}

// find finds a log by its ID, its name, the beginning of the one or a part of the other.
func (k *known) find(want string) (*catalogued, error) {
	var parts []*catalogued
	for i := range k.logs {
		l := &k.logs[i]
		id, name := l.log.ID.String(), l.log.Name()
		switch {
		case want == "":
		case id == want || strings.EqualFold(name, want):
			return l, nil
		case strings.HasPrefix(id, want) || strings.Contains(strings.ToLower(name), strings.ToLower(want)):
			parts = append(parts, l)
		}
	}
	switch {
	case len(parts) == 0:
		return nil, usage("\"pinwatch logs list\" lists them", "no log has the ID or name %q", want)
	case len(parts) > 1:
		names := show.Some(parts, 5, func(l *catalogued) string { return fmt.Sprintf("%q", l.log.Name()) })
		return nil, usage("write more of its name, or its ID", "%d logs have %q in their names or IDs: %s",
			len(parts), want, strings.Join(names, ", "))
	}
	return parts[0], nil
}
