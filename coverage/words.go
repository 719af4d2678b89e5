package coverage

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Assumptions are what a judgement rests on. They belong beside it wherever it is shown.
func Assumptions(spread time.Duration) []string {
	return []string{
		"A browser accepts a certificate only with SCTs of two logs, or three where it is valid for more than 180 days, of two " +
			"operators; the logs are on its list, and are qualified, usable or readonly, or were retired after the SCT was given " +
			"(the policies of Chrome and Apple; where SCTs come in the handshake, two are enough for any). A certificate for " +
			"clients that do not ask for SCTs may be in no log at all.",
		"The lists that were used name all logs that a browser counts, with their operators and the expiry of what they take.",
		"Logs keep their promises within their merge delay, and show everybody the same tree. A log that lies is noticed where " +
			"what it shows contradicts itself or an SCT in a certificate that was seen elsewhere.",
		fmt.Sprintf("The SCTs of one certificate are stamped within %s of each other.", hours(spread)),
		"The names are those that were watched when the entries were read, whether the log was followed then or looked back at. " +
			"Entries that could not be read in full are counted and kept, and are told where they may concern a watch.",
	}
}

// hours writes a time as people do.
func hours(d time.Duration) string {
	n, unit := int64(d/time.Second), "second"
	switch {
	case d%time.Hour == 0:
		n, unit = int64(d/time.Hour), "hour"
	case d%time.Minute == 0:
		n, unit = int64(d/time.Minute), "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprint(n, " ", unit)
}

// maxNames bounds how many logs a sentence names.
const maxNames = 4

// Because says why detection is not guaranteed: a sentence for each hole, the earliest first, at most limit of them. Holes
// that differ only in the logs that take certificates of one expiry or the next are told in one. It is empty where
// detection is guaranteed.
func (j *Judgement) Because(limit int) []string {
	var out []string
	if j.Unlisted {
		out = append(out, "the lists name logs of fewer than two operators that browsers count: which others there are is not known")
	}
	holes := joined(j.Holes)
	for i := range holes[:min(len(holes), limit)] {
		out = append(out, j.sentence(&holes[i]))
	}
	if more := len(holes) - limit; more > 0 && limit > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return out
}

// joined puts holes together that are of one time, and of one expiry after the other.
func joined(holes []Hole) []Hole {
	var out []Hole
	for _, h := range holes {
		at := slices.IndexFunc(out, func(o Hole) bool {
			return o.Time == h.Time && o.Long == h.Long && !o.Expiry.To.IsZero() && o.Expiry.To.Equal(h.Expiry.From)
		})
		if at < 0 {
			out = append(out, h)
			continue
		}
		o := &out[at]
		o.Expiry.To = h.Expiry.To
		o.Logs = slices.Clone(o.Logs)
		for _, log := range h.Logs {
			if !slices.Contains(o.Logs, log) {
				o.Logs = append(o.Logs, log)
			}
		}
	}
	return out
}

func (j *Judgement) sentence(h *Hole) string {
	text := fmt.Sprintf("%s were not looked at %s", j.names(h.Logs), h.Time.words("at any time", "from", "until"))
	if h.Expiry != (Span{}) {
		text += ", for certificates that expire " + h.Expiry.words("", "from", "before")
	}
	if !h.Long {
		text += ", valid for 180 days at most"
	}
	return text
}

// names lists logs with their operators, at most a few and of each operator one first.
func (j *Judgement) names(logs []int) string {
	operator := func(i int) string { return strings.Join(j.Logs[i].Log.Operators, " or ") }
	var first, rest []int
	seen := map[string]bool{}
	for _, i := range logs {
		if seen[operator(i)] {
			rest = append(rest, i)
		} else {
			first = append(first, i)
		}
		seen[operator(i)] = true
	}
	var words []string
	all := slices.Concat(first, rest)
	for _, i := range all[:min(len(all), maxNames)] {
		words = append(words, fmt.Sprintf("%s (%s)", j.Logs[i].Log.Name, operator(i)))
	}
	if more := len(all) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("%d more logs", more))
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// words writes a span; always is for one without bounds.
func (s Span) words(always, from, to string) string {
	var parts []string
	if !s.From.IsZero() {
		parts = append(parts, from+" "+s.From.Format(time.RFC3339))
	}
	if !s.To.IsZero() {
		parts = append(parts, to+" "+s.To.Format(time.RFC3339))
	}
	if parts == nil {
		return always
	}
	return strings.Join(parts, " ")
}
