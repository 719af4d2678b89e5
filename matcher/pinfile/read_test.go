package pinfile

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/matcher"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testOptions gives the password of the PKCS#12 files and reads files of testdata.
func testOptions() Options {
	return Options{
		Password: func(string) (string, error) { return "pinwatch", nil },
		Beside:   func(name string) ([]byte, error) { return os.ReadFile(filepath.Join("testdata", name)) },
	}
}

// describe writes down all that a file gave, one thing a line.
func describe(p *Pinset) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %s\n", p.Format)
	for _, e := range p.Entries {
		fmt.Fprintf(&b, "\n%s%s", describeEntry(e), describePins("", e.Pins))
		b.WriteString(describePins("not ", e.Forbidden))
	}
	for _, r := range p.Remarks {
		fmt.Fprintf(&b, "\n%s: %s\n", r.Kind, r.Error())
		if r.Todo != "" {
			fmt.Fprintf(&b, "  hint: %s\n", r.Hint())
		}
	}
	return b.String()
}

func describeEntry(e Entry) string {
	out := fmt.Sprintf("%d: %q %s %s", e.Line, e.Host, e.Scope, e.Dimension)
	if e.CA {
		out += " ca"
	}
	if e.ReportOnly {
		out += " report-only"
	}
	if e.Set != "" {
		out += " set " + e.Set
	}
	if !e.Expires.IsZero() {
		out += " expires " + e.Expires.Format(time.RFC3339)
	}
	if len(e.Names) > 0 {
		out += " for " + strings.Join(e.Names, " ")
	}
	if len(e.Exclude) > 0 {
		out += " exclude " + strings.Join(e.Exclude, " ")
	}
	return out + "\n"
}

func describePins(sign string, pins []matcher.Pin) string {
	var b strings.Builder
	for _, p := range pins {
		fmt.Fprintf(&b, "  %s%s at %s", sign, p, p.Source)
		if p.Label != "" {
			fmt.Fprintf(&b, " %q", p.Label)
		}
		if !p.NotBefore.IsZero() {
			b.WriteString(" from " + p.NotBefore.Format(time.RFC3339))
		}
		if !p.NotAfter.IsZero() {
			b.WriteString(" until " + p.NotAfter.Format(time.RFC3339))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestRead holds what is read of each file in testdata to the golden file beside it. The pins of certificates and keys
// there were made with openssl.
func TestRead(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		t.Run(f.Name(), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			set, err := Read(f.Name(), data, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			got, golden := describe(set), filepath.Join("testdata", "golden", f.Name()+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("read %s (-want +got):\n%s", f.Name(), diff)
			}
		})
	}
}

// TestSlashes reads pins whose base64 begins with a slash, as one in 64 does, in all the forms that have slashes before.
func TestSlashes(t *testing.T) {
	const hash = "/3vmQKwGKqQ0RjAqF5U1nKzHHhGUjoNVyZqvHCaTaSY="
	for _, form := range []string{"sha256/", "sha256//", ""} {
		set, err := Read("pins.txt", []byte("www.example.com "+form+hash), Options{})
		if err != nil || set.Err() != nil || len(set.Entries[0].Pins) != 1 || bare(set.Entries[0].Pins[0]) != hash {
			t.Errorf("%s%s: %v, %+v", form, hash, err, set)
		}
	}
}
