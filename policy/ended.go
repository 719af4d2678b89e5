package policy

import (
	"slices"
	"time"

	"pinwatch/config"
	"pinwatch/store"
)

// keptFor is how long a pin that left its file counts for what was logged before. No public certificate is valid for
// longer (Baseline Requirements section 6.3.2: 398 days, and less since 2026-03).
const keptFor = 400 * 24 * time.Hour

// live are the pins that a file held when it could be read last.
func live(pins []store.FilePin) []store.FilePin {
	return slices.DeleteFunc(slices.Clone(pins), func(p store.FilePin) bool { return p.Ended })
}

// ended adds to the files of a watch the pins that they gave before and do not hold any more. Such a pin ends now, as an
// authorisation does: who replaces a key with every renewal must not hear of the certificates that had the old one.
func (l *loader) ended(watch string, from []config.PinsFrom, files []store.PinFile) []store.PinFile {
	held := map[heldPin]bool{}
	for _, f := range files {
		for _, p := range live(f.Pins) {
			held[heldPin{p.Dimension, p.SPKI}] = true
		}
	}
	for i := range l.recorded {
		old := &l.recorded[i]
		asked := slices.ContainsFunc(from, func(f config.PinsFrom) bool { return f.Pattern == old.Pattern })
		if old.Watch != watch || !asked {
			continue
		}
		gone := l.gone(old.Pins, held)
		if len(gone) == 0 {
			continue
		}
		at := slices.IndexFunc(files, func(f store.PinFile) bool { return f.Pattern == old.Pattern && f.Path == old.Path })
		if at < 0 {
			at = len(files)
			files = append(files, store.PinFile{Watch: watch, Pattern: old.Pattern, Path: old.Path, ReadAt: old.ReadAt})
		}
		files[at].Pins = append(slices.Clip(files[at].Pins), gone...)
	}
	return files
}

// forgotten says whether a pattern gave a watch pins that have all ended. Nothing is wrong with it then: the watch goes on
// without, and as long as they are remembered no other key is expected because of that.
func (l *loader) forgotten(watch, pattern string) bool {
	return slices.ContainsFunc(l.recorded, func(f store.PinFile) bool {
		return f.Watch == watch && f.Pattern == pattern && f.Failed == nil && len(f.Pins) > 0 && len(live(f.Pins)) == 0
	})
}

// named are pins of a file, with what has become of them in their source.
func named(pins []store.FilePin) []store.FilePin {
	out := slices.Clone(pins)
	for i := range out {
		if out[i].Ended {
			out[i].Source += ", which holds it no more"
		}
	}
	return out
}

// heldPin is what makes a pin of a watch one pin.
type heldPin struct {
	dimension string
	spki      [32]byte
}

// gone are those of pins that no file holds, as far as certificates may be valid that were logged while one did.
func (l *loader) gone(pins []store.FilePin, held map[heldPin]bool) []store.FilePin {
	var out []store.FilePin
	for _, p := range pins {
		counted := true
		if !p.Ended {
			p, counted = p.End(l.opt.Now)
		}
		if !held[heldPin{p.Dimension, p.SPKI}] && counted && l.opt.Now.Sub(p.NotAfter) < keptFor {
			out = append(out, p)
		}
	}
	return out
}
