package notifytest

import (
	"encoding/json"
	"testing"

	"pinwatch/notify"
)

// TestSamplesAreOfEveryKind makes sure that a receiver tested with the samples has seen all kinds, each once by ID.
func TestSamplesAreOfEveryKind(t *testing.T) {
	kinds, ids := map[notify.Kind]bool{}, map[string]bool{}
	for _, m := range append(Samples(), ManyNames()) {
		kinds[m.Kind] = true
		if ids[m.ID] || m.ID == "" || m.Thread == "" || m.Title == "" || notify.SeverityRank(m.Severity) < 0 {
			t.Errorf("%q repeats, or is not whole", m.ID)
		}
		ids[m.ID] = true
		if m.Finding != nil && !json.Valid(m.Finding) {
			t.Errorf("%s: the finding is no JSON", m.ID)
		}
	}
	for _, k := range notify.Kinds() {
		if !kinds[k] {
			t.Errorf("no sample of the kind %s", k)
		}
	}
}
