package loglist

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// maxFuture is how far ahead of our clock a list may be published.
	maxFuture = 24 * time.Hour
	// maxStale is how long a signed list may stay untouched. Google's is published daily; its frozen one is not.
	maxStale = 30 * 24 * time.Hour
)

// object says why a fetched list must not take the place of the copy from before, which may be nil.
func (l *loader) object(old, c *goodCopy) *Warning {
	if c.list.Time.After(l.now.Add(maxFuture)) {
		return l.warning(FutureList, fmt.Errorf("published at %s, which is yet to come", stamp(c.list.Time)))
	}
	if old == nil {
		return nil
	}
	if older(c.list, old.list) {
		return l.warning(RolledBack, fmt.Errorf("%s is older than %s, seen before and kept in %s",
			name(c.list), name(old.list), l.path))
	}
	if c.list.mimics() && !old.list.mimics() {
		return l.warning(Mimics, fmt.Errorf("%w; the copy kept in %s has none", errFrozen, l.path))
	}
	return nil
}

// errFrozen explains what mimics on a list mean for who follows it.
var errFrozen = errors.New("it has mimic logs, whose private keys are public: " +
	"this is the frozen list for CT enforcement libraries, on which new logs never appear")

// judge warns of a list that is genuine and yet not one to rely on.
func (l *loader) judge(list *List) {
	if list.mimics() {
		l.warn(Mimics, errFrozen)
	}
	if t := list.Time; l.key != nil && !t.IsZero() && l.now.Sub(t) > maxStale {
		l.warn(StaleList, fmt.Errorf("published at %s and not since, though it should be daily: new logs are missing from it",
			stamp(t)))
	}
}

// older says whether a was published before b: by time, or where one of them has none (Apple's), by version. What
// cannot be compared is not older.
func older(a, b *List) bool {
	if !a.Time.IsZero() && !b.Time.IsZero() {
		return a.Time.Before(b.Time)
	}
	va, oka := version(a.Version)
	vb, okb := version(b.Version)
	if !oka || !okb {
		return false
	}
	return va[0] < vb[0] || va[0] == vb[0] && va[1] < vb[1]
}

// version reads "364" and "80.14".
func version(s string) (v [2]uint64, ok bool) {
	major, minor, found := strings.Cut(s, ".")
	var err error
	if v[0], err = strconv.ParseUint(major, 10, 64); err != nil {
		return v, false
	}
	if found {
		v[1], err = strconv.ParseUint(minor, 10, 64)
	}
	return v, err == nil
}

// name is how a list's version is spoken of.
func name(l *List) string {
	s := "the list"
	if l.Version != "" {
		s = "version " + l.Version
	}
	if !l.Time.IsZero() {
		s += " of " + stamp(l.Time)
	}
	return s
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }
