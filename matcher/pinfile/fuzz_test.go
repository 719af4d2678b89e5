package pinfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"pinwatch/matcher"
)

// fuzz reads inputs as files of a name. The seeds are files of testdata and what else is given.
func fuzz(f *testing.F, name string, files []string, more ...string) {
	for _, pattern := range files {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seeds %s: %v", pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	for _, m := range more {
		f.Add([]byte(m))
	}
	keys := testFile(f, "chromium.pins")
	opt := Options{
		Password: func(string) (string, error) { return "pinwatch", nil },
		Beside:   func(string) ([]byte, error) { return keys, nil },
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := Read(name, data, opt)
		if err != nil {
			if r, ok := errors.AsType[*Remark](err); !ok || r.Text == "" || r.Kind.Lost() {
				t.Errorf("error %v is no remark about the file", err)
			}
			return
		}
		holds(t, set)
	})
}

// holds checks what is true of everything that is read.
func holds(t *testing.T, set *Pinset) {
	if set.Format == "" || len(set.Entries) == 0 && set.Err() == nil || len(set.Remarks) > maxRemarks {
		t.Errorf("format %q, %d entries, %d remarks, %v", set.Format, len(set.Entries), len(set.Remarks), set.Err())
	}
	for _, e := range set.Entries {
		for _, p := range e.Pins {
			if p.Source == "" || p.SPKI == [32]byte{} || label(p.Label) != p.Label {
				t.Errorf("pin %+v", p)
			}
		}
		switch e.Dimension {
		case Keys, Issuers, Chain:
		default:
			t.Errorf("dimension %q", e.Dimension)
		}
	}
	// Our own JSON may hold excluded names that are not below the host, which a watch list refuses with its own words.
	if _, err := matcher.New(Watches(set.Entries)); err != nil && set.Format != JSON {
		t.Errorf("watches: %v", err)
	}
	data, _, err := Write(JSON, set.Entries)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read("pins.json", data, Options{})
	if err != nil {
		if len(set.Entries) > 0 {
			t.Errorf("read again: %v\n%s", err, data)
		}
		return
	}
	if diff := cmp.Diff(set.Entries, again.Entries, sameEntries(true)); diff != "" && len(set.Entries) > 0 {
		t.Errorf("written and read again (-want +got):\n%s", diff)
	}
	writeAll(t, set.Entries)
}

// writeAll writes entries in every format and reads them again.
func writeAll(t *testing.T, entries []Entry) {
	for format, name := range fileNames {
		data, _, err := Write(format, entries)
		if errors.Is(err, ErrNothing) {
			continue
		}
		if err != nil {
			t.Errorf("write %s: %v", format, err)
			continue
		}
		again, err := Read(name, data, Options{})
		if err != nil && len(entries) > 0 {
			t.Errorf("read %s again: %v\n%s", format, err, data)
			continue
		}
		if err == nil && again.Err() != nil {
			t.Errorf("read %s again: %v\n%s", format, again.Err(), data)
		}
		if format == Android {
			if _, err := strictAndroid(data); err != nil {
				t.Errorf("Android refuses this: %v\n%s", err, data)
			}
		}
	}
}

func FuzzAndroid(f *testing.F) {
	fuzz(f, "network_security_config.xml", []string{"android.xml", "utf16.xml"})
}

func FuzzPropertyList(f *testing.F) {
	fuzz(f, "Info.plist", []string{"apple.plist", "trustkit.plist"})
}

func FuzzBinaryPropertyList(f *testing.F) {
	fuzz(f, "Info.plist", []string{"apple-binary.plist"}, string(bplistOf("\xa1\x00")), string(bomb(4)))
}

func FuzzJSON(f *testing.F) {
	fuzz(f, "x_pins.json", []string{"*.json"})
}

func FuzzChromiumPins(f *testing.F) {
	fuzz(f, "x.pins", []string{"*.pins"})
}

func FuzzLines(f *testing.F) {
	fuzz(f, "pins.txt", []string{"okhttp.txt", "pins.txt"})
}

func FuzzHPKP(f *testing.F) {
	fuzz(f, "headers.txt", []string{"hpkp.txt"})
}

func FuzzCurl(f *testing.F) {
	fuzz(f, "curlrc", []string{"curl.txt"})
}

func FuzzTLSA(f *testing.F) {
	fuzz(f, "zone", []string{"zone.tlsa"})
}

func FuzzPEM(f *testing.F) {
	fuzz(f, "x.pem", []string{"*.pem", "request.csr"})
}

func FuzzDER(f *testing.F) {
	fuzz(f, "x.der", []string{"*.der"})
}

func FuzzPKCS12(f *testing.F) {
	leaf := testFile(f, "leaf.der")
	fuzz(f, "x.p12", []string{"*.p12"}, string(sealedFile(func(b *cryptobyte.Builder) {
		sealed(b, safe(leaf), 1, 1, tags.OCTET_STRING)
	})))
}

// FuzzPKCS12Inside changes what stands encrypted in a file: of a change to the file itself hardly any is decrypted again.
func FuzzPKCS12Inside(f *testing.F) {
	leaf := testFile(f, "leaf.der")
	f.Add(safe(leaf))
	f.Add(safe(nil))
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, plain []byte) {
		data := sealedFile(func(b *cryptobyte.Builder) { sealed(b, plain, 1, 1, tags.OCTET_STRING) })
		got := pfx{password: "pinwatch", hashes: 2}
		if err := got.read(data); err != nil && !errors.Is(err, errShape) {
			t.Errorf("what was encrypted is not decrypted: %v", err)
		}
		for _, cert := range got.certificates {
			if !bytes.Contains(plain, cert) {
				t.Errorf("a certificate that is not in the file: %x", cert)
			}
		}
		if set, err := Read("x.p12", data, testOptions()); err == nil {
			holds(t, set)
		}
	})
}
