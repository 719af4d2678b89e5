package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pinwatch/matcher"
)

// TestMatchingTable runs every row of docs/matching.md through the matcher, and wants a row for each of its rules.
func TestMatchingTable(t *testing.T) {
	text, err := os.ReadFile("../docs/matching.md")
	if err != nil {
		t.Fatal(err)
	}
	left := rulesOfMatcher(t)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		rule, isRow := strings.CutPrefix(cells[0], "| `")
		if !isRow || len(cells) != 6 {
			continue
		}
		rule = strings.TrimSuffix(rule, "`")
		name, err := strconv.Unquote(strings.Trim(cells[4], "`"))
		if err != nil {
			t.Errorf("%s: the name %s: %v", rule, cells[4], err)
			continue
		}
		hits := hitsOf(t, strings.Trim(cells[2], "`"), cells[3], []byte(name))
		certain := cells[5] == "yes |"
		if len(hits) != 1 || string(hits[0].Rule) != rule || hits[0].Certain != certain {
			t.Errorf("%s: %q has the hits %+v", line, name, hits)
		}
		delete(left, rule)
	}
	for rule := range left {
		t.Errorf("docs/matching.md has no row for the rule %q", rule)
	}
}

// hitsOf matches a name of a kind against one watch, written as findings name it.
func hitsOf(t *testing.T, watch, kind string, name []byte) []matcher.Hit {
	t.Helper()
	w := matcher.Watch{Name: watch}
	if prefix, err := netip.ParsePrefix(watch); err == nil {
		w.Name, w.Prefix = "", prefix
	} else {
		w.Emails, w.URIs = true, true
	}
	for front, scope := range map[string]matcher.Scope{"=": matcher.Exact, "*.": matcher.OneLabel} {
		if rest, found := strings.CutPrefix(watch, front); found {
			w.Name, w.Scope = rest, scope
		}
	}
	list, err := matcher.New([]matcher.Watch{w})
	if err != nil {
		t.Fatalf("watch %s: %v", watch, err)
	}
	if id := list.Watch(0).ID(); id != watch {
		t.Errorf("findings name the watch %s, not %s", id, watch)
	}
	lookup := map[string]func([]matcher.Hit, []byte) []matcher.Hit{
		"dNSName": list.Host, "commonName": list.Host, "iPAddress": list.IP, "rfc822Name": list.Email,
		"uniformResourceIdentifier": list.URI, "bytes": list.Search,
	}[kind]
	if lookup == nil {
		t.Fatalf("unknown kind %q", kind)
	}
	return lookup(nil, name)
}

// rulesOfMatcher are the words of the constants of the type Rule.
func rulesOfMatcher(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../matcher/*.go")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Rule" {
				if word, ok := spec.Values[0].(*ast.BasicLit); ok {
					if rule, err := strconv.Unquote(word.Value); err == nil {
						rules[rule] = true
					}
				}
			}
			return true
		})
	}
	if len(rules) < 10 {
		t.Fatalf("found only %d rules in the matcher", len(rules))
	}
	return rules
}
