package cli

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pinwatch/report"
)

// write writes a report in the format that was asked for.
func (o *order) write(w io.Writer, r *report.Report) error {
	switch o.format {
	case "html":
		return report.WriteHTML(w, r)
	case "csv":
		return report.WriteCSV(w, r, o.table)
	case "json":
		return report.WriteJSON(w, r)
	}
	return report.WriteMarkdown(w, r)
}

// writeReport writes the report to its file, whole or not at all, and its signature beside it.
func (p *program) writeReport(o *order, r *report.Report) error {
	var key ed25519.PrivateKey
	if o.key != "" {
		var err error
		if key, err = p.signingKey(o.key); err != nil {
			return err
		}
	}
	hash := sha256.New()
	err := writeWhole(o.path, func(w io.Writer) error { return o.write(io.MultiWriter(w, hash), r) })
	if err != nil || key == nil {
		return err
	}
	envelope, err := report.Sign(key, &report.Attestation{
		File: filepath.Base(o.path), SHA256: [32]byte(hash.Sum(nil)), Period: r.Period, GeneratedAt: r.GeneratedAt, Generator: r.Generator,
	})
	if err != nil {
		return fmt.Errorf("sign %s: %w", o.path, err)
	}
	return writeWhole(o.path+".sig", func(w io.Writer) error {
		_, err := w.Write(envelope)
		return err
	})
}

// writeWhole writes a file under a temporary name, readable by its owner alone, and gives it its name when all of it is
// there. What had the name before is replaced.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// maxKeyFile bounds a key, in bytes.
const maxKeyFile = 64 << 10

// signingKey reads the key that reports are signed with.
func (p *program) signingKey(path string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usage("name the file that \"openssl genpkey -algorithm ed25519\" wrote", "--attest: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		p.warn(fmt.Sprintf("%s may be read by others, who could sign in your name", path))
		p.hint("chmod 600 " + path)
	}
	raw, err := readSmall(path, maxKeyFile)
	if err != nil {
		return nil, usage("name the file that \"openssl genpkey -algorithm ed25519\" wrote", "--attest: %w", err)
	}
	key, err := report.ParsePrivateKey(raw)
	if err != nil {
		return nil, usage("\"openssl genpkey -algorithm ed25519 -out key.pem\" makes one", "--attest: %s: %w", path, err)
	}
	return key, nil
}

// readBounded reads a file that must not be larger than most bytes.
func readSmall(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(raw)) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return raw, err
}
