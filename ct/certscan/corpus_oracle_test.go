package certscan_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	ctx509 "github.com/google/certificate-transparency-go/x509"

	"pinwatch/ct/certscan"
)

// reading is what another reader says of a certificate, in the words that crypto/x509 and ct-go's x509 share.
type reading struct {
	dns, emails   []string
	ips           []net.IP
	uris          []*url.URL
	spki          []byte
	issuer        []byte
	subject       []byte
	serial        *big.Int
	before, after time.Time
	ca, certSign  bool
	precertSigner bool
	commonName    string
	whole         bool   // nothing was complained of
	logged        []byte // the TBSCertificate that ct-go, and so many a log, makes an entry of
}

// readStd reads with crypto/x509; nil when it refuses.
func readStd(s sample) *reading {
	if s.tbs {
		return nil
	}
	c, err := x509.ParseCertificate(s.der)
	if err != nil {
		return nil
	}
	r := &reading{
		dns: c.DNSNames, emails: c.EmailAddresses, ips: c.IPAddresses, uris: c.URIs,
		spki: c.RawSubjectPublicKeyInfo, issuer: c.RawIssuer, subject: c.RawSubject, serial: c.SerialNumber,
		before: c.NotBefore, after: c.NotAfter, ca: c.IsCA, certSign: c.KeyUsage&x509.KeyUsageCertSign != 0,
		commonName: c.Subject.CommonName, whole: true,
	}
	for _, oid := range c.UnknownExtKeyUsage {
		r.precertSigner = r.precertSigner || oid.String() == "1.3.6.1.4.1.11129.2.4.4"
	}
	return r
}

// readCTGo reads with the x509 of certificate-transparency-go, which forgives more; nil when it refuses.
func readCTGo(s sample) *reading {
	parse := ctx509.ParseCertificate
	if s.tbs {
		parse = ctx509.ParseTBSCertificate
	}
	c, err := parse(s.der)
	if c == nil || ctx509.IsFatal(err) {
		return nil
	}
	r := &reading{
		dns: c.DNSNames, emails: c.EmailAddresses, ips: c.IPAddresses, uris: c.URIs,
		spki: c.RawSubjectPublicKeyInfo, issuer: c.RawIssuer, subject: c.RawSubject, serial: c.SerialNumber,
		before: c.NotBefore, after: c.NotAfter, ca: c.IsCA, certSign: c.KeyUsage&ctx509.KeyUsageCertSign != 0,
		commonName: c.Subject.CommonName, whole: err == nil,
		precertSigner: slices.Contains(c.ExtKeyUsage, ctx509.ExtKeyUsageCertificateTransparency),
	}
	if tbs, err := ctx509.RemoveSCTList(c.RawTBSCertificate); err == nil {
		r.logged = tbs
	} else if tbs, err := ctx509.RemoveCTPoison(c.RawTBSCertificate); err == nil {
		r.logged = tbs
	}
	return r
}

// scan reads a sample with the reader under test.
func scan(s *certscan.Scanner, x sample) *certscan.Certificate {
	if x.tbs {
		return s.TBS(x.der)
	}
	return s.Certificate(x.der)
}

// values lists the names of one kind.
func values(c *certscan.Certificate, kind certscan.Kind) (out []string) {
	for _, n := range c.Names {
		if n.Kind == kind {
			out = append(out, string(n.Value))
		}
	}
	return out
}

// checkAgainst reports whatever want has and c has not, or has otherwise.
func checkAgainst(t *testing.T, who string, x sample, c *certscan.Certificate, want *reading) {
	t.Helper()
	subset := func(what string, want, got []string) {
		for _, w := range want {
			// ct-go takes octets beyond ASCII in a PrintableString for Latin-1. They are kept as they are here: the matcher
			// reads them in every way.
			if !slices.Contains(got, w) && !slices.ContainsFunc(got, func(g string) bool { return latin1(g) == w }) {
				t.Errorf("%s: %s reads the %s %q, read were %q (%s)", x.file, who, what, w, got, c.Problems)
			}
		}
	}
	subset("dNSName", want.dns, values(c, certscan.DNSName))
	subset("rfc822Name", want.emails, values(c, certscan.Email))
	if want.commonName != "" {
		subset("CN", []string{want.commonName}, values(c, certscan.CommonName))
	}
	var ips, uris []string
	for _, ip := range want.ips {
		ips = append(ips, string(ip))
	}
	subset("iPAddress", ips, values(c, certscan.IPAddress))
	for _, raw := range values(c, certscan.URI) {
		if u, err := url.Parse(raw); err == nil {
			uris = append(uris, u.String())
		}
	}
	for _, u := range want.uris {
		subset("URI", []string{u.String()}, uris)
	}
	for _, field := range []struct {
		name      string
		want, got []byte
	}{
		{"SPKI", want.spki, c.SPKI},
		{"issuer", want.issuer, c.Issuer},
		{"subject", want.subject, c.Subject},
	} {
		if !bytes.Equal(field.want, field.got) {
			t.Errorf("%s: %s reads the %s %x, read was %x", x.file, who, field.name, field.want, field.got)
		}
	}
	if sha256.Sum256(want.spki) != c.SPKIHash() {
		t.Errorf("%s: the pin is not that of the key that %s reads", x.file, who)
	}
	checkRest(t, who, x, c, want)
}

// checkRest compares what is decoded: serial, times and usages, and the identity where another hand computed it.
func checkRest(t *testing.T, who string, x sample, c *certscan.Certificate, want *reading) {
	t.Helper()
	serial := new(big.Int).SetBytes(c.Serial)
	if len(c.Serial) > 0 && c.Serial[0] >= 0x80 {
		serial.Sub(serial, new(big.Int).Lsh(big.NewInt(1), uint(8*len(c.Serial))))
	}
	if want.serial.Cmp(serial) != 0 {
		t.Errorf("%s: %s reads the serial %x, read was %x", x.file, who, want.serial, c.Serial)
	}
	for _, at := range []struct {
		want time.Time
		raw  certscan.RawTime
	}{{want.before, c.NotBefore}, {want.after, c.NotAfter}} {
		if got, ok := at.raw.Time(); !ok || !got.Equal(at.want) {
			t.Errorf("%s: %s reads the time %v, %q was read as %v, %t", x.file, who, at.want, at.raw.Value, got, ok)
		}
	}
	if want.ca && !c.CA || want.certSign && !c.CertSign || want.precertSigner && !c.PrecertSigner {
		t.Errorf("%s: %s reads CA %t, keyCertSign %t, precertificate signing %t; read was %t, %t, %t", x.file, who,
			want.ca, want.certSign, want.precertSigner, c.CA, c.CertSign, c.PrecertSigner)
	}
	// Whatever is not DER in an extension ct-go writes anew, in DER: the fuzzer finds no end of ways. Such a certificate
	// and its precertificate are two issuances here, which is the safe direction. FuzzIdentity is the fuzz target of the
	// identity.
	if want.logged == nil || x.file == "" {
		return
	}
	var other certscan.Scanner
	if c.Identity() != other.TBS(want.logged).Identity() {
		t.Errorf("%s: a log makes an entry of it that has another identity", x.file)
	}
	tbs, _ := c.AppendPrecertTBS(nil)
	both := c.Poison && c.SCTList != nil // ct-go then leaves the SCT list in
	if !both && !bytes.Equal(tbs, want.logged) && !bytes.HasSuffix(want.logged, []byte("\xa3\x02\x30\x00")) {
		t.Errorf("%s: %s makes of it the TBSCertificate\n%x, made was\n%x", x.file, who, want.logged, tbs)
	}
}

// TestCorpusAgainstOthers reads every certificate of the shared data. Whatever crypto/x509 or ct-go's x509 reads of
// one must be read here too.
func TestCorpusAgainstOthers(t *testing.T) {
	var s certscan.Scanner
	count := 0
	for _, dir := range collections(t) {
		samples := samplesIn(t, dir, func(data []byte) {
			checkBounds(t, s.Certificate(data))
			checkBounds(t, s.TBS(data))
		})
		for _, x := range samples {
			c := scan(&s, x)
			checkBounds(t, c)
			if r := readStd(x); r != nil {
				checkAgainst(t, "crypto/x509", x, c, r)
			}
			if r := readCTGo(x); r != nil {
				checkAgainst(t, "ct-go", x, c, r)
			}
			count++
		}
	}
	if count < 2900 {
		t.Errorf("%d certificates were found, there should be some 2900", count)
	}
}

// latin1 reads octets as Latin-1.
func latin1(octets string) string {
	var b strings.Builder
	for i := range len(octets) {
		b.WriteRune(rune(octets[i]))
	}
	return b.String()
}
