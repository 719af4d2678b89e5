package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/matcher/pinfile"
	"pinwatch/show"
)

func (p *program) importCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "print files of pins as watches for the configuration", ArgsUsage: "FILE...",
		Description: "Reads the pins of Android network security configs, iOS NSPinnedDomains, TrustKit, OkHttp, HPKP headers, curl, " +
			"Chromium, TLSA records, certificates, keys, requests, PKCS#12, JWKS and directories of those, and prints the watches that " +
			"mean the same, as YAML with a comment for everything that is worth knowing. Nothing is written: look at it, and put it " +
			"under \"watch:\". To have a file read again whenever it changes, name it under pins_from of a watch instead.",
		Flags: flagsWith(
			&cli.StringFlag{Name: "d", Usage: "the `NAME` or address that keys without a host are for"},
			passwordFlag(),
		),
		Action: p.importPins,
	}
}

func (p *program) importPins(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("write pinwatch pins import FILE...", "an argument is missing")
	}
	var files []pinfile.File
	for _, arg := range c.Args().Slice() {
		found, err := pinfile.Load(arg, pinfile.Options{Password: password(c)})
		if err != nil {
			return usage(hintFor(err), "%w", err)
		}
		files = append(files, found...)
	}
	var entries []pinfile.Entry
	for i := range files {
		f := &files[i]
		if f.Err != nil {
			return usage(hintFor(f.Err), "%w", f.Err)
		}
		p.lostPins(f.Pins)
		entries = append(entries, f.Pins.Entries...)
	}
	name := c.String("d")
	watches, err := importedWatches(entries, name)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		err = p.printWatchesJSON(watches)
	} else {
		for i := range files {
			p.printImportRemarks(files[i].Pins)
		}
		p.printWatches(watches)
	}
	if err == nil && len(watches) == 0 {
		err = usage("mend what the warnings name", "not a single pin could be taken")
	}
	return err
}

// lostPins warns of what stands in a file and cannot be taken.
func (p *program) lostPins(set *pinfile.Pinset) {
	for i := range set.Remarks {
		if r := &set.Remarks[i]; r.Kind.Lost() {
			p.warn(r.Error())
			p.hint(r.Hint())
		}
	}
}

// importedWatches are the watches that entries make. Pins without a host are for a name.
func importedWatches(entries []pinfile.Entry, name string) ([]matcher.Watch, error) {
	if name != "" {
		host, err := matcher.New([]matcher.Watch{watchOf(name)})
		if err != nil {
			return nil, usage(hintFor(err), "-d: %w", err)
		}
		w := host.Watch(0)
		for i := range entries {
			if entries[i].Host == "" {
				entries[i].Host = w.Name
				if w.Prefix.IsValid() {
					entries[i].Host = w.ID()
				}
			}
		}
	}
	// A watch without pins, made of an entry whose pins were all bad, would judge every certificate as unpinned.
	out := slices.DeleteFunc(pinfile.Watches(entries), func(w matcher.Watch) bool { return !w.Pinned() })
	var without matcher.Watch
	for _, e := range entries {
		if e.Host != "" {
			continue
		}
		switch e.Dimension {
		case pinfile.Keys:
			without.Keys = append(without.Keys, e.Pins...)
		case pinfile.Issuers:
			without.Issuers = append(without.Issuers, e.Pins...)
		case pinfile.Chain:
			without.Chain = append(without.Chain, e.Pins...)
		}
	}
	if without.Pinned() {
		out = append(out, without)
	}
	return out, nil
}

func watchOf(name string) matcher.Watch {
	if prefix, err := config.ParsePrefix(name); err == nil {
		return matcher.Watch{Prefix: prefix}
	}
	return matcher.Watch{Name: name}
}

// printImportRemarks prints what is worth knowing of a file as comments.
func (p *program) printImportRemarks(set *pinfile.Pinset) {
	hosts, pins := map[string]bool{}, 0
	for _, e := range set.Entries {
		if e.Host != "" {
			hosts[e.Host] = true
		}
		pins += len(e.Pins)
	}
	fmt.Fprintf(p.stdout, "# %s (%s): %s, %s\n", show.Escape(set.File), set.Format, count(len(hosts), "host"), count(pins, "pin"))
	for i := range set.Remarks {
		r := &set.Remarks[i]
		text := r.Error()
		if r.Hint() != "" {
			text += "; " + r.Hint()
		}
		fmt.Fprintf(p.stdout, "#   %s\n", show.Escape(strings.ReplaceAll(text, "\n", " ")))
	}
}

// printWatches prints watches as YAML. One without a name is a comment: it is for the reader to say what it is for.
func (p *program) printWatches(watches []matcher.Watch) {
	if slices.ContainsFunc(watches, hasName) {
		fmt.Fprintln(p.stdout, "watch:")
	}
	for i := range watches {
		w := &watches[i]
		if hasName(*w) {
			fmt.Fprint(p.stdout, config.FormatWatch(w))
			continue
		}
		fmt.Fprintln(p.stdout, "# These pins name no host. Put them into the watch that they are for, or name it with -d.")
		for line := range strings.Lines(config.FormatWatch(w)) {
			if !strings.Contains(line, "- name:") {
				fmt.Fprint(p.stdout, "# ", strings.TrimPrefix(line, "  "))
			}
		}
	}
}

func hasName(w matcher.Watch) bool { return w.Name != "" || w.Prefix.IsValid() }

// watchJSON is a watch with its pins as other tools read it.
type watchJSON struct {
	Watch   string    `json:"watch"` // as findings name it; empty where a file names no host
	Name    string    `json:"name"`
	Scope   string    `json:"scope"`
	Exclude []string  `json:"exclude"`
	Keys    []pinJSON `json:"keys"`
	Issuers []pinJSON `json:"issuers"`
	Chain   []pinJSON `json:"chain"`
}

type pinJSON struct {
	Pin       string     `json:"pin"`
	Label     string     `json:"label"`
	NotBefore *time.Time `json:"not_before"` // null: always; likewise not_after
	NotAfter  *time.Time `json:"not_after"`
	Backup    bool       `json:"backup"`
	Source    string     `json:"source"`
}

func (p *program) printWatchesJSON(watches []matcher.Watch) error {
	for i := range watches {
		w := &watches[i]
		out := watchJSON{
			Name: w.Name, Scope: w.Scope.String(), Exclude: show.List(w.Exclude), Keys: pinsJSON(w.Keys), Issuers: pinsJSON(w.Issuers),
			Chain: pinsJSON(w.Chain),
		}
		if hasName(*w) {
			out.Watch = w.ID()
		}
		if w.Prefix.IsValid() {
			out.Name = w.ID()
		}
		if err := writeJSON(p.stdout, out); err != nil {
			return err
		}
	}
	return nil
}

func pinsJSON(pins []matcher.Pin) []pinJSON {
	out := []pinJSON{}
	for i := range pins {
		out = append(out, newPinJSON(&pins[i]))
	}
	return out
}

func newPinJSON(p *matcher.Pin) pinJSON {
	j := pinJSON{Pin: p.String(), Label: p.Label, Backup: p.Backup, Source: p.Source}
	if !p.NotBefore.IsZero() {
		j.NotBefore = &p.NotBefore
	}
	if !p.NotAfter.IsZero() {
		j.NotAfter = &p.NotAfter
	}
	return j
}
