package certscan

import "crypto/sha256"

// Identity is what makes a certificate one issuance: the SHA-256 of AppendPrecertTBS. It is the same for
//
//   - a final certificate,
//   - the precert_entry that a log made for it, where the log has already undone a precertificate signing certificate by
//     putting in the issuer and authority key identifier of the final one (RFC 6962 section 3.2), and
//   - its precertificate as submitted, unless a precertificate signing certificate issued that.
//
// It says nothing of who issued the certificate: the issuer's key belongs beside it.
func (c *Certificate) Identity() [sha256.Size]byte {
	tbs, _ := c.AppendPrecertTBS(nil)
	return sha256.Sum256(tbs)
}

// AppendPrecertTBS appends the TBSCertificate in the form that the SCTs sign (RFC 6962 section 3.2) to dst: without
// poison and SCT list. The lengths of the three elements around them are in DER; all else is as it was written. When
// no extension is left, and nothing stands behind their list, there is no list either; logs differ there, and some
// sign an empty one.
//
// Where the TBSCertificate cannot be walked as far as its extensions ok is false, and what is appended are its bytes
// as they are, or the whole input where not even a TBSCertificate was found.
func (c *Certificate) AppendPrecertTBS(dst []byte) (out []byte, ok bool) {
	if c.TBS == nil {
		return append(dst, c.Raw...), false
	}
	before, list, inside, after, ok := splitTBS(c.TBS)
	if !ok {
		return append(dst, c.TBS...), false
	}
	kept := 0
	for b := list; len(b) > 0; {
		element, rest, drop := cutExtension(b)
		if !drop {
			kept += len(element)
		}
		b = rest
	}
	listSize, wrapperSize := 0, 0
	if kept+len(inside)+len(after) > 0 { // without the list, what is behind it could be taken for it
		listSize = sizeDER(kept) + len(inside)
		wrapperSize = sizeDER(listSize)
	}
	dst = appendHeader(dst, tagSequence, len(before)+wrapperSize+len(after))
	dst = append(dst, before...)
	if wrapperSize > 0 {
		dst = appendHeader(dst, tagExtensions, listSize)
		dst = appendHeader(dst, tagSequence, kept)
		for b := list; len(b) > 0; {
			element, rest, drop := cutExtension(b)
			if !drop {
				dst = append(dst, element...)
			}
			b = rest
		}
		dst = append(dst, inside...)
	}
	return append(dst, after...), true
}

// splitTBS takes a TBSCertificate apart at its extensions: the fields before [3], the extensions themselves, what
// else stands inside [3], and what follows it. Without extensions all of it is before.
func splitTBS(tbs []byte) (before, list, inside, after []byte, ok bool) {
	tag, body, rest, ok := next(tbs)
	if tag != tagSequence || !ok || len(rest) > 0 {
		return nil, nil, nil, nil, false
	}
	b := body
	for len(b) > 0 {
		tag, wrapper, rest, ok := next(b)
		if !ok {
			return nil, nil, nil, nil, false
		}
		if tag == tagExtensions {
			tag, list, inside, ok := next(wrapper)
			return body[:len(body)-len(b)], list, inside, rest, ok && tag == tagSequence
		}
		b = rest
	}
	return body, nil, nil, nil, true
}

// cutExtension takes one extension from the front of list; drop says that it is the poison or the SCT list. A list
// that cannot be walked on is one last element.
func cutExtension(list []byte) (element, rest []byte, drop bool) {
	tag, body, rest, ok := next(list)
	if tag == tagSequence && ok {
		tag, oid, _, ok := next(body)
		drop = ok && tag == tagOID && (string(oid) == oidPoison || string(oid) == oidSCTList)
	}
	return list[:len(list)-len(rest)], rest, drop
}

// sizeDER is the size of a DER element with a one-octet tag and n octets of contents.
func sizeDER(n int) int {
	size := 2 + n
	if n > 0x7f {
		for m := n; m > 0; m >>= 8 {
			size++
		}
	}
	return size
}

// appendHeader appends the tag and the length, in DER, of n octets of contents.
func appendHeader(dst []byte, tag byte, n int) []byte {
	dst = append(dst, tag)
	if n <= 0x7f {
		return append(dst, byte(n))
	}
	octets := sizeDER(n) - 2 - n
	dst = append(dst, 0x80|byte(octets))
	for i := octets - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}
