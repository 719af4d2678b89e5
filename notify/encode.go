package notify

import (
	"encoding/json"
	"fmt"
)

// Encode is m in JSON, in at most about limit bytes; of what is not whole then, only enough is kept to act on, and a fact
// says so. Without a bound, whoever orders a certificate with ten thousand names could make its message one that no
// receiver takes.
func Encode(m *Message, limit int) ([]byte, error) {
	whole, err := json.Marshal(m)
	if err != nil {
		return nil, Permanent(fmt.Errorf("message %s: %w", m.ID, err))
	}
	encoded := whole
	for _, size := range []struct{ values, text int }{{20, 1000}, {5, 300}, {1, 100}} {
		if len(encoded) <= limit {
			break
		}
		if encoded, err = json.Marshal(short(m, size.values, size.text, len(whole))); err != nil {
			return nil, Permanent(fmt.Errorf("message %s: %w", m.ID, err))
		}
	}
	return encoded, nil
}

// short is Brief without the finding, and without more of the parts than what they are.
func short(m *Message, values, limit, size int) *Message {
	b := Brief(m, values, limit)
	b.Finding = nil
	b.Labels = m.Labels[:min(len(m.Labels), maxBriefFacts)] // for machines: without a word on what is left out
	for i := range b.Facts {
		b.Facts[i].Values = append([]string{}, b.Facts[i].Values...) // never null
	}
	for i := range b.Parts {
		p := &b.Parts[i]
		b.Parts[i] = Message{
			Version: p.Version, ID: p.ID, Kind: p.Kind, Event: Clip(Line(p.Event), limit), Severity: p.Severity, Time: p.Time,
			Title: p.Title, Thread: p.Thread, Watch: Clip(Line(p.Watch), limit), Verdict: Clip(Line(p.Verdict), limit),
		}
	}
	b.Facts = append(b.Facts, Fact{"left out", []string{fmt.Sprintf("parts of this message, which is %d bytes as a whole", size)}})
	return b
}
