package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "pinwatch"

// goPackage is what `go list -json` says of a package, as far as the rules need it.
type goPackage struct {
	ImportPath   string
	Dir          string
	Name         string
	GoFiles      []string
	CgoFiles     []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// room is the package's name in the table of ARCHITECTURE.md.
func (p *goPackage) room() string { return roomOf(p.ImportPath) }

func roomOf(importPath string) string {
	if importPath == module {
		return "main.go"
	}
	return strings.TrimPrefix(importPath, module+"/")
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json", "./...")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// rule is a row of the table: what a room may import of ours, what its tests may import besides, and what of the rest
// of the world it must not.
type rule struct {
	imports, tests, never []string
}

var code = regexp.MustCompile("`([^`]+)`")

// readRules parses the rows of ARCHITECTURE.md that look like
//
//	| `room` | what it owns | imports | in tests also | never imports |
//
// where the last three are lists of names in backquotes, or `all`.
func readRules(t *testing.T) map[string]rule {
	t.Helper()
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]rule{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 7 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		rules[names(cells[1])[0]] = rule{names(cells[3]), names(cells[4]), names(cells[5])}
	}
	if len(rules) == 0 {
		t.Fatal("no table of rooms in ARCHITECTURE.md")
	}
	return rules
}

func names(cell string) []string {
	var out []string
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

// breaks lists what p imports against the rule.
func (r rule) breaks(p *goPackage) []string {
	var out []string
	check := func(kind string, imports, allowed []string) {
		for _, path := range imports {
			ours := path == module || strings.HasPrefix(path, module+"/")
			switch {
			case ours && path != p.ImportPath && !slices.Contains(allowed, "all") &&
				!slices.Contains(allowed, roomOf(path)):
				out = append(out, kind+roomOf(path))
			case !ours && slices.ContainsFunc(r.never, func(n string) bool { return under(path, n) }):
				out = append(out, kind+path)
			}
		}
	}
	check("imports ", p.Imports, r.imports)
	r.never = nil // tests may use what they like of the rest of the world
	check("tests import ", append(slices.Clone(p.TestImports), p.XTestImports...), append(slices.Clone(r.imports), r.tests...))
	return out
}

// under says whether path is dir or lies below it.
func under(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// TestRoomsImportWhatTheTableAllows holds the walls between the rooms.
func TestRoomsImportWhatTheTableAllows(t *testing.T) {
	rules := readRules(t)
	for _, p := range listPackages(t) {
		r, ok := rules[p.room()]
		if !ok {
			t.Errorf("package %s has no row in ARCHITECTURE.md", p.ImportPath)
			continue
		}
		delete(rules, p.room())
		for _, b := range r.breaks(&p) {
			t.Errorf("%s %s, which ARCHITECTURE.md does not allow", p.room(), b)
		}
	}
	for room := range rules {
		t.Errorf("ARCHITECTURE.md has a row for %s, which is no package", room)
	}
}

// owners says which rooms alone may import a module or package, so that a change of library stays in its room.
var owners = map[string][]string{
	"github.com/urfave/cli":       {"cli"},
	"github.com/jmoiron/sqlx":     {"store"},
	"github.com/mattn/go-sqlite3": {"store", "bench"}, // bench fills a store
	"database/sql":                {"store", "bench"},
	"go.yaml.in/yaml":             {"config"},
	"net/http":                    {"ct/fetch", "notify/post", "ct/cttest", "bench"},
	"github.com/wneessen/go-mail": {"notify/email"},
	"github.com/nicholas-fedor":   {"notify/shout"},
	"os/exec":                     {"bench", "notify/email", "notify/program"},
	"os/signal":                   {"cli", "main.go"},
	"plugin":                      {},
	"testing":                     {"notify/notifytest"},
}

// TestLibrariesStayInTheirRooms holds the owners table for code that is not a test.
func TestLibrariesStayInTheirRooms(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, path := range p.Imports {
			for library, rooms := range owners {
				if under(path, library) && !slices.Contains(rooms, p.room()) {
					t.Errorf("%s imports %s, which belongs to %q", p.room(), path, rooms)
				}
			}
		}
	}
}

// TestRuleBreaks makes sure that the rules would be noticed if they were broken.
func TestRuleBreaks(t *testing.T) {
	r := rule{imports: []string{"ct"}, tests: []string{"ct/cttest"}, never: []string{"net", "crypto/x509"}}
	p := &goPackage{
		ImportPath:   module + "/monitor",
		Imports:      []string{module + "/ct", module + "/store", module + "/ct/cttest", "net/http", "netip", "crypto/x509"},
		TestImports:  []string{module + "/ct/cttest", "net/http"},
		XTestImports: []string{module + "/monitor", module + "/cli"},
	}
	want := []string{"imports store", "imports ct/cttest", "imports net/http", "imports crypto/x509", "tests import cli"}
	if diff := cmp.Diff(want, r.breaks(p)); diff != "" {
		t.Errorf("breaks (-want +got):\n%s", diff)
	}
}
