package pinfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Bounds of a directory.
const (
	maxFiles    = 10_000
	maxDirDepth = 8
)

// File is what came of a file that Load found: its pins, or the reason why there are none. A file that belongs to the
// others but holds no pins, such as a private key beside its certificate, has pins without entries.
type File struct {
	Path string
	Pins *Pinset
	Err  error
}

// Load reads the file, the directory or the files of the pattern (see filepath.Match) of that name. In directories it
// reads the files whose names end as those of keys, certificates and pinning files do, also in directories below;
// names that begin with a dot are passed over. A file of several without such a name may hold no pins.
//
// Where one of several files holds a certificate's own key, the certificates of CAs in the others are its chain, as
// certbot's chain.pem is, and not pinned. opt.Beside need not be set.
//
// The error is a *Remark: nothing has the name or matches the pattern, or there are no pins in any of it. What is wrong
// with one of several files is in its File.
func Load(pattern string, opt Options) ([]File, error) {
	if opt.Beside == nil {
		opt.Beside = readFile
	}
	paths, several, err := find(pattern)
	if err != nil {
		return nil, err
	}
	files := make([]File, 0, len(paths))
	for _, path := range paths {
		f := File{Path: path}
		data, err := readFile(path)
		if err != nil {
			f.Err = unreadable(path, err)
		} else {
			f.Pins, f.Err = Read(path, data, opt)
		}
		files = append(files, f)
	}
	if !several {
		return files, files[0].Err
	}
	return together(pattern, files)
}

// together sees several files as parts of one whole.
func together(pattern string, files []File) ([]File, error) {
	keys, named := false, map[string]bool{}
	for i := range files {
		f := &files[i]
		if r, ok := errors.AsType[*Remark](f.Err); ok && (r.Kind == NoPins || r.Kind == Unknown && !isKind(f.Path)) {
			f.Pins = &Pinset{File: f.Path, Remarks: []Remark{*r}}
			f.Pins.Remarks[0].Kind = Ignored
			f.Err = nil
		}
		if f.Pins == nil {
			continue
		}
		keys = keys || hasKey(f.Pins)
		if f.Pins.Format == Chromium && strings.EqualFold(filepath.Ext(f.Path), ".json") {
			named[pinsName(f.Path)] = true
		}
	}
	found := false
	for i := range files {
		f := &files[i]
		switch {
		case f.Pins == nil:
			found = true // an error is for the caller to see, not to be taken for a directory without pins
			continue
		case named[f.Path]:
			f.leave("the keys of this file are named by the list of hosts beside it")
		case keys && isChain(f.Pins):
			f.leave("the certificates of CAs beside a certificate are its chain, and left aside")
		}
		found = found || len(f.Pins.Entries) > 0 || f.Pins.Err() != nil
	}
	if !found {
		return nil, &Remark{Kind: NoPins, File: pattern, Text: "there are no pins in any of its files"}
	}
	return files, nil
}

func (f *File) leave(why string) {
	f.Pins.Entries = nil
	f.Pins.Remarks = append(f.Pins.Remarks, Remark{Kind: Ignored, File: f.Path, Text: why})
}

// hasKey says whether a set has a key of a certificate for the watch that names its file.
func hasKey(p *Pinset) bool {
	return slices.ContainsFunc(p.Entries, func(e Entry) bool { return e.Host == "" && e.Dimension == Keys })
}

// isChain says whether a set has the certificates of CAs and nothing else.
func isChain(p *Pinset) bool {
	return (p.Format == PEM || p.Format == DER) && len(p.Entries) == 1 && p.Entries[0].CA
}

// find lists the files that a pattern stands for, and says whether they are several by nature.
func find(pattern string) (paths []string, several bool, err error) {
	info, err := os.Stat(pattern)
	if err == nil && !info.IsDir() {
		return []string{pattern}, false, nil
	}
	roots := []string{pattern}
	if err != nil {
		if roots, _ = filepath.Glob(pattern); len(roots) == 0 {
			return nil, false, unreadable(pattern, err)
		}
	}
	for _, root := range roots {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			paths = append(paths, root) // a link to nothing is read, so that its error is told, and the others count
			continue
		}
		if paths, err = walk(paths, root, 0); err != nil {
			return nil, false, unreadable(root, err)
		}
	}
	if len(paths) == 0 {
		return nil, false, &Remark{Kind: NoPins, File: pattern, Text: "there are no files of keys or pins in it"}
	}
	return paths, true, nil
}

// extensions are the ends of the names that are read in a directory.
const extensions = " .pem .crt .cer .cert .der .csr .req .pub .key .p12 .pfx .jwk .jwks .json .xml .plist .pins .zone .tlsa .hpkp "

// walk adds the files below a directory. Links to files are followed, as certbot has them, links to directories not.
func walk(paths []string, dir string, depth int) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir() && depth < maxDirDepth:
			if paths, err = walk(paths, path, depth+1); err != nil {
				return nil, err
			}
		case isKind(path) && isFile(path):
			paths = append(paths, path)
		}
		if len(paths) > maxFiles {
			return nil, fmt.Errorf("there are more than %d files of keys or pins in %s", maxFiles, dir)
		}
	}
	return paths, nil
}

// unreadable says why a file cannot be read, without its name again.
func unreadable(path string, err error) *Remark {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return &Remark{Kind: Unreadable, File: path, Text: err.Error()}
}

// isKind says whether a name ends as those of keys and pinning files do.
func isKind(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext != "" && strings.Contains(extensions, " "+ext+" ")
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular() // a link to nothing is read, so that its error is told
}

// readFile reads a regular file up to a byte more than Read takes. It looks at what it has opened, without waiting for a
// writer: between a look at the path and its opening a pipe could be put there, which would hold up the watch for good.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}
