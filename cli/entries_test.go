package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEntries holds what is shown of an entry against the log: its leaf is in the tree, its chain among the issuers.
func TestEntries(t *testing.T) {
	path := demoCopy(t, "")
	log := filepath.Join(filepath.Dir(path), "log")
	now := time.Date(2026, 7, 1, 8, 30, 0, 0, time.UTC)
	runAt(t, now, codeFindings, "scan", "-c", path)
	seen := 0
	for line := range strings.Lines(runAt(t, now, 0, "findings", "list", "--all", "--json", "-c", path)) {
		var f struct{ ID string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(runAt(t, now, 0, "findings", "show", f.ID, "--entries", "-c", path)) {
			var e entryJSON
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			seen++
			if e.Index < 512 { // beyond lies a partial tile
				tile, err := os.ReadFile(filepath.Join(log, "tile/0", []string{"000", "001"}[e.Index/256]))
				if err != nil {
					t.Fatal(err)
				}
				hash := sha256.Sum256(append([]byte{0, 0, 0}, e.Leaf...))
				if at := e.Index % 256 * 32; !bytes.Equal(hash[:], tile[at:at+32]) {
					t.Errorf("entry %d: the leaf is not the one in the tree", e.Index)
				}
			}
			if hash := sha256.Sum256(e.Certificate); hex.EncodeToString(hash[:]) != e.CertSHA256 {
				t.Errorf("entry %d: another certificate", e.Index)
			}
			for i, name := range e.ChainSHA256 {
				if issuer, err := os.ReadFile(filepath.Join(log, "issuer", name)); err == nil && !bytes.Equal(issuer, e.Chain[i]) {
					t.Errorf("entry %d: issuer %d is another one", e.Index, i)
				}
			}
		}
	}
	if seen < 12 {
		t.Errorf("%d entries were seen", seen)
	}
}
