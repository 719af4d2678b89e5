package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/loglist"
	"pinwatch/store"
)

// TestBrokenPromise scans a log that shows a certificate and one that promised it and does not show it.
func TestBrokenPromise(t *testing.T) {
	clock := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	ca := cttest.NewRoot("Root", "cli")
	iss := ca.Issue(cttest.Template{Names: []string{"www.example.com"}, Key: "k"})
	var extra strings.Builder
	var logs []*cttest.Log
	for _, name := range []string{"promiser", "shower"} {
		log := cttest.NewLog(cttest.Config{Origin: name + ".example/log", Now: func() time.Time { return clock }})
		logs = append(logs, log)
	}
	sct, _ := logs[0].Promise(iss)
	ca.Finish(iss, sct)
	logs[1].AddFinal(iss)
	clock = clock.AddDate(0, 0, 2)
	dir := t.TempDir()
	for i, log := range logs {
		log.PublishAll()
		at := filepath.Join(dir, fmt.Sprint(i))
		if err := log.WriteDir(at); err != nil {
			t.Fatal(err)
		}
		described := log.Describe("file://"+at+"/", true)
		fmt.Fprintf(&extra, "    - {description: log %d, submission_url: %s, monitoring_url: %s, key: %s}\n", i, described.SubmissionURL,
			described.MonitoringURL, base64.StdEncoding.EncodeToString(described.Key))
	}
	file := filepath.Join(dir, "pinwatch.yaml")
	text := "store: sqlite:p.db\nlogs:\n  list: []\n  start: beginning\n  extra:\n" + extra.String() + "watch: [{name: example.com}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"scan"}, 5, "misbehaved: broken_promise", "error: log 0 misbehaved: broken_promise: the SCT of 2026-07-01T00:00:00Z in certificate "},
		{[]string{"scan"}, 0, "1", ""}, // it is told once
		{[]string{"status"}, 0, "1, last broken_promise", ""},
		{[]string{"logs", "show", "log 0"}, 0, "broken_promise: the SCT of", ""},
		{[]string{"store", "check"}, 0, "", ""},
	} {
		var stdout, stderr bytes.Buffer
		args := append(append([]string{"pinwatch"}, tt.args...), "-c", file)
		code := Run(args, strings.NewReader(""), &stdout, &stderr)
		if code != tt.code || !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
			t.Errorf("%v: exit code %d, want %d with %q and %q\n%s%s", tt.args, code, tt.code, tt.stdout, tt.stderr, &stdout, &stderr)
		}
	}
	checkShown(t, file, filepath.Join(dir, "p.db"))
}

// checkShown wants the broken promise at the finding of its certificate.
func checkShown(t *testing.T, config, db string) {
	t.Helper()
	r, err := store.OpenReader(t.Context(), "sqlite:"+db)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	found, err := r.Findings(t.Context(), store.Filter{All: true})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	var stdout, stderr bytes.Buffer
	code := Run([]string{"pinwatch", "findings", "show", found[0].ID, "-c", config}, strings.NewReader(""), &stdout, &stderr)
	want := "log 0, stamped 2026-07-01 00:00:00Z: the promise is broken: entry 0 is not there"
	if code != 0 || !strings.Contains(stdout.String(), want) {
		t.Errorf("findings show: %d\n%s%s", code, &stdout, &stderr)
	}
}

// listWith is a list in Google's schema of some logs.
func listWith(t *testing.T, logs ...map[string]any) *loglist.Loaded {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"version": "7", "operators": []any{map[string]any{"name": "Ops", "logs": logs, "tiled_logs": []any{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := loglist.Parse(data, "https://list.example/")
	if err != nil {
		t.Fatal(err)
	}
	return &loglist.Loaded{List: list, Checked: june}
}

func entryOf(name, state string, key []byte) map[string]any {
	id := cttest.NewKey(name).Hash()
	if key == nil {
		key = cttest.NewKey(name).SPKI
	}
	return map[string]any{
		"description": name, "log_id": base64.StdEncoding.EncodeToString(id[:]), "key": base64.StdEncoding.EncodeToString(key),
		"url": "https://" + name + ".example/", "mmd": 86400, "state": map[string]any{state: map[string]any{"timestamp": june}},
		"temporal_interval": map[string]any{"start_inclusive": june, "end_exclusive": june.AddDate(0, 6, 0)},
	}
}

// TestRecordOfLists: all logs of a list are written down, each with what becomes of it.
func TestRecordOfLists(t *testing.T) {
	test := entryOf("test", "usable", nil)
	test["log_type"] = "test"
	nowhere := entryOf("nowhere", "usable", nil)
	nowhere["url"] = ""
	loaded := listWith(t, entryOf("followed", "usable", nil), entryOf("old", "retired", nil), test, nowhere,
		entryOf("forged", "usable", cttest.NewKey("other").SPKI), entryOf("ours", "readonly", nil))
	cfg := config.Default()
	for _, name := range []string{"ours", "private"} {
		cfg.Logs.Extra = append(cfg.Logs.Extra, config.Extra{Description: "my " + name, URL: "https://x.example/", Key: cttest.NewKey(name).SPKI})
	}
	f := &follow{catalogue: newCatalogue(cfg, []*loglist.Loaded{loaded}, june)}
	out := f.record(&lists{all: []*loglist.Loaded{loaded}})
	var got []string
	for _, l := range out.Logs {
		got = append(got, fmt.Sprintf("%s %q %q listed %v, %q %s", l.Description, l.Operator, l.State, l.Listed, l.Why, l.Detail))
		if l.Description == "followed" {
			want := store.ListedLog{
				LogID: cttest.NewKey("followed").Hash(), Key: cttest.NewKey("followed").SPKI, Description: "followed", Operator: "Ops",
				State: "usable", StateSince: june, NotAfterStart: june, NotAfterLimit: june.AddDate(0, 6, 0), MMD: 24 * time.Hour, Listed: true,
			}
			if diff := cmp.Diff(want, l); diff != "" {
				t.Errorf("a log (-want +got):\n%s", diff)
			}
		}
	}
	id := func(name string) string { return ct.LogID(cttest.NewKey(name).Hash()).String() }
	want := []string{
		`ours "Ops" "readonly" listed true, "" `,
		`my private "" "" listed false, "" `,
		`followed "Ops" "usable" listed true, "" `,
		`old "Ops" "retired" listed true, "state" retired since 2026-06-01`,
		`test "Ops" "usable" listed true, "test" a test log`,
		`nowhere "Ops" "" listed true, "refused" no url`,
		`forged "Ops" "" listed true, "refused" log_id ` + id("forged") + ` is not the SHA-256 of its key, ` + id("other"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
	wantLists := []store.LogList{{Source: "https://list.example/", Version: "7", SHA256: loaded.List.SHA256, Checked: june}}
	if diff := cmp.Diff(wantLists, out.Lists); diff != "" || loaded.List.SHA256 == [32]byte{} {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}
