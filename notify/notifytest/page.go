package notifytest

import (
	"os"
	"strings"
	"testing"
)

// Rows are the rows of the tables of a section of a page in Markdown whose first cell is in backquotes, by their cells;
// the first one without its backquotes.
func Rows(t *testing.T, path, section string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## "+section+"\n")
	after, _, _ = strings.Cut(after, "\n## ")
	var rows [][]string
	head := true // the row before a line of dashes
	for line := range strings.Lines(after) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			head = true
			continue
		case strings.HasPrefix(line, "|---"):
			head = false
			continue
		case head || !strings.HasPrefix(line, "| `"):
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		cells[0] = strings.Trim(cells[0], "`")
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no table in a section %q", path, section)
	}
	return rows
}
