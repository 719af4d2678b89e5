package rfc6962

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/asm/base64"

	"pinwatch/ct"
)

// maxChain bounds the certificates of a chain. Real ones have fewer than ten.
const maxChain = 100

// Submission returns what extra_data says of e (RFC 6962 section 4.6). The leaf hash does not cover extra_data, so the
// log could have put anything there, and what it put there must not stop its being read: a chain that cannot be read
// to its end has nil for its last element, and Cert is nil where the precertificate cannot be read. The error is
// always nil.
func (r *Reader) Submission(_ context.Context, e *ct.Entry) (*ct.Submission, error) {
	s := &ct.Submission{}
	extra := make([]byte, base64.StdEncoding.DecodedLen(len(e.ExtraData)))
	n, err := base64.StdEncoding.Decode(extra, e.ExtraData)
	if err == nil {
		s, err = decodeExtra(e.Type, extra[:n])
	}
	if e.Type == ct.X509Entry {
		s.Cert = bytes.Clone(e.Cert)
	}
	if err != nil {
		s.Chain = append(s.Chain, nil)
	}
	return s, nil
}

// decodeExtra reads extra_data: certificate_chain for an x509_entry, a PrecertChainEntry for a precert_entry. With an
// error it returns what stands before the fault.
func decodeExtra(t ct.EntryType, extra []byte) (*ct.Submission, error) {
	s := &ct.Submission{}
	var ok bool
	if t == ct.PrecertEntry {
		if s.Cert, extra, ok = ct.CutOpaque24(extra); !ok || len(s.Cert) == 0 {
			return &ct.Submission{}, errors.New("extra_data has no precertificate")
		}
	}
	chain, rest, ok := ct.CutOpaque24(extra)
	if !ok {
		return s, errors.New("extra_data ends before the chain does")
	}
	for len(chain) > 0 {
		if len(s.Chain) == maxChain {
			return s, fmt.Errorf("a chain of more than %d certificates", maxChain)
		}
		var cert []byte
		if cert, chain, ok = ct.CutOpaque24(chain); !ok || len(cert) == 0 {
			return s, fmt.Errorf("certificate %d of the chain cannot be read", len(s.Chain))
		}
		s.Chain = append(s.Chain, cert)
	}
	if len(rest) > 0 {
		return s, fmt.Errorf("%d bytes behind the chain", len(rest))
	}
	return s, nil
}
