package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/matcher/pinfile"
	"pinwatch/store"
)

// reading is what came of reading the files of a pattern.
type reading struct {
	files []pinfile.File
	err   error // of the pattern as a whole
}

// open reads the files of a pattern, once however many watches name them.
func (l *loader) open(from *config.PinsFrom) *reading {
	key := *from
	key.Line = 0
	if r := l.read[key]; r != nil {
		return r
	}
	r := &reading{}
	r.files, r.err = pinfile.Load(from.Pattern, pinfile.Options{Password: func(string) (string, error) {
		if from.PasswordEnv == "" {
			return "", nil
		}
		if l.opt.Env != nil {
			if value, found := l.opt.Env(from.PasswordEnv); found {
				return value, nil
			}
		}
		return "", fmt.Errorf("there is no variable %s in the environment", from.PasswordEnv)
	}})
	l.read[key] = r
	for i := range r.files {
		l.lost(&r.files[i])
	}
	return r
}

// lost warns of what is in a file and could not be taken.
func (l *loader) lost(f *pinfile.File) {
	if f.Pins == nil {
		return
	}
	for i := range f.Pins.Remarks {
		if r := &f.Pins.Remarks[i]; r.Kind.Lost() {
			l.warn(Health{Kind: PinsLost, File: r.Source(), Text: r.Error(), Hint: r.Hint()})
		}
	}
}

func (l *loader) warn(h Health) {
	h.Severity = h.Kind.severity().String()
	l.warnings = append(l.warnings, h)
}

// source is what the files of a pattern give for a watch: what they hold now or, where they cannot be read, what they
// gave last. It is an error if there is neither.
func (l *loader) source(w *matcher.Watch, from *config.PinsFrom) ([]store.PinFile, error) {
	known := l.known(w.ID(), from.Pattern)
	r := l.open(from)
	if r.err != nil && len(r.files) == 0 {
		if len(known) == 0 && !l.forgotten(w.ID(), from.Pattern) {
			return nil, r.err
		}
		for i := range known {
			l.keep(&known[i], r.err)
		}
		return known, nil
	}
	var out []store.PinFile
	var failed error
	before := make(map[string]*store.PinFile, len(known))
	for i := range known {
		before[known[i].Path] = &known[i]
	}
	several := len(r.files) > 1 || r.files[0].Path != from.Pattern
	for i := range r.files {
		f := &r.files[i]
		pins, err := take(w, f, several)
		old := before[f.Path]
		delete(before, f.Path)
		switch {
		case err == nil && len(pins) > 0:
			out = append(out, store.PinFile{Watch: w.ID(), Pattern: from.Pattern, Path: f.Path, Pins: pins, ReadAt: l.opt.Now})
		case err != nil && old != nil:
			l.keep(old, err)
			out = append(out, *old)
		case err != nil:
			failed = cmp.Or(failed, err)
			l.warn(Health{Kind: PinsLost, Watch: w.ID(), File: f.Path, Text: err.Error(), Hint: hint(err)})
		}
	}
	for i := range known {
		if before[known[i].Path] != nil {
			l.keep(&known[i], errGone)
			out = append(out, known[i])
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case l.forgotten(w.ID(), from.Pattern): // what is broken about a file was told above
		return nil, nil
	case failed == nil:
		failed = fmt.Errorf("%s has no pins for %s", from.Pattern, w.ID())
	}
	for i := range known { // the files are good, but none of them is for the watch any more: that ends nothing by itself
		l.keep(&known[i], failed)
	}
	if len(known) > 0 {
		failed = nil
	}
	return known, failed
}

// known are the files of a pattern that gave pins for a watch before, with those that have not ended.
func (l *loader) known(watch, pattern string) []store.PinFile {
	var out []store.PinFile
	for _, f := range l.recorded {
		if f.Pins = live(f.Pins); f.Watch == watch && f.Pattern == pattern && len(f.Pins) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// errGone is what is wrong with a file that a pattern does not find any more.
var errGone = errors.New("it is gone")

// keep makes the last good pins of a file stay in force.
func (l *loader) keep(f *store.PinFile, why error) {
	if f.Failed == nil {
		f.Failed = new(l.opt.Now)
	}
	f.Failure = why.Error()
	if !strings.HasPrefix(f.Failure, f.Path) {
		f.Failure = f.Path + ": " + f.Failure
	}
}

// forget drops files that are gone where every pin of theirs stands in another file too: they were renamed. For the
// others it warns.
func (l *loader) forget(files []store.PinFile) []store.PinFile {
	var out []store.PinFile
	for i := range files {
		f := &files[i]
		if f.Failed == nil || !strings.HasSuffix(f.Failure, errGone.Error()) || !elsewhere(f.Pins, files) {
			out = append(out, *f)
		}
	}
	for _, kept := range failed(out) {
		l.tellKept(kept)
	}
	return out
}

// failed are the files of a watch that cannot be read, by pattern.
func failed(files []store.PinFile) [][]store.PinFile {
	var out [][]store.PinFile
	at := map[string]int{}
	for i := range files {
		f := &files[i]
		if f.Failed == nil {
			continue
		}
		n, found := at[f.Pattern]
		if !found {
			n = len(out)
			at[f.Pattern] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], *f)
	}
	return out
}

// tellKept warns of files of one pattern that cannot be read: of each or, where they are many, of all at once.
func (l *loader) tellKept(kept []store.PinFile) {
	if f := &kept[0]; len(kept) > shownHosts {
		pins := 0
		for i := range kept {
			pins += kept[i].Live()
		}
		l.warn(Health{
			Kind: PinsKept, Watch: f.Watch, File: f.Pattern, Since: f.Failed,
			Text: fmt.Sprintf("%s: %d files cannot be read, such as %s; what they gave %s stays in force (%s)",
				f.Pattern, len(kept), f.Failure, f.Watch, count(pins, "pin")),
			Hint: "bring them back, or end their pins with: pinwatch pins forget " + f.Pattern,
		})
		return
	}
	for i := range kept {
		f := &kept[i]
		l.warn(Health{
			Kind: PinsKept, Watch: f.Watch, File: f.Path, Since: f.Failed,
			Text: fmt.Sprintf("%s; what it gave %s at %s stays in force (%s)",
				f.Failure, f.Watch, f.ReadAt.UTC().Format(time.RFC3339), count(f.Live(), "pin")),
			Hint: "bring it back, or end them with: pinwatch pins forget " + f.Path,
		})
	}
}

// elsewhere says whether all pins stand in a file that can be read.
func elsewhere(pins []store.FilePin, files []store.PinFile) bool {
	for _, p := range pins {
		there := slices.ContainsFunc(files, func(f store.PinFile) bool {
			return f.Failed == nil && slices.ContainsFunc(f.Pins, func(q store.FilePin) bool { return q.Dimension == p.Dimension && q.SPKI == p.SPKI })
		})
		if !there {
			return false
		}
	}
	return true
}

// fileKey is what makes a file one file of a watch.
type fileKey struct{ watch, pattern, path string }

// sameFiles says whether the files say what is recorded, whenever they were read.
func sameFiles(files, recorded []store.PinFile) bool {
	if len(files) != len(recorded) {
		return false
	}
	old := make(map[fileKey]*store.PinFile, len(recorded))
	for i := range recorded {
		r := &recorded[i]
		old[fileKey{r.Watch, r.Pattern, r.Path}] = r
	}
	for i := range files {
		f := &files[i]
		r := old[fileKey{f.Watch, f.Pattern, f.Path}]
		if r == nil || (f.Failed == nil) != (r.Failed == nil) || f.Failure != r.Failure || !slices.Equal(f.Pins, r.Pins) {
			return false
		}
	}
	return true
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// hint is what err advises, if it does.
func hint(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}
