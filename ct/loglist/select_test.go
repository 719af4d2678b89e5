package loglist

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
)

func TestSelectUndatedState(t *testing.T) {
	list := List{Logs: []Log{{Log: ct.Log{State: "retired"}}}}
	s := list.Select(Policy{}, date("2026-02-15T00:00:00Z"))
	if len(s.Skipped) != 1 || s.Skipped[0].Detail != "retired" {
		t.Errorf("%+v", s)
	}
}

// outcome is a Selection by description: what is followed, and for the rest why not.
func outcome(s Selection) (followed []string, skipped map[string]string) {
	for _, l := range s.Follow {
		followed = append(followed, l.Description)
	}
	skipped = map[string]string{}
	for _, k := range s.Skipped {
		skipped[k.Log.Description] = string(k.Reason) + ": " + k.Detail
	}
	return followed, skipped
}

var selections = []struct {
	name, file string
	policy     Policy
	followed   []string
	skipped    map[string]string
}{
	{
		name: "by default", file: "list.json",
		followed: []string{"Alder 2026h1", "Alder 2025", "Alder Tiles 2026h2", "Birch 2026h1"},
		skipped:  map[string]string{"Alder 2024": "state: retired since 2025-05-01"},
	},
	{
		name: "expired shards", file: "list.json",
		policy: Policy{
			States: []string{"usable", "qualified", "readonly", "retired"}, ExpiredFor: 60 * 24 * time.Hour,
		},
		followed: []string{"Alder 2026h1", "Alder 2025", "Alder Tiles 2026h2", "Birch 2026h1"},
		skipped:  map[string]string{"Alder 2024": "expired: its certificates expired before 2025-01-01"},
	},
	{
		name: "expired yesterday", file: "list.json", policy: Policy{ExpiredFor: 45 * 24 * time.Hour},
		followed: []string{"Alder 2026h1", "Alder Tiles 2026h2", "Birch 2026h1"},
		skipped: map[string]string{
			"Alder 2024": "state: retired since 2025-05-01",
			"Alder 2025": "expired: its certificates expired before 2026-01-01",
		},
	},
	{
		name: "one state", file: "list.json", policy: Policy{States: []string{"retired"}},
		followed: []string{"Alder 2024"},
		skipped: map[string]string{
			"Alder 2026h1": "state: usable since 2025-05-01", "Alder 2025": "state: readonly since 2025-12-12",
			"Birch 2026h1": "state: usable since 2025-05-01", "Alder Tiles 2026h2": "state: qualified since 2025-05-01",
		},
	},
	{
		name: "no state and unknown state", file: "odd.json",
		followed: []string{"Cedar stateless", "Cedar two states", "Cedar frozen"},
		skipped: map[string]string{
			"Cedar pending": "state: pending since 2025-05-01", "Cedar rejected": "state: rejected since 2025-05-01",
			"Cedar test": "test: a test log",
		},
	},
	{
		name: "test logs, pending ones", file: "odd.json", policy: Policy{States: []string{"pending"}, Test: true},
		followed: []string{"Cedar stateless", "Cedar frozen", "Cedar pending", "Cedar test"},
		skipped: map[string]string{
			"Cedar two states": "state: usable since 2025-09-22", "Cedar rejected": "state: rejected since 2025-05-01",
		},
	},
}

func TestSelect(t *testing.T) {
	now := date("2026-02-15T00:00:00Z")
	for _, tt := range selections {
		t.Run(tt.name, func(t *testing.T) {
			followed, skipped := outcome(parse(t, tt.file, source).Select(tt.policy, now))
			if diff := cmp.Diff(tt.followed, followed); diff != "" {
				t.Errorf("followed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.skipped, skipped); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
		})
	}
}
