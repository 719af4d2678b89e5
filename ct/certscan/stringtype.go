package certscan

import "fmt"

// stringTypes are the character strings by their tags, in the words of X.680 section 41.
var stringTypes = map[byte]string{
	tagUTF8String:      "UTF8String",
	tagNumericString:   "NumericString",
	tagPrintableString: "PrintableString",
	tagTeletexString:   "TeletexString",
	tagVideotexString:  "VideotexString",
	tagIA5String:       "IA5String",
	tagGraphicString:   "GraphicString",
	tagVisibleString:   "VisibleString",
	tagGeneralString:   "GeneralString",
	tagUniversalString: "UniversalString",
	tagBMPString:       "BMPString",
}

// StringType is the type in which the name was written, in the words of X.680: that of the string of an attribute, or
// the one that a GeneralName has by definition (RFC 5280 section 4.2.1.6). "in pieces" follows where the string was
// constructed (X.690 section 8.23.6), and a tag that should not be there is given as a number.
func (n *Name) StringType() string {
	name, known := stringTypes[n.Tag&^constructed]
	if n.Tag&classBits == contextClass {
		name, known = "IA5String", true
		if n.Kind == IPAddress {
			name = "OCTET STRING"
		}
	}
	switch {
	case !known:
		return fmt.Sprintf("tag 0x%02x", n.Tag)
	case n.Tag&constructed != 0:
		return name + " in pieces"
	}
	return name
}
