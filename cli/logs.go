package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/ct/fetch"
	"pinwatch/ct/loglist"
)

func (p *program) logsCommand() *cli.Command {
	flags := func() []cli.Flag { return flagsWith(listFlags()...) }
	return &cli.Command{
		Name:  "logs",
		Usage: "list | show LOG | refresh",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "every log of the configuration and its lists, and whether it is followed", Flags: flags(),
				Action: p.listLogs,
			},
			{
				Name: "show", Usage: "all that is known of a log, by its ID or a part of its name", ArgsUsage: "LOG", Flags: flags(),
				Action: p.showLog,
			},
			{
				Name: "refresh", Usage: "fetch the log lists, and say what is different since the last time", Flags: flags(),
				Action: p.refreshLists,
			},
		},
	}
}

// withLists loads the configuration and its log lists. Watches are not needed for that, and a file is not where the
// lists are named by flags.
func (p *program) withLists(
	c *cli.Context, arity int, do func(cfg *config.Config, lists []*loglist.Loaded) error,
) error {
	if err := arguments(c, arity, arity); err != nil {
		return err
	}
	cfg, err := load(c, where(c, "log-list") != nil)
	if err != nil {
		return err
	}
	if err := logFlags(c, cfg); err != nil {
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
	return p.loaded(ctx, cfg, client, do)
}

// loaded says which lists could not be had, once the rest is done.
func (p *program) loaded(
	ctx context.Context, cfg *config.Config, client *fetch.Client, do func(*config.Config, []*loglist.Loaded) error,
) error {
	lists, err := newLister(p).load(ctx, cfg, client)
	if err != nil {
		return err
	}
	return errors.Join(do(cfg, lists.all), errors.Join(lists.failed...))
}

func (p *program) listLogs(c *cli.Context) error {
	return p.withLists(c, 0, func(cfg *config.Config, lists []*loglist.Loaded) error {
		logs := newCatalogue(cfg, lists, p.now()).logs
		if wantsJSON(c) {
			for i := range logs {
				if err := writeJSON(p.stdout, newLogJSON(&logs[i])); err != nil {
					return err
				}
			}
			return nil
		}
		t := newTable("log", "operator", "state", "protocol", "expiry from", "to", "followed")
		for i := range logs {
			l := newLogJSON(&logs[i])
			from, to, followed := "-", "-", "yes"
			if l.NotAfterLimit != nil {
				from, to = l.NotAfterStart.Format(time.DateOnly), l.NotAfterLimit.Format(time.DateOnly)
			}
			if !l.Followed {
				followed = "no: " + l.Why
			}
			t.row(escape(l.Log), escape(l.Operator), escape(l.State), l.Protocol, from, to, escape(followed))
		}
		t.print(p.stdout)
		return nil
	})
}

func (p *program) showLog(c *cli.Context) error {
	return p.withLists(c, 1, func(cfg *config.Config, lists []*loglist.Loaded) error {
		want := c.Args().First()
		var found []catalogued
		for _, l := range newCatalogue(cfg, lists, p.now()).logs {
			if l.log.ID.String() == want {
				found = []catalogued{l}
				break
			}
			if strings.Contains(strings.ToLower(l.log.Name()), strings.ToLower(want)) {
				found = append(found, l)
			}
		}
		switch {
		case len(found) == 0:
			return usage("\"pinwatch logs list\" lists them", "no log has the ID or name %q", want)
		case len(found) > 1:
			return usage("write more of its name, or its ID", "%d logs have %q in their names, among them %q and %q",
				len(found), want, found[0].log.Name(), found[1].log.Name())
		}
		l := newLogJSON(&found[0])
		if wantsJSON(c) {
			return writeJSON(p.stdout, l)
		}
		p.printLog(&l)
		return nil
	})
}

func (p *program) printLog(l *logJSON) {
	fmt.Fprintln(p.stdout, escape(l.Log))
	p.field("id", l.LogID)
	p.field("key", l.Key)
	p.field("operator", escape(l.Operator))
	p.field("state", escape(l.State))
	p.field("reads", escape(l.Protocol))
	for _, u := range []string{l.URL, l.MonitoringURL, l.HeadURL} {
		p.field("at", escape(u))
	}
	p.field("submits", escape(l.SubmissionURL))
	if l.NotAfterLimit != nil {
		p.field("expiry", l.NotAfterStart.Format(time.DateOnly)+" to "+l.NotAfterLimit.Format(time.DateOnly))
	}
	if l.MMD > 0 {
		p.field("mmd", (time.Duration(l.MMD) * time.Second).String())
	}
	if l.Followed {
		p.field("follows", "yes")
	} else {
		p.field("follows", "no: "+escape(l.Why))
	}
}

// logJSON is a log as other tools read it.
type logJSON struct {
	LogID         string     `json:"log_id"` // base64
	Log           string     `json:"log"`
	Operator      string     `json:"operator"`
	State         string     `json:"state"`    // empty for a log on no list
	Protocol      string     `json:"protocol"` // static-ct-api or RFC 6962
	URL           string     `json:"url"`
	SubmissionURL string     `json:"submission_url"`
	MonitoringURL string     `json:"monitoring_url"`
	HeadURL       string     `json:"head_url"`
	Key           string     `json:"key"` // base64
	MMD           int64      `json:"mmd"` // seconds; 0: not known
	NotAfterStart *time.Time `json:"not_after_start"`
	NotAfterLimit *time.Time `json:"not_after_limit"`
	Listed        bool       `json:"listed"`
	Followed      bool       `json:"followed"`
	Why           string     `json:"why"` // not followed
}

func newLogJSON(c *catalogued) logJSON {
	l := c.log
	out := logJSON{
		LogID: l.ID.String(), Log: l.Name(), Operator: l.Operator, State: l.State, Protocol: "RFC 6962", URL: l.URL,
		SubmissionURL: l.SubmissionURL, MonitoringURL: l.MonitoringURL, HeadURL: l.HeadURL,
		Key: base64.StdEncoding.EncodeToString(l.Key), MMD: int64(l.MMD / time.Second),
		Listed: c.listed != nil, Followed: c.skipped == "", Why: c.skipped,
	}
	if l.Static() {
		out.Protocol = "static-ct-api"
	}
	if !l.NotAfterLimit.IsZero() {
		out.NotAfterStart, out.NotAfterLimit = &l.NotAfterStart, &l.NotAfterLimit
	}
	return out
}
