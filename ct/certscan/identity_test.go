package certscan_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"pinwatch/ct/certscan"
)

// identity is the identity of a Certificate (or TBSCertificate).
func identity(x sample) [32]byte {
	var s certscan.Scanner
	return scan(&s, x).Identity()
}

// TestIdentityPairs gives all the forms in which one issuance is seen: they have one identity, that of the TBS that the
// SCTs sign.
func TestIdentityPairs(t *testing.T) {
	p := standard()
	names := p.extensions[1]
	critical := tlv(0x30, tlv(0x06, oidAKI), unhex("010100"), tlv(0x04, tlv(0x30))) // FALSE written out, against DER
	big := extension(oidAKI, make([]byte, 70_000))
	tests := map[string]struct {
		logged                  parts // as the log has it
		finals, precertificates [][][]byte
	}{
		"usual": {
			p,
			[][][]byte{{ski, names, sctList}, {sctList, ski, names}, {ski, sctList, names}},
			[][][]byte{{poison, ski, names}, {ski, poison, names}, {ski, names, poison}},
		},
		"more than once": {p, [][][]byte{{sctList, ski, sctList, names, sctList}}, [][][]byte{{poison, ski, poison, names}}},
		"SCTs in the precertificate": {
			p, [][][]byte{{ski, sctList, names}}, [][][]byte{{ski, poison, sctList, names}},
		},
		"no other extension": {p.with(), [][][]byte{{sctList}}, [][][]byte{{poison}}},
		"no SCTs":            {p, [][][]byte{{ski, names}}, [][][]byte{{ski, names, poison}}},
		"not in DER":         {p.with(critical), [][][]byte{{critical, sctList}}, [][][]byte{{critical, poison}}},
		"large":              {p.with(big, ski), [][][]byte{{big, sctList, ski}}, [][][]byte{{big, ski, poison}}},
		"broken extension": {
			p.with(tlv(0x05), unhex("3003 060105")),
			[][][]byte{{tlv(0x05), sctList, unhex("3003 060105")}},
			[][][]byte{{tlv(0x05), unhex("3003 060105"), poison}},
		},
		"poison without a value": {
			p, [][][]byte{{ski, names, tlv(0x30, tlv(0x06, oidSCTs))}}, [][][]byte{{ski, tlv(0x30, tlv(0x06, oidPoison)), names}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := sha256.Sum256(test.logged.tbs())
			if got := identity(sample{der: test.logged.tbs(), tbs: true}); got != want {
				t.Errorf("the log's entry has the identity %x, want %x", got, want)
			}
			for _, extensions := range slices.Concat(test.finals, test.precertificates) {
				der := p.with(extensions...).cert()
				if got := identity(sample{der: der}); got != want {
					t.Errorf("%x has the identity %x, want %x", der, got, want)
				}
				var s certscan.Scanner
				got, ok := s.Certificate(der).AppendPrecertTBS([]byte("before"))
				if !ok || !bytes.Equal(got, append([]byte("before"), test.logged.tbs()...)) {
					t.Errorf("made of %x was %x, %t", der, got, ok)
				}
			}
		})
	}
}

// TestIdentityPreIssuer follows a precertificate signing certificate (RFC 6962 section 3.1): the precertificate as
// submitted is another TBS, and the log's entry is that of the final certificate.
func TestIdentityPreIssuer(t *testing.T) {
	aki := func(id string) []byte { return extension(oidAKI, tlv(0x30, tlv(0x80, []byte(id)))) }
	final := standard()
	final.extensions = append(final.extensions, aki("the CA's key"), sctList)
	submitted := standard()
	submitted.issuer = tlv(0x30, attribute(oidO, 0x0c, "Some CA's precertificates"))
	submitted.extensions = append(submitted.extensions, aki("another key"), poison)
	logged := submitted
	logged.issuer = final.issuer
	logged.extensions = append(standard().extensions, aki("the CA's key"))

	want := identity(sample{der: final.cert()})
	if got := identity(sample{der: logged.tbs(), tbs: true}); got != want {
		t.Error("the entry that the log made is not the final certificate's issuance")
	}
	if got := identity(sample{der: submitted.cert()}); got == want {
		t.Error("the precertificate as submitted cannot have the identity of the final one")
	}
}

// TestIdentityLengths goes over every size at which a DER length changes its form.
func TestIdentityLengths(t *testing.T) {
	for _, edge := range []int{0x80, 0x100, 0x10000} {
		for size := edge - 24; size < edge+8; size++ {
			for _, around := range []int{0, len(standard().with().tbs())} { // the edge at the list, or at the whole
				pad := extension(oidAKI, make([]byte, max(0, size-around)))
				logged := standard().with(pad).tbs()
				final := standard().with(pad, sctList).cert()
				var s certscan.Scanner
				if got, ok := s.Certificate(final).AppendPrecertTBS(nil); !ok || !bytes.Equal(got, logged) {
					t.Fatalf("padded by %d: made was %x, want %x", size, got, logged)
				}
			}
		}
	}
}

// TestIdentityIsByteExact changes what is no business of the log: each change is another issuance.
func TestIdentityIsByteExact(t *testing.T) {
	p := standard()
	list := tlv(0x30, slices.Concat(p.extensions...))
	other := func(change func(*parts)) sample {
		q := standard()
		change(&q)
		return sample{der: q.tbs(), tbs: true}
	}
	raw := func(contents ...[]byte) sample { return sample{der: tlv(0x30, contents...), tbs: true} }
	fields := p.beforeExtensions()
	seen := map[[32]byte]string{identity(sample{der: p.tbs(), tbs: true}): "the standard"}
	for name, x := range map[string]sample{
		"no version":          other(func(p *parts) { p.version = nil }),
		"serial":              other(func(p *parts) { p.serial = unhex("02020a0c") }),
		"serial, not minimal": other(func(p *parts) { p.serial = unhex("0203000a0b") }),
		"serial, long length": other(func(p *parts) { p.serial = unhex("0281020a0b") }),
		"issuer":              other(func(p *parts) { p.issuer = tlv(0x30, attribute(oidO, 0x13, "Some CA")) }),
		"validity":            other(func(p *parts) { p.validity = tlv(0x30, tlv(0x17), tlv(0x17)) }),
		"subject":             other(func(p *parts) { p.subject = tlv(0x30) }),
		"unique identifier":   other(func(p *parts) { p.uniqueIDs = unhex("81020001") }),
		"extension order":     other(func(p *parts) { slices.Reverse(p.extensions) }),
		"no extensions":       other(func(p *parts) { p.extensions = nil }),
		"an extension in BER": raw(fields, tlv(0xa3, tlv(0x30, long(0x30, ski[2:]), p.extensions[1]))),
		"behind the list":     raw(fields, tlv(0xa3, list, tlv(0x05))),
		"behind the wrapper":  raw(fields, tlv(0xa3, list), tlv(0x05)),
		"extensions twice":    raw(fields, tlv(0xa3, list), tlv(0xa3, list)),
		"list empty but more": raw(fields, tlv(0xa3, tlv(0x30), tlv(0x05))),
		"more, no list":       raw(fields, tlv(0x05)),
		"more, list empty":    raw(fields, tlv(0xa3, tlv(0x30)), tlv(0x05)),
		"list cut inside":     raw(fields, tlv(0xa3, tlv(0x30, slices.Concat(p.extensions...), unhex("3009")))),
		"poison further down": raw(fields, tlv(0xa3, list), tlv(0xa3, tlv(0x30, poison))),
	} {
		id := identity(x)
		if twin, ok := seen[id]; ok {
			t.Errorf("%s is one issuance with %s", name, twin)
		}
		seen[id] = name
	}
}

// TestIdentityOfWrappers writes the three elements around the extensions in BER. A log, and the client that checks an
// SCT, write them in DER.
func TestIdentityOfWrappers(t *testing.T) {
	p := standard()
	want := sha256.Sum256(p.tbs())
	for name, wrap := range map[string]func(byte, ...[]byte) []byte{"DER": tlv, "long": long, "indefinite": indef} {
		tbs := wrap(0x30, p.beforeExtensions(), wrap(0xa3, wrap(0x30, ski, sctList, p.extensions[1])))
		if got := identity(sample{der: signed(tbs)}); got != want {
			t.Errorf("%s: identity %x, want %x", name, got, want)
		}
	}
	empty := tlv(0x30, p.beforeExtensions(), tlv(0xa3, tlv(0x30)))
	if identity(sample{der: empty, tbs: true}) != identity(sample{der: p.with(sctList).cert()}) {
		t.Error("a list of no extensions is not one issuance with no list")
	}
}

// TestIdentityUnwalkable is about what cannot be walked to its extensions: its bytes are its identity.
func TestIdentityUnwalkable(t *testing.T) {
	p := standard()
	fields := p.beforeExtensions()
	tests := map[string]struct{ der, want []byte }{
		"no certificate":       {[]byte("certificate"), []byte("certificate")},
		"empty":                {nil, nil},
		"TBS no SEQUENCE":      {tlv(0x30, tlv(0x31)), tlv(0x30, tlv(0x31))},
		"list no SEQUENCE":     {signed(tlv(0x30, fields, tlv(0xa3, tlv(0x31)))), tlv(0x30, fields, tlv(0xa3, tlv(0x31)))},
		"wrapper empty":        {signed(tlv(0x30, fields, tlv(0xa3))), tlv(0x30, fields, tlv(0xa3))},
		"wrapper cut off":      {signed(tlv(0x30, fields, unhex("a309"))), tlv(0x30, fields, unhex("a309"))},
		"list cut off":         {signed(tlv(0x30, fields, tlv(0xa3, unhex("3009")))), tlv(0x30, fields, tlv(0xa3, unhex("3009")))},
		"cut before the list":  {signed(tlv(0x30, fields[:20])), tlv(0x30, fields[:20])},
		"the TBS itself cut":   {unhex("3009 3082 0102 a003"), unhex("3082 0102 a003")},
		"the Certificate, cut": {p.cert()[:len(p.cert())-20], p.tbs()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var s certscan.Scanner
			c := s.Certificate(test.der)
			got, ok := c.AppendPrecertTBS(nil)
			if ok != strings.HasPrefix(name, "the Certificate") || !bytes.Equal(got, test.want) {
				t.Errorf("made was %x, %t, want %x", got, ok, test.want)
			}
			if c.Identity() != sha256.Sum256(test.want) {
				t.Error("the identity is that of other bytes")
			}
		})
	}
}

func TestSPKIHash(t *testing.T) {
	var s certscan.Scanner
	if got := s.Certificate(standard().cert()).SPKIHash(); got != sha256.Sum256(standard().spki) {
		t.Errorf("the pin is %x", got)
	}
	if got := s.Certificate(nil).SPKIHash(); got != [32]byte{} {
		t.Errorf("the pin of no key is %x", got)
	}
}
