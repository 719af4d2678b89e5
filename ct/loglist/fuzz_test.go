package loglist

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pinwatch/ct"
)

// Whatever a list says, what Parse lets through can be followed.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.json", filepath.Join(realLists, "*", "*.json")} {
		paths, _ := filepath.Glob(pattern) // the pattern is right
		for _, path := range paths {
			if data, err := os.ReadFile(path); err == nil && len(data) < 32<<10 {
				f.Add(data, "/lists/own.json")
				f.Add(data[:len(data)/2], source)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, source string) {
		list, err := Parse(data, source)
		if err != nil {
			if list != nil {
				t.Error("a list and an error")
			}
			return
		}
		if len(list.Logs) == 0 {
			t.Error("a list without logs")
		}
		seen := map[ct.LogID]bool{}
		for i := range list.Logs {
			checkLog(t, &list.Logs[i])
			if seen[list.Logs[i].ID] {
				t.Errorf("log %s twice", list.Logs[i].ID)
			}
			seen[list.Logs[i].ID] = true
		}
		if c := Diff(list, Union(list, list)); len(c.Added)+len(c.Removed)+len(c.Changed) > 0 {
			t.Errorf("the union with itself differs: %+v", c)
		}
	})
}

func checkLog(t *testing.T, l *Log) {
	if l.ID != sha256.Sum256(l.Key) || isMimic(l.ID) {
		t.Errorf("log %s has a key that is not its own", l.ID)
	}
	if (l.URL == "") == (l.MonitoringURL == "") {
		t.Errorf("log %s is read at %q and at %q", l.ID, l.URL, l.MonitoringURL)
	}
	for _, u := range []string{l.URL, l.MonitoringURL, l.SubmissionURL, l.HeadURL} {
		if u != "" && (!strings.HasSuffix(u, "/") || !strings.Contains(u, "://")) {
			t.Errorf("log %s: URL %q", l.ID, u)
		}
	}
	if l.MMD <= 0 || l.MMD > maxMMD || l.NotAfterLimit.Before(l.NotAfterStart) {
		t.Errorf("log %s: MMD %v, %v to %v", l.ID, l.MMD, l.NotAfterStart, l.NotAfterLimit)
	}
	if len(l.Description)+len(l.Operator)+len(l.State)+len(l.Type) > 4*maxText {
		t.Errorf("log %s talks too much", l.ID)
	}
}

// A copy on disk is read like a list from the network.
func FuzzCopy(f *testing.F) {
	data, err := os.ReadFile("testdata/list.json")
	if err != nil {
		f.Fatal(err)
	}
	sum := sha256.Sum256(data)
	whole, err := json.Marshal(copyFile{Location: source, SHA256: sum[:], List: data})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := decodeCopy(data, source, nil); err == nil && len(c.list.Logs) == 0 {
			t.Error("a copy without logs")
		}
	})
}
