package report

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pinwatch/coverage"
	"pinwatch/show"
	"pinwatch/store"
)

// What HTML and Markdown show of what may be long. All of it is in the JSON.
const (
	shownFindings  = 250
	shownCarried   = 100
	shownNames     = 24
	shownSightings = 16
	shownHistory   = 24
	shownRows      = 500 // of any other table
	shownStretches = 6
)

// page is a report as people read it: what is streamed is cut.
type page struct {
	*Report
	Findings    part[*Finding]
	CarriedOver part[*Finding]
	Charts      []chart
	Each        string // what a bar of the charts stands for
}

// part is the beginning of a list.
type part[T any] struct {
	Items []T
	More  int // left out
}

func newPage(r *Report) (*page, error) {
	p := &page{Report: r}
	v := &r.Summary.Verdicts
	var err error
	if p.Findings, err = begin(r.Findings, shownFindings, v.Unexpected+v.Undetermined+v.Unpinned); err != nil {
		return nil, err
	}
	if p.CarriedOver, err = begin(r.CarriedOver, shownCarried, r.Summary.CarriedOver); err != nil {
		return nil, err
	}
	p.Charts, p.Each = charts(r)
	return p, nil
}

// Pressing is how many findings somebody has to look at.
func (r *Report) Pressing() int { return r.Summary.Open + r.Summary.CarriedOver }

// begin takes the beginning of a stream of a known length.
func begin[T any](s Stream[T], most, length int) (part[*T], error) {
	var out part[*T]
	for item, err := range s {
		if err != nil {
			return out, err
		}
		if len(out.Items) == most {
			break
		}
		out.Items = append(out.Items, item)
	}
	out.More = max(0, length-len(out.Items))
	return out, nil
}

// cut is the beginning of a list.
func cut[T any](items []T, most int) part[T] {
	n := min(len(items), most)
	return part[T]{Items: items[:n], More: len(items) - n}
}

// OtherNames are the names of the certificate that do not concern the watch.
func (f *Finding) OtherNames() []string {
	matched := make(map[string]bool, len(f.Matched))
	for _, name := range f.Matched {
		matched[name] = true
	}
	return slices.DeleteFunc(slices.Clone(f.Names), func(name string) bool { return matched[name] })
}

// instant is a time to the second.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// when is a time that may be missing.
func when(t *time.Time, missing string) string {
	if t == nil {
		return missing
	}
	return instant(*t)
}

// count writes a number with commas between the thousands.
func count[N int | int64 | uint64](n N) string {
	s := strconv.FormatUint(uint64(max(n, 0)), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// span is a number of seconds, roughly.
func span(seconds int64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 2*60*60:
		return fmt.Sprintf("%d min", seconds/60)
	case seconds < 2*24*60*60:
		return fmt.Sprintf("%d h", seconds/60/60)
	}
	return fmt.Sprintf("%d days", seconds/24/60/60)
}

// keyPin is the pin of a key.
func keyPin(hash *string) string {
	if hash == nil {
		return "not known"
	}
	return "sha256/" + show.Escape(*hash)
}

// pinned says whether a key is pinned; nothing where that is no question or could not be decided.
func pinned(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "pinned"
	}
	return "not pinned"
}

// promiseText says of an SCT in words what its signature and promise say.
func promiseText(signature, promise string) string {
	switch signature {
	case store.SCTInvalid:
		return "the log did not sign it"
	case store.SCTUnknownLog:
		return "no list has the log"
	case store.SCTUnverified:
		return "it could not be verified"
	}
	switch promise {
	case store.PromiseKept:
		return "valid, and the entry is there"
	case store.PromiseOpen:
		return "valid, its entry is not due yet or was not looked for"
	case store.PromiseUnseen:
		return "valid, its entry was not seen"
	case store.PromiseBroken:
		return "valid, and the promise is broken"
	}
	return show.Escape(signature)
}

// words writes a word of ours that has low lines.
func words(s string) string { return show.Escape(strings.ReplaceAll(s, "_", " ")) }

// shortHash is the beginning of a hash in hex, enough to compare two in one report.
func shortHash(digits string) string {
	return digits[:min(len(digits), 12)]
}

// orNone is a text that may be empty.
func orNone(s, none string) string {
	if s == "" {
		return none
	}
	return show.Escape(s)
}

// inBase64 writes bytes for people to copy.
func inBase64(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

// places are the kinds of a certificate in which a matched name stands, and the rules by which it matches.
func (f *Finding) places(name string) string {
	var kinds, rules []string
	for _, m := range f.Matches {
		if m.Name != name {
			continue
		}
		if !slices.Contains(kinds, m.Kind) {
			kinds = append(kinds, m.Kind)
		}
		if !slices.Contains(rules, m.Rule) {
			rules = append(rules, m.Rule)
		}
	}
	return show.Escape(strings.Join(kinds, ", ") + ": " + strings.Join(rules, ", "))
}

// oldGaps are the gaps that a reader has to know of: of logs that were covered or were to be, and not fresh.
func oldGaps(all []Gap) []Gap {
	return slices.DeleteFunc(slices.Clone(all), func(g Gap) bool { return g.Fresh || g.Why == string(coverage.NotFollowed) })
}

// freshGaps counts those that may close by themselves.
func freshGaps(all []Gap) int {
	n := 0
	for i := range all {
		if all[i].Fresh && all[i].Why != string(coverage.NotFollowed) {
			n++
		}
	}
	return n
}
