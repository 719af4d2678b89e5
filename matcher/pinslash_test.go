package matcher_test

import (
	"encoding/base64"
	"testing"

	"pinwatch/matcher"
)

// Base64 has the slash among its digits: a pin may begin with one, or with several, behind those of the prefix.
func TestParsePinThatBeginsWithASlash(t *testing.T) {
	for _, first := range [][]byte{{0xfc}, {0xff, 0xf0}, {0xff, 0xff, 0xff}, {0x00}} {
		want := [32]byte{31: 7, 30: 9, 20: 0xa5, 12: 0x5a}
		copy(want[:], first)
		text := base64.StdEncoding.EncodeToString(want[:])
		for _, s := range []string{matcher.FormatPin(want), "sha256/" + text, "sha256//" + text, text} {
			if got, err := matcher.ParsePin(s); err != nil || got != want {
				t.Errorf("%s: %x, %v", s, got, err)
			}
		}
	}
}
