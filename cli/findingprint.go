package cli

import (
	"context"
	"fmt"
	"slices"

	"pinwatch/show"
	"pinwatch/store"
)

// loader reads findings by their IDs, in any order.
type loader func(ids []string) ([]store.Finding, error)

// byID reads findings out of the record.
func byID(ctx context.Context, r *store.Reader) loader {
	return func(ids []string) ([]store.Finding, error) { return r.Findings(ctx, store.Filter{IDs: ids}) }
}

// printPortion is how many findings are read to be printed. A first look at a log may find millions.
const printPortion = 500

// printFindings prints those that are worth telling, the worst first, as text or JSON lines.
func (p *program) printFindings(found []store.Gist, load loader, asJSON bool) error {
	told := slices.DeleteFunc(slices.Clone(found), func(f store.Gist) bool { return !worthTelling(f) })
	slices.SortStableFunc(told, func(a, b store.Gist) int { return show.SeverityRank(b.Severity) - show.SeverityRank(a.Severity) })
	for portion := range slices.Chunk(told, printPortion) {
		ids := make([]string, len(portion))
		for i := range portion {
			ids[i] = portion[i].ID
		}
		findings, err := load(ids)
		if err != nil {
			return err
		}
		at := make(map[string]*store.Finding, len(findings))
		for i := range findings {
			at[findings[i].ID] = &findings[i]
		}
		for _, id := range ids {
			if f := at[id]; f == nil {
				continue // pruned meanwhile
			} else if err := p.printOne(f, asJSON); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *program) printOne(f *store.Finding, asJSON bool) error {
	if asJSON {
		return writeJSON(p.stdout, show.NewFinding(f))
	}
	p.printFinding(f, shownNames)
	_, err := fmt.Fprintln(p.stdout)
	return err
}

// worthTelling says whether a finding is told without being asked for: it is not expected, and nobody has dealt with it
// or waits for its key.
func worthTelling(f store.Gist) bool {
	switch f.State {
	case store.StatePending, store.StateAcknowledged, store.StateClosed:
		return false
	}
	return f.Verdict != "expected"
}
