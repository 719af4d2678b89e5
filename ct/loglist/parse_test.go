package loglist

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
)

const source = "https://lists.example/log_list.json"

// testdata reads a file of testdata.
func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parse parses a file of testdata as if it came from the source.
func parse(t testing.TB, name, source string) *List {
	t.Helper()
	list, err := Parse(testdata(t, name), source)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// byName finds a log by its description.
func byName(t testing.TB, l *List, description string) *Log {
	t.Helper()
	for i := range l.Logs {
		if l.Logs[i].Description == description {
			return &l.Logs[i]
		}
	}
	t.Fatalf("the list has no log %q", description)
	return nil
}

func date(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParse(t *testing.T) {
	list := parse(t, "list.json", source)
	if list.Source != source || list.Version != "81.14" || !list.Time.Equal(date("2026-01-20T12:54:10Z")) {
		t.Errorf("read %q, version %q of %v", list.Source, list.Version, list.Time)
	}
	if len(list.Refused) != 0 {
		t.Errorf("refused %v", list.Refused)
	}
	var names []string
	for i := range list.Logs {
		names = append(names, list.Logs[i].Description)
	}
	want := []string{"Alder 2026h1", "Alder 2025", "Alder 2024", "Alder Tiles 2026h2", "Birch 2026h1"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
}

func TestParseLog(t *testing.T) {
	list := parse(t, "list.json", source)
	static := byName(t, list, "Alder Tiles 2026h2")
	want := Log{
		Log: ct.Log{
			ID: static.ID, Key: static.Key, // compared in TestParseKeepsIdentity
			Description: "Alder Tiles 2026h2", Operator: "Alder",
			SubmissionURL: "https://log.alder.example/2026h2/", MonitoringURL: "https://tiles.alder.example/2026h2/",
			MMD: time.Minute, State: "qualified",
			NotAfterStart: date("2026-07-01T00:00:00Z"), NotAfterLimit: date("2027-01-01T00:00:00Z"),
		},
		Since: date("2025-05-01T12:00:00Z"), Type: "prod",
		PreviousOperators: []PreviousOperator{{"Acacia", date("2024-06-01T00:00:00Z")}},
		Sources:           []string{source},
	}
	if diff := cmp.Diff(want, *static); diff != "" {
		t.Errorf("static log (-want +got):\n%s", diff)
	}
	readonly := byName(t, list, "Alder 2025")
	if readonly.URL != "https://ct.alder.example/2025/" || readonly.MMD != 24*time.Hour || readonly.State != "readonly" {
		t.Errorf("readonly log: %+v", readonly)
	}
	final := &ct.FinalHead{Size: 1958525022, Root: ct.Hash([]byte("0123456789abcdeffedcba9876543210"))}
	if diff := cmp.Diff(final, readonly.Final); diff != "" {
		t.Errorf("final tree head (-want +got):\n%s", diff)
	}
}

func TestParseKeepsIdentity(t *testing.T) {
	for _, log := range parse(t, "list.json", source).Logs {
		v, err := ct.NewVerifier(log.Key)
		if err != nil {
			t.Fatal(err)
		}
		if v.ID() != log.ID {
			t.Errorf("%s: ID %s, its key has %s", log.Description, log.ID, v.ID())
		}
	}
}

func TestParseOddities(t *testing.T) {
	list := parse(t, "odd.json", source)
	states := map[string]string{}
	for _, log := range list.Logs {
		states[log.Description] = log.State
		if log.MMD != 24*time.Hour {
			t.Errorf("%s: MMD %v, want the schema's default", log.Description, log.MMD)
		}
	}
	want := map[string]string{
		"Cedar stateless": "", "Cedar two states": "usable", "Cedar frozen": "frozen",
		"Cedar pending": "pending", "Cedar rejected": "rejected", "Cedar test": "",
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if since := byName(t, list, "Cedar two states").Since; !since.Equal(date("2025-09-22T11:29:18Z")) {
		t.Errorf("of two states the time of the wrong one: %v", since)
	}
	reasons := map[string]string{
		"Cedar with the ID of another": "is not the SHA-256 of its key",
		"Cedar again":                  "the same key as Cedar stateless",
		"Cedar without TLS":            "is not https",
		"Cedar nowhere":                "no url",
		"Mimic 1":                      "its private key is public",
	}
	if len(list.Refused) != len(reasons) {
		t.Errorf("refused %d logs, want %d", len(list.Refused), len(reasons))
	}
	for _, r := range list.Refused {
		if want := reasons[r.Description]; want == "" || !strings.Contains(r.Reason, want) {
			t.Errorf("%s refused: %s", r.Description, r.Reason)
		}
		if r.Source != source || r.ID == (ct.LogID{}) || r.Mimic != (r.Description == "Mimic 1") {
			t.Errorf("refusal %+v", r)
		}
	}
}

func TestParseRefusesLists(t *testing.T) {
	good := testdata(t, "list.json")
	operator := func(s string) []byte { return []byte(`{"operators":[` + s + `]}`) }
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "unexpected end of JSON"},
		{"a page", []byte("<!DOCTYPE html><html>"), "not whole JSON: invalid character '<'"},
		{"truncated", good[:len(good)/2], "unexpected end of JSON"},
		{"followed by more", append(good[:len(good):len(good)], '{'), "after top-level value"},
		{"oversized", append(good[:len(good):len(good)], make([]byte, MaxBytes)...), "more than 1048576 bytes"},
		{"not UTF-8", []byte("{\"version\":\"\xff\"}"), "not UTF-8"},
		{"null", []byte("null"), "v3 schema"},
		{"an array", []byte("[]"), "array"},
		{"no operators", []byte(`{"version":"1"}`), "v3 schema"},
		{"operators of another kind", []byte(`{"operators":{}}`), `"operators" cannot be a JSON object`},
		{"no time", []byte(`{"log_list_timestamp":"yesterday","operators":[]}`), "yesterday"},
		{"no logs", operator(``), "no log that can be followed"},
		{"nameless operator", operator(`{"name":"","logs":[]}`), "operator 1 has no name"},
		{
			"nothing but refused logs", operator(`{"name":"A","logs":[{"log_id":"x"}]}`),
			"1 refused, the first, log 1 of A: log_id",
		},
		{"too many logs", operator(`{"name":"A","tiled_logs":[` + strings.Repeat("0,", maxLogs) + `0]}`), "10001 logs"},
		{"too deep", []byte(strings.Repeat("[", 20000)), "depth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := Parse(tt.data, source)
			if err == nil {
				t.Fatalf("accepted: %+v", list)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), source) {
				t.Errorf("error %q, want %q and the source in it", err, tt.want)
			}
		})
	}
}

func TestParseMimicsOnly(t *testing.T) {
	var doc struct {
		Operators []map[string]any `json:"operators"`
	}
	if err := json.Unmarshal(testdata(t, "odd.json"), &doc); err != nil {
		t.Fatal(err)
	}
	logs := doc.Operators[0]["logs"].([]any)
	doc.Operators[0]["logs"] = logs[len(logs)-1:]
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Parse(data, source); !errors.Is(err, errNoLogs) || !strings.Contains(err.Error(), "Mimic 1") {
		t.Errorf("a list of mimics: %v", err)
	}
}
