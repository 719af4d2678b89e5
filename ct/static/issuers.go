package static

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
)

// Issuers has certificates that a log need not be asked for, such as those that were kept when they were fetched
// before. What it gives is checked against the fingerprint.
type Issuers interface {
	// Issuer returns the DER of the certificate with the SHA-256; nil or an error if it is not to be had.
	Issuer(ctx context.Context, fingerprint [sha256.Size]byte) ([]byte, error)
}

// Option changes how a Reader works.
type Option func(*Reader)

// WithIssuers has the Reader ask known before it asks the log for the certificate of an issuer.
func WithIssuers(known Issuers) Option { return func(r *Reader) { r.known = known } }

// issuer returns the certificate with the given fingerprint; nil, without an error, if the log does not have it: the
// entry must not be held up for ever by a log that lost an issuer.
func (r *Reader) issuer(ctx context.Context, fingerprint [sha256.Size]byte) ([]byte, error) {
	r.mu.Lock()
	der, ok := r.issuers[fingerprint]
	r.mu.Unlock()
	if ok {
		return der, nil
	}
	if der = r.knownIssuer(ctx, fingerprint); der == nil {
		var err error
		if der, err = r.fetchIssuer(ctx, fingerprint); der == nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.issuers) >= maxIssuers {
		clear(r.issuers)
	}
	r.issuers[fingerprint] = der
	return der, nil
}

// knownIssuer is the certificate as it was kept, nil if there is none, or what is kept is another one.
func (r *Reader) knownIssuer(ctx context.Context, fingerprint [sha256.Size]byte) []byte {
	if r.known == nil {
		return nil
	}
	der, err := r.known.Issuer(ctx, fingerprint)
	if err != nil || sha256.Sum256(der) != fingerprint {
		return nil
	}
	return der
}

// fetchIssuer asks the log; nil, without an error, if it does not have the certificate.
func (r *Reader) fetchIssuer(ctx context.Context, fingerprint [sha256.Size]byte) ([]byte, error) {
	url := r.base + issuerPath(fingerprint[:])
	der, err := r.get.Get(ctx, nil, url, maxIssuer, false)
	if err == nil && sha256.Sum256(der) != fingerprint {
		der, err = r.get.Get(ctx, nil, url, maxIssuer, true)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case sha256.Sum256(der) != fingerprint:
		return nil, nil
	}
	return der, nil
}
