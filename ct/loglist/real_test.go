package loglist

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// realLists is where published lists lie, next to the project.
const realLists = "../../../shared/data/log-lists"

// readReal reads a published list or skips the test.
func readReal(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(realLists, name))
	if err != nil {
		t.Skipf("no published lists at %s: %v", realLists, err)
	}
	return data
}

func TestRealSignatures(t *testing.T) {
	key, err := googleKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"knight1-2025-05/google/log_list", "knight1-2025-05/google/all_logs_list", "appmattus-2026-01/main/resources/log_list",
		"appmattus-2026-01/test/resources/testdata/loglist/log_list",
	} {
		list, sig := readReal(t, name+".json"), readReal(t, name+".sig")
		if err := verify(key, list, sig); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		list[len(list)/2] ^= 1
		if err := verify(key, list, sig); err == nil {
			t.Errorf("%s verifies with a bit changed", name)
		}
	}
	if string(readReal(t, "log_list_pubkey.pem")) != googlePEM {
		t.Error("the compiled-in key is not the published one")
	}
}

func TestRealLists(t *testing.T) {
	all := []string{"usable", "qualified", "readonly", "pending", "retired", "rejected"}
	for _, tt := range []struct {
		name                            string
		logs, static, refused, followed int
		states                          []string
	}{
		{name: "knight1-2025-05/google/log_list.json", logs: 42, followed: 39},
		{name: "knight1-2025-05/google/all_logs_list.json", logs: 183, static: 9, refused: 1, followed: 53},
		{name: "knight1-2025-05/google/all_logs_list.json", logs: 183, static: 9, refused: 1, followed: 163, states: all},
		{name: "knight1-2025-05/apple/current_log_list.json", logs: 127, followed: 44},
		{name: "appmattus-2026-01/main/resources/log_list.json", logs: 75, static: 26, followed: 71},
		{name: "azul-sct-validator/log_list.json", logs: 75, static: 26, followed: 71},
		{name: "appmattus-2026-01/test/resources/testdata/loglist/log_list_tiled_logs.json", logs: 44, static: 3, followed: 41},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := Parse(readReal(t, tt.name), source)
			if err != nil {
				t.Fatal(err)
			}
			static := 0
			for i := range list.Logs {
				if list.Logs[i].Static() {
					static++
				}
			}
			s := list.Select(Policy{States: tt.states}, date("2026-02-01T00:00:00Z"))
			got := []int{len(list.Logs), static, len(list.Refused), len(s.Follow), len(s.Follow) + len(s.Skipped)}
			if diff := cmp.Diff([]int{tt.logs, tt.static, tt.refused, tt.followed, tt.logs}, got); diff != "" {
				t.Errorf("logs, static, refused, followed, all (-want +got):\n%s\n%v", diff, list.Refused)
			}
		})
	}
}

func TestRealHostileLists(t *testing.T) {
	const dir = "appmattus-2026-01/test/resources/testdata/loglist/"
	for name, want := range map[string]string{
		dir + "log_list_incomplete.json":                 "unexpected end of JSON",
		dir + "log_list_too_big.json":                    "more than 1048576 bytes",
		dir + "log_list_no_operator_name.json":           "operator 1 has no name",
		dir + "log_list.zip":                             "not UTF-8",
		"mimics/log_mimics_list.json":                    "private key is public",
		"boulder-test/test/ct-test-srv/log_list.json":    "is not https",
		"boulder-test/test/ct-test-srv/ct-test-srv.json": "v3 schema",
		"knight1-2025-05/google/log_list_schema.json":    "v3 schema",
	} {
		if list, err := Parse(readReal(t, name), source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want an error with %q", name, list, err, want)
		}
	}
}

// Google's list and Apple's of the same day.
func TestRealUnion(t *testing.T) {
	google, err := Parse(readReal(t, "knight1-2025-05/google/all_logs_list.json"), "google")
	if err != nil {
		t.Fatal(err)
	}
	apple, err := Parse(readReal(t, "knight1-2025-05/apple/current_log_list.json"), "apple")
	if err != nil {
		t.Fatal(err)
	}
	both := Union(google, apple)
	if len(both.Logs) != 183 { // Google's list knew all of Apple's logs
		t.Errorf("%d logs", len(both.Logs))
	}
	states := 0
	for _, d := range both.Differences {
		if d.Field != "state" {
			continue
		}
		states++
		if diff := cmp.Diff([]Value{{"google", "pending"}, {"apple", "qualified"}}, d.Values); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d.Description, diff)
		}
		if both.Find(d.ID).State != "qualified" {
			t.Errorf("%s is %s", d.Description, both.Find(d.ID).State)
		}
	}
	if states != 5 {
		t.Errorf("%d states differ, want 5", states)
	}
}

// Eighteen days of Google's list.
func TestRealDiff(t *testing.T) {
	older, err := Parse(readReal(t, "appmattus-2026-01/main/resources/log_list.json"), source)
	if err != nil {
		t.Fatal(err)
	}
	newer, err := Parse(readReal(t, "azul-sct-validator/log_list.json"), source)
	if err != nil {
		t.Fatal(err)
	}
	c := Diff(older, newer)
	if len(c.Added) != 0 || len(c.Removed) != 0 || len(c.Changed) != 4 {
		t.Errorf("%d added, %d removed, %d changed", len(c.Added), len(c.Removed), len(c.Changed))
	}
	for _, ch := range c.Changed {
		if ch.Field != "state" || ch.Old != "qualified" || ch.New != "usable" {
			t.Errorf("%s: %s %s -> %s", ch.Log.Description, ch.Field, ch.Old, ch.New)
		}
	}
	if got := newer.Time.Sub(older.Time).Round(24 * time.Hour); got != 18*24*time.Hour {
		t.Errorf("%v apart", got)
	}
}

func TestGoogleKey(t *testing.T) {
	key, err := googleKey()
	if err != nil {
		t.Fatal(err)
	}
	if key.Size() != 512 || key.E != 65537 {
		t.Errorf("a key of %d bytes with exponent %d", key.Size(), key.E)
	}
	if _, rest := pem.Decode([]byte(googlePEM)); len(rest) > 0 {
		t.Errorf("%d bytes behind the key", len(rest))
	}
}
