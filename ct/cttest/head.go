package cttest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	ctgo "github.com/google/certificate-transparency-go"
	"golang.org/x/mod/sumdb/note"

	"pinwatch/ct"
)

// SignHead signs the head's size, root and timestamp (RFC 6962 section 3.5) and sets its Signature.
func (k *Key) SignHead(head *ct.TreeHead) {
	input, err := ctgo.SerializeSTHSignatureInput(ctgo.SignedTreeHead{
		Version: ctgo.V1, TreeSize: head.Size, Timestamp: head.Timestamp, SHA256RootHash: ctgo.SHA256Hash(head.Root),
	})
	if err != nil {
		panic(fmt.Sprintf("serialize a tree head: %v", err))
	}
	head.Signature = k.digitallySigned(input)
}

// Checkpoint signs a head of the given size, root and timestamp and writes it as a checkpoint (static-ct-api,
// "Checkpoints"). It serves those who have tiles from elsewhere.
func Checkpoint(origin string, key *Key, size uint64, root ct.Hash, timestamp uint64) []byte {
	head := ct.TreeHead{Size: size, Root: root, Timestamp: timestamp}
	key.SignHead(&head)
	return checkpoint(origin, key, &head, nil)
}

// checkpoint writes the note of a signed head. The witnesses' signatures stand before the log's.
func checkpoint(origin string, key *Key, head *ct.TreeHead, witnesses []string) []byte {
	var signers []note.Signer
	for _, name := range witnesses {
		stream := NewStream("witness " + name)
		signers = append(signers, lineSigner{name: name, hash: uint32(stream.Uint64()), body: stream.Bytes(8 + 64)})
	}
	signers = append(signers, lineSigner{
		name: origin,
		hash: noteKeyHash(origin, key),
		body: append(binary.BigEndian.AppendUint64(nil, head.Timestamp), head.Signature...), // RFC6962NoteSignature
	})
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, head.Size, base64.StdEncoding.EncodeToString(head.Root[:]))
	raw, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		panic(fmt.Sprintf("sign the checkpoint of %s: %v", origin, err))
	}
	return raw
}

// noteKeyHash is the key ID of a log's signature line: the start of the SHA-256 of name, newline, type 5, log ID.
func noteKeyHash(name string, key *Key) uint32 {
	id := key.Hash()
	sum := sha256.Sum256(append([]byte(name+"\n\x05"), id[:]...))
	return binary.BigEndian.Uint32(sum[:])
}

// lineSigner is a note.Signer whose signature is already there.
type lineSigner struct {
	name string
	hash uint32
	body []byte
}

func (s lineSigner) Name() string                { return s.name }
func (s lineSigner) KeyHash() uint32             { return s.hash }
func (s lineSigner) Sign([]byte) ([]byte, error) { return s.body, nil }
