package static_test

import (
	"os"
	"path/filepath"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

func TestLeafAt(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: "log.example/leaf"})
	fill(log, 300)
	log.PublishAll()
	dir, r, head := open(t, log)
	batch, err := r.Entries(t.Context(), 256, 300, head, false)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	for _, index := range []uint64{256, 280, 299} {
		got, err := r.LeafAt(t.Context(), index, head, false)
		if want := batch.Entries[index-256].LeafHash(); err != nil || got != want {
			t.Errorf("entry %d: %s, %v; want %s", index, got, err, want)
		}
	}
	if _, err := r.LeafAt(t.Context(), 300, head, false); err == nil {
		t.Error("an entry behind the head")
	}

	// A hash that the root does not cover is no answer, however often it is asked for.
	file := filepath.Join(dir, "tile/0/000")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[5*32] ^= 1
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fresh := range []bool{false, true} {
		if got, err := r.LeafAt(t.Context(), 5, head, fresh); err == nil {
			t.Errorf("a hash that was changed: %s", got)
		}
	}
	reader := ct.WithHeads(r, r)
	if _, ok := ct.EntriesOf(reader).(ct.LeafReader); !ok {
		t.Error("with the heads of another source nobody knows a leaf")
	}
}
