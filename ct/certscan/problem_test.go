package certscan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
)

// breakage is a certificate with a flaw, the names that are still read and the problems that are told.
type breakage struct {
	der      []byte
	names    []string
	problems certscan.Problem
}

const cnName, sanName = "cn.example.com", "san.example.com"

// both are the names of the standard certificate.
var both = []string{cnName, sanName}

// checkBreakages holds that what breaks costs that and no more, and is told.
func checkBreakages(t *testing.T, tests map[string]breakage) {
	t.Helper()
	var s certscan.Scanner
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := s.Certificate(test.der)
			checkBounds(t, c)
			var names []string
			for _, n := range c.Names {
				names = append(names, string(n.Value))
			}
			if diff := cmp.Diff(test.names, names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if c.Problems != test.problems {
				t.Errorf("problems %q, want %q", c.Problems, test.problems)
			}
		})
	}
}

func TestBrokenFrame(t *testing.T) {
	good := standard()
	checkBreakages(t, map[string]breakage{
		"nothing":        {good.cert(), both, 0},
		"bytes behind":   {append(good.cert(), "more"...), both, certscan.Trailing},
		"no certificate": {[]byte("-----BEGIN CERTIFICATE-----"), nil, certscan.BadFrame},
		"empty":          {nil, nil, certscan.BadFrame},
		"outer too long": {append([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff}, good.cert()[4:]...), both, certscan.BadFrame},
		"TBS no SEQUENCE": {
			tlv(0x30, tlv(0x31, good.tbs()), good.algorithm, tlv(0x03, []byte{0})), nil, certscan.BadFrame,
		},
		"TBS too long": {
			tlv(0x30, append([]byte{0x30, 0x82, 0x7f, 0xff}, good.tbs()[4:]...)), both,
			certscan.BadFrame | certscan.BadSignature,
		},
		"no signature":      {tlv(0x30, good.tbs()), both, certscan.BadSignature},
		"no signatureValue": {tlv(0x30, good.tbs(), good.algorithm), both, certscan.BadSignature},
		"signature no BITS": {tlv(0x30, good.tbs(), good.algorithm, tlv(0x04, []byte{0})), both, certscan.BadSignature},
		"bytes in certificate": {
			tlv(0x30, good.tbs(), good.algorithm, tlv(0x03, []byte{0}), tlv(0x05)), both, certscan.BadSignature,
		},
	})
}

func TestBrokenFields(t *testing.T) {
	good := standard()
	broken := func(change func(*parts)) []byte {
		p := standard()
		change(&p)
		return p.cert()
	}
	checkBreakages(t, map[string]breakage{
		"serial":               {broken(func(p *parts) { p.serial = tlv(0x04, []byte{1}) }), both, certscan.BadSerial},
		"algorithm":            {broken(func(p *parts) { p.algorithm = tlv(0x05) }), both, certscan.BadTBS},
		"issuer":               {broken(func(p *parts) { p.issuer = tlv(0x05) }), both, certscan.BadIssuer},
		"validity no SEQUENCE": {broken(func(p *parts) { p.validity = tlv(0x05) }), both, certscan.BadValidity},
		"validity, one time":   {broken(func(p *parts) { p.validity = tlv(0x30, tlv(0x17)) }), both, certscan.BadValidity},
		"validity, three": {
			broken(func(p *parts) { p.validity = tlv(0x30, tlv(0x17), tlv(0x17), tlv(0x17)) }), both, certscan.BadValidity,
		},
		"subject":    {broken(func(p *parts) { p.subject = tlv(0x05) }), []string{sanName}, certscan.BadSubject},
		"public key": {broken(func(p *parts) { p.spki = tlv(0x30, tlv(0x05)) }), both, certscan.BadSPKI},
		"no key":     {broken(func(p *parts) { p.spki = nil }), both, certscan.BadSPKI},
		"no subject": {
			broken(func(p *parts) { p.subject = nil }), []string{sanName}, certscan.BadSubject | certscan.BadSPKI,
		},
		"extra field": {broken(func(p *parts) { p.uniqueIDs = tlv(0x30) }), both, certscan.BadTBS},
		"cut in the key": {
			tlv(0x30, tlv(0x30, good.beforeExtensions()[:len(good.beforeExtensions())-9])),
			[]string{cnName},
			certscan.BadSPKI | certscan.BadSignature,
		},
		"cut in the subject": {
			tlv(0x30, tlv(0x30, good.version, good.serial, good.algorithm, good.issuer, good.validity,
				good.subject[:len(good.subject)-4])), nil,
			certscan.BadSubject | certscan.BadName | certscan.BadSPKI | certscan.BadSignature,
		},
		"unique ID cut": {
			tlv(0x30, tlv(0x30, good.beforeExtensions(), unhex("8109"))),
			[]string{cnName},
			certscan.BadTBS | certscan.BadSignature,
		},
	})
}

func TestBrokenExtensionList(t *testing.T) {
	good := standard()
	list := tlv(0x30, good.extensions...)
	checkBreakages(t, map[string]breakage{
		"extensions no SEQUENCE": {
			signed(tlv(0x30, good.beforeExtensions(), tlv(0xa3, tlv(0x31)))), []string{cnName}, certscan.BadExtensions,
		},
		"extensions and more": {
			signed(tlv(0x30, good.beforeExtensions(), tlv(0xa3, list, tlv(0x05)))), both, certscan.BadExtensions,
		},
		"extensions empty": {signed(tlv(0x30, good.beforeExtensions(), tlv(0xa3))), []string{cnName}, certscan.BadExtensions},
		"extensions cut": {
			signed(tlv(0x30, good.beforeExtensions(), append([]byte{0xa3, 0x7f}, list...))), both, certscan.BadExtensions,
		},
		"extensions twice": {
			signed(tlv(0x30, good.beforeExtensions(), tlv(0xa3, list), tlv(0xa3, list))),
			[]string{cnName, sanName, sanName},
			0,
		},
	})
}

func TestBrokenExtension(t *testing.T) {
	good := standard()
	withExtension := func(e []byte) []byte { return good.with(e, good.extensions[1]).cert() }
	checkBreakages(t, map[string]breakage{
		"an extension cut": {
			signed(tlv(0x30, good.beforeExtensions(), tlv(0xa3, tlv(0x30, good.extensions[1], unhex("3009"))))), both,
			certscan.BadExtensions | certscan.BadExtension,
		},
		"an extension no SEQUENCE": {withExtension(tlv(0x05)), both, certscan.BadExtension},
		"an extension without OID": {withExtension(tlv(0x30)), both, certscan.BadExtension},
		"an extension, OID cut":    {withExtension(tlv(0x30, unhex("0609551d"))), both, certscan.BadExtension},
		"another extension broken": {withExtension(tlv(0x30, tlv(0x06, oidAKI), tlv(0x05))), both, 0},
		"constraints":              {withExtension(extension(oidBC, tlv(0x05))), both, certscan.BadUsage},
		"constraints, no BOOLEAN":  {withExtension(extension(oidBC, tlv(0x30, unhex("0100")))), both, certscan.BadUsage},
		"key usage":                {withExtension(extension(oidKU, tlv(0x03))), both, certscan.BadUsage},
		"extended key usage":       {withExtension(extension(oidEKU, tlv(0x30, tlv(0x05)))), both, certscan.BadUsage},
		"poison":                   {withExtension(tlv(0x30, tlv(0x06, oidPoison))), both, certscan.BadSCT},
		"SCT list":                 {withExtension(tlv(0x30, tlv(0x06, oidSCTs), tlv(0x05))), both, certscan.BadSCT},
	})
}

// TestTruncated cuts a certificate at every length and flips every octet: nothing panics, what is told to be there is
// there, and a cut never goes unnoticed.
func TestTruncated(t *testing.T) {
	p := standard()
	p.extensions = append(p.extensions, extension(oidBC, unhex("30030101ff")), poison, sctList)
	der := p.cert()
	var s certscan.Scanner
	for n := range der {
		c := s.Certificate(slices.Clone(der[:n]))
		checkBounds(t, c)
		if !c.Unwalkable() {
			t.Errorf("cut at %d of %d: nothing is said to be missing", n, len(der))
		}
		flipped := slices.Clone(der)
		flipped[n] ^= 0xff
		checkBounds(t, s.Certificate(flipped))
	}
}

// TestHiding holds which problems mean that names may be missed, and the words for all of them.
func TestHiding(t *testing.T) {
	tests := []struct {
		problem certscan.Problem
		word    string
		hides   bool
	}{
		{0, "", false},
		{certscan.BadFrame, "frame", true},
		{certscan.Trailing, "trailing bytes", false},
		{certscan.BadSignature, "signature", false},
		{certscan.BadSerial, "serial", false},
		{certscan.BadIssuer, "issuer", false},
		{certscan.BadValidity, "validity", false},
		{certscan.BadSubject, "subject", true},
		{certscan.BadSPKI, "public key", false},
		{certscan.BadTBS, "tbs", true},
		{certscan.BadExtensions, "extension list", true},
		{certscan.BadExtension, "extension", true},
		{certscan.BadSAN, "subjectAltName", true},
		{certscan.BadName, "name", true},
		{certscan.TooManyNames, "too many names", true},
		{certscan.BadUsage, "usage", false},
		{certscan.BadSCT, "sct", false},
		{certscan.BadSCT | certscan.BadFrame, "frame, sct", true},
	}
	for _, test := range tests {
		if got := test.problem.String(); got != test.word {
			t.Errorf("problem %b is %q, want %q", test.problem, got, test.word)
		}
		if got := test.problem.Unwalkable(); got != test.hides {
			t.Errorf("%s: unwalkable %t, want %t", test.word, got, test.hides)
		}
	}
}
