package certscan_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	ctgo "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	"github.com/google/certificate-transparency-go/x509"

	"pinwatch/ct/certscan"
)

// sct is a SerializedSCT with some extensions and a signature of some octets.
func sct(extensions string, signature int) []byte {
	b := append([]byte{0}, bytes.Repeat([]byte{7}, 32)...)
	b = binary.BigEndian.AppendUint64(b, 1790000000000)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(extensions))), extensions...)
	b = append(b, 4, 3)
	return append(binary.BigEndian.AppendUint16(b, uint16(signature)), bytes.Repeat([]byte{9}, signature)...)
}

// listOf wraps SCTs as the extension does.
func listOf(scts ...[]byte) []byte {
	var list []byte
	for _, s := range scts {
		list = append(binary.BigEndian.AppendUint16(list, uint16(len(s))), s...)
	}
	list = append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...)
	return append([]byte{4, 0x82, byte(len(list) >> 8), byte(len(list))}, list...)
}

func TestSCTs(t *testing.T) {
	const index = "\x00\x00\x05\x01\x02\x03\x04\x05"
	good := sct(index, 70)
	many := make([][]byte, certscan.MaxSCTs+1)
	for i := range many {
		many[i] = good
	}
	list := listOf(good, sct("", 71))
	for _, tt := range []struct {
		name string
		list []byte
		n    int
		err  string
	}{
		{"two", list, 2, ""},
		{"none", listOf(), 0, ""},
		{"no list", []byte{0x30, 0}, 0, "not an SCT list"},
		{"nothing", nil, 0, "not an SCT list"},
		{"behind the list", append(bytes.Clone(list), 0), 0, "not an SCT list"},
		{"another version", listOf(append([]byte{1}, good[1:]...), good), 1, "SCT 1 is not of version 1"},
		{"an empty one", listOf(good, nil), 1, "SCT 2 is not of version 1"},
		{"cut off", listOf(good, good[:40]), 1, "SCT 2 is cut off"},
		{"cut off in the extensions", listOf(good[:46]), 0, "SCT 1 is cut off in its extensions"},
		{"without a signature", listOf(good[:51]), 0, "SCT 1 has no signature"},
		{"bytes behind the signature", listOf(append(bytes.Clone(good), 1)), 0, "SCT 1 has no signature"},
		{"too many", listOf(many...), certscan.MaxSCTs, "more than 32 SCTs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := certscan.SCTs(tt.list)
			if len(got) != tt.n || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%d SCTs, %v; want %d, %q", len(got), err, tt.n, tt.err)
			}
		})
	}
	got, err := certscan.SCTs(list)
	if err != nil {
		t.Fatal(err)
	}
	if i, ok := got[0].LeafIndex(); !ok || i != 0x0102030405 || got[0].Timestamp != 1790000000000 || got[0].LogID[31] != 7 {
		t.Errorf("%+v: leaf_index %x %v", got[0], i, ok)
	}
	if _, ok := got[1].LeafIndex(); ok {
		t.Error("an index in an SCT that has none")
	}
}

func TestLeafIndex(t *testing.T) {
	for extensions, want := range map[string]bool{
		"\x00\x00\x05\x00\x00\x00\x00\x01":                 true,
		"\x07\x00\x02ab\x00\x00\x05\x00\x00\x00\x00\x01":   true, // behind another
		"\x00\x00\x04\x00\x00\x00\x01":                     false,
		"\x00\x00\x05\x00\x00":                             false,
		"\x07\x00\x05\x00\x00\x00\x00\x01":                 false,
		"\x00":                                             false,
		"\x00\x00\x04abcd\x00\x00\x05\x00\x00\x00\x00\x01": true,
	} {
		s := certscan.SCT{Extensions: []byte(extensions)}
		if i, ok := s.LeafIndex(); ok != want || ok && i != 1 {
			t.Errorf("%x: %d, %v", extensions, i, ok)
		}
	}
}

// FuzzSCTs compares with the reader of certificate-transparency-go.
func FuzzSCTs(f *testing.F) {
	f.Add(listOf(sct("", 71), sct("\x00\x00\x05\x00\x00\x00\x00\x01", 70)))
	f.Add(listOf())
	f.Add(listOf(sct("", 0), []byte{1, 2, 3}))
	f.Add([]byte{4, 2, 0, 0})
	f.Fuzz(func(t *testing.T, list []byte) {
		got, err := certscan.SCTs(list)
		if len(got) > certscan.MaxSCTs {
			t.Fatalf("%d SCTs", len(got))
		}
		for i := range got {
			var want ctgo.SignedCertificateTimestamp
			rest, err := tls.Unmarshal(got[i].Raw, &want)
			if err != nil || len(rest) > 0 {
				t.Fatalf("SCT %d: %v", i, err)
			}
			if want.Timestamp != got[i].Timestamp || want.LogID.KeyID != got[i].LogID || !bytes.Equal(want.Extensions, got[i].Extensions) {
				t.Errorf("read as %+v, by ct-go as %+v", got[i], want)
			}
		}
		if err != nil || len(list) < 2 || list[1] >= 0x80 {
			return
		}
		var theirs x509.SignedCertificateTimestampList
		if rest, err := tls.Unmarshal(list[2:], &theirs); err != nil || len(rest) > 0 {
			if len(got) > 0 { // ct-go refuses empty lists
				t.Errorf("ct-go refuses it: %v", err)
			}
		} else if len(theirs.SCTList) != len(got) {
			t.Errorf("%d SCTs, ct-go has %d", len(got), len(theirs.SCTList))
		}
	})
}
