package loglist

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"pinwatch/ct"
)

// The public halves of Google's published private keys (mimics/mimic1.pem, mimic2.pem), as DER.
const (
	mimicKey1 = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdO/+dnH/NZSBSLmmN9u2h4HNTnCO" +
		"LeU+oMBiRynIvQ8zt2ft0IMyO90e5nwSaCdYvA4JVGzCMarfs9DcNxFY1g=="
	mimicKey2 = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEB/VtcL7BSbGP4QY7UjaaXOd4gQ80" +
		"R1PxLZtfYifk+ZER+mCVJVVjl66uVWUzu5lMbWMb1MWKxjkvtd2MyQSKsA=="
)

func TestMimics(t *testing.T) {
	for _, key := range []string{mimicKey1, mimicKey2} {
		der, err := base64.StdEncoding.DecodeString(key)
		if err != nil {
			t.Fatal(err)
		}
		if id := ct.LogID(sha256.Sum256(der)); !isMimic(id) {
			t.Errorf("the mimic %s is not known", id)
		}
	}
	if isMimic(ct.LogID{}) {
		t.Error("a log that is no mimic is taken for one")
	}
}

// A mimic is one by its key, whatever ID the list gives it.
func TestMimicUnderAnotherID(t *testing.T) {
	in := logJSON{LogID: ct.LogID{1}.String(), Key: mimicKey1}
	if err := in.fillIdentity(new(Log)); err != errMimic {
		t.Errorf("refused for %v", err)
	}
}
