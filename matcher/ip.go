package matcher

import (
	"fmt"
	"net/netip"
	"slices"
)

// ipIndex finds the ranges that hold an address: one map lookup for each length of range that is watched.
type ipIndex struct {
	ranges       map[netip.Prefix]int32
	bits4, bits6 []int // the lengths of the ranges, for IPv4 and IPv6
}

func newIPIndex() ipIndex { return ipIndex{ranges: make(map[netip.Prefix]int32)} }

// watched says whether any range is watched.
func (x *ipIndex) watched() bool { return len(x.ranges) > 0 }

// insert files watch i under its range, and says which watch is filed there: another one if it came first.
func (x *ipIndex) insert(p netip.Prefix, i int) int {
	if first, found := x.ranges[p]; found {
		return int(first)
	}
	x.ranges[p] = int32(i)
	bits := &x.bits6
	if p.Addr().Is4() {
		bits = &x.bits4
	}
	if !slices.Contains(*bits, p.Bits()) {
		*bits = append(*bits, p.Bits())
	}
	return i
}

// find is the watch on a range, none if there is none.
func (x *ipIndex) find(p netip.Prefix) int {
	if i, found := x.ranges[p]; found {
		return int(i)
	}
	return none
}

// hits appends a hit for every range that holds an address. An IPv4-mapped address is both itself and the IPv4 one.
func (x *ipIndex) hits(dst []Hit, a netip.Addr, rule Rule, certain bool) []Hit {
	if a.Is4In6() {
		dst = x.hits(dst, a.Unmap(), rule, certain)
	}
	bits := x.bits6
	if a.Is4() {
		bits = x.bits4
	}
	for _, b := range bits {
		p := netip.PrefixFrom(a, b).Masked() // valid: b is a length of this family
		if i, found := x.ranges[p]; found {
			dst = append(dst, Hit{Watch: int(i), Rule: rule, Certain: certain})
		}
	}
	return dst
}

// maxOddIP bounds how much of an iPAddress of a wrong length is looked at.
const maxOddIP = 64

// IP appends to dst the hits of an iPAddress, given as its octets, and returns dst. RFC 5280 section 4.2.1.6 allows 4
// octets (IPv4) and 16 (IPv6).
//
// In a value of any other length nothing is certain. It is read as the address written out, and every run of 4 and of
// 16 octets in its first 64 is taken for an address: the 8 and 32 octets that name constraints use are found in this
// way, and so are addresses with something in front or behind.
func (l *Watchlist) IP(dst []Hit, octets []byte) []Hit {
	if !l.ips.watched() {
		return dst
	}
	before := len(dst)
	switch len(octets) {
	case 4, 16:
		a, _ := netip.AddrFromSlice(octets)
		dst = l.ips.hits(dst, a, RuleIP, true)
	default:
		// Telling: no known client accepts such a value, but what the issuer meant by it is worth a look.
		octets = octets[:min(len(octets), maxOddIP)]
		if a, ok := textAddr(octets); ok {
			dst = l.ips.hits(dst, a, RuleIPText, false)
		}
		for at := 0; at+4 <= len(octets); at++ {
			dst = l.ips.hits(dst, netip.AddrFrom4([4]byte(octets[at:at+4])), RuleMalformed, false)
			if at+16 <= len(octets) {
				dst = l.ips.hits(dst, netip.AddrFrom16([16]byte(octets[at:at+16])), RuleMalformed, false)
			}
		}
	}
	return dst[:before+len(settle(dst[before:]))]
}

// maxAddrText is more characters than a written address has, an IPv6 zone aside.
const maxAddrText = 64

// textAddr reads a written address, without brackets. A zone is dropped.
func textAddr(text []byte) (netip.Addr, bool) {
	if len(text) < len("::") || len(text) > maxAddrText {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(string(text))
	return a.WithZone(""), err == nil
}

// canonicalPrefix refuses a range with bits behind its length and turns an IPv4-mapped range into the IPv4 one.
func canonicalPrefix(p netip.Prefix) (netip.Prefix, error) {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return p, mistake(fmt.Sprintf("write %s, or %s for the one address", p.Masked(), p.Addr()),
			"the range %s has bits set behind its length", p)
	}
	return p, nil
}

// prefixDoubts lists what is odd about a range, though it can be watched.
func prefixDoubts(p netip.Prefix) []string {
	switch a := p.Addr(); {
	case p.Bits() == 0:
		return []string{fmt.Sprintf("%s is every address", p)}
	case a.IsPrivate(), a.IsLoopback(), a.IsLinkLocalUnicast():
		return []string{fmt.Sprintf("%s is not a public address: no public CA issues certificates for it", p)}
	}
	return nil
}
