package matcher

import (
	"bytes"
	"net/netip"
)

// addr tells the watches on ranges that hold an address.
func (s *search) addr(a netip.Addr) {
	s.found = s.list.ips.hits(s.found[:0], a, RuleSearch, false)
	for _, h := range s.found {
		s.tell(h.Watch)
	}
}

// octets looks for addresses in the form of an iPAddress of a SAN: context tag 7, length 4 or 16 (RFC 5280 section
// 4.2.1.6). Without the tag and length any four bytes would be an address.
func (s *search) octets(raw []byte) {
	for i := 0; i+2 < len(raw); i++ {
		if raw[i] != 0x87 {
			continue
		}
		if n := int(raw[i+1]); (n == 4 || n == 16) && i+2+n <= len(raw) {
			a, _ := netip.AddrFromSlice(raw[i+2 : i+2+n])
			s.addr(a)
		}
	}
}

// writtenAddrs looks for written addresses. In front of one stands no digit, not even in broken DER: its length is too
// small for that. Behind it may stand the tag of a SEQUENCE or SET, which looks like a 0 or 1.
func (s *search) writtenAddrs(text []byte) {
	for start := 0; start < len(text); start++ {
		end := start
		for end < len(text) && isAddrByte(text[end]) {
			end++
		}
		if end > start {
			s.addrRun(text[start:end])
			start = end
		}
	}
}

// longestAddr is the length of the longest written address: six groups of four digits and an IPv4 address.
const longestAddr = 45

// addrRun looks for addresses in a run of their characters: an IPv6 address that is all of it or all but the last
// character, and an IPv4 address that begins wherever a number does.
func (s *search) addrRun(run []byte) {
	if n := len(run); n <= longestAddr+1 && bytes.Count(run, []byte(":")) >= 2 {
		for _, text := range [][]byte{run, run[:n-1]} {
			if a, ok := textAddr(text); ok {
				s.addr(a)
			}
		}
	}
	for at := range run {
		if isDigit(run[at]) && (at == 0 || !isDigit(run[at-1])) {
			s.ipv4(run[at:])
		}
	}
}

// ipv4 tells the IPv4 addresses that text begins with: up to three, since the last number may be shorter than it looks.
func (s *search) ipv4(text []byte) {
	var addr [4]byte
	for i := range addr {
		n, length := 0, 0
		for length < min(3, len(text)) && isDigit(text[length]) {
			n = n*10 + int(text[length]-'0')
			length++
			if i == len(addr)-1 && n <= 255 {
				addr[i] = byte(n)
				s.addr(netip.AddrFrom4(addr))
			}
		}
		if length == 0 || n > 255 || length == len(text) || text[length] != '.' {
			return
		}
		addr[i] = byte(n)
		text = text[length+1:]
	}
}

func isAddrByte(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || c == ':' || c == '.' }
