package monitor_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

const realTiles = "../../shared/data/logs/navigli2025h2/tile"

// realLog is a log of the first 512 entries of Navigli 2025h2: its own data tiles and hash tiles, under a head that is
// signed here.
func realLog(t *testing.T) monitor.Source {
	t.Helper()
	if _, err := os.Stat(realTiles); err != nil {
		t.Skip("no ../shared/data/logs/navigli2025h2")
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var whole ct.Range
	var level1 []byte
	for _, n := range []string{"000", "001"} {
		for _, level := range []string{"data/", "0/"} {
			data, err := os.ReadFile(filepath.Join(realTiles, level, n))
			if err != nil {
				t.Fatal(err)
			}
			write("tile/"+level+n, data)
			if level == "0/" {
				var tile ct.Range
				for hash := range slices.Chunk(data, 32) {
					tile.Append(ct.Hash(hash))
					whole.Append(ct.Hash(hash))
				}
				root := tile.Root()
				level1 = append(level1, root[:]...)
			}
		}
	}
	write("tile/1/000.p/2", level1)
	key := cttest.NewKey("real")
	write("checkpoint", cttest.Checkpoint("navigli.example/2025h2", key, 512, whole.Root(), uint64(now.AddDate(0, -1, 0).UnixMilli())))
	described := &ct.Log{
		ID: key.Hash(), Key: key.SPKI, SubmissionURL: "https://navigli.example/2025h2/", MonitoringURL: "file://" + dir + "/",
	}
	r, err := static.New(described, static.Files{})
	if err != nil {
		t.Fatal(err)
	}
	return monitor.Source{Log: described, Reader: r}
}

// realNames are the DNS names of each of the 512 entries, as the log's names tiles have them.
func realNames(t *testing.T) [][]string {
	t.Helper()
	var out [][]string
	for _, n := range []string{"000", "001"} {
		data, err := os.ReadFile(filepath.Join(realTiles, "names", n))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct{ DNS []string }
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			out = append(out, line.DNS)
		}
	}
	return out
}

// concerns is the slow and obvious reading of a subtree watch for the plain names of a real log.
func concerns(names []string, watch string) bool {
	for _, name := range names {
		rest, wild := strings.CutPrefix(name, "*.")
		if rest == watch || strings.HasSuffix(rest, "."+watch) || wild && strings.HasSuffix(watch, "."+rest) && strings.Count(watch, ".") == strings.Count(rest, ".")+1 {
			return true
		}
	}
	return false
}

func TestRealLog(t *testing.T) {
	src := realLog(t)
	names := realNames(t)
	w := newWorld(t)
	var watches []matcher.Watch
	want := map[string][]uint64{} // watch -> indices
	for i := 0; i < len(names); i += 5 {
		name := strings.TrimPrefix(names[i][0], "*.")
		if want[name] != nil {
			continue
		}
		watches = append(watches, matcher.Watch{Name: name})
		for index := range names {
			if concerns(names[index], name) {
				want[name] = append(want[name], uint64(index))
			}
		}
	}
	w.list = w.watch(watches...)
	res := w.scan(src)
	if !res[0].Complete() || res[0].To != 512 || res[0].Counts.Precerts != 512 || res[0].Counts.Undetermined != 0 {
		t.Fatalf("%+v", res[0])
	}
	got := map[string][]uint64{}
	filter := store.Filter{All: true}
	for {
		rows, err := w.store.Findings(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		for _, f := range rows {
			if f.Verdict != string(matcher.Unpinned) {
				t.Errorf("%s: %s", f.Watch, f.Verdict)
			}
			for _, s := range f.Sightings {
				got[f.Watch] = append(got[f.Watch], s.Index)
			}
		}
		filter.After = rows[len(rows)-1].ID
	}
	if len(watches) < 50 || len(got) != len(want) {
		t.Errorf("%d watches, %d of %d found", len(watches), len(got), len(want))
	}
	for name, indices := range want {
		slices.Sort(got[name])
		if !slices.Equal(got[name], indices) {
			t.Errorf("%s: found in %v, stands in %v", name, got[name], indices)
		}
	}
}
