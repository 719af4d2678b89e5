package matcher

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// inList is a watch list with all watches in a list that can stand in one.
func inList(t testing.TB, watches []Watch) *Watchlist {
	t.Helper()
	var single []Watch
	var text strings.Builder
	for _, w := range watches {
		if len(w.Exclude) > 0 {
			single = append(single, w)
			continue
		}
		text.WriteString(w.ID() + "\n")
	}
	l, err := New(single, List{Text: []byte(text.String())})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func ids(l *Watchlist) []string {
	var out []string
	for i := range l.Len() {
		out = append(out, l.Watch(i).ID())
	}
	return out
}

func TestListLines(t *testing.T) {
	for _, test := range []struct {
		text string
		want string
	}{
		{"example.com", "example.com"},
		{"example.com\nexample.net\n", "example.com example.net"},
		{"\xef\xbb\xbfexample.com\r\n\r\n  example.net\t\r\n", "example.com example.net"},
		{"# all of them\nexample.com # ours\n  # none\nexample.net\t#x", "example.com example.net"},
		{"Example.COM.\n=WWW.example.com\n*.example.com", "example.com =www.example.com *.example.com"},
		{"Bücher.example\n*.straße.de", "xn--bcher-kva.example *.xn--strae-oqa.de"},
		{"192.0.2.1\n192.0.2.0/24\n2001:db8::/32\n::ffff:198.51.100.7", "192.0.2.1 192.0.2.0/24 2001:db8::/32 198.51.100.7"},
		{"192.0.2.1\nexample.com\nbücher.example\nexample.net", "example.com example.net 192.0.2.1 xn--bcher-kva.example"},
		{"_dmarc.example.com\nxn--bcher-kva.example\nlocalhost", "_dmarc.example.com xn--bcher-kva.example localhost"},
		{"example.com\nEXAMPLE.com\n=example.com\n*.example.com", "example.com =example.com *.example.com"},
	} {
		l, err := New(nil, List{Text: []byte(test.text)})
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if got := strings.Join(ids(l), " "); got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
	}
}

func TestListMistakes(t *testing.T) {
	for _, test := range []struct {
		lists      []string
		list, line int
		says, hint string
	}{
		{[]string{""}, 0, 0, "no name in it", "what wrote it"},
		{[]string{"# nothing\n\n"}, 0, 0, "no name in it", "what wrote it"},
		{[]string{"example.com\n\nexample.com:443\n"}, 0, 3, "not a host name", "host name alone"},
		{[]string{"a.example\nb.example, c.example"}, 0, 2, "has the character ','", "letters"},
		{[]string{"**.example.com"}, 0, 1, `"**.example.com" has a sign`, "write example.com, *.example.com for the names one"},
		{[]string{"*.*.example.com"}, 0, 1, `"*.*.example.com" has a sign`, "write example.com, "},
		{[]string{"=*.example.com"}, 0, 1, `"=*.example.com" has a sign`, "write example.com, "},
		{[]string{"*."}, 0, 1, "empty", "host name"},
		{[]string{"="}, 0, 1, "empty", "host name"},
		{[]string{".example.com"}, 0, 1, `".example.com" has a sign`, "write example.com, "},
		{[]string{"=192.0.2.1"}, 0, 1, `"=192.0.2.1" has a sign that an address`, "write 192.0.2.1"},
		{[]string{"*.192.0.2.0/24"}, 0, 1, `"*.192.0.2.0/24" has a sign that an address`, "write 192.0.2.0/24"},
		{[]string{"[2001:db8::1]"}, 0, 1, `"[2001:db8::1]" has a sign that an address`, "write 2001:db8::1"},
		{[]string{"192.0.2.1/24"}, 0, 1, "bits set", "192.0.2.0/24"},
		{[]string{"192.0.2.300"}, 0, 1, "ends in a number", "address"},
		{[]string{"example.com\n\xff\xfee\x00x\x00"}, 0, 2, "internationalized", "A-label"},
		{[]string{"\xff\xfee\x00x\x00\n\x00a\x00"}, 0, 0, "UTF-16", "UTF-8"},
		{[]string{"\xfe\xff\x00e\x00x"}, 0, 0, "UTF-16", "UTF-8"},
		{[]string{"example.com", "\xff\xfe"}, 1, 0, "UTF-16", "UTF-8"},
		{[]string{strings.Repeat("例", 1000) + ".example"}, 0, 1, "1008 characters", "253"},
		{[]string{"e\x00x\x00a\x00"}, 0, 1, `\x00`, "letters"},
		{[]string{strings.Repeat("a", 64) + ".com"}, 0, 1, "64 characters", "63"},
		{[]string{strings.Repeat("a.", 126) + "com"}, 0, 1, "255 characters", "253"},
		{[]string{"example.com", "example.net\nexample.com"}, 1, 2, "example.com stands in another list", "watch of its own"},
		{[]string{"192.0.2.1", "192.0.2.1/32"}, 1, 1, "192.0.2.1 stands in another list", "watch of its own"},
	} {
		var lists []List
		for _, text := range test.lists {
			lists = append(lists, List{Text: []byte(text)})
		}
		_, err := New(nil, lists...)
		var at *ListError
		var m *Mistake
		if !errors.As(err, &at) || !errors.As(err, &m) || at.List != test.list || at.Line != test.line {
			t.Errorf("%q: %v at %+v, want line %d of list %d", test.lists, err, at, test.line, test.list)
			continue
		}
		if !strings.Contains(err.Error(), test.says) || !strings.Contains(m.Hint(), test.hint) {
			t.Errorf("%q:\n%v\nhint: %s\nwant %q and %q", test.lists, err, m.Hint(), test.says, test.hint)
		}
	}
}

// TestListMistakesAreBounded: a file of something else entirely does not make a message for each line.
func TestListMistakesAreBounded(t *testing.T) {
	_, err := New(nil, List{Text: []byte(strings.Repeat("no name\n", 100))})
	if lines := strings.Count(err.Error(), "\n") + 1; lines != maxMistakes {
		t.Errorf("%d mistakes", lines)
	}
}

func TestListWarnings(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"example.com\n=co.uk\n*.example.co.uk\n192.0.2.1", nil},
		{"example.com\nco.uk", []string{"2: co.uk is a public suffix: the names below it belong to many owners"}},
		{"\n=db.internal", []string{"2: db.internal is under no top-level domain of the public DNS: no public CA issues certificates for it"}},
		{"a.example.com\n10.0.0.1", []string{"2: 10.0.0.1/32 is not a public address: no public CA issues certificates for it"}},
		{"a.example.com\nb.example.com\nA.example.com\na.example.com.", []string{"3: stands there before: each of 2 such lines counts once"}},
		{strings.Repeat("com\nnet\n", 3) + "org\nde\nfr\nit\nnl", []string{
			"1: com is a public suffix: the names below it belong to many owners",
			"2: net is a public suffix: the names below it belong to many owners",
			"7: org is a public suffix: the names below it belong to many owners",
			"8: de is a public suffix: the names below it belong to many owners",
			"9: fr is a public suffix: the names below it belong to many owners",
			"3: stands there before: each of 4 such lines counts once",
			"0: 2 more of its names are odd",
		}},
	} {
		l, err := New(watches("example.org"), List{Text: []byte("example.net")}, List{Text: []byte(test.text + "\n")})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range l.Warnings() {
			if w.Watch != -1 || w.List != 1 {
				t.Errorf("%q: about %+v", test.text, w)
			}
			got = append(got, fmt.Sprintf("%d: %s", w.Line, w.Text))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q:\n%s", test.text, diff)
		}
	}
}

// TestListHalf: what a program has not written to the end yet ends in the middle of a line.
func TestListHalf(t *testing.T) {
	for text, want := range map[string]int{"example.com\nexample.net\n": 0, "example.com\nexample.n": 2, "example.com\nexample.co": 1, "example.com": 0} {
		l, err := New(nil, List{Text: []byte(text)})
		if err != nil || len(l.Warnings()) != want {
			t.Errorf("%q: %v, %v", text, l.Warnings(), err)
		}
	}
}

func pinOf(label string) Pin { return Pin{SPKI: sha256.Sum256([]byte(label)), Label: label} }

// TestListWatches: what is said of a list holds for each of its watches, and a watch of its own says it better.
func TestListWatches(t *testing.T) {
	own := Watch{Name: "own.example", Keys: []Pin{pinOf("own")}}
	l, err := New([]Watch{own},
		List{Text: []byte("a.example\nown.example\n192.0.2.1\n=own.example"), Issuers: []Pin{pinOf("ca")}, Emails: true},
		List{Text: []byte("b.example")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"own.example", "a.example", "=own.example", "b.example", "192.0.2.1"}, ids(l)); diff != "" {
		t.Fatal(diff)
	}
	var of []string
	for i := range l.Len() {
		list, found := l.List(i)
		of = append(of, fmt.Sprint(list, found, l.Watch(i).Emails, len(l.Watch(i).Issuers), len(l.Watch(i).Keys)))
	}
	if diff := cmp.Diff([]string{"0 false false 0 1", "0 true true 1 0", "0 true true 1 0", "1 true false 0 0", "0 true false 1 0"}, of); diff != "" {
		t.Error(diff)
	}
	if list, found := l.AlsoIn(0); list != 0 || !found {
		t.Errorf("own.example is also in list %d, %v", list, found)
	}
	for i := range l.Len() {
		if got, found := l.Find(l.Watch(i).ID()); got != i || !found {
			t.Errorf("%s is found at %d, %v", l.Watch(i).ID(), got, found)
		}
	}
	for _, id := range []string{"", "c.example", "=a.example", "*.a.example", "example", "A.example", "a.example.", "192.0.2.1/32", "192.0.2.2", "::ffff:192.0.2.1"} {
		if i, found := l.Find(id); found {
			t.Errorf("%s is found as %s", id, l.Watch(i).ID())
		}
	}
	if got := told(l, l.Email(nil, []byte("me@a.example"))); len(got) != 1 || !strings.HasPrefix(got[0], "a.example ") {
		t.Errorf("an address at a.example: %v", got)
	}
	if got := l.Email(nil, []byte("me@b.example")); len(got) != 0 {
		t.Errorf("an address at b.example: %v", told(l, got))
	}
}

// TestHolders: the pins of a list are one set, whatever the number of names, but for names that have others.
func TestHolders(t *testing.T) {
	ca, key := []Pin{pinOf("ca")}, []Pin{pinOf("key")}
	l, err := New([]Watch{{Name: "own.example", Keys: key}, {Name: "bare.example"}},
		List{Name: "list a", Text: []byte("a.example\nown.example\nA.example\n192.0.2.1\nb.example"), Issuers: ca},
		List{Name: "list b", Text: []byte("c.example\nd.example")})
	if err != nil {
		t.Fatal(err)
	}
	want := []Holder{{ID: "own.example", Watches: 1, Keys: key}, {ID: "list a", Watches: 3, Issuers: ca}}
	if diff := cmp.Diff(want, l.Holders()); diff != "" {
		t.Error(diff)
	}
	at := func(id string) int {
		i, _ := l.Find(id)
		return i
	}
	other, err := l.WithPins(map[int]Watch{at("bare.example"): {Keys: key}, at("192.0.2.1"): {Issuers: ca, Keys: key}, at("a.example"): {}})
	if err != nil {
		t.Fatal(err)
	}
	other, err = other.WithPins(map[int]Watch{at("d.example"): {Keys: key}})
	if err != nil {
		t.Fatal(err)
	}
	want = []Holder{
		{ID: "own.example", Watches: 1, Keys: key},
		{ID: "bare.example", Watches: 1, Keys: key},
		{ID: "list a", Watches: 1, Issuers: ca},
		{ID: "d.example", Watches: 1, Keys: key},
		{ID: "192.0.2.1", Watches: 1, Keys: key, Issuers: ca},
	}
	if diff := cmp.Diff(want, other.Holders()); diff != "" {
		t.Error(diff)
	}
	for id, want := range map[string]string{
		"own.example": "own.example", "a.example": "a.example", "b.example": "list a", "c.example": "list b", "192.0.2.1": "192.0.2.1",
	} {
		if got := other.Holder(at(id)); got != want {
			t.Errorf("the pins of %s belong to %s", id, got)
		}
	}
	if got := []int{other.InList(0), other.InList(1)}; !slices.Equal(got, []int{3, 2}) {
		t.Errorf("lists of %v watches", got)
	}
}

// TestWithPins: watches take other pins, wherever they are given, and the list that was stays what it was.
func TestWithPins(t *testing.T) {
	l, err := New(watches("example.com"), List{Text: []byte("a.example\nb.example\n192.0.2.1")})
	if err != nil {
		t.Fatal(err)
	}
	before, names := l.Policy(), l.Names()
	key := pinOf("key")
	at := func(id string) int {
		i, found := l.Find(id)
		if !found {
			t.Fatal(id)
		}
		return i
	}
	more, err := l.WithPins(map[int]Watch{at("example.com"): {Keys: []Pin{key}}, at("b.example"): {Keys: []Pin{key}}, at("192.0.2.1"): {Chain: []Pin{key}}})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"example.com": true, "a.example": false, "b.example": true, "192.0.2.1": true} {
		if got := more.Watch(at(id)).Pinned(); got != want || more.Watch(at(id)).ID() != id {
			t.Errorf("%s: pinned %v, want %v", id, got, want)
		}
		if l.Watch(at(id)).Pinned() {
			t.Errorf("%s: the list that was has changed", id)
		}
	}
	if got := more.Watch(at("b.example")).Judge(Facts{Key: &key.SPKI}, time.Time{}).Verdict; got != Expected {
		t.Errorf("its key is %s", got)
	}
	if more.Policy() == before || l.Policy() != before {
		t.Error("the policies do not tell them apart")
	}
	if more.Names() != names {
		t.Error("the names differ")
	}
	again, err := more.WithPins(map[int]Watch{at("example.com"): {}, at("b.example"): {}, at("192.0.2.1"): {}})
	if err != nil || again.Policy() != before {
		t.Errorf("without the pins it is not what it was: %v", err)
	}
	_, err = l.WithPins(map[int]Watch{at("b.example"): {Keys: []Pin{{}}}})
	var in *WatchError
	if !errors.As(err, &in) || in.Watch != at("b.example") {
		t.Errorf("a pin that is none: %v", err)
	}
}

// TestListLarge: portions end in the middle of lines, and the tree outgrows the room that was made.
func TestListLarge(t *testing.T) {
	var text strings.Builder
	var single []Watch
	for i := 0; text.Len() < 3*portion; i++ {
		w := Watch{Name: fmt.Sprintf("n%d.of.a%d.b%d.example", i, i, i%7), Scope: Scope(i % scopes)}
		fmt.Fprintf(&text, "%s\n", w.ID())
		single = append(single, w)
	}
	l, err := New(nil, List{Text: []byte(text.String())})
	if err != nil {
		t.Fatal(err)
	}
	want, err := New(single)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(want), ids(l)); diff != "" {
		t.Fatal(diff[:min(len(diff), 1000)])
	}
	if l.Policy() != want.Policy() || l.Names() != want.Names() {
		t.Error("they are not the same policy")
	}
	for i := range single {
		w := &single[i]
		name := []byte(w.Name)
		if w.Scope == OneLabel {
			name = append([]byte("x."), name...)
		}
		if got, asked := told(l, l.Host(nil, name)), told(want, want.Host(nil, name)); !cmp.Equal(got, asked) || len(got) == 0 {
			t.Fatalf("%s: %v, want %v", name, got, asked)
		}
	}
}

// TestSumsSort: hashes are sorted in the order of their octets, however many there are.
func TestSumsSort(t *testing.T) {
	for _, n := range []int{0, 1, 1000, 1<<16 + 5} {
		all := make([]sum, n)
		for i := range all {
			all[i] = sha256.Sum256(fmt.Append(nil, i/2))
		}
		sortSums(all)
		for i := 1; i < n; i++ {
			if string(all[i-1][:]) > string(all[i][:]) {
				t.Fatalf("of %d, number %d is out of order", n, i)
			}
		}
	}
}
