package matcher

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// fuzzWatches are lists that have a little of everything.
func fuzzWatches() [][]Watch {
	return [][]Watch{
		watches("example.com", "=www.example.com", "*.example.com", "=a.b.example.com", "example.org -dev.example.org -x.y.example.org",
			"bücher.example", "strasse.example", "localhost", "*.co.uk -a.co.uk", "b.example.com"),
		watches("com", "=com", "*.com", "a", "=a.a", "*.a.a", "a.a.a -b.a.a.a", "xn--4ca", "=xn--4ca.a"),
		watches("192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "::/0", "example.com", "1a.example", "0.0.0.0/0"),
	}
}

func certainty(l *Watchlist, hits []Hit) map[string]bool {
	out := make(map[string]bool)
	for _, h := range hits {
		out[l.Watch(h.Watch).ID()] = h.Certain
	}
	return out
}

// FuzzHost holds Host to the obvious matcher, and to being blind to case, to dots behind the name, to the order of the
// watches, and to whether they are given one by one or in a list.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{
		"example.com", "www.example.com", "*.example.com", "*.com", "*.*", "*", "w*.example.com", "a.*.example.com",
		"?.example.com", "?", "?.com", "www..com", ".example.com", "x.y.example.org", "*.dev.example.org", "?.y.example.org",
		"WWW.EXAMPLE.COM.", " http://example.com:443/x ", "www.example.com\x00.evil.net", "bücher.example", "b\xfccher.example",
		"stra\u00dfe.example", "b*ü.example", "bücher。example。", "192.0.2.1", "[2001:db8::1]:443", "::ffff:192.0.2.1",
		"https://u@[2001:db8::1]/", "a.a.a", "*.a.a", "b.a.a.a", "?.a", "ä.a", "a?.\x01.a", "a.co.uk", "notexample.com",
		"example.com.evil.net", "//example.com", "a://b://example.com", "localhost:80", "2001:db8::1%eth0", "\ufeffexample.com",
		"ex\u00adample.com", "⒈example.com", "＊.example.com", "xn--4ca.a", "XN--4CA.A", "**.**",
	} {
		f.Add([]byte(seed))
	}
	for i, name := range realNames(f) {
		if i%4001 == 0 {
			f.Add(name)
		}
	}
	var lists []*Watchlist
	for _, w := range fuzzWatches() {
		l, err := New(w)
		if err != nil {
			f.Fatal(err)
		}
		lists = append(lists, l)
	}
	f.Fuzz(func(t *testing.T, name []byte) {
		if len(name) > 1000 {
			t.Skip("too long for the obvious matcher; TestHostHostile has long names")
		}
		for _, l := range lists {
			hits := l.Host(nil, name)
			got := certainty(l, hits)
			if len(got) != len(hits) {
				t.Errorf("%q: a watch is hit twice: %v", name, told(l, hits))
			}
			if diff := cmp.Diff(reference(l.watches, string(name)), got); diff != "" {
				t.Errorf("%q: the obvious matcher (-) and Host (+) differ:\n%s", name, diff)
			}
			if other := certainty(l, l.Host(nil, toUpper(name))); !maps.Equal(got, other) {
				t.Errorf("%q: %v, but in upper case %v", name, got, other)
			}
			if other := certainty(l, l.Host(nil, append(bytes.Clone(name), '.'))); !maps.Equal(got, other) {
				t.Errorf("%q: %v, but with a dot behind %v", name, got, other)
			}
			shuffled, err := New(shuffle(l.watches))
			if err != nil {
				t.Fatal(err)
			}
			if other := certainty(shuffled, shuffled.Host(nil, name)); !maps.Equal(got, other) {
				t.Errorf("%q: %v, but in another order %v", name, got, other)
			}
			if many := inList(t, l.watches); !maps.Equal(got, certainty(many, many.Host(nil, name))) {
				t.Errorf("%q: %v, but of a list %v", name, got, told(many, many.Host(nil, name)))
			}
		}
	})
}

func toUpper(name []byte) []byte {
	out := bytes.Clone(name)
	for i, c := range out {
		if 'a' <= c && c <= 'z' {
			out[i] -= 'a' - 'A'
		}
	}
	return out
}

func shuffle(watches []Watch) []Watch {
	out := append([]Watch(nil), watches...)
	r := rand.New(rand.NewPCG(1, uint64(len(watches))))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// FuzzSearch holds that a watched name is found among any bytes, in any encoding and case, and that a search adds no
// certain hit and no watch twice.
func FuzzSearch(f *testing.F) {
	f.Add([]byte("\x30\x82\x01\x00\x82\x0f"), []byte("0\x82\x01"), uint16(0), true)
	f.Add([]byte("x"), []byte("x"), uint16(9), false)
	f.Add([]byte("a.b.c.example."), []byte(".com"), uint16(3), true)
	f.Add([]byte("\x87\x04\xc0\x00\x02"), []byte("\x01192.0.2.1"), uint16(6), false)
	f.Add([]byte("*."), []byte("*.com\x00c\x00o\x00m"), uint16(14), true)
	var lists []*Watchlist
	for _, w := range fuzzWatches() {
		l, err := New(w)
		if err != nil {
			f.Fatal(err)
		}
		lists = append(lists, l)
	}
	f.Fuzz(func(t *testing.T, front, back []byte, pick uint16, upper bool) {
		for _, l := range lists {
			i := int(pick) % l.Len()
			for _, form := range searchForms(l.Watch(i), upper) {
				raw := append(append(bytes.Clone(front), form...), back...)
				hits := l.Search(nil, raw)
				if _, found := certainty(l, hits)[l.Watch(i).ID()]; !found {
					t.Errorf("%s is not found in %q", l.Watch(i).ID(), raw)
				}
				if len(certainty(l, hits)) != len(hits) {
					t.Errorf("%q: a watch is hit twice: %v", raw, told(l, hits))
				}
				for _, h := range hits {
					if h.Certain || h.Rule != RuleSearch {
						t.Errorf("%q: %v", raw, told(l, hits))
					}
				}
			}
		}
	})
}

// searchForms are the bytes in which a watch must be found.
func searchForms(w *Watch, upper bool) [][]byte {
	if w.Prefix.IsValid() {
		octets := w.Prefix.Addr().AsSlice()
		san := append([]byte{0x87, byte(len(octets))}, octets...)
		text := "\x16" + w.Prefix.Addr().StringExpanded() + "\x82"
		return [][]byte{san, []byte(text), utf16Bytes(text, 0), utf16Bytes(text, 1)}
	}
	text := []byte(w.Name)
	if upper {
		text = toUpper(text)
	}
	return [][]byte{text, utf16Bytes(string(text), 0), utf16Bytes(string(text), 1), utf32Bytes(string(text))}
}

// utf16Bytes is text in UTF-16: big endian for low 1, little endian for low 0.
func utf16Bytes(text string, low int) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		unit := [2]byte{}
		unit[low], unit[1-low] = byte(u), byte(u>>8)
		out = append(out, unit[:]...)
	}
	return out
}

func utf32Bytes(text string) []byte {
	var out []byte
	for _, r := range text {
		out = append(out, 0, 0, byte(r>>8), byte(r))
	}
	return out
}
