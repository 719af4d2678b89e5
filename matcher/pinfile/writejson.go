package pinfile

import (
	"encoding/json"
	"fmt"
	"time"

	"pinwatch/matcher"
)

// jsonPins is the document of our own format.
type jsonPins struct {
	Version int         `json:"pinwatch_pins"`
	Entries []jsonEntry `json:"entries"`
}

type jsonEntry struct {
	Host       string    `json:"host,omitempty"`
	Scope      string    `json:"scope"`
	Exclude    []string  `json:"exclude,omitempty"`
	Dimension  Dimension `json:"dimension"`
	CA         bool      `json:"ca,omitempty"`
	Set        string    `json:"set,omitempty"`
	ReportOnly bool      `json:"report_only,omitempty"`
	Expires    time.Time `json:"expires,omitzero"`
	Pins       []jsonPin `json:"pins"`
	Forbidden  []jsonPin `json:"forbidden,omitempty"`
}

type jsonPin struct {
	Pin       string    `json:"pin"`
	Label     string    `json:"label,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
	NotAfter  time.Time `json:"not_after,omitzero"`
	Backup    bool      `json:"backup,omitempty"`
}

func writeJSON(entries []Entry) ([]byte, error) {
	doc := jsonPins{Version: 1, Entries: []jsonEntry{}}
	for _, e := range entries {
		doc.Entries = append(doc.Entries, jsonEntry{
			e.Host, e.Scope.String(), e.Exclude, e.Dimension, e.CA, e.Set, e.ReportOnly, e.Expires,
			jsonPinsOf(e.Pins), jsonPinsOf(e.Forbidden),
		})
	}
	out, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write pins as JSON: %w", err)
	}
	return append(out, '\n'), nil
}

func jsonPinsOf(pins []matcher.Pin) []jsonPin {
	out := make([]jsonPin, 0, len(pins))
	for _, p := range pins {
		out = append(out, jsonPin{p.String(), p.Label, p.NotBefore, p.NotAfter, p.Backup})
	}
	return out
}
