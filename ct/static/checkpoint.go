package static

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"pinwatch/ct"
)

const (
	// maxCheckpoint bounds a checkpoint with all its witness signatures, in bytes.
	maxCheckpoint = 1 << 20
	// maxSize bounds a tree: leaf_index has 40 bits (static-ct-api, "SCT Extension").
	maxSize = 1 << 40
	// sigTypeRFC6962 is the signature type of an RFC6962NoteSignature.
	sigTypeRFC6962 = 0x05
)

// headVerifier is the note.Verifier of RFC6962NoteSignature: what is signed is not the note but the TreeHeadSignature
// of RFC 6962 section 3.5 that follows from it and from the timestamp in the signature.
type headVerifier struct {
	origin string
	v      *ct.Verifier
}

// Name is the key name: the origin line.
func (h *headVerifier) Name() string { return h.origin }

// KeyHash is the key ID of static-ct-api, "Checkpoints".
func (h *headVerifier) KeyHash() uint32 {
	id := h.v.ID()
	d := sha256.New()
	d.Write([]byte(h.origin))
	d.Write([]byte{'\n', sigTypeRFC6962})
	d.Write(id[:])
	return binary.BigEndian.Uint32(d.Sum(nil))
}

// Verify checks sig, the bytes behind the key ID, over the note text.
func (h *headVerifier) Verify(text, sig []byte) bool {
	_, head, err := parseText(text)
	if err != nil || len(sig) < 8 {
		return false
	}
	head.Timestamp, head.Signature = binary.BigEndian.Uint64(sig), sig[8:]
	return h.v.Verify(head) == nil
}

// parseText reads origin, size and root from the text of a checkpoint. Extension lines are passed over: the
// signature does not cover them, and a log that adds one would be lost to its watchers if they were refused.
func parseText(text []byte) (origin string, head *ct.TreeHead, err error) {
	lines := strings.SplitN(string(text), "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return "", nil, errors.New("not a checkpoint: it needs the lines origin, size and root hash")
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] || size > maxSize {
		return "", nil, fmt.Errorf("checkpoint size %.40q is not a decimal number of at most 40 bits", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != sha256.Size {
		return "", nil, fmt.Errorf("checkpoint root %.60q is not the base64 of 32 bytes", lines[2])
	}
	return lines[0], &ct.TreeHead{Size: size, Root: ct.Hash(root)}, nil
}

// ownSignatures keeps the signature lines with the log's key name. What others add (witnesses) is none of our business,
// however many they are and however badly made.
func ownSignatures(sigs []byte, origin string) []byte {
	var own []byte
	for line := range bytes.Lines(sigs) {
		if bytes.HasPrefix(line, []byte("\u2014 "+origin+" ")) {
			own = append(own, line...)
		}
	}
	return own
}

// ParseCheckpoint reads and verifies the checkpoint of the log that has the given origin line and key. Signatures by
// other keys (witnesses) are ignored.
//
// An error is a *ct.Misbehaviour where the text is a checkpoint that this log must not serve: one of another log, or
// one that the log's key did not sign. Text that is no checkpoint at all is an ordinary error: it may come from
// anything that stands between the log and us.
func ParseCheckpoint(raw []byte, origin string, v *ct.Verifier) (*ct.TreeHead, error) {
	text, sigs, found := bytes.Cut(raw, []byte("\n\n"))
	if !found || len(sigs) == 0 {
		return nil, errors.New("not a checkpoint: no blank line before signatures")
	}
	got, _, err := parseText(append(text[:len(text):len(text)], '\n'))
	if err != nil {
		return nil, err
	}
	if got != origin {
		return nil, &ct.Misbehaviour{
			Kind: ct.WrongLog, Raw: bytes.Clone(raw),
			Detail: fmt.Sprintf("the checkpoint's origin is %.100q, this log's is %q", got, origin),
		}
	}
	own := ownSignatures(sigs, origin)
	if len(own) == 0 {
		return nil, fmt.Errorf("the checkpoint carries no signature of %q", origin)
	}
	h := &headVerifier{origin: origin, v: v}
	n, err := note.Open(slices.Concat(text, []byte("\n\n"), own), note.VerifierList(h))
	var unknown *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	if errors.As(err, &unknown) || errors.As(err, &invalid) {
		return nil, &ct.Misbehaviour{
			Kind: ct.BadSignature, Raw: bytes.Clone(raw),
			Detail: fmt.Sprintf("checkpoint not signed by the log's key: %v", err),
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the checkpoint: %w", err)
	}
	_, head, err := parseText([]byte(n.Text))
	if err != nil {
		return nil, err
	}
	sig, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || len(sig) < 12 {
		return nil, errors.New("checkpoint signature is too short") // note.Open has verified it: cannot happen
	}
	head.Timestamp, head.Signature, head.Raw = binary.BigEndian.Uint64(sig[4:]), sig[12:], bytes.Clone(raw)
	return head, nil
}
