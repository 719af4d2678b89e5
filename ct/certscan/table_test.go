package certscan_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
)

var update = flag.Bool("update", false, "write docs/certificates.md anew")

const tableFile = "../../docs/certificates.md"

// tally counts what readers make of the certificates of one collection.
type tally struct {
	all                   int
	full, part, none      int // certscan
	stdRead, stdRefused   int // crypto/x509, which cannot read a TBSCertificate alone
	ctFull, ctPart, ctNot int // ct-go's x509: without complaint, with one, not
}

// add counts one more certificate.
func (n *tally) add(s *certscan.Scanner, x sample) {
	n.all++
	switch c := scan(s, x); {
	case c.Problems == 0:
		n.full++
	case c.Subject != nil || len(c.Names) > 0:
		n.part++
	default:
		n.none++
	}
	if !x.tbs {
		if readStd(x) != nil {
			n.stdRead++
		} else {
			n.stdRefused++
		}
	}
	switch r := readCTGo(x); {
	case r == nil:
		n.ctNot++
	case r.whole:
		n.ctFull++
	default:
		n.ctPart++
	}
}

// plus is the sum of two tallies.
func (n tally) plus(m tally) tally {
	return tally{
		n.all + m.all, n.full + m.full, n.part + m.part, n.none + m.none,
		n.stdRead + m.stdRead, n.stdRefused + m.stdRefused, n.ctFull + m.ctFull, n.ctPart + m.ctPart, n.ctNot + m.ctNot,
	}
}

// row is the tally as a row of the table.
func (n tally) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d |\n", name, n.all,
		n.full, n.part, n.none, n.stdRead, n.stdRefused, n.ctFull, n.ctPart, n.ctNot)
}

const tableHead = `# What certificates are read

How far ct/certscan reads the certificates that parsers disagree about, next to crypto/x509 and the x509 package of
certificate-transparency-go (ct-go). Each distinct certificate of a collection is counted once; a few are
TBSCertificates alone, as logs have them, which crypto/x509 cannot read and which are not counted for it.

- *in full*: nothing was amiss. *in part*: something could not be read, and the rest was; if names may be missing, the
  bytes are searched for watched names. *not at all*: neither a subject nor a name was found.
- *refuses*: not a single name is had of it. ct-go reads some *with complaints*.
- Every dNSName, iPAddress, rfc822Name, URI and CN, the key, the serial and the times that one of the others reads are
  read, byte for byte: TestCorpusAgainstOthers holds it.

Those not read in full are nearly all fragments (parse_certificate_unittest has NULL where a subject and a key should
be), files cut short, or certificates with bytes behind them; the list is at the end.

This page is written by ` + "`go test ./ct/certscan -run TestCorpusTable -update`" + `, and the same test without
-update fails when it is out of date. Its data (shared/data beside the repository) is not part of the repository.

| collection | certificates | in full | in part | not at all | crypto/x509 reads | refuses | ct-go reads | with complaints | refuses |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
`

// TestCorpusTable compares docs/certificates.md with what is read now.
func TestCorpusTable(t *testing.T) {
	var s certscan.Scanner
	var sum tally
	var rest strings.Builder
	page := strings.Builder{}
	page.WriteString(tableHead)
	for _, dir := range collections(t) {
		var n tally
		for _, x := range samplesIn(t, dir, func([]byte) {}) {
			n.add(&s, x)
			if c := scan(&s, x); c.Problems != 0 {
				name := strings.TrimPrefix(x.file, "certs/")
				fmt.Fprintf(&rest, "| %s | %s | %s |\n", name, c.Problems, others(x))
			}
		}
		if n.all > 0 {
			page.WriteString(n.row(strings.TrimPrefix(dir, sharedData+"/")))
			sum = sum.plus(n)
		}
	}
	page.WriteString(sum.row("all"))
	page.WriteString("\nThose that were not read in full:\n\n| file | amiss | others |\n|---|---|---|\n" + rest.String())
	if *update {
		if err := os.WriteFile(tableFile, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page.String()); diff != "" {
		t.Errorf("%s is out of date; run this test with -update:\n%s", tableFile, diff)
	}
}

// others says which of the other readers read a certificate.
func others(x sample) string {
	var read []string
	if readStd(x) != nil {
		read = append(read, "crypto/x509 reads it")
	}
	if r := readCTGo(x); r != nil {
		read = append(read, "ct-go reads it")
	}
	if len(read) == 0 {
		return "refuse it"
	}
	return strings.Join(read, ", ")
}
