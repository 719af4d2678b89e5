package main

import (
	"cmp"
	"crypto/sha256"
	"net/netip"
	"slices"
	"strings"

	"pinwatch/ct/cttest"
)

// act is an entry that was put into the log for what it shows.
type act struct {
	index  uint64
	leaf   cttest.Leaf
	names  string
	key    [32]byte // SHA-256 of the SPKI
	issuer [32]byte // SHA-256 of the issuer's SPKI
	result string   // watch and verdict, or what is not told and why
	note   string
}

// ask says what to issue: names that are addresses become iPAddress SANs.
func ask(key *cttest.Key, names ...string) cttest.Template {
	t := cttest.Template{SPKI: key.SPKI}
	for _, name := range names {
		if ip, err := netip.ParseAddr(name); err == nil {
			t.IPs = append(t.IPs, ip)
			continue
		}
		t.Names = append(t.Names, name)
	}
	if len(t.Names) > 0 {
		t.CN = t.Names[0]
	}
	return t
}

func pre(i *cttest.Issuance) cttest.Leaf   { return cttest.PrecertLeaf(i) }
func final(i *cttest.Issuance) cttest.Leaf { return cttest.FinalLeaf(i) }

// story lists the acts in the order of their indexes.
func (d *demo) story() []act {
	stranger := func(name string) *cttest.Key { return cttest.NewKey(seed + " stranger " + name) }

	www := d.expected.Issue(ask(d.web, "www.example.com", "example.com"))
	wildcard := d.expected.Issue(ask(d.web, "*.example.com"))
	nextKey := d.expected.Issue(ask(d.next, "www.example.com", "example.com"))
	shop := d.expected.Issue(ask(d.shop, "shop.example.net"))
	org := d.expected.Issue(ask(stranger("org"), "www.example.org", "example.org"))
	address := d.expected.Issue(ask(stranger("address"), "192.0.2.1"))

	sameIssuer := d.expected.Issue(ask(stranger("same issuer"), "login.example.com"))
	otherIssuer := d.other.Issue(ask(stranger("other issuer"), "mail.example.org"))
	pairTemplate := ask(stranger("pair"), "shop.example.net", "www.shop.example.net")
	pairTemplate.PrecertSigner = d.signer
	pair := d.faraway.Issue(pairTemplate)
	onlyIP := d.other.Issue(ask(stranger("only an address"), "192.0.2.77"))
	redacted := d.other.Issue(ask(stranger("redacted"), "?.example.net"))

	near := d.other.Issue(ask(stranger("near"), "notexample.com", "example.com.lookalike.example", "myshop.example.net"))
	nearIP := d.other.Issue(ask(stranger("near address"), "192.0.3.1"))

	odd := d.other.Odd("pay.example.com")[0]
	acts := []act{
		newAct(3, www, pre, "example.com: expected", "pinned key, pinned issuer"),
		newAct(17, www, final, "example.com: expected", "the final certificate of entry 3: one issuance"),
		newAct(40, org, pre, "example.org: expected", "no key is pinned, the issuer is"),
		newAct(88, near, pre, "not told", "names that only look like watched ones"),
		newAct(131, sameIssuer, pre, "example.com: unexpected, unknown_key", "the expected issuer, and a key nobody knows"),
		newAct(200, shop, pre, "shop.example.net: expected", "pinned key"),
		newAct(255, wildcard, final, "example.com: expected", "a wildcard; last entry of a tile"),
		newAct(256, otherIssuer, pre, "example.org: unexpected, unknown_issuer", "another issuer; first entry of a tile"),
		newAct(301, pair, pre, "shop.example.net: unexpected, unknown_key",
			"signed by a precertificate signing certificate; entry 420 is its final certificate"),
		newAct(350, nearIP, pre, "not told", "an address beside the watched range"),
		newAct(377, onlyIP, pre, "192.0.2.0/24: unexpected, unknown_issuer", "no name at all, only an address"),
		newAct(420, pair, final, "shop.example.net: the finding of entry 301", "one issuance, seen twice"),
		newAct(480, address, pre, "192.0.2.0/24: expected", "pinned issuer"),
		newAct(511, nextKey, pre, "example.com: expected", "the next key, which is pinned too; last entry of a tile"),
		newAct(600, redacted, pre, "shop.example.net: undetermined", "a redacted name: shop may stand behind the question mark"),
		newAct(639, shop, final, "shop.example.net: expected", "the final certificate of entry 200; last entry of the log"),
	}
	acts = append(acts, act{
		index: 555, leaf: odd.Leaf(), names: odd.Names[0],
		key: sha256.Sum256(odd.SPKI), issuer: d.other.Key.Hash(),
		result: "example.com: unexpected, unknown_key and unknown_issuer",
		note:   "no strict parser reads it: " + odd.What,
	})
	slices.SortFunc(acts, func(a, b act) int { return cmp.Compare(a.index, b.index) })
	return acts
}

// newAct makes an act of an issuance.
func newAct(index uint64, i *cttest.Issuance, form func(*cttest.Issuance) cttest.Leaf, result, note string) act {
	return act{
		index: index, leaf: form(i), names: strings.Join(i.Names, " "),
		key: sha256.Sum256(i.SPKI), issuer: i.IssuerKeyHash, result: result, note: note,
	}
}
