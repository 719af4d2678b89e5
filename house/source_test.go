package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines     = 400
	maxFunctionLines = 60 // exclusive
)

// walkFiles calls visit for every file of the project below the top, with its path from there. Hidden directories are
// not the project's, but .ci is.
func walkFiles(t *testing.T, visit func(path string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && path != ".ci" && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir():
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSizes holds the limits that keep a file one concept and a function one thought. Nested modules count as well.
func TestSizes(t *testing.T) {
	walkFiles(t, func(path string) {
		if filepath.Ext(path) != ".go" {
			return
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, filepath.Join("..", path), nil, parser.ParseComments)
		if err != nil {
			t.Error(err)
			return
		}
		if ast.IsGenerated(file) {
			return
		}
		if n := fset.File(file.Pos()).LineCount(); n > maxFileLines {
			t.Errorf("%s has %d lines, more than %d: is it one concept?", path, n, maxFileLines)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				if lines := functionLines(fset, f, strings.HasSuffix(path, "_test.go")); lines >= maxFunctionLines {
					t.Errorf("%s: function %s has %d lines, not below %d", path, f.Name.Name, lines, maxFunctionLines)
				}
			}
		}
	})
}

// functionLines counts the lines of a function. In a test, a table of cases counts as one line: it is data.
func functionLines(fset *token.FileSet, f *ast.FuncDecl, test bool) int {
	lines := func(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1 }
	total := lines(f)
	if test {
		ast.Inspect(f, func(n ast.Node) bool {
			if table, ok := n.(*ast.CompositeLit); ok {
				total -= lines(table) - 1
				return false
			}
			return true
		})
	}
	return total
}

// clocks are the rooms that may look at the clock; all others are handed the time.
var clocks = []string{"cli/", "ct/fetch/", "ct/cttest/", "bench/", "test/"}

// TestTimesAreHandedIn looks for clocks in other rooms.
func TestTimesAreHandedIn(t *testing.T) {
	clock := regexp.MustCompile(`\btime\.(Now|Since|Until)\(`)
	walkFiles(t, func(path string) {
		inRoom := func(room string) bool { return strings.HasPrefix(path, room) }
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || slices.ContainsFunc(clocks, inRoom) {
			return
		}
		text, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Error(err)
		} else if clock.Match(text) {
			t.Errorf("%s looks at the clock; let it be handed the time", path)
		}
	})
}

// TestPackageComments wants each package to say what it is for, once.
func TestPackageComments(t *testing.T) {
	for _, p := range listPackages(t) {
		var documented []string
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil,
				parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if text := file.Doc.Text(); strings.HasPrefix(text, "Package "+p.Name+" ") ||
				strings.HasPrefix(text, "Command ") && p.Name == "main" {
				documented = append(documented, name)
			}
		}
		if len(documented) != 1 {
			t.Errorf("package %s has %d package comments (%v), not one", p.ImportPath, len(documented), documented)
		}
	}
}

// forbidden are words that must not stand in a file whose path ends like that. They are written so that this file does
// not hold them itself.
var forbidden = []struct {
	suffix string
	word   *regexp.Regexp
	why    string
}{
	{".go", regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X])\b`), "a marker of unfinished work"},
	{".md", regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X])\b`), "a marker of unfinished work"},
	{".go", regexp.MustCompile(`slog\.(Info|Warn|Error|Debug|Default)(Context)?\(`), "the global logger: hand one in"},
}

// TestTestsDoNotSleep wants tests that sleep to do so in a bubble of testing/synctest, where it takes no time.
func TestTestsDoNotSleep(t *testing.T) {
	walkFiles(t, func(path string) {
		if !strings.HasSuffix(path, "_test.go") {
			return
		}
		text, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Error(err)
		} else if bytes.Contains(text, []byte("time."+"Sleep(")) && !bytes.Contains(text, []byte(`"testing/synctest"`)) {
			t.Errorf("%s sleeps: wait for a condition, or use testing/synctest", path)
		}
	})
}

// TestForbiddenWords looks for what was left behind.
func TestForbiddenWords(t *testing.T) {
	walkFiles(t, func(path string) {
		var text []byte
		for _, f := range forbidden {
			if !strings.HasSuffix(path, f.suffix) {
				continue
			}
			if text == nil {
				var err error
				if text, err = os.ReadFile(filepath.Join("..", path)); err != nil {
					t.Error(err)
					return
				}
			}
			for _, at := range f.word.FindAllIndex(text, -1) {
				t.Errorf("%s:%d: %q is %s", path, 1+strings.Count(string(text[:at[0]]), "\n"), text[at[0]:at[1]], f.why)
			}
		}
	})
}
