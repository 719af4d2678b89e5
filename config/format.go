package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"pinwatch/matcher"
)

// FormatWatch writes a watch as an item of "watch:" in a configuration, indented by two, with the sources of its pins as
// comments. Reading it gives the same watch again, with other sources.
func FormatWatch(w *matcher.Watch) string {
	var b strings.Builder
	switch {
	case w.Prefix.IsValid():
		fmt.Fprintf(&b, "  - ip: %s\n", formatScalar(formatPrefix(w.Prefix)))
	default:
		fmt.Fprintf(&b, "  - name: %s\n", formatScalar(w.Name))
	}
	if w.Scope != matcher.Subtree {
		fmt.Fprintf(&b, "    scope: %s\n", w.Scope)
	}
	if len(w.Exclude) > 0 {
		b.WriteString("    exclude:\n")
		for _, name := range w.Exclude {
			fmt.Fprintf(&b, "      - %s\n", formatScalar(name))
		}
	}
	formatPins(&b, "keys", w.Keys)
	formatPins(&b, "issuers", w.Issuers)
	formatPins(&b, "chain", w.Chain)
	for _, flag := range []struct {
		word string
		on   bool
	}{{"emails", w.Emails}, {"uris", w.URIs}} {
		if flag.on {
			fmt.Fprintf(&b, "    %s: true\n", flag.word)
		}
	}
	return b.String()
}

func formatPrefix(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func formatPins(b *strings.Builder, word string, pins []matcher.Pin) {
	if len(pins) == 0 {
		return
	}
	fmt.Fprintf(b, "    %s:\n", word)
	for _, p := range pins {
		line := "      - " + formatPin(p)
		if p.Source != "" {
			line += "  # " + comment(p.Source)
		}
		b.WriteString(line + "\n")
	}
}

// formatPin writes a pin as a single value where it is nothing else.
func formatPin(p matcher.Pin) string {
	var more []string
	if p.Label != "" {
		more = append(more, "label: "+strconv.QuoteToASCII(p.Label))
	}
	if !p.NotBefore.IsZero() {
		more = append(more, "not_before: "+formatDate(p.NotBefore, 0))
	}
	if !p.NotAfter.IsZero() {
		more = append(more, "not_after: "+formatDate(p.NotAfter, 24*time.Hour-time.Second))
	}
	if p.Backup {
		more = append(more, "backup: true")
	}
	if more == nil {
		return p.String()
	}
	return fmt.Sprintf("{pin: %s, %s}", p, strings.Join(more, ", "))
}

// formatDate writes a time as a day where it is that long after its beginning, and in full otherwise.
func formatDate(t time.Time, after time.Duration) string {
	t = t.UTC()
	if day := t.Truncate(24 * time.Hour); t.Equal(day.Add(after)) {
		return day.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// plain matches the names that need no quotes in YAML, whatever they spell.
var plain = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z0-9.-]*[a-z0-9]$`)

func formatScalar(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return strconv.QuoteToASCII(s)
}

// comment makes one line of s that can stand behind "#".
func comment(s string) string {
	return strings.Trim(strconv.QuoteToASCII(s), `"`)
}
