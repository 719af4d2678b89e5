package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// grid is a table without lines. Its cells must be escaped.
type grid struct{ w table.Writer }

func newTable(columns ...string) grid {
	g := grid{table.NewWriter()}
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatUpper
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	g.w.SetStyle(style)
	g.w.AppendHeader(cells(columns))
	return g
}

func (g grid) row(columns ...string) { g.w.AppendRow(cells(columns)) }

func cells(columns []string) table.Row {
	row := make(table.Row, len(columns))
	for i, c := range columns {
		row[i] = c
	}
	return row
}

func (g grid) print(w io.Writer) {
	for line := range strings.SplitSeq(g.w.Render(), "\n") {
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}
