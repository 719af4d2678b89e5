package loglist

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// copyFile is the last good copy of a list as it is kept on disk. Time and place are not signed by anybody; the list is
// verified again whenever it is read.
type copyFile struct {
	Location     string    `json:"location"`
	Checked      time.Time `json:"checked"` // when it was last known to be the current list
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	SHA256       []byte    `json:"sha256"` // of List: against damage, not against malice
	List         []byte    `json:"list"`
	Signature    []byte    `json:"signature,omitempty"`
}

// goodCopy is a list that was verified and parsed, with what it was made of.
type goodCopy struct {
	copyFile
	list *List
}

// maxCopyFile bounds a copy file: base64 of the list and the signature, and the rest.
const maxCopyFile = (MaxBytes+maxSignature)*4/3 + 16<<10

// maxValidator bounds an ETag or Last-Modified that is kept; a longer one is not worth a conditional request.
const maxValidator = 256

// copyPath is where the copy of the list at location is kept, "" when there is no directory for copies.
func copyPath(dir, location string) string {
	if dir == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(location))
	return filepath.Join(dir, "loglist-"+hex.EncodeToString(sum[:8])+".json")
}

// readCopy reads the copy at path, verifying it as if it had just been fetched. There being none is no error: it is nil.
func readCopy(path, location string, key *rsa.PublicKey) (*goodCopy, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCopyFile+1))
	if err != nil {
		return nil, err
	}
	c, err := decodeCopy(data, location, key)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

func decodeCopy(data []byte, location string, key *rsa.PublicKey) (*goodCopy, error) {
	if len(data) > maxCopyFile {
		return nil, fmt.Errorf("more than %d bytes", maxCopyFile)
	}
	var c goodCopy
	if err := json.Unmarshal(data, &c.copyFile); err != nil {
		return nil, explain(err)
	}
	if c.Location != location {
		return nil, fmt.Errorf("a copy of %.200q", c.Location)
	}
	if sum := sha256.Sum256(c.List); string(sum[:]) != string(c.SHA256) {
		return nil, errors.New("the copy is damaged")
	}
	if key != nil {
		if err := verify(key, c.List, c.Signature); err != nil {
			return nil, err
		}
	}
	list, err := Parse(c.List, location)
	if err != nil {
		return nil, err
	}
	list.Signed = key != nil
	c.list = list
	return &c, nil
}

// write replaces the copy at path in one step: a crash leaves the old one or the new one.
func (c *copyFile) write(path string) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	dir, name := filepath.Split(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, name+"-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // best effort: err is what matters
	}
	return err
}
