package cttest_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

// headVerifier is a note.Verifier for the log's line of a checkpoint, on certificate-transparency-go's verification.
type headVerifier struct {
	hash uint32
	key  []byte
	head ct.TreeHead
}

func (headVerifier) Name() string      { return "log.example/2026" }
func (v headVerifier) KeyHash() uint32 { return v.hash }

func (v headVerifier) Verify(_, sig []byte) bool {
	verifier, err := ct.NewVerifier(v.key)
	if err != nil {
		return false
	}
	head := v.head
	head.Timestamp, head.Signature = binary.BigEndian.Uint64(sig), sig[8:]
	return head.Timestamp == v.head.Timestamp && verifier.Verify(&head) == nil
}

func TestCheckpoint(t *testing.T) {
	for name, key := range map[string]*cttest.Key{"ECDSA": cttest.NewKey("k"), "RSA": cttest.NewRSAKey("k")} {
		t.Run(name, func(t *testing.T) {
			log := newLog(cttest.Config{Key: key, Witnesses: []string{"witness.example"}}, 5)
			head := log.Head()
			id := key.Hash()
			sum := sha256.Sum256([]byte("log.example/2026\n\x05" + string(id[:])))
			v := headVerifier{hash: binary.BigEndian.Uint32(sum[:4]), key: key.SPKI, head: head}
			n, err := note.Open(head.Raw, note.VerifierList(v))
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("log.example/2026\n5\n%s\n", head.Root); n.Text != want {
				t.Errorf("text %q, want %q", n.Text, want)
			}
			if len(n.UnverifiedSigs) != 1 {
				t.Errorf("%d signatures of others, want 1", len(n.UnverifiedSigs))
			}
		})
	}
}

func publicKey(t *testing.T, key *cttest.Key) crypto.PublicKey {
	t.Helper()
	public, err := x509.ParsePKIXPublicKey(key.SPKI)
	if err != nil {
		t.Fatal(err)
	}
	return public
}
