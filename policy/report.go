package policy

import (
	"slices"
	"strings"
	"time"

	"pinwatch/matcher"
)

// Kind sorts what is to be looked at.
type Kind string

// The kinds of what there is to say of files of pins, as they are read.
const (
	PinsKept  Kind = "pins_kept"      // a file cannot be read: the pins that it gave last stay in force
	PinsLost  Kind = "pins_lost"      // a part of a file could not be taken for pins
	Unwatched Kind = "host_unwatched" // a file has pins for a host that no watch covers
)

// The kinds of what Check finds besides.
const (
	FewPins      Kind = "few_pins"       // a dimension has one pin: there is no backup
	NoBackup     Kind = "no_backup"      // every pinned key has been in a certificate: none is kept back
	BackupSeen   Kind = "backup_seen"    // a backup pin has been in a certificate
	AllOver      Kind = "pins_expired"   // every pin of a dimension has ended
	PinOver      Kind = "pin_expired"    // a pin has ended
	PinEnds      Kind = "pin_expires"    // a pin ends soon
	CAAsLeaf     Kind = "ca_as_key"      // a key that CAs issue with is pinned as the certificate's own
	LeafAsCA     Kind = "key_as_issuer"  // a certificate's own key is pinned as that of a CA
	OddWatch     Kind = "odd_watch"      // a watch on a public suffix, or on what no public CA issues for
	Unused       Kind = "unused_pin"     // no certificate has used a pin for long
	NoSuccessor  Kind = "no_successor"   // the newest certificate of a pinned key expires soon, and nothing follows it
	WouldRefuse  Kind = "would_refuse"   // shadow pinning: certificates that a client with these pins refuses
	AwaitingWord Kind = "learned_unseen" // a key that was learned, and nobody has approved
)

// severity is how much may depend on it, in the words of findings.
func (k Kind) severity() matcher.Severity {
	switch k {
	case PinsKept, BackupSeen, AllOver:
		return matcher.High
	case PinsLost, PinOver, PinEnds, CAAsLeaf, LeafAsCA, NoSuccessor, WouldRefuse, Unwatched:
		return matcher.Medium
	}
	return matcher.Low
}

// Pressing says whether somebody should be told of it, and not only who asks: pins that have ended or will soon, keys
// whose certificates end without a successor, and backups that are in use.
func (k Kind) Pressing() bool {
	switch k {
	case AllOver, PinOver, PinEnds, NoSuccessor, BackupSeen:
		return true
	default:
		return false
	}
}

// Usual are the limits where nobody gives others.
func Usual() Limits { return Limits{Soon: 30 * 24 * time.Hour, Unused: 90 * 24 * time.Hour} }

// Limits are what Check holds pins against.
type Limits struct {
	// Soon is how long before its end a pin, or the newest certificate of a key, is worth a word.
	Soon time.Duration
	// Unused is how long a pin may be of no use.
	Unused time.Duration
}

// Report is what Check found. It stands alone, and its JSON is a contract: fields are added, never changed.
type Report struct {
	Certificates int      `json:"certificates"` // in the record
	Health       []Health `json:"health"`       // by watch, in the order of the configuration; what is about files comes first
	Shadow       []Shadow `json:"shadow"`       // of every watch or file of names that has pins
}

// Health is something about pins that should be looked at.
type Health struct {
	Kind     Kind   `json:"kind"`
	Severity string `json:"severity"`       // a word of findings: low, medium, high
	Watch    string `json:"watch"`          // as findings name it, or "names_from" and a file of names; empty where it is about another file
	File     string `json:"file,omitempty"` // of PinsKept, PinsLost and Unwatched; with the line where there is one
	// Since is since when a file of PinsKept cannot be read.
	Since *time.Time `json:"since,omitempty"`
	Pin   *Pin       `json:"pin"` // null where it is about no single pin
	Text  string     `json:"text"`
	Hint  string     `json:"hint"` // what to do; may be empty for PinsLost
	// Refused are the certificates of WouldRefuse, as in Shadow.
	Refused []Refused `json:"refused,omitempty"`
}

// Thread names the matter: it is the same as long as the matter lasts, and that of no other.
func (h *Health) Thread() string {
	parts := []string{"pins", string(h.Kind), h.Watch, h.File}
	if h.Pin != nil {
		parts = append(parts, h.Pin.Dimension, h.Pin.Pin)
	}
	switch h.Kind {
	case PinsLost, OddWatch, FewPins, AllOver: // there may be several about one file or watch; the text tells them apart
		parts = append(parts, h.Text)
	}
	return strings.Join(parts, " ")
}

// Pin is a pin that Health is about.
type Pin struct {
	Dimension string     `json:"dimension"` // keys, issuers, chain
	Pin       string     `json:"pin"`       // sha256/ and base64
	Label     string     `json:"label"`
	NotBefore *time.Time `json:"not_before"` // null: always; likewise not_after
	NotAfter  *time.Time `json:"not_after"`
	Backup    bool       `json:"backup"`
	Source    string     `json:"source"` // file:line, or the authorisation
}

// newPin is a pin of a dimension.
func newPin(dimension string, p *matcher.Pin) *Pin {
	return &Pin{
		Dimension: dimension, Pin: p.String(), Label: p.Label, NotBefore: orNil(p.NotBefore), NotAfter: orNil(p.NotAfter),
		Backup: p.Backup, Source: p.Source,
	}
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Shadow is shadow pinning: what a client that enforces the pins of a watch, as they are now, would have made of the
// certificates that the record has for it. A file of names counts as one watch.
type Shadow struct {
	Watch        string    `json:"watch"`
	Certificates int       `json:"certificates"` // that concern the watch
	Undecided    int       `json:"undecided"`    // of which the record does not show enough
	Refused      []Refused `json:"refused"`      // by the time from which they are valid
	// Outages are the times in which one of the refused was valid, so that clients could have been locked out.
	Outages []Span `json:"outages"`
}

// Refused is a certificate that such a client would have refused.
type Refused struct {
	Finding   string     `json:"finding"` // its ID
	Watch     string     `json:"watch"`
	Names     []string   `json:"names"`
	Issuer    string     `json:"issuer"`
	SPKI      string     `json:"spki"`       // sha256/ and base64; empty where it could not be read
	NotBefore *time.Time `json:"not_before"` // null: could not be read; likewise not_after
	NotAfter  *time.Time `json:"not_after"`
	Logged    time.Time  `json:"logged"` // when it was logged first, as far as the record shows
	Reasons   []string   `json:"reasons"`
}

// Span is a stretch of time, both ends included.
type Span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// outages joins the times in which the refused certificates are valid, as far as they are over or have begun.
func outages(refused []Refused, now time.Time) []Span {
	out := []Span{}
	for i := range refused {
		from, until := refused[i].NotBefore, refused[i].NotAfter
		if from == nil || until == nil || until.Before(*from) || from.After(now) {
			continue
		}
		if last := len(out) - 1; last >= 0 && !from.After(out[last].Until) {
			out[last].Until = later(out[last].Until, *until)
			continue
		}
		out = append(out, Span{From: *from, Until: *until})
	}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// byStart orders by the time from which certificates are valid; those of which it is not known come last.
func byStart(refused []Refused) {
	slices.SortStableFunc(refused, func(a, b Refused) int {
		switch {
		case a.NotBefore == nil && b.NotBefore == nil:
			return 0
		case a.NotBefore == nil:
			return 1
		case b.NotBefore == nil:
			return -1
		}
		return a.NotBefore.Compare(*b.NotBefore)
	})
}
