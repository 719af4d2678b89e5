package cttest

import (
	"crypto/sha256"
	"math/rand/v2"
)

// Stream is an endless run of bytes that looks random and follows from its seed alone.
type Stream struct {
	source *rand.ChaCha8
}

// NewStream starts the stream of a seed. Its bytes are the same with every release of Go: ChaCha8 is specified.
func NewStream(seed string) *Stream {
	return &Stream{source: rand.NewChaCha8(sha256.Sum256([]byte(seed)))}
}

// Uint64 returns the next 8 bytes as a number.
func (s *Stream) Uint64() uint64 { return s.source.Uint64() }

// Bytes returns the next n bytes.
func (s *Stream) Bytes(n int) []byte {
	out := make([]byte, n)
	_, _ = s.source.Read(out) // never fails
	return out
}

// Pick returns a number from 0 to n-1. That some are a trifle likelier than others does not matter here.
func (s *Stream) Pick(n int) int { return int(s.Uint64() % uint64(n)) }
