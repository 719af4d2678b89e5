package cli

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/show"
)

func (p *program) configCommand() *cli.Command {
	return &cli.Command{
		Name:  "config",
		Usage: "check",
		Subcommands: []*cli.Command{{
			Name: "check", Usage: "say what is wrong with the configuration, or what it comes to", Flags: flagsWith(),
			Action: p.checkConfig,
		}},
	}
}

// checkConfig reads the configuration and what it names for receivers (secrets, templates) and for pins, and nothing
// else: no log, no list, of the database no more than what files of pins gave last.
func (p *program) checkConfig(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	cfg, err := load(c, false)
	if err != nil {
		return err
	}
	if err := storeFlag(c, cfg); err != nil {
		return err
	}
	_, odd, err := cfg.Check()
	p.warnings(odd)
	if err != nil {
		return err
	}
	if _, err := p.receivers(cfg, io.Discard); err != nil {
		return err
	}
	list, err := p.wholeWatchlist(c.Context, cfg)
	if err != nil {
		return err
	}
	out := newConfigJSON(cfg, list)
	if wantsJSON(c) {
		return writeJSON(p.stdout, out)
	}
	fmt.Fprintf(p.stdout, "%s is sound\n", show.Escape(cfg.Path))
	p.field("watches", fmt.Sprintf("%d, of which %d without pins", out.Watches, out.Unpinned))
	p.field("pins", fmt.Sprint(out.Pins))
	p.field("names", show.Some(out.Names, len(out.Names), namesFileText)...)
	p.field("lists", show.Some(out.Lists, len(out.Lists), show.Escape)...)
	p.field("extra", show.Some(out.Extra, len(out.Extra), show.Escape)...)
	p.field("store", show.Escape(cfg.Store))
	p.field("canary", show.Name(out.Canary))
	p.field("notify", show.Some(cfg.Notify, len(cfg.Notify), receiverText)...)
	p.field("policy", out.Policy)
	return nil
}

// receiverText says what a receiver is, and what it wants. No address, and no secret.
func receiverText(r config.Receiver) string {
	return fmt.Sprintf("%s (%s): %s", show.Escape(r.Name), r.Type, show.Escape(wantsText(&r)))
}

// configJSON is what a configuration comes to.
type configJSON struct {
	Path     string          `json:"path"`
	Store    string          `json:"store"`
	Contact  string          `json:"contact"`
	Lists    []string        `json:"lists"`
	States   []string        `json:"states"`
	Extra    []string        `json:"extra"` // the names of logs on no list
	Watches  int             `json:"watches"`
	Unpinned int             `json:"unpinned"` // watches without pins
	Pins     int             `json:"pins"`     // those of a file of names once
	Names    []namesFileJSON `json:"names"`    // the files of names
	Canary   string          `json:"canary"`   // empty: none
	Notify   []string        `json:"notify"`   // the names of the receivers
	Policy   string          `json:"policy"`   // hex; the same for the same watches and pins, whatever their order
}

// namesFileJSON is a file of names.
type namesFileJSON struct {
	Path    string `json:"path"`
	Watches int    `json:"watches"` // but for those that are watched one by one
}

func namesFileText(f namesFileJSON) string {
	return show.Escape(f.Path) + ": " + count(f.Watches, "name")
}

func newConfigJSON(cfg *config.Config, list *matcher.Watchlist) configJSON {
	policy := list.Policy()
	out := configJSON{
		Path: cfg.Path, Store: cfg.Store, Contact: cfg.Contact, Lists: append([]string{}, cfg.Logs.Lists...), States: cfg.Logs.States,
		Notify: names(cfg), Extra: []string{}, Watches: list.Len(), Policy: hex.EncodeToString(policy[:]),
	}
	if cfg.Canary != nil {
		out.Canary = list.Watch(cfg.Canary.Watch).ID()
	}
	for i := range cfg.Logs.Extra {
		out.Extra = append(out.Extra, extraLog(&cfg.Logs.Extra[i], cfg.Logs.Start).log.Name())
	}
	out.Names = []namesFileJSON{}
	for i := range cfg.Names {
		out.Names = append(out.Names, namesFileJSON{Path: cfg.Names[i].Path, Watches: list.InList(i)})
	}
	out.Unpinned = out.Watches
	for _, h := range list.Holders() {
		w := withoutRetired([]matcher.Watch{{Keys: h.Keys, Issuers: h.Issuers, Chain: h.Chain}})[0]
		n := len(w.Keys) + len(w.Issuers) + len(w.Chain)
		out.Pins += n
		if n > 0 {
			out.Unpinned -= h.Watches
		}
	}
	return out
}
