package cli

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"pinwatch/show"
	"pinwatch/store"
)

// shownNames is how many names or sightings of a finding a list shows; the rest is counted.
const shownNames = 8

// printFinding prints a finding as a block of lines. most bounds how many names and sightings it shows.
func (p *program) printFinding(f *store.Finding, most int) {
	fmt.Fprintf(p.stdout, "%s: %s\n", strings.ToUpper(show.Escape(f.Severity)), headline(f))
	for _, sentence := range show.Explain(f) {
		for _, line := range wrap(sentence) {
			fmt.Fprintln(p.stdout, "   ", line)
		}
	}
	iss := &f.Issuance
	p.field("matched", show.Some(groupMatches(f.Matches), most, matchText)...)
	p.field("other", show.Some(otherNames(f), most, show.Name)...)
	p.field("subject", show.Escape(iss.Subject))
	p.field("key", keyText(f, most)...)
	p.field("issuer", show.Escape(iss.Issuer), pinText(iss.IssuerKeyHash, f.IssuerPinned))
	if f.ChainPinned != nil {
		p.field("chain", pinned(f.ChainPinned))
	}
	p.field("valid", instant(iss.NotBefore)+" to "+instant(iss.NotAfter))
	p.field("serial", show.Escape(iss.Serial))
	p.field("seen", show.Some(f.Sightings, most, sightingText)...)
	p.field("id", f.ID)
}

// headline is the watch, the verdict and the reasons.
func headline(f *store.Finding) string {
	head := fmt.Sprintf("%s: %s", show.Name(f.Watch), show.Escape(f.Verdict))
	if len(f.Reasons) > 0 {
		head += " (" + show.Escape(strings.Join(f.Reasons, ", ")) + ")"
	}
	return head
}

// wrap breaks a text of ours into lines.
func wrap(sentence string) []string {
	lines := strings.Split(text.WrapSoft(sentence, 110), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

// field prints a label and its lines. Empty lines are left out.
func (p *program) field(label string, lines ...string) {
	for _, line := range lines {
		if line == "" {
			continue
		}
		fmt.Fprintf(p.stdout, "    %-8s %s\n", label, line)
		label = ""
	}
}

// groupedMatch is a name that matches by a rule, and all places of the certificate where it stands.
type groupedMatch struct {
	name, rule string
	kinds      []string
}

func groupMatches(matches []store.Match) []groupedMatch {
	var out []groupedMatch
	for _, m := range matches {
		i := slices.IndexFunc(out, func(g groupedMatch) bool { return g.name == m.Name && g.rule == m.Rule })
		if i < 0 {
			i = len(out)
			out = append(out, groupedMatch{name: m.Name, rule: m.Rule})
		}
		out[i].kinds = append(out[i].kinds, m.Kind)
	}
	return out
}

func matchText(g groupedMatch) string {
	return fmt.Sprintf("%s (%s: %s)", show.Name(g.name), show.Escape(strings.Join(g.kinds, ", ")), show.Escape(g.rule))
}

// otherNames are those names of the certificate that do not concern the watch.
func otherNames(f *store.Finding) []string {
	return slices.DeleteFunc(slices.Clone(f.Issuance.Names), func(name string) bool {
		return slices.ContainsFunc(f.Matches, func(m store.Match) bool { return m.Name == name })
	})
}

func sightingText(s store.SeenAt) string {
	return fmt.Sprintf("%s, entry %d, %s of %s", show.Escape(s.Log), s.Index, show.Escape(s.Type), timestamp(s.Timestamp))
}

// keyText is the key of a finding, for which other watches it is pinned, and where else it was seen.
func keyText(f *store.Finding, most int) []string {
	out := []string{pinText(f.Issuance.SPKISHA256, f.KeyPinned)}
	if len(f.PinnedFor) > 0 {
		out = append(out, "pinned for "+strings.Join(show.Some(f.PinnedFor, most, show.Name), ", "))
	}
	return append(out, show.Some(f.KeySeen, most, keySeenText)...)
}

// keySeenText is another certificate with the key of a finding.
func keySeenText(k store.KeySeen) string {
	return fmt.Sprintf("also of %s, seen first %s, finding %s", strings.Join(show.Some(k.Names, 3, show.Name), " "), timestamp(k.FirstSeen),
		k.Finding[:min(shortID, len(k.Finding))])
}

// pinText is a key's hash as pins are written, and whether it is pinned.
func pinText(h *[32]byte, isPinned *bool) string {
	s := "not known"
	if h != nil {
		s = "sha256/" + base64.StdEncoding.EncodeToString(h[:])
	}
	if isPinned != nil {
		s += ", " + pinned(isPinned)
	}
	return s
}

func pinned(b *bool) string {
	if *b {
		return "pinned"
	}
	return "not pinned"
}

func instant(t *time.Time) string {
	if t == nil {
		return "an unreadable time"
	}
	return timestamp(*t)
}
