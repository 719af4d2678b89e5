package cttest

import (
	"crypto/sha256"
	"math/rand/v2"
)

// Stream is an endless run of bytes that looks random and follows from its seed alone.
type Stream struct {
	*rand.Rand
	source *rand.ChaCha8
}

// NewStream starts the stream of a seed. Its bytes are the same with every release of Go: ChaCha8 is specified.
func NewStream(seed string) *Stream {
	source := rand.NewChaCha8(sha256.Sum256([]byte(seed)))
	return &Stream{Rand: rand.New(source), source: source}
}

// Read fills p. It never fails.
func (s *Stream) Read(p []byte) (int, error) { return s.source.Read(p) }

// Bytes returns the next n bytes.
func (s *Stream) Bytes(n int) []byte {
	out := make([]byte, n)
	s.source.Read(out)
	return out
}
