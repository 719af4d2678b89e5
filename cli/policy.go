package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

// loadPolicy makes the watch list of a configuration with the pins of files, and says what is odd about those. record
// may be nil.
func (p *program) loadPolicy(ctx context.Context, cfg *config.Config, record *store.Reader) (*policy.Policy, error) {
	pol, err := policy.Load(ctx, cfg, record, p.policyOptions())
	if err == nil {
		p.policyWarnings(pol.Urgent())
	}
	return pol, err
}

func (p *program) policyWarnings(all []policy.Health) {
	for i := range all {
		p.policyWarning(&all[i])
	}
}

func (p *program) policyOptions() policy.Options {
	return policy.Options{Now: p.now(), Env: os.LookupEnv}
}

func (p *program) policyWarning(w *policy.Health) {
	p.warn(w.Text)
	p.hint(w.Hint)
}

// enforce makes the policy of a configuration the one in force: what files give is kept, and what is recorded is judged
// by it. It returns the IDs of the findings that are to be told.
func (p *program) enforce(ctx context.Context, cfg *config.Config, s *store.Store) (*policy.Policy, []string, error) {
	pol, err := p.loadPolicy(ctx, cfg, s.Reader)
	if err != nil {
		return nil, nil, err
	}
	if err := pol.Save(ctx, s, p.now()); err != nil {
		return nil, nil, err
	}
	news, err := p.renewRecord(ctx, s, pol)
	return pol, news, err
}

// rules are those of a policy that has been saved.
func rules(pol *policy.Policy) monitor.Rules {
	return monitor.Rules{Pending: pol.Pending, Learn: pol.Learning, Canary: pol.Canary}
}

// renewRecord judges what is recorded by a policy, and opens what was pending and is due. It returns the IDs of what
// is to be told.
func (p *program) renewRecord(ctx context.Context, s *store.Store, pol *policy.Policy) ([]string, error) {
	anew, err := p.rejudge(ctx, s, pol)
	if err != nil {
		return nil, err
	}
	due, err := s.OpenDue(ctx, p.now())
	return append(anew, due...), err
}

// rejudge judges what is recorded by a policy, and says what changed. It returns the IDs of what is open now, and was
// not or for another reason.
func (p *program) rejudge(ctx context.Context, s *store.Store, pol *policy.Policy) ([]string, error) {
	bar := &tally{screen: p.screen(), what: "judging anew"}
	changes, err := monitor.Rejudge(ctx, s, pol.Watchlist, rules(pol), p.now(), bar.progress)
	bar.finish()
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	p.note(fmt.Sprintf("watches or pins changed: %s judged anew, from the record", were(len(changes), "finding")))
	named := slices.DeleteFunc(slices.Clone(changes), func(c store.Change) bool {
		return c.Before == "expected" && c.Verdict == "expected" // for another reason, which nobody asks for
	})
	for _, line := range show.Some(named, shownChanges, changeText) {
		p.note("  " + line)
	}
	var news []string
	for _, c := range changes {
		if c.News {
			news = append(news, c.ID)
		}
	}
	return news, nil
}

// tellLearned says how many keys watches learned since a policy was loaded.
func (p *program) tellLearned(ctx context.Context, s *store.Store, pol *policy.Policy) {
	if len(pol.Learning) == 0 {
		return
	}
	next, err := pol.Renew(ctx, s.Reader, p.policyOptions())
	if err != nil {
		p.complain(err)
		return
	}
	p.noteLearned(pol, next)
}

func (p *program) noteLearned(old, next *policy.Policy) {
	if n := next.Unapproved() - old.Unapproved(); n > 0 {
		p.note(count(n, "key") + " in use when a watch began to learn: expected from now on, and to be approved")
		p.hint("pinwatch pins authorised lists them; pinwatch pins approve ID, or pinwatch pins end ID")
	}
}

// shownChanges is how many findings are named when pins change; the rest is counted.
const shownChanges = 20

// changeText says what a change of pins did to a finding.
func changeText(c store.Change) string {
	after := c.Verdict
	if len(c.Reasons) > 0 {
		after += " (" + strings.Join(c.Reasons, ", ") + ")"
	}
	head := fmt.Sprintf("%s, %s: ", c.ID[:min(shortID, len(c.ID))], c.Watch)
	if c.New {
		return head + after + ", a new finding"
	}
	return fmt.Sprintf("%s%s became %s, %s", head, c.Before, after, c.State)
}

func were(n int, what string) string {
	if n == 1 {
		return "1 " + what + " was"
	}
	return fmt.Sprintf("%d %ss were", n, what)
}

// withPolicy loads the policy of the configuration with what the database knows, and says what is odd about it. record
// is nil where there is no database yet.
func (p *program) withPolicy(
	c *cli.Context, do func(ctx context.Context, pol *policy.Policy, record *store.Reader) error,
) error {
	return p.withQuietPolicy(c, func(ctx context.Context, pol *policy.Policy, record *store.Reader) error {
		p.policyWarnings(pol.Warnings)
		return do(ctx, pol, record)
	})
}

// withQuietPolicy is withPolicy for those who say themselves what is odd.
func (p *program) withQuietPolicy(
	c *cli.Context, do func(ctx context.Context, pol *policy.Policy, record *store.Reader) error,
) error {
	cfg, err := load(c, false)
	if err != nil {
		return err
	}
	if err := storeFlag(c, cfg); err != nil {
		return err
	}
	return p.readPolicy(c.Context, cfg, do)
}

// readPolicy loads the policy of a configuration with what the database knows, and changes nothing. record is nil where
// there is no database yet.
func (p *program) readPolicy(
	ctx context.Context, cfg *config.Config, do func(ctx context.Context, pol *policy.Policy, record *store.Reader) error,
) (err error) {
	record, err := store.OpenReader(ctx, cfg.Store)
	if errors.Is(err, store.ErrNoDatabase) {
		record, err = nil, nil
	}
	if err != nil {
		return err
	}
	if record != nil {
		defer func() { err = errors.Join(err, record.Close()) }()
	}
	pol, err := policy.Load(ctx, cfg, record, p.policyOptions())
	if err != nil {
		return err
	}
	return do(ctx, pol, record)
}

// wholeWatchlist is the watch list of a configuration with the pins of files and authorisations, as a scan would have it.
func (p *program) wholeWatchlist(ctx context.Context, cfg *config.Config) (list *matcher.Watchlist, err error) {
	err = p.readPolicy(ctx, cfg, func(_ context.Context, pol *policy.Policy, _ *store.Reader) error {
		p.policyWarnings(pol.Warnings)
		list = pol.Watchlist
		return nil
	})
	return list, err
}
