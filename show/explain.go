package show

import (
	"slices"

	"pinwatch/matcher"
	"pinwatch/store"
)

// Explain says in sentences what a verdict means.
func Explain(f *store.Finding) []string {
	j := matcher.Judgement{
		Verdict: matcher.Verdict(f.Verdict), Severity: matcher.Severity(SeverityRank(f.Severity)),
		KeyPinned: f.KeyPinned, IssuerPinned: f.IssuerPinned, ChainPinned: f.ChainPinned,
	}
	for _, r := range f.Reasons {
		j.Reasons = append(j.Reasons, matcher.Reason(r))
	}
	return j.Explain()
}

// severities from the mildest to the worst.
var severities = [...]matcher.Severity{matcher.Info, matcher.Low, matcher.Medium, matcher.High, matcher.Critical}

// SeverityRank is the place of a word for a severity among all of them; unknown words come first.
func SeverityRank(word string) int {
	return slices.IndexFunc(severities[:], func(s matcher.Severity) bool { return s.String() == word })
}
