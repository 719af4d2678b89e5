package matcher

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared is where real data lies, next to the repository.
const shared = "../../shared/data"

// realNames are names from real certificates and lists where they are at hand, and names like them otherwise.
func realNames(tb testing.TB) [][]byte {
	tb.Helper()
	var out [][]byte
	lists, _ := filepath.Glob(filepath.Join(shared, "domains/opendns-2014/opendns-*-domains.txt"))
	for _, file := range lists {
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, bytes.Fields(data)...)
	}
	tiles, _ := filepath.Glob(filepath.Join(shared, "logs/navigli2025h2/tile/names/*"))
	for _, file := range tiles {
		// One tile has few names: take them often enough that the mix is of both kinds.
		names := tileNames(tb, file)
		for range 10 {
			out = append(out, names...)
		}
	}
	if len(out) == 0 {
		tb.Log("no ../shared/data: names are made up")
		for i := range 20000 {
			front := [...]string{"", "www.", "*.", "mail.", "api.eu-west-1.", "_acme."}[i%6]
			out = append(out, fmt.Appendf(nil, "%sname%d-of-some-owner.%s", front, i*7919, madeTLDs[i%len(madeTLDs)]))
		}
	}
	return out
}

// tileNames reads the DNS names of a names tile of Sunlight: JSON lines, gzipped.
func tileNames(tb testing.TB, file string) (names [][]byte) {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if zr, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		if data, err = io.ReadAll(zr); err != nil {
			tb.Fatal(err)
		}
	}
	for line := range bytes.Lines(data) {
		var entry struct{ DNS []string }
		if err := json.Unmarshal(line, &entry); err != nil {
			tb.Fatal(err)
		}
		for _, name := range entry.DNS {
			names = append(names, []byte(name))
		}
	}
	return names
}

var madeTLDs = [...]string{"com", "net", "org", "de", "co.uk", "info", "io", "ru", "com.br", "app"}

// madeWatches are n watches on names that nobody has, of every scope.
func madeWatches(n int) []Watch {
	out := make([]Watch, n)
	for i := range out {
		out[i] = Watch{Name: fmt.Sprintf("watched-%d.%s", i, madeTLDs[i%len(madeTLDs)]), Scope: Scope(i % scopes)}
	}
	return out
}

func made(tb testing.TB, n int) *Watchlist {
	tb.Helper()
	l, err := New(madeWatches(n))
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// BenchmarkHost looks up names that match nothing, which nearly all names do.
func BenchmarkHost(b *testing.B) {
	names := realNames(b)
	folded := make([][]byte, len(names))
	for i, name := range names {
		folded[i] = bytes.ToUpper(name)
	}
	for _, n := range []int{1, 100, 10_000, 1_000_000} {
		l := made(b, n)
		b.Run(fmt.Sprintf("watches=%d", n), func(b *testing.B) { benchHost(b, l, names) })
		b.Run(fmt.Sprintf("watches=%d/upper", n), func(b *testing.B) { benchHost(b, l, folded) })
	}
}

func benchHost(b *testing.B, l *Watchlist, names [][]byte) {
	b.ReportAllocs()
	var dst []Hit
	i := 0
	for b.Loop() {
		dst = l.Host(dst[:0], names[i])
		if len(dst) != 0 {
			b.Fatalf("%s: %v", names[i], told(l, dst))
		}
		if i++; i == len(names) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "names/s")
}

// BenchmarkHostOdd looks up names that have to be taken apart.
func BenchmarkHostOdd(b *testing.B) {
	l := made(b, 10_000)
	for _, name := range []string{
		"https://www.example.com:443/", "foo.*.example.com", "www.example.com\x00.evil.net", "bücher.example",
		"?.example.com", "*.*.com",
	} {
		b.Run(strings.ReplaceAll(name, "/", "|"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Host(nil, []byte(name))
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	watches := madeWatches(1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(watches); err != nil {
			b.Fatal(err)
		}
	}
}

// madeList is the text of a list of n names that nobody has.
func madeList(n int) []byte {
	var text []byte
	for i := range n {
		text = fmt.Appendf(text, "watched-%d.%s\n", i, madeTLDs[i%len(madeTLDs)])
	}
	return text
}

func BenchmarkNewList(b *testing.B) {
	text := madeList(1_000_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if l, err := New(nil, List{Text: text}); err != nil || l.Len() != 1_000_000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkPolicy(b *testing.B) {
	l, err := New(nil, List{Text: madeList(1_000_000)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l.sum()
	}
}

// BenchmarkSearch searches bytes like those of a certificate, and bytes made to be slow.
func BenchmarkSearch(b *testing.B) {
	l := made(b, 1_000_000)
	for name, raw := range map[string][]byte{
		"names": bytes.Repeat([]byte("\x82\x0fwww.example.com\x82\x0bexample.net\x30\x82\x01\x00\x8a\x91"), 1000),
		"dots":  bytes.Repeat([]byte("c.o.m."), 5000),
		"com":   bytes.Repeat([]byte(strings.Repeat("x", 63)+".com.co.uk"), 500),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				l.Search(nil, raw)
			}
		})
	}
}
