package pinfile

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// maxFile bounds the files that are read. Chromium's list of 2026 with all of HSTS has 16 MB; others have a few kB.
const maxFile = 32 << 20

// Options are what reading a file may need besides its bytes. The zero value is good for most.
type Options struct {
	// Password gives the password of a PKCS#12 file, by the name given to Read. Nil stands for no password.
	Password func(file string) (string, error)
	// Beside gives the content of the file that another one refers to, by its name: Chromium's list of hosts names the
	// keys of a .pins file beside it. Nil makes such a file an error.
	Beside func(file string) ([]byte, error)
}

// Read reads the pins of a file. Its format is recognised by what is in it, and by name, which also stands in the
// Source of pins and remarks.
//
// The error is a *Remark of the kind Unknown, Unreadable or NoPins, which wraps nothing: there is nothing to go on with,
// and pins that came from this file before should be kept. A file with good pins and bad ones is no error; see
// Pinset.Err.
func Read(name string, data []byte, opt Options) (*Pinset, error) {
	r := &reader{opt: opt, set: &Pinset{File: name}}
	if len(data) > maxFile {
		return nil, r.fail(Unreadable, 0, "", "the file has %d bytes; at most %d are read", len(data), maxFile)
	}
	if err := r.read(data); err != nil {
		return nil, err
	}
	if len(r.set.Entries) == 0 && r.set.Err() == nil {
		return nil, r.fail(NoPins, 0, "", "there are no pins in this file")
	}
	return r.set, nil
}

// utf8Text turns text with a byte order mark into UTF-8 without one, and leaves all else as it is.
func utf8Text(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return utf16Text(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return utf16Text(data[2:], binary.BigEndian)
	}
	return data
}

func utf16Text(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	out := make([]byte, 0, len(units))
	for _, c := range utf16.Decode(units) {
		out = utf8.AppendRune(out, c)
	}
	return out
}
