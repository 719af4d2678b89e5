package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/policy"
	"pinwatch/report"
	"pinwatch/store"
)

func (p *program) reportCommand() *cli.Command {
	return &cli.Command{
		Name: "report", Usage: "what was found in a period, and what was looked at; or verify FILE",
		Description: "Writes the audit report of a period, from the record alone: no log is asked. Its format follows from the name of " +
			"the file (.html, .md, .csv, .json), or --format. A summary of one line goes to stderr.\n\n" +
			"The exit code is 0 where the report was made, whatever it says; with --check it is 5 where a log misbehaved, else 3 where " +
			"findings are open, else 4 where a certificate could have stayed unseen.",
		Flags: flagsWith(
			&cli.StringFlag{Name: "since", Usage: "the beginning, a `DATE` or time; 30 days before the end, if left out"},
			&cli.StringFlag{Name: "until", Usage: "the end, a `DATE` or time, which is not part of it; now, if left out"},
			&cli.StringFlag{Name: "o", Usage: "write to `FILE`; - or nothing is stdout"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` is html, markdown, csv or json"},
			&cli.StringFlag{Name: "table", Usage: "the `TABLE` of csv: findings, issuances or coverage", Value: "findings"},
			&cli.StringFlag{Name: "generated-at", Usage: "the `TIME` that the report says it was made; the same one gives the same bytes"},
			&cli.StringFlag{Name: "attest", Usage: "sign the report with the Ed25519 private key in `KEYFILE` (PEM), into FILE.sig"},
			&cli.BoolFlag{Name: "check", Usage: "let the exit code say what the report asks for", DisableDefaultText: true},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say nothing, and print no report, when all is well", DisableDefaultText: true},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return noCommand(c)
			}
			return p.report(c)
		},
		Subcommands: []*cli.Command{p.verifyCommand()},
	}
}

// order is what report was asked for.
type order struct {
	period      report.Period
	generatedAt time.Time
	path        string // empty: stdout
	format      string
	table       string
	key         string // path of the private key; empty: it is not signed
	check       bool
	quiet       bool
}

// formats by the ends of file names.
var formats = map[string]string{
	".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".csv": "csv", ".json": "json",
}

func (p *program) order(c *cli.Context) (*order, error) {
	o := &order{
		path: c.String("o"), format: c.String("format"), table: c.String("table"), key: c.String("attest"),
		check: c.Bool("check"), quiet: c.Bool("quiet"),
	}
	if o.path == "-" {
		o.path = ""
	}
	if err := o.chooseFormat(wantsJSON(c)); err != nil {
		return nil, err
	}
	if !slices.Contains(report.Tables(), o.table) {
		return nil, usage("write one of "+strings.Join(report.Tables(), ", "), "--table: unknown word %q", o.table)
	}
	if where(c, "table") != nil && o.format != "csv" {
		return nil, usage("leave it out, or write --format csv", "--table is for csv, not for %s", o.format)
	}
	if o.key != "" && o.path == "" {
		return nil, usage("name one with -o, such as -o report.json", "--attest needs a file to sign")
	}
	return o, o.times(c, p.now().UTC().Truncate(time.Second))
}

func (o *order) chooseFormat(json bool) error {
	switch {
	case o.format == "md":
		o.format = "markdown"
	case o.format == "" && json:
		o.format = "json"
	case o.format == "" && o.path == "":
		o.format = "markdown"
	case o.format == "":
		o.format = formats[strings.ToLower(filepath.Ext(o.path))]
		if o.format == "" {
			return usage("end its name with .html, .md, .csv or .json, or say --format",
				"%s does not say in which format it is to be written", o.path)
		}
	}
	if !slices.Contains([]string{"html", "markdown", "csv", "json"}, o.format) {
		return usage("write html, markdown, csv or json", "--format: unknown word %q", o.format)
	}
	return nil
}

// times finds the period and the time of the report.
func (o *order) times(c *cli.Context, now time.Time) error {
	var err error
	if o.generatedAt, err = timeFlag(c, "generated-at", now); err != nil {
		return err
	}
	// What was found in this very second is of the period.
	if o.period.Until, err = timeFlag(c, "until", o.generatedAt.Add(time.Second)); err != nil {
		return err
	}
	if o.period.Since, err = timeFlag(c, "since", o.period.Until.AddDate(0, 0, -30)); err != nil {
		return err
	}
	if !o.period.Since.Before(o.period.Until) {
		return usage("--since is the beginning, --until the end", "the period from %s to %s is empty",
			timestamp(o.period.Since), timestamp(o.period.Until))
	}
	return nil
}

// timeFlag is the time that a flag gives, or another where it is not given.
func timeFlag(c *cli.Context, flag string, other time.Time) (time.Time, error) {
	s := c.String(flag)
	if s == "" {
		return other, nil
	}
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		at, err = time.Parse(time.RFC3339, s)
	}
	if err != nil || at.Year() < 1970 {
		return at, usage("write 2026-01-31 or 2026-01-31T12:00:00Z", "--%s: %q is not a date", flag, s)
	}
	return at.UTC(), nil
}

func (p *program) report(c *cli.Context) error {
	o, err := p.order(c)
	if err != nil {
		return err
	}
	cfg, err := reportConfig(c)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(c.Context)
	defer stop()
	var attention report.Attention
	err = p.withPinCheck(ctx, cfg, o.generatedAt, func(r *store.Reader, opt report.Options) error {
		opt.Period, opt.GeneratedAt, opt.Generator = o.period, o.generatedAt, "pinwatch "+version()
		return r.Snapshot(ctx, func(s *store.Snapshot) error {
			made, err := report.Collect(ctx, s, opt)
			if err != nil {
				return err
			}
			attention = made.Attention()
			return p.deliver(o, made)
		})
	})
	if err != nil || !o.check {
		return err
	}
	return attentionCode(attention)
}

// attentionCode is the exit code of --check, in the order of a scan's: a log that misbehaved beats findings, and these
// beat what was not looked at.
func attentionCode(a report.Attention) error {
	switch {
	case a.Misbehaved:
		return outcome(codeMisbehaved)
	case a.Findings:
		return outcome(codeFindings)
	case a.Incomplete:
		return outcome(codeIncomplete)
	}
	return nil
}

// reportConfig is the configuration, which may be missing where the store is known: it has no Path then.
func reportConfig(c *cli.Context) (*config.Config, error) {
	cfg, err := load(c, true)
	if err != nil {
		return nil, err
	}
	return cfg, storeFlag(c, cfg)
}

// withPinCheck opens the record and has the pins of the configuration checked, if there is one.
func (p *program) withPinCheck(
	ctx context.Context, cfg *config.Config, now time.Time, do func(*store.Reader, report.Options) error,
) (err error) {
	record, err := store.OpenReader(ctx, cfg.Store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	var opt report.Options
	if cfg.Path != "" {
		pol, err := policy.Load(ctx, cfg, record, policy.Options{Now: now, Env: p.policyOptions().Env})
		if err != nil {
			return err
		}
		if opt.PinCheck, err = pol.Check(ctx, record, policy.Limits{Soon: 30 * aDay, Unused: 90 * aDay}, now); err != nil {
			return err
		}
		if opt.Configuration, err = configurationOf(cfg, pol.Watchlist); err != nil {
			return err
		}
	}
	return do(record, opt)
}

// deliver writes the report where it belongs, signs it and sums it up.
func (p *program) deliver(o *order, r *report.Report) error {
	well := r.Attention() == report.Attention{}
	if o.path == "" {
		if o.quiet && well {
			return nil
		}
		if err := o.write(p.stdout, r); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	} else if err := p.writeReport(o, r); err != nil {
		return err
	}
	if o.quiet && well {
		return nil
	}
	p.note(r.Summary.Line)
	return nil
}
