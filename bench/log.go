package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

const (
	origin   = "bench.example/2026"
	pageSize = 256
)

// watched are the names that the generated logs hold certificates for; the first of every watch list.
var watched = []string{"example.com"}

// makeLog generates a static log of n entries in dir, unless it is there.
func makeLog(dir string, n uint64) (*ct.Log, error) {
	done := filepath.Join(dir, "log.json")
	if raw, err := os.ReadFile(done); err == nil {
		log := new(ct.Log)
		return log, json.Unmarshal(raw, log)
	}
	fmt.Fprintf(os.Stderr, "making a log of %d entries in %s ...\n", n, dir)
	log, err := cttest.WriteBig(filepath.Join(dir, "log"), cttest.Big{Origin: origin, Entries: n, Watched: watched})
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(log)
	if err != nil {
		return nil, err
	}
	return log, os.WriteFile(done, raw, 0o644)
}

// makePages writes the entries of a static log as get-entries answers of 256 entries, unless they are there.
func makePages(dir string, log *ct.Log) error {
	pages := filepath.Join(dir, "pages")
	if _, err := os.Stat(filepath.Join(pages, "done")); err == nil {
		return nil
	}
	fmt.Fprintf(os.Stderr, "making pages of get-entries in %s ...\n", pages)
	if err := os.MkdirAll(pages, 0o755); err != nil {
		return err
	}
	issuers, err := readIssuers(filepath.Join(dir, "log", "issuer"))
	if err != nil {
		return err
	}
	return eachPage(dir, log, func(n uint64, entries []ct.Entry) error {
		return os.WriteFile(pageFile(dir, n), page(entries, issuers), 0o644)
	}, func() error { return os.WriteFile(filepath.Join(pages, "done"), nil, 0o644) })
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
		for rest := e.Fingerprints; len(rest) > 0; rest = rest[sha256.Size:] {
			chain = opaque24(chain, issuers[[sha256.Size]byte(rest)])
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

func opaque24(dst, value []byte) []byte {
	n := len(value)
	return append(append(dst, byte(n>>16), byte(n>>8), byte(n)), value...)
}

func readIssuers(dir string) (map[[sha256.Size]byte][]byte, error) {
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
func open(dir string, log *ct.Log) (*static.Reader, *ct.TreeHead, error) {
	at := *log
	abs, err := filepath.Abs(filepath.Join(dir, "log"))
	if err != nil {
		return nil, nil, err
	}
	at.MonitoringURL = "file://" + abs + "/"
	r, err := static.New(&at, static.Files{})
	if err != nil {
		return nil, nil, err
	}
	head, err := r.TreeHead(ctx)
	return r, head, err
}

// eachPage hands every page of 256 entries to f, and calls done behind the last one.
func eachPage(dir string, log *ct.Log, f func(n uint64, entries []ct.Entry) error, done func() error) error {
	r, head, err := open(dir, log)
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
	return done()
}

// sth is the answer of get-sth (RFC 6962 section 4.3).
func sth(head *ct.TreeHead) []byte {
	return fmt.Appendf(nil, `{"tree_size":%d,"timestamp":%d,"sha256_root_hash":"%s","tree_head_signature":"%s"}`,
		head.Size, head.Timestamp, head.Root, base64.StdEncoding.EncodeToString(head.Signature))
}
