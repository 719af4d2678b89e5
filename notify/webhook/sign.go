package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// The sizes of a secret, in bytes (Standard Webhooks 1.0.0, signature scheme).
const (
	minSecret = 24
	maxSecret = 64
)

// key is what signs.
type key []byte

var errSecret = errors.New("not whsec_ and 24 to 64 bytes in base64; one is made by: echo whsec_$(openssl rand -base64 32)")

// parseSecret reads a secret as Standard Webhooks writes it; the prefix may be missing, as it may for its libraries.
func parseSecret(secret string) (key, error) {
	secret = strings.TrimSpace(secret)
	if strings.HasPrefix(secret, "whsk_") || strings.HasPrefix(secret, "whpk_") {
		return nil, errors.New("a key for ed25519; only secrets (whsec_) are known here")
	}
	k, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(k) < minSecret || len(k) > maxSecret {
		return nil, errSecret
	}
	return k, nil
}

// signatures is the header webhook-signature: one for each key, separated by spaces.
func signatures(keys []key, id, stamp string, body []byte) string {
	all := make([]string, len(keys))
	for i, k := range keys {
		mac := hmac.New(sha256.New, k)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		all[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(all, " ")
}
