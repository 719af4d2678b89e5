package report

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// source is the types of packages, as they stand in their files.
type source map[string]*ast.StructType // by package and name

func readSource(t *testing.T, dirs ...string) source {
	t.Helper()
	out := source{}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		must(t, err)
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			must(t, err)
			for n := range ast.Preorder(file) {
				if spec, ok := n.(*ast.TypeSpec); ok {
					if s, ok := spec.Type.(*ast.StructType); ok {
						out[file.Name.Name+"."+spec.Name.Name] = s
					}
				}
			}
		}
	}
	return out
}

// rows lists the fields of a type of a package as rows of a table, and those of what is in it.
func (s source) rows(t *testing.T, pkg, name, path string) (out []string) {
	t.Helper()
	def := s[pkg+"."+name]
	if def == nil {
		t.Fatalf("no type %s.%s", pkg, name)
	}
	for _, f := range def.Fields.List {
		word, inPkg, inName := describe(pkg, f.Type)
		if f.Tag == nil { // embedded
			out = append(out, s.rows(t, inPkg, inName, path)...)
			continue
		}
		tag, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		comment := strings.Join(strings.Fields(f.Doc.Text()+" "+f.Comment.Text()), " ")
		out = append(out, fmt.Sprintf("| `%s%s` | %s | %s |", path, tag, word, strings.ReplaceAll(comment, "|", "\\|")))
		if s[inPkg+"."+inName] == nil {
			continue
		}
		below := path + tag + "."
		if strings.HasPrefix(word, "list") {
			below = path + tag + "[]."
		}
		out = append(out, s.rows(t, inPkg, inName, below)...)
	}
	return out
}

// describe says in a word what a field is in JSON, and of which type it or its items are.
func describe(pkg string, e ast.Expr) (word, inPkg, inName string) {
	switch e := e.(type) {
	case *ast.StarExpr:
		word, inPkg, inName = describe(pkg, e.X)
		return word + " or null", inPkg, inName
	case *ast.ArrayType:
		if id, ok := e.Elt.(*ast.Ident); ok && id.Name == "byte" {
			return "base64 or null", "", ""
		}
		word, inPkg, inName = describe(pkg, e.Elt)
		return "list of " + word + "s", inPkg, inName
	case *ast.IndexExpr: // Stream
		word, inPkg, inName = describe(pkg, e.Index)
		return "list of " + word + "s", inPkg, inName
	case *ast.SelectorExpr:
		of, _ := e.X.(*ast.Ident)
		if of.Name == "time" {
			return "time", "", ""
		}
		return "object", of.Name, e.Sel.Name
	case *ast.Ident:
		switch e.Name {
		case "string", "Kind":
			return "string", "", ""
		case "bool":
			return "boolean", "", ""
		case "int", "int64", "uint64":
			return "number", "", ""
		}
		return "object", pkg, e.Name
	}
	return "unknown", "", ""
}

// TestDocumentation holds the table of fields in docs/report.md to the types and their comments.
func TestDocumentation(t *testing.T) {
	const path, begin, end = "../docs/report.md", "| field | what | meaning |\n|---|---|---|\n", "\n<!-- end of fields -->"
	text, err := os.ReadFile(path)
	must(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	have, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table of fields", path)
	}
	want := strings.Join(readSource(t, ".", "../show", "../policy").rows(t, "report", "Report", ""), "\n")
	if *update {
		must(t, os.WriteFile(path, []byte(before+begin+want+end+after), 0o600))
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +got), -update writes it anew:\n%s", path, diff)
	}
}
