package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxCertFile bounds a file of certificates, in bytes: all of Mozilla's roots are a quarter of a megabyte.
	maxCertFile = 64 << 20
	// maxCertFiles bounds all that is read by one command, in bytes: it is held in memory.
	maxCertFiles = 512 << 20
)

// certificate is a certificate as it was found.
type certificate struct {
	place string // the file, and which one of several in it
	form  string // PEM, DER, or base64 without the lines around it
	der   []byte
}

// certReader collects certificates from files.
type certReader struct {
	p      *program
	size   int // of what was read, in bytes
	certs  []certificate
	failed []error // what could not be read, or holds no certificates though it should
}

// read reads a file, all files below a directory, or stdin for "-". What is named must hold certificates; what only
// lies in a directory need not.
func (r *certReader) read(path string) {
	info, err := os.Stat(path)
	switch {
	case path == "-":
		data, err := readBounded(r.p.stdin)
		if err != nil {
			err = fmt.Errorf("stdin: %w", err)
		}
		r.take("stdin", data, err)
	case err == nil && info.IsDir():
		r.directory(path)
	default:
		data, err := readFile(path)
		r.take(path, data, err)
	}
}

// take takes the certificates out of what was read at a place.
func (r *certReader) take(place string, data []byte, err error) {
	if err == nil {
		err = r.count(place, data)
	}
	var found []certificate
	if err == nil {
		found, err = certificatesIn(place, data)
	}
	if err != nil {
		r.failed = append(r.failed, err)
	}
	r.certs = append(r.certs, found...)
}

func (r *certReader) count(place string, data []byte) error {
	if r.size += len(data); r.size > maxCertFiles {
		return fmt.Errorf("%s: with it, there are more than %d bytes to read", place, maxCertFiles)
	}
	return nil
}

// directory reads what lies below dir, links to files too. Files without certificates are passed over, and said so.
func (r *certReader) directory(dir string) {
	before := len(r.certs) + len(r.failed)
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			r.failed = append(r.failed, err)
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // a link to nowhere holds no certificate
		}
		data, err := readFile(path)
		if err == nil {
			err = r.count(path, data)
		}
		if err != nil {
			r.failed = append(r.failed, err)
			return nil
		}
		found, err := certificatesIn(path, data)
		if !looksLikeCertificates(data) && len(found) == 1 && found[0].form == formDER {
			found, err = nil, fmt.Errorf("%s holds no certificate", path)
		}
		if err != nil {
			r.p.warn(err.Error())
		}
		r.certs = append(r.certs, found...)
		return nil
	})
	if len(r.certs)+len(r.failed) == before {
		r.failed = append(r.failed, fmt.Errorf("%s holds no certificates", dir))
	}
}

// looksLikeCertificates says whether data is PEM, or begins like DER: with a SEQUENCE.
func looksLikeCertificates(data []byte) bool {
	return bytes.Contains(data, []byte("-----BEGIN ")) || len(data) > 0 && data[0] == 0x30
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readBounded(f)
	if errors.Is(err, errTooLong) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return data, err
}

var errTooLong = fmt.Errorf("more than %d bytes", maxCertFile)

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCertFile+1))
	if err == nil && len(data) > maxCertFile {
		err = errTooLong
	}
	return data, err
}

// The forms in which a certificate is written.
const (
	formPEM    = "PEM"
	formDER    = "DER"
	formBase64 = "base64"
)

// certificatesIn takes the certificates out of PEM or base64. Whatever is neither is one certificate in DER: how far it
// can be read is what inspect is asked.
func certificatesIn(place string, data []byte) ([]certificate, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("%s is empty", place)
	}
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		if der, ok := bareBase64(data); ok {
			return []certificate{{place: place, form: formBase64, der: der}}, nil
		}
		return []certificate{{place: place, form: formDER, der: data}}, nil
	}
	var out []certificate
	var others []string
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "CERTIFICATE") {
			others = append(others, block.Type)
			continue
		}
		out = append(out, certificate{place: place, form: formPEM, der: block.Bytes})
	}
	switch {
	case len(out) > 1:
		for i := range out {
			out[i].place = fmt.Sprintf("%s, certificate %d", place, i+1)
		}
	case len(out) == 0 && others != nil:
		return nil, fmt.Errorf("%s holds no certificate, but %s", place, strings.Join(others, ", "))
	case len(out) == 0:
		return nil, fmt.Errorf("%s holds no certificate that is whole", place)
	}
	return out, nil
}

// bareBase64 decodes base64 without the lines that PEM has around it, as JSON and databases hold it. ok is false for
// anything else, and for what is no SEQUENCE in DER.
func bareBase64(data []byte) (der []byte, ok bool) {
	packed := bytes.Join(bytes.Fields(data), nil)
	if !bytes.HasPrefix(packed, []byte("M")) { // 0x30 begins so
		return nil, false
	}
	der, err := base64.StdEncoding.AppendDecode(nil, packed)
	return der, err == nil && len(der) > 0 && der[0] == 0x30
}
