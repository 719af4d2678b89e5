package certscan_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pinwatch/ct"
)

const sharedData = "../../../shared/data"

// sample is one certificate of the shared data.
type sample struct {
	file string // below sharedData
	der  []byte
	tbs  bool // a TBSCertificate alone
}

// collections lists the folders of the shared data that hold certificates, without those that are not there.
func collections(tb testing.TB) []string {
	tb.Helper()
	var found []string
	for _, pattern := range []string{"certs/*", "incidents/*", "logs/*"} {
		paths, err := filepath.Glob(filepath.Join(sharedData, pattern))
		if err != nil {
			tb.Fatal(err)
		}
		found = append(found, paths...)
	}
	if len(found) == 0 {
		tb.Skipf("%s is not there", sharedData)
	}
	return found
}

// samplesIn reads every file below dir and returns what could be certificates, each once. raw is called with the
// bytes of every file, whatever they are.
func samplesIn(tb testing.TB, dir string, raw func([]byte)) []sample {
	tb.Helper()
	var samples []sample
	seen := map[[32]byte]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		raw(data)
		name := strings.TrimPrefix(path, sharedData+"/")
		for _, s := range samplesOf(name, data) {
			if sum := sha256.Sum256(s.der); !seen[sum] {
				seen[sum] = true
				samples = append(samples, s)
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return samples
}

// samplesOf finds the certificates in a file of any of the forms that the shared data has: PEM with text around it,
// DER, base64 alone, JSON with either inside, and the leaves and tiles of logs.
func samplesOf(name string, data []byte) []sample {
	switch filepath.Ext(name) {
	case ".p12", ".pub", ".proof", ".txt":
		return nil
	}
	switch {
	case strings.Contains(name, "tile/data/"):
		return tileSamples(name, data)
	case bytes.Contains(data, []byte("-----BEGIN ")) && filepath.Ext(name) != ".json":
		return pemSamples(name, data)
	case filepath.Ext(name) == ".json":
		var parsed any
		if json.Unmarshal(data, &parsed) != nil {
			return nil
		}
		return jsonSamples(name, parsed)
	case strings.Contains(strings.ToLower(name), "crl") || strings.HasSuffix(name, "derBytes.der"):
		return nil // revocation lists
	}
	return binarySamples(name, data)
}

func pemSamples(name string, data []byte) (found []sample) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return found
		}
		if strings.HasSuffix(block.Type, "CERTIFICATE") {
			found = append(found, sample{file: name, der: block.Bytes, tbs: block.Type == "TBS CERTIFICATE"})
		}
	}
}

func jsonSamples(name string, value any) (found []sample) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			found = append(found, jsonSamples(name, v[key])...)
		}
	case []any:
		for _, inner := range v {
			found = append(found, jsonSamples(name, inner)...)
		}
	case string:
		if strings.HasPrefix(v, "-----BEGIN ") {
			return pemSamples(name, []byte(v))
		}
		if raw, err := base64.StdEncoding.DecodeString(v); err == nil {
			return binarySamples(name, raw)
		}
	}
	return found
}

// binarySamples tells a certificate from a TBSCertificate, a log's leaf and all else by the first octets.
func binarySamples(name string, data []byte) []sample {
	var e ct.Entry
	if len(data) > 2 && data[0] == 0 && data[1] == 0 {
		if _, err := e.DecodeTimestamped(data[2:]); err != nil {
			return nil
		}
		return []sample{{file: name, der: e.Cert, tbs: e.Type == ct.PrecertEntry}}
	}
	if len(data) < 64 || data[0] != 0x30 || data[1] < 0x80 {
		return nil
	}
	if _, err := x509.ParseCertificateRequest(data); err == nil {
		return nil
	}
	if _, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return nil
	}
	switch inner := data[2+int(data[1]&0x7f):]; {
	case inner[0] == 0xa0:
		return []sample{{file: name, der: data, tbs: true}}
	case inner[0] == 0x30 && inner[1] >= 0x80:
		return []sample{{file: name, der: data}}
	}
	return nil
}

func tileSamples(name string, tile []byte) (found []sample) {
	for len(tile) > 0 {
		var e ct.Entry
		rest, err := e.DecodeTimestamped(tile)
		if err != nil {
			return found
		}
		precert, rest, ok := ct.CutOpaque24(rest)
		_, rest, whole := ct.CutOpaque16(rest)
		if !ok || !whole {
			return found
		}
		found = append(found, sample{file: name, der: e.Cert, tbs: true}, sample{file: name, der: precert})
		tile = rest
	}
	return found
}
