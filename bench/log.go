package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

// pageSize is how many entries a tile has, and how many get-entries gives.
const pageSize = 256

// origin is the origin line of a log, by its number.
func origin(number int) string { return fmt.Sprintf("bench.example/%d", number) }

func key(number int) *cttest.Key { return cttest.NewKey("log " + origin(number)) }

// describe is the log of that number, as clients know it. Its monitoring URL is to be set.
func describe(number int) *ct.Log {
	return cttest.NewLog(cttest.Config{Origin: origin(number)}).Describe("file:///", true)
}

// makeLog generates a static log of n entries, unless it is there, and the answers of get-entries to it, if asked for.
func (b *bench) makeLog(n uint64, pages bool) (dir string, err error) {
	dir = filepath.Join(b.dir, fmt.Sprintf("log-%d", n))
	done := filepath.Join(dir, "done")
	if _, err := os.Stat(done); err != nil {
		fmt.Fprintf(os.Stderr, "making a log of %d entries in %s ...\n", n, dir)
		big := cttest.Big{Origin: origin(0), Key: nil, Entries: n, Watched: []string{watched}}
		if _, err := cttest.WriteBig(filepath.Join(dir, "log"), big); err != nil {
			return "", err
		}
		if err := os.WriteFile(done, nil, 0o644); err != nil {
			return "", err
		}
	}
	if pages {
		err = makePages(dir)
	}
	return dir, err
}

// makePages writes the entries of a static log as get-entries answers of 256 entries, unless they are there.
func makePages(dir string) error {
	pages := filepath.Join(dir, "pages")
	done := filepath.Join(pages, "done")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	fmt.Fprintf(os.Stderr, "making pages of get-entries in %s ...\n", pages)
	if err := os.MkdirAll(pages, 0o755); err != nil {
		return err
	}
	issuers, err := readIssuers(dir)
	if err != nil {
		return err
	}
	err = eachPage(dir, func(n uint64, entries []ct.Entry) error {
		return os.WriteFile(pageFile(dir, n), page(entries, issuers), 0o644)
	})
	if err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o644)
}

func pageFile(dir string, n uint64) string {
	return filepath.Join(dir, "pages", fmt.Sprintf("%d.json", n))
}

// page writes the answer of get-entries (RFC 6962 section 4.6).
func page(entries []ct.Entry, issuers map[[sha256.Size]byte][]byte) []byte {
	type row struct {
		LeafInput []byte `json:"leaf_input"`
		ExtraData []byte `json:"extra_data"`
	}
	var body struct {
		Entries []row `json:"entries"`
	}
	for i := range entries {
		e := &entries[i]
		var chain, extra []byte
		for _, der := range chainOf(e, issuers) {
			chain = opaque24(chain, der)
		}
		if e.Type == ct.PrecertEntry {
			extra = opaque24(extra, e.Precert)
		}
		body.Entries = append(body.Entries, row{append([]byte{0, 0}, e.Timestamped...), opaque24(extra, chain)})
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // byte slices can be marshalled
	}
	return raw
}

func chainOf(e *ct.Entry, issuers map[[sha256.Size]byte][]byte) [][]byte {
	var chain [][]byte
	for rest := e.Fingerprints; len(rest) > 0; rest = rest[sha256.Size:] {
		chain = append(chain, issuers[[sha256.Size]byte(rest)])
	}
	return chain
}

func opaque24(dst, value []byte) []byte {
	n := len(value)
	return append(append(dst, byte(n>>16), byte(n>>8), byte(n)), value...)
}

func readIssuers(dir string) (map[[sha256.Size]byte][]byte, error) {
	dir = filepath.Join(dir, "log", "issuer")
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	issuers := map[[sha256.Size]byte][]byte{}
	for _, f := range files {
		fingerprint, err := hex.DecodeString(f.Name())
		if err != nil || len(fingerprint) != sha256.Size {
			return nil, fmt.Errorf("%s is no issuer", f.Name())
		}
		der, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		issuers[[sha256.Size]byte(fingerprint)] = der
	}
	return issuers, nil
}

// open reads the log in dir with pinwatch's own reader.
func open(dir string) (*static.Reader, *ct.TreeHead, error) {
	log := describe(0)
	abs, err := filepath.Abs(filepath.Join(dir, "log"))
	if err != nil {
		return nil, nil, err
	}
	log.MonitoringURL = "file://" + filepath.ToSlash(abs) + "/"
	r, err := static.New(log, static.Files{})
	if err != nil {
		return nil, nil, err
	}
	head, err := r.TreeHead(ctx)
	return r, head, err
}

// eachPage hands every page of 256 entries to f.
func eachPage(dir string, f func(n uint64, entries []ct.Entry) error) error {
	r, head, err := open(dir)
	if err != nil {
		return err
	}
	for at := uint64(0); at < head.Size; at += pageSize {
		batch, err := r.Entries(ctx, at, min(at+pageSize, head.Size), head, false)
		if err != nil {
			return err
		}
		if err := f(at/pageSize, batch.Entries); err != nil {
			return err
		}
		batch.Release()
	}
	return nil
}
