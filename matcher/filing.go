package matcher

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
)

// filing is a list whose lines become watches.
type filing struct {
	*builder
	list   int
	text   []byte
	others []line // that are no plain names
	lines  int    // with something in them
	again  []line // that stand there before
	odd    int    // things that are odd
	wide   bool   // it is in UTF-16, and nothing of it was read
	near   slot   // of no meaning; see tree.near
}

// file files the lines of list i that are plain names. The lines are taken apart by as many goroutines as there are
// processors, a portion each, and filed in their order.
func (b *builder) file(i int, text []byte) *filing {
	f := &filing{builder: b, list: i}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		f.wide = true
		return f
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // UTF-8, as some editors say
	f.text = text
	portions := portionEnds(text)
	lines := make([][]line, len(portions)-1)
	ready := make([]chan struct{}, len(lines))
	for n := range ready {
		ready[n] = make(chan struct{})
	}
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(lines)) {
		go func() {
			r := lineReader{hash: b.tree.hash, suffixes: suffixes{}}
			for n := int(next.Add(1) - 1); n < len(lines); n = int(next.Add(1) - 1) {
				lines[n] = r.read(text, portions[n], portions[n+1])
				close(ready[n])
			}
		}()
	}
	for n := range lines {
		<-ready[n]
		for some := range slices.Chunk(lines[n], 64) {
			for i := range some {
				f.near ^= f.tree.near(some[i].hash)
			}
			f.plain(some)
		}
		lines[n] = nil
	}
	return f
}

// plain files lines that are plain names, and leaves the others for later.
func (f *filing) plain(lines []line) {
	f.lines += len(lines)
	for i := range lines {
		l := &lines[i]
		if l.kind == otherLine {
			f.others = append(f.others, *l)
			continue
		}
		name := f.text[l.at:][:l.size]
		next := len(f.watches) + len(f.listed)
		first, node := f.tree.insert(name, l.hash, l.scope, next)
		if first != next {
			f.twice(l, first)
			continue
		}
		f.lists[f.list].watches++
		f.listed = append(f.listed, listed{node: node, list: uint16(f.list), scope: l.scope})
		if l.kind == oddLine {
			f.doubt(l, f.doubts(string(name), string(name), l.scope))
		}
	}
}

// end files the lines that are no plain names, when those of all lists that are have their indexes, and says what is
// odd about the list.
func (f *filing) end() {
	for i := range f.others {
		if f.full() {
			return // to number the lines of a file that is something else would take long
		}
		l := &f.others[i]
		text, _, _ := bytes.Cut(f.text[l.at:], []byte("\n"))
		w, odd, err := f.other(text)
		var twice *twiceError
		switch {
		case errors.As(err, &twice):
			f.twice(l, twice.first)
		case err != nil:
			f.mistake(&ListError{List: f.list, Line: f.number(l), Err: err})
		default:
			f.lists[f.list].watches++
			f.Watchlist.others, f.from = append(f.Watchlist.others, w), append(f.from, f.list)
			f.doubt(l, odd)
		}
	}
	switch {
	case f.wide:
		f.mistake(&ListError{List: f.list, Err: mistake("save it as UTF-8: iconv -f UTF-16 -t UTF-8", "it is in UTF-16")})
	case f.lines == 0:
		f.mistake(&ListError{List: f.list, Err: mistake("see what wrote it; without it, write the names under watch:", "there is no name in it")})
	}
	if f.lines > 1 && !bytes.HasSuffix(f.text, []byte("\n")) {
		f.warn(0, "its last line does not end: see whether it was written whole")
	}
	if len(f.again) > 0 {
		f.warn(f.number(&f.again[0]), fmt.Sprintf("stands there before: each of %d such lines counts once", len(f.again)))
	}
	if f.odd > maxListDoubts {
		f.warn(0, fmt.Sprintf("%d more of its names are odd", f.odd-maxListDoubts))
	}
}

// other makes a watch of a line that is no plain name, and files it.
func (f *filing) other(text []byte) (w Watch, odd []string, err error) {
	if w, err = f.lists[f.list].other(text); err == nil {
		odd, err = f.add(&w, f.Len())
	}
	return w, odd, err
}

// twice notes that a watch is there already, as the one of index first. What was given one by one stands, since it says
// more; and in one list a watch may stand twice.
func (f *filing) twice(l *line, first int) {
	if first < len(f.watches) {
		if _, found := f.alsoIn[first]; !found {
			f.alsoIn[first] = f.list
		}
		return
	}
	if list, _ := f.List(first); list != f.list {
		if f.full() {
			return
		}
		f.mistake(&ListError{
			List: f.list, Line: f.number(l),
			Err: mistake("leave it in one of them, or give it a watch of its own, which counts then", "%s stands in %s, too",
				f.Watch(first).ID(), cmp.Or(f.lists[list].Name, "another list")),
		})
		return
	}
	f.again = append(f.again, *l)
}

// maxListDoubts is how many of the things that are odd in a list are told; the rest is counted.
const maxListDoubts = 5

func (f *filing) doubt(l *line, texts []string) {
	for _, text := range texts {
		if f.odd++; f.odd <= maxListDoubts {
			f.warn(f.number(l), text)
		}
	}
}

func (f *filing) warn(line int, text string) {
	f.warnings = append(f.warnings, Warning{Watch: none, List: f.list, Line: line, Text: text})
}

// number is the number of a line, from 1 on.
func (f *filing) number(l *line) int { return 1 + bytes.Count(f.text[:l.at], []byte("\n")) }
