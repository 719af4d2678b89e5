package cli

import (
	"testing"

	"pinwatch/config"
	"pinwatch/ct"
)

// TestOperator: whose limits a log shares.
func TestOperator(t *testing.T) {
	limits := map[string]config.Limit{
		"Example Org": {}, "https://ct.example.net/": {}, "https://ct.example.net/tiled/": {}, "example": {},
	}
	tests := []struct {
		log  ct.Log
		want string
	}{
		{ct.Log{URL: "https://ct.example.net/2026/", Operator: "Example Org"}, "https://ct.example.net/"},
		{ct.Log{MonitoringURL: "https://ct.example.net/tiled/2026/"}, "https://ct.example.net/tiled/"},
		{ct.Log{URL: "https://ct.example.org/", Operator: "Example Org"}, "Example Org"},
		{ct.Log{URL: "https://ct.example.org/a/"}, "ct.example.org"},
		{ct.Log{MonitoringURL: "https://ct.example.org/b/"}, "ct.example.org"},
		{ct.Log{MonitoringURL: "file:///log/"}, ct.LogID{}.String()},
	}
	for _, tt := range tests {
		if got := operator(&tt.log, limits); got != tt.want {
			t.Errorf("a log at %s%s shares the limits of %q, want %q", tt.log.URL, tt.log.MonitoringURL, got, tt.want)
		}
	}
}
