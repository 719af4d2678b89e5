package notify

import "fmt"

// maxBriefFacts bounds the facts and the parts of a brief message.
const maxBriefFacts = 40

// Brief is a copy of m for people: its texts are Plain and at most limit bytes each, its short fields lines, of the values
// of a fact there are the first few. What is left out is counted in words. ID, Thread and Finding stay what they are.
func Brief(m *Message, values, limit int) *Message {
	text := func(s string) string { return Clip(Plain(s), limit) }
	line := func(s string) string { return Clip(Line(s), limit) }
	b := *m
	b.Title, b.Text, b.Why, b.Next, b.Silence = line(m.Title), text(m.Text), text(m.Why), text(m.Next), text(m.Silence)
	b.Event, b.Severity, b.Watch, b.Verdict = line(m.Event), line(m.Severity), line(m.Watch), line(m.Verdict)
	b.Labels = briefValues(m.Labels, values, limit)
	b.Facts = nil
	for i, f := range m.Facts {
		if i == maxBriefFacts {
			b.Facts = append(b.Facts, Fact{"more", []string{fmt.Sprintf("%d more facts", len(m.Facts)-i)}})
			break
		}
		b.Facts = append(b.Facts, Fact{line(f.Name), briefValues(f.Values, values, limit)})
	}
	b.Parts = nil
	for i := range m.Parts[:min(len(m.Parts), maxBriefFacts)] {
		part := m.Parts[i]
		part.Title, part.Severity = line(part.Title), line(part.Severity)
		b.Parts = append(b.Parts, part)
	}
	return &b
}

func briefValues(all []string, values, limit int) []string {
	var out []string
	for i, v := range all {
		if i == values {
			return append(out, fmt.Sprintf("and %d more", len(all)-i))
		}
		out = append(out, Clip(Line(v), limit))
	}
	return out
}
