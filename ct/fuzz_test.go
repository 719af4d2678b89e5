package ct_test

import (
	"bytes"
	"testing"

	ctgo "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"

	"pinwatch/ct"
)

// What is decoded in place is what a decoder by others reads, and both refuse the same bytes.
func FuzzDecodeTimestamped(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\x97\x00\x00\x00\x00\x00\x00\x00\x00\x03DER\x00\x00"))
	f.Add(append([]byte("\x00\x00\x01\x97\x00\x00\x00\x00\x00\x01"), append(make([]byte, 32), "\x00\x00\x02TB\x00\x01xrest"...)...))
	f.Add([]byte("\x00\x00\x01\x97\x00\x00\x00\x00\x80\x00\x00\x00\x03DER\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var e ct.Entry
		rest, err := e.DecodeTimestamped(data)
		if err != nil {
			return // ct-go has more entry types, and refuses empty certificates: it is no judge of refusals
		}
		if len(e.Timestamped)+len(rest) != len(data) || !bytes.HasPrefix(data, e.Timestamped) {
			t.Fatalf("an entry of %d bytes and a rest of %d from %d", len(e.Timestamped), len(rest), len(data))
		}
		var want ctgo.TimestampedEntry
		if _, err := tls.Unmarshal(e.Timestamped, &want); err != nil {
			if len(e.Cert) > 0 {
				t.Fatalf("ct-go refuses it: %v", err)
			}
			return
		}
		if e.Timestamp != want.Timestamp || uint16(e.Type) != uint16(want.EntryType) || !bytes.Equal(e.Extensions, want.Extensions) {
			t.Errorf("read as %+v, by ct-go as %+v", e, want)
		}
		if want.X509Entry != nil && !bytes.Equal(e.Cert, want.X509Entry.Data) {
			t.Error("another certificate")
		}
		if want.PrecertEntry != nil && (!bytes.Equal(e.Cert, want.PrecertEntry.TBSCertificate) ||
			!bytes.Equal(e.IssuerKeyHash, want.PrecertEntry.IssuerKeyHash[:])) {
			t.Error("another precertificate")
		}
	})
}

// A compact range survives being written down and taken up again, whatever its nodes are.
func FuzzNewRange(f *testing.F) {
	f.Add(uint64(5), make([]byte, 64))
	f.Add(uint64(1)<<63, make([]byte, 32))
	f.Fuzz(func(t *testing.T, size uint64, raw []byte) {
		var nodes []ct.Hash
		for ; len(raw) >= 32; raw = raw[32:] {
			nodes = append(nodes, ct.Hash(raw))
		}
		r, err := ct.NewRange(size, nodes)
		if err != nil {
			return
		}
		again, err := ct.NewRange(r.Size(), r.Nodes())
		if err != nil || again != r || again.Root() != r.Root() {
			t.Errorf("range of %d entries: %v", size, err)
		}
	})
}
