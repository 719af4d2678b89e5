package cli

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

func (p *program) inspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "what would be said of these certificates, and why",
		ArgsUsage: "FILE...",
		Description: "Reads certificates and precertificates from files (PEM, DER or base64), directories, or stdin for \"-\", as it " +
			"reads the entries of logs, and says which names it read and how, which watches they concern and by which rule " +
			"(docs/matching.md), and the verdict. Chains are made of all certificates that are given: one issued another if its key " +
			"made the signature. Pins are those of the configuration, of its files and of the record. Exits 3 if a certificate is unexpected or undetermined, otherwise 1 if a file could not be read. " +
			"No log is asked, nothing is recorded.",
		Flags:  flagsWith(watchFlags()...),
		Action: p.inspect,
	}
}

func (p *program) inspect(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("write pinwatch inspect FILE..., or - for stdin", "an argument is missing")
	}
	list, err := p.inspectWatchlist(c)
	if err != nil {
		return err
	}
	from := certReader{p: p}
	for _, path := range c.Args().Slice() {
		from.read(path)
	}
	alarmed, err := p.inspectAll(list, from.certs, wantsJSON(c))
	if err != nil {
		return err
	}
	err = errors.Join(from.failed...)
	if alarmed {
		p.complain(err)
		return outcome(codeFindings)
	}
	return err
}

// inspectAll prints what is to be said of each certificate, and says whether one is unexpected or undetermined.
func (p *program) inspectAll(list *matcher.Watchlist, certs []certificate, asJSON bool) (alarmed bool, err error) {
	ders := make([][]byte, len(certs))
	for i := range certs {
		ders[i] = certs[i].der
	}
	pool := monitor.NewPool(ders)
	for i := range certs {
		in := monitor.Inspect(list, certs[i].der, pool, p.now())
		for j := range in.Judged {
			found := findingOf(in, &in.Judged[j])
			alarmed = alarmed || alarming(found.Gist())
		}
		if asJSON {
			if err := writeJSON(p.stdout, newInspectionJSON(&certs[i], in)); err != nil {
				return alarmed, err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		p.printInspection(&certs[i], in)
	}
	return alarmed, nil
}

// inspectWatchlist is what the configuration watches, with all pins that a scan would have, and -d; without either,
// nothing.
func (p *program) inspectWatchlist(c *cli.Context) (*matcher.Watchlist, error) {
	named, err := watchesOf(c)
	if err != nil {
		return nil, err
	}
	cfg, err := load(c, true)
	if err != nil {
		return nil, err
	}
	named.add(cfg)
	if len(cfg.Watch)+len(cfg.Names) == 0 {
		p.warn("nothing is watched: --config or -d say what is")
	}
	if err := storeFlag(c, cfg); err != nil {
		return nil, err
	}
	_, odd, err := cfg.Watchlist()
	p.warnings(odd)
	if err != nil {
		return nil, err
	}
	return p.wholeWatchlist(c.Context, cfg)
}

// findingOf is the finding that would be born.
func findingOf(in *monitor.Inspection, j *store.Judged) store.Finding {
	return store.Finding{
		Watch: j.Watch, Verdict: j.Verdict, Severity: j.Severity, Reasons: j.Reasons,
		KeyPinned: j.KeyPinned, IssuerPinned: j.IssuerPinned, ChainPinned: j.ChainPinned, Matches: j.Matches,
		Issuance: in.Issuance,
	}
}
