package loglist

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
)

// googlePEM is the key that signs Google's lists: https://www.gstatic.com/ct/log_list/v3/log_list_pubkey.pem
const googlePEM = `-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAsu0BHGnQ++W2CTdyZyxv
HHRALOZPlnu/VMVgo2m+JZ8MNbAOH2cgXb8mvOj8flsX/qPMuKIaauO+PwROMjiq
fUpcFm80Kl7i97ZQyBDYKm3MkEYYpGN+skAR2OebX9G2DfDqFY8+jUpOOWtBNr3L
rmVcwx+FcFdMjGDlrZ5JRmoJ/SeGKiORkbbu9eY1Wd0uVhz/xI5bQb0OgII7hEj+
i/IPbJqOHgB8xQ5zWAJJ0DmG+FM6o7gk403v6W3S8qRYiR84c50KppGwe4YqSMkF
bLDleGQWLoaDSpEWtESisb4JiLaY4H+Kk0EyAhPSb+49JfUozYl+lf7iFN3qRq/S
IXXTh6z0S7Qa8EYDhKGCrpI03/+qprwy+my6fpWHi6aUIk4holUCmWvFxZDfixox
K0RlqbFDl2JXMBquwlQpm8u5wrsic1ksIv9z8x9zh4PJqNpCah0ciemI3YGRQqSe
/mRRXBiSn9YQBUPcaeqCYan+snGADFwHuXCd9xIAdFBolw9R9HTedHGUfVXPJDiF
4VusfX6BRR/qaadB+bqEArF/TzuDUr6FvOR4o8lUUxgLuZ/7HO+bHnaPFKYHHSm+
+z1lVDhhYuSZ8ax3T0C3FZpb7HMjZtpEorSV5ElKJEJwrhrBCMOD8L01EoSPrGlS
1w22i9uGHMn/uGQKo28u7AsCAwEAAQ==
-----END PUBLIC KEY-----
`

// maxSignature bounds a signature file: RSA signatures are as long as the modulus, 512 bytes here.
const maxSignature = 4096

// googleKey reads the compiled-in key.
func googleKey() (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(googlePEM))
	if block == nil {
		return nil, errors.New("no PEM block in the key of Google's lists")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	rsaKey, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the key of Google's lists is not RSA")
	}
	return rsaKey, nil
}

// verify checks a list's signature as Google publishes it: RSASSA-PKCS1-v1_5 with SHA-256 over the JSON bytes, raw.
func verify(key *rsa.PublicKey, list, signature []byte) error {
	sum := sha256.Sum256(list)
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		return errors.New("the signature is not Google's over this list")
	}
	return nil
}

// signatureURL is where the signature of a list is, and whether the list must have one: everything that Google serves
// must (log_lists.md of GoogleChrome/CertificateTransparency: log_list.json has log_list.sig beside it).
func signatureURL(list *url.URL) (string, bool) {
	if !strings.EqualFold(strings.TrimSuffix(list.Hostname(), "."), "www.gstatic.com") {
		return "", false
	}
	sig := *list
	sig.Path, sig.RawPath, sig.RawQuery = strings.TrimSuffix(list.Path, ".json")+".sig", "", ""
	return sig.String(), true
}
