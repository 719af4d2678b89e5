package static

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// tilePath is tile/<level>/<n>, or with a width below 256 the partial tile of that many hashes or entries. The level
// "data" names data tiles.
func tilePath(level string, n uint64, width int) string {
	var b strings.Builder
	b.WriteString("tile/")
	b.WriteString(level)
	b.WriteByte('/')
	writeIndex(&b, n)
	if width < tileWidth {
		fmt.Fprintf(&b, ".p/%d", width)
	}
	return b.String()
}

// writeIndex writes a tile index in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067.
func writeIndex(b *strings.Builder, n uint64) {
	if high := n / 1000; high > 0 {
		writeHigh(b, high)
	}
	fmt.Fprintf(b, "%03d", n%1000)
}

func writeHigh(b *strings.Builder, n uint64) {
	if high := n / 1000; high > 0 {
		writeHigh(b, high)
	}
	fmt.Fprintf(b, "x%03d/", n%1000)
}

func issuerPath(fingerprint []byte) string { return "issuer/" + hex.EncodeToString(fingerprint) }
