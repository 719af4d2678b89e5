package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"pinwatch/ct/cttest"
)

// stranger is an entry that concerns nobody: of the sizes, keys, names and issuers that a public log has.
func (d *demo) stranger(index uint64) cttest.Leaf {
	t := cttest.Template{
		SPKI:      d.strangersKey(index),
		NotBefore: time.Date(2026, 6, 24+d.random.Pick(7), d.random.Pick(24), d.random.Pick(60), 0, 0, time.UTC),
	}
	t.NotAfter = t.NotBefore.Add(time.Duration([]int{6, 90, 90, 90, 199}[d.random.Pick(5)])*24*time.Hour - time.Second)
	d.strangersNames(&t)
	ca := []*cttest.CA{d.expected, d.expected, d.other, d.faraway}[d.random.Pick(4)]
	if ca == d.faraway && d.random.Pick(2) == 0 {
		t.PrecertSigner = d.signer
	}
	if ca == d.other && d.random.Pick(25) == 0 {
		odds := ca.Odd(t.Names[0])
		return odds[d.random.Pick(len(odds))].Leaf()
	}
	if d.random.Pick(5) == 0 {
		return final(ca.Issue(t))
	}
	return pre(ca.Issue(t))
}

// strangersKey is an RSA key of 2048 bits as a rule, of 3072 at times, or an ECDSA key. Nobody has the RSA keys.
func (d *demo) strangersKey(index uint64) []byte {
	name := fmt.Sprintf("%s stranger %d", seed, index)
	switch n := d.random.Pick(10); {
	case n < 5:
		return cttest.StrangerRSA(name, 2048)
	case n < 6:
		return cttest.StrangerRSA(name, 3072)
	}
	return cttest.NewKey(name).SPKI
}

// strangersNames asks for one to three names as a rule, for dozens at times, and for an address now and then.
func (d *demo) strangersNames(t *cttest.Template) {
	host := d.host()
	t.Names = []string{host}
	switch n := d.random.Pick(20); {
	case n < 10:
		t.Names = append(t.Names, "www."+host)
	case n < 13:
		t.Names = []string{"*." + host, host}
	case n == 18:
		t.IPs = []netip.Addr{netip.AddrFrom4([4]byte{198, 51, 100, byte(d.random.Pick(256))})}
	case n == 19:
		for range 5 + d.random.Pick(40) {
			t.Names = append(t.Names, d.host())
		}
	}
	if d.random.Pick(4) > 0 {
		t.CN = t.Names[0]
	}
}

// host is a name below one of the top-level domains that RFC 2606 reserves.
func (d *demo) host() string {
	words := strings.Fields(`acorn amber anchor apple arrow aspen atlas autumn badger bamboo basil beacon birch bloom breeze
		brook canyon cedar cherry cliff clover cobalt comet copper coral cosmos crane crimson dawn delta dune eagle echo ember
		falcon fern finch fjord flint forest fox garnet ginger glacier granite grove harbor hazel heron honey indigo iris ivory
		jade jasper juniper kestrel lagoon lake lantern laurel lemon lily linen lotus lunar lynx magnet maple marble meadow`)
	word := func() string { return words[d.random.Pick(len(words))] }
	host := fmt.Sprintf("%s-%s%d.%s", word(), word(), d.random.Pick(1000), []string{"example", "test", "invalid"}[d.random.Pick(3)])
	if d.random.Pick(3) == 0 {
		host = word() + "." + host
	}
	return host
}
