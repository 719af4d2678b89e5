package notify

import "fmt"

const (
	// maxBriefFacts bounds the facts and the parts of a brief message.
	maxBriefFacts = 40
	// ahead is how many times a limit of a text is looked at: white space and characters of several bytes may become
	// fewer. What is behind is megabytes only if somebody wanted it to be.
	ahead = 8
)

// Brief is a copy of m for people: its texts are Plain and at most limit bytes each, its short fields lines, of the values
// of a fact there are the first few. What is left out is counted in words. ID, Thread and Finding stay what they are.
func Brief(m *Message, values, limit int) *Message {
	text := func(s string) string { return Clip(Plain(Clip(s, ahead*limit)), limit) }
	line := func(s string) string { return briefLine(s, limit) }
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
		out = append(out, briefLine(v, limit))
	}
	return out
}

func briefLine(s string, limit int) string { return Clip(Line(Clip(s, ahead*limit)), limit) }
