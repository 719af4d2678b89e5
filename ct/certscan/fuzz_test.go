package certscan_test

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"pinwatch/ct/certscan"
)

// addSeeds seeds a fuzz target with the vectors of the tests and with one in 16 of the smaller certificates of the
// shared data, where that is there.
func addSeeds(f *testing.F, add func(der []byte)) {
	f.Helper()
	p := standard()
	p.extensions = append(p.extensions, sctList, poison, tlv(0x30, tlv(0x06, oidSAN), tlv(0x04)),
		extension(oidBC, unhex("30030101ff")), extension(oidKU, unhex("03020204")),
		extension(oidEKU, tlv(0x30, tlv(0x06, oidPrecertEKU))))
	p.subject = tlv(0x30, attribute(oidCN, 0x1e, "\x00a\x00b"), attribute(oidCN, 0x1c, "\x00\x00\x00a"),
		attribute(oidCN, 0x14, "\xfc"), attribute(unhex("55048003"), 0x2c, "\x04\x01a"), attribute(oidEmail, 0x16, "a@b"))
	for _, der := range [][]byte{
		p.cert(), p.tbs(), standard().with().cert(), standard().with(sctList).cert(), reencode(p.cert(), indef),
		reencode(p.cert(), long), issue(f, nil), nil,
	} {
		add(der)
	}
	paths, err := filepath.Glob(filepath.Join(sharedData, "*/*"))
	if err != nil {
		f.Fatal(err)
	}
	for _, dir := range paths {
		for i, x := range samplesIn(f, dir, func([]byte) {}) {
			if i%16 == 0 && len(x.der) < 2500 {
				add(x.der)
			}
		}
	}
}

// FuzzCertificate reads anything: no panic, nothing outside of the input, the same answer from a Scanner that has
// read other things before, and all that crypto/x509 and ct-go read of it.
func FuzzCertificate(f *testing.F) {
	addSeeds(f, func(der []byte) { f.Add(der) })
	var used certscan.Scanner
	f.Fuzz(func(t *testing.T, der []byte) {
		checkBounds(t, used.TBS(der))
		c := used.Certificate(der)
		checkBounds(t, c)
		var fresh certscan.Scanner
		if again := fresh.Certificate(der); again.Problems != c.Problems || again.Identity() != c.Identity() ||
			len(again.Names) != len(c.Names) {
			t.Errorf("a used Scanner reads %+v, a fresh one %+v", c, again)
		}
		x := sample{der: der}
		if r := readStd(x); r != nil {
			checkAgainst(t, "crypto/x509", x, c, r)
		}
		if r := readCTGo(x); r != nil {
			checkAgainst(t, "ct-go", x, c, r)
		}
	})
}

// FuzzNameString writes anything as a name: short, in UTF-8 and with nothing that cannot be seen.
func FuzzNameString(f *testing.F) {
	addSeeds(f, func(der []byte) {
		var s certscan.Scanner
		f.Add(s.Certificate(der).Subject)
	})
	f.Fuzz(func(t *testing.T, name []byte) {
		text := certscan.NameString(name)
		if len(text) > 1024+len("…") || !utf8.ValidString(text) {
			t.Errorf("%d octets: %q", len(text), text)
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q cannot be seen at %d", text, i)
		}
	})
}

// FuzzRawTime reads anything as a time. What is read can be written as RFC 3339, and in the form of RFC 5280, which
// is then read as the same second.
func FuzzRawTime(f *testing.F) {
	for _, value := range []string{"260102030405Z", "2601020304+0130", "20260102030405.5-08", "99991231235959-0001"} {
		f.Add(byte(0x17), value)
		f.Add(byte(0x18), value)
	}
	f.Fuzz(func(t *testing.T, tag byte, value string) {
		at, ok := certscan.RawTime{Tag: tag, Value: []byte(value)}.Time()
		if !ok {
			return
		}
		if _, err := at.MarshalText(); err != nil {
			t.Errorf("%#x %q: %v", tag, value, err)
		}
		again, ok := certscan.RawTime{Tag: 0x18, Value: []byte(at.Format("20060102150405Z"))}.Time()
		if !ok || !again.Equal(at.Truncate(time.Second)) {
			t.Errorf("%#x %q is read as %v and then as %v, %t", tag, value, at, again, ok)
		}
	})
}

// FuzzIdentity puts poison and SCT lists into whatever can be walked: its identity must stay, and nothing else may
// go.
func FuzzIdentity(f *testing.F) {
	addSeeds(f, func(der []byte) { f.Add(der, byte(1), byte(2)) })
	f.Fuzz(func(t *testing.T, der []byte, at, again byte) {
		var s certscan.Scanner
		tbs, ok := s.Certificate(der).AppendPrecertTBS(nil)
		if !ok {
			if tbs, ok = s.TBS(der).AppendPrecertTBS(nil); !ok {
				return
			}
		}
		want := sha256.Sum256(tbs)
		if got, ok := s.TBS(tbs).AppendPrecertTBS(nil); !ok || !bytes.Equal(got, tbs) {
			t.Fatalf("%x became %x, %t", tbs, got, ok)
		}
		for _, extra := range [][]byte{poison, sctList} {
			logged, ok := insert(tbs, extra, at)
			if !ok {
				return
			}
			if got := s.TBS(logged).Identity(); got != want {
				t.Errorf("with %x at %d identity %x, want %x, in %x", extra, at, got, want, logged)
			}
			twice, ok := insert(logged, sctList, again)
			if !ok {
				return
			}
			if got := s.Certificate(signed(twice)).Identity(); got != want {
				t.Errorf("with %x at %d and %d identity %x, want %x, in %x", extra, at, again, got, want, twice)
			}
		}
		if other, ok := insert(tbs, ski, at); ok && s.TBS(other).Identity() == want {
			t.Errorf("another extension did not change the identity of %x", other)
		}
	})
}

// insert puts an extension into a TBSCertificate, as the one at the index at modulo their number, by other code than
// that under test. ok is false when what is there is not in DER.
func insert(tbs, extension []byte, at byte) (out []byte, ok bool) {
	input := cryptobyte.String(tbs)
	var body, element cryptobyte.String
	if !input.ReadASN1(&body, asn1.SEQUENCE) || !input.Empty() {
		return nil, false
	}
	extensionsTag := asn1.Tag(3).ContextSpecific().Constructed()
	fields := body
	for !body.Empty() && !body.PeekASN1Tag(extensionsTag) {
		var tag asn1.Tag
		if !body.ReadAnyASN1Element(&element, &tag) {
			return nil, false
		}
	}
	before := fields[:len(fields)-len(body)]
	if body.Empty() {
		return tlv(0x30, before, tlv(0xa3, tlv(0x30, extension))), true
	}
	var wrapper, list cryptobyte.String
	if !body.ReadASN1(&wrapper, extensionsTag) || !wrapper.ReadASN1(&list, asn1.SEQUENCE) {
		return nil, false
	}
	var extensions [][]byte
	for rest := list; !rest.Empty(); extensions = append(extensions, element) {
		var tag asn1.Tag
		if !rest.ReadAnyASN1Element(&element, &tag) {
			return nil, false
		}
	}
	i := int(at) % (len(extensions) + 1)
	var all []byte
	for _, e := range extensions[:i] {
		all = append(all, e...)
	}
	all = append(all, extension...)
	for _, e := range extensions[i:] {
		all = append(all, e...)
	}
	return tlv(0x30, before, tlv(0xa3, tlv(0x30, all), wrapper), body), true
}
