package certscan_test

import (
	"testing"

	"pinwatch/ct/certscan"
)

func TestStringType(t *testing.T) {
	tests := []struct {
		kind certscan.Kind
		tag  byte
		want string
	}{
		{certscan.DNSName, 0x82, "IA5String"},
		{certscan.DNSName, 0xa2, "IA5String in pieces"},
		{certscan.DNSName, 0x02, "tag 0x02"},
		{certscan.Email, 0x81, "IA5String"},
		{certscan.URI, 0x86, "IA5String"},
		{certscan.IPAddress, 0x87, "OCTET STRING"},
		{certscan.IPAddress, 0xa7, "OCTET STRING in pieces"},
		{certscan.Email, 0x16, "IA5String"}, // emailAddress
		{certscan.CommonName, 0x0c, "UTF8String"},
		{certscan.CommonName, 0x2c, "UTF8String in pieces"},
		{certscan.CommonName, 0x12, "NumericString"},
		{certscan.CommonName, 0x13, "PrintableString"},
		{certscan.CommonName, 0x14, "TeletexString"},
		{certscan.CommonName, 0x1c, "UniversalString"},
		{certscan.CommonName, 0x1e, "BMPString"},
		{certscan.CommonName, 0x04, "tag 0x04"},
		{certscan.CommonName, 0x3f, "tag 0x3f"},
	}
	for _, tt := range tests {
		n := certscan.Name{Kind: tt.kind, Tag: tt.tag}
		if got := n.StringType(); got != tt.want {
			t.Errorf("%s with tag %#x: %q, want %q", tt.kind, tt.tag, got, tt.want)
		}
	}
}
