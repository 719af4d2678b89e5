package config_test

import (
	"crypto/sha256"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pinwatch/config"
	"pinwatch/matcher"
)

// TestFormatWatch writes watches and reads them again.
func TestFormatWatch(t *testing.T) {
	pin := func(change func(*matcher.Pin)) matcher.Pin {
		p := matcher.Pin{SPKI: sha256.Sum256([]byte("k")), Source: "app/pins.xml:7"}
		change(&p)
		return p
	}
	bare := pin(func(*matcher.Pin) {})
	for name, w := range map[string]matcher.Watch{
		"a name":       {Name: "example.com"},
		"scope":        {Name: "example.com", Scope: matcher.OneLabel},
		"exact":        {Name: "xn--bcher-kva.example", Scope: matcher.Exact},
		"exclude":      {Name: "example.com", Exclude: []string{"a.example.com", "b.example.com"}},
		"one label":    {Name: "true"},
		"like a date":  {Name: "2026-01-31"},
		"like a float": {Name: "1.5"},
		"an address":   {Prefix: netip.MustParsePrefix("192.0.2.7/32")},
		"a range":      {Prefix: netip.MustParsePrefix("2001:db8::/32")},
		"flags":        {Name: "example.com", Emails: true, URIs: true},
		"pins":         {Name: "example.com", Keys: []matcher.Pin{bare}, Issuers: []matcher.Pin{bare}, Chain: []matcher.Pin{bare}},
		"all of a pin": {Name: "example.com", Keys: []matcher.Pin{pin(func(p *matcher.Pin) {
			p.Label, p.Backup = "the \"next\" key: a\nb # \u2028 \U0001F600 {}", true
			p.NotBefore, p.NotAfter = day(2026, 12, 1), day(2027, 1, 1).Add(-time.Second)
		})}},
		"instants": {Name: "example.com", Chain: []matcher.Pin{pin(func(p *matcher.Pin) {
			p.NotBefore, p.NotAfter = day(2026, 12, 1).Add(time.Second), day(2027, 1, 1).Add(time.Millisecond)
			p.Source = "a\nwatch: []"
		})}},
	} {
		t.Run(name, func(t *testing.T) {
			text := "watch:\n" + config.FormatWatch(&w)
			c, err := config.Parse([]byte(text), "x.yaml")
			if err != nil {
				t.Fatalf("%v:\n%s", err, text)
			}
			diff := cmp.Diff([]matcher.Watch{w}, c.Watch, cmpopts.IgnoreFields(matcher.Pin{}, "Source"),
				cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }))
			if diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", text, diff)
			}
		})
	}
}

func TestFormatWatchText(t *testing.T) {
	w := matcher.Watch{
		Name: "example.com", Scope: matcher.Exact, Exclude: []string{"x.example.com"},
		Keys: []matcher.Pin{
			{SPKI: sha256.Sum256([]byte("k")), Source: "app/pins.xml:7"},
			{SPKI: sha256.Sum256([]byte("k")), Source: "app/pins.xml:8", Label: "next", NotAfter: day(2026, 12, 31)},
		},
	}
	want := `  - name: example.com
    scope: exact
    exclude:
      - x.example.com
    keys:
      - sha256/glTDKakoUPbVOd03b0gW7idkUX2l4CNVFK9DMWRIDXo=  # app/pins.xml:7
      - {pin: sha256/glTDKakoUPbVOd03b0gW7idkUX2l4CNVFK9DMWRIDXo=, label: "next", not_after: 2026-12-31T00:00:00Z}  # app/pins.xml:8
`
	if diff := cmp.Diff(want, config.FormatWatch(&w)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
