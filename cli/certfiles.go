package cli

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxCertFile bounds a file of certificates, in bytes: all of Mozilla's roots are a quarter of a megabyte.
const maxCertFile = 64 << 20

// certificate is a certificate as it was found.
type certificate struct {
	place string // the file, and which one of several in it
	form  string // PEM or DER
	der   []byte
}

// readCertificates reads files, all files below directories, and stdin for "-". What is named must hold certificates;
// what only lies in a directory need not.
func (p *program) readCertificates(paths []string) ([]certificate, error) {
	var out []certificate
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case path == "-":
			data, err := readBounded(p.stdin)
			if err != nil {
				return nil, fmt.Errorf("read stdin: %w", err)
			}
			found, err := certificatesIn("stdin", data)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		case err == nil && info.IsDir():
			found, err := p.readDirectory(path)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		default:
			data, err := readFile(path)
			if err != nil {
				return nil, usage("", "%w", err)
			}
			found, err := certificatesIn(path, data)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// readDirectory reads what lies below dir, links to files too. Files without certificates are passed over, and said so.
func (p *program) readDirectory(dir string) ([]certificate, error) {
	var out []certificate
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // a link to nowhere holds no certificate
		}
		data, err := readFile(path)
		if err != nil {
			return err
		}
		if !looksLikeCertificates(data) {
			p.warn(path + " holds no certificate")
			return nil
		}
		found, err := certificatesIn(path, data)
		if err != nil {
			p.warn(err.Error())
		}
		out = append(out, found...)
		return nil
	})
	if err == nil && len(out) == 0 {
		return nil, usage("", "%s holds no certificates", dir)
	}
	return out, err
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
	return readBounded(f)
}

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCertFile+1))
	if err == nil && len(data) > maxCertFile {
		err = fmt.Errorf("more than %d bytes", maxCertFile)
	}
	return data, err
}

// certificatesIn takes the certificates out of PEM. Whatever is not PEM is one certificate in DER: how far it can be
// read is what inspect is asked.
func certificatesIn(place string, data []byte) ([]certificate, error) {
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		if len(data) == 0 {
			return nil, usage("", "%s is empty", place)
		}
		return []certificate{{place: place, form: "DER", der: data}}, nil
	}
	var out []certificate
	var others []string
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "CERTIFICATE") {
			others = append(others, block.Type)
			continue
		}
		out = append(out, certificate{place: place, form: "PEM", der: block.Bytes})
	}
	switch {
	case len(out) > 1:
		for i := range out {
			out[i].place = fmt.Sprintf("%s, certificate %d", place, i+1)
		}
	case len(out) == 0 && others != nil:
		return nil, usage("", "%s holds no certificate, but %s", place, strings.Join(others, ", "))
	case len(out) == 0:
		return nil, usage("", "%s holds no certificate that is whole", place)
	}
	return out, nil
}
