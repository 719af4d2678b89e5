package certscan

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Tags of the character strings (X.690 section 8.23).
const (
	tagUTF8String      = 0x0c
	tagNumericString   = 0x12
	tagPrintableString = 0x13
	tagTeletexString   = 0x14
	tagVideotexString  = 0x15
	tagIA5String       = 0x16
	tagGraphicString   = 0x19
	tagVisibleString   = 0x1a
	tagGeneralString   = 0x1b
	tagUniversalString = 0x1c
	tagBMPString       = 0x1e
)

// isString says whether a universal tag is that of a character string.
func isString(tag byte) bool {
	switch tag {
	case tagUTF8String, tagNumericString, tagPrintableString, tagTeletexString, tagVideotexString, tagIA5String,
		tagGraphicString, tagVisibleString, tagGeneralString, tagUniversalString, tagBMPString:
		return true
	}
	return false
}

// isASCII says whether b is ASCII throughout.
func isASCII(b []byte) bool {
	for _, o := range b {
		if o >= 0x80 {
			return false
		}
	}
	return true
}

// appendLatin1 appends Latin-1 text as UTF-8.
func appendLatin1(dst, text []byte) []byte {
	for _, o := range text {
		dst = utf8.AppendRune(dst, rune(o))
	}
	return dst
}

// appendWide appends the text of a BMPString (taken as UTF-16) or UniversalString (UTF-32), both big endian, as
// UTF-8. What is no character becomes U+FFFD. ok is false when octets are left over.
func appendWide(dst []byte, tag byte, text []byte) (out []byte, ok bool) {
	if tag == tagUniversalString {
		for ; len(text) >= 4; text = text[4:] {
			r := uint32(text[0])<<24 | uint32(text[1])<<16 | uint32(text[2])<<8 | uint32(text[3])
			dst = utf8.AppendRune(dst, rune(min(r, utf8.MaxRune+1)))
		}
		return dst, len(text) == 0
	}
	for ; len(text) >= 2; text = text[2:] {
		r := rune(text[0])<<8 | rune(text[1])
		if utf16.IsSurrogate(r) && len(text) >= 4 {
			if pair := utf16.DecodeRune(r, rune(text[2])<<8|rune(text[3])); pair != utf8.RuneError {
				r = pair
				text = text[2:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, len(text) == 0
}
