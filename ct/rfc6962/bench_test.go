package rfc6962

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// usualPage is a page of n entries of about the usual size, without real data.
func usualPage(n int) []byte {
	cert := strings.Repeat("c", 1600)
	leaf := "\x00\x00TTTTTTTT\x00\x00\x00" + string([]byte{byte(len(cert) >> 8), byte(len(cert))}) + cert + "\x00\x00"
	row := fmt.Sprintf(`{"leaf_input":%q,"extra_data":%q}`, base64.StdEncoding.EncodeToString([]byte(leaf)),
		strings.Repeat("eHRy", 1000))
	return []byte(`{"entries":[` + strings.Repeat(row+",", n-1) + row + "]}\n")
}

// What one page allocates does not depend on the number of its entries: nothing, once the buffer has grown.
func TestDecodeDoesNotAllocate(t *testing.T) {
	b := &buffer{body: usualPage(256)}
	if err := b.decode(0, 256); err != nil {
		t.Fatal(err)
	}
	if b.entries[255].Leaf != nil {
		t.Fatal("the page of this test is none")
	}
	got := testing.AllocsPerRun(100, func() {
		if err := b.decode(0, 256); err != nil {
			t.Error(err)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations per page", got)
	}
}

func benchmarkDecode(b *testing.B, body []byte, count int) {
	b.Helper()
	buf := &buffer{body: body}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := buf.decode(0, count); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkDecode is a page of 260 real entries, from the body to entries; no network, no hashing.
func BenchmarkDecode(b *testing.B) {
	body, count := liveRows(b, 13)
	benchmarkDecode(b, body, count)
}

// BenchmarkDecodeUnusual is the same by way of encoding/json.
func BenchmarkDecodeUnusual(b *testing.B) {
	body, count := liveRows(b, 13)
	benchmarkDecode(b, append([]byte(`{"unusual":1,`), body[1:]...), count)
}
