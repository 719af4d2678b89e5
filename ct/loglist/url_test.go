package loglist

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFileURLs(t *testing.T) {
	list := parse(t, "files.json", "/etc/pinwatch/lists/own.json")
	if len(list.Refused) > 0 {
		t.Fatalf("refused %v", list.Refused)
	}
	got := map[string][3]string{}
	for _, l := range list.Logs {
		got[l.Description] = [3]string{l.SubmissionURL, l.MonitoringURL, l.HeadURL}
	}
	want := map[string][3]string{
		"Elm beside the list":    {"https://elm.example/a/", "file:///etc/pinwatch/lists/tree/a/"},
		"Elm elsewhere":          {"https://elm.example/b/", "file:///srv/ct/b%20c/"},
		"Elm on this machine":    {"http://localhost:8080/c/", "http://127.0.0.1:8080/c/"},
		"Elm with two protocols": {"", "https://elm.example/d/tiles/", "https://elm.example/d/"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("URLs (-want +got):\n%s", diff)
	}
}

// What a list may name depends on where it is.
func TestPlaces(t *testing.T) {
	for _, tt := range []struct {
		source string
		want   []string // the logs of files.json that are taken
	}{
		{"/lists/own.json", []string{"Elm beside the list", "Elm elsewhere", "Elm on this machine", "Elm with two protocols"}},
		{"own.json", []string{"Elm elsewhere", "Elm on this machine", "Elm with two protocols"}},
		{"http://127.0.0.1:8080/list.json", []string{"Elm on this machine", "Elm with two protocols"}},
		{"https://lists.example/list.json", []string{"Elm with two protocols"}},
		{"HTTPS://lists example/list.json", []string{"Elm with two protocols"}},
		{"", []string{"Elm with two protocols"}},
	} {
		var got []string
		for _, l := range parse(t, "files.json", tt.source).Logs {
			got = append(got, l.Description)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("a list at %q (-want +got):\n%s", tt.source, diff)
		}
	}
}

func TestRefusedFileURLs(t *testing.T) {
	p := placeOf("/lists/own.json")
	for _, raw := range []string{
		"file://elsewhere/srv/", "file:", "file:a?b", "file:a#b", "file:a%00b", "file:%zz", "file:///srv?",
	} {
		if got, err := p.webOrFile("monitoring_url", raw); err == nil {
			t.Errorf("%s taken as %s", raw, got)
		}
	}
}
