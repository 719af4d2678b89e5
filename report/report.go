package report

import (
	"iter"
	"time"

	"pinwatch/policy"
)

// Format and Version are what a JSON report begins with. The version changes when a field changes its meaning or goes
// away, not when one is added.
const (
	Format  = "pinwatch report"
	Version = 1
)

// Report is what is known of a period. Its JSON, with fields in this order, is the contract that docs/report.md tells.
type Report struct {
	Format      string    `json:"format"`
	Version     int       `json:"version"`
	Generator   string    `json:"generator"`
	GeneratedAt time.Time `json:"generated_at"`
	Period      Period    `json:"period"`
	Summary     Summary   `json:"summary"`
	Days        []Day     `json:"days"`

	Findings    Stream[Finding]  `json:"findings"`     // born in the period and not expected; the worst first, then by birth
	CarriedOver Stream[Finding]  `json:"carried_over"` // unexpected or undetermined, born before the period, and open or pending still
	Issuers     []Issuer         `json:"issuers"`      // of expected issuances, by watch and issuer
	Issuances   Stream[Issuance] `json:"issuances"`    // the expected ones, in the order in which they were first seen

	Coverage     Coverage       `json:"coverage"`
	Alarms       []Alarm        `json:"alarms"`
	Promises     []PromiseCount `json:"promises"` // SCTs that are stamped in the period, of all final certificates
	Undetermined Undetermined   `json:"undetermined"`
	Prunings     []Pruning      `json:"prunings"` // what retention took away of the period, or of later times

	Policies       []Policy        `json:"policies"`
	Pins           []Pin           `json:"pins"`
	Authorisations []Authorisation `json:"authorisations"`
	// PinCheck is what the checks of pins found when the report was made; null where no configuration was there to check.
	PinCheck      *policy.Report `json:"pin_check"`
	Configuration *Configuration `json:"configuration"` // when the report was made; null where there was none
}

// Stream gives what is too much to be held. It can be gone through more than once, while the snapshot lasts that it
// comes from. It ends with the first error.
type Stream[T any] iter.Seq2[*T, error]

// Period is a time: Since <= t < Until, in UTC.
type Period struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// Day is how many findings of each verdict were born on a UTC day. Days without any are left out.
type Day struct {
	Day time.Time `json:"day"`
	Verdicts
}

// Verdicts counts findings by the verdict that they have now.
type Verdicts struct {
	Expected     int `json:"expected"`
	Unexpected   int `json:"unexpected"`
	Unpinned     int `json:"unpinned"`
	Undetermined int `json:"undetermined"`
}

// at is the count of a verdict by its word; nil for a word that is none.
func (v *Verdicts) at(verdict string) *int {
	switch verdict {
	case "expected":
		return &v.Expected
	case "unexpected":
		return &v.Unexpected
	case "unpinned":
		return &v.Unpinned
	case "undetermined":
		return &v.Undetermined
	}
	return nil
}

// Issuer is how many expected issuances of a CA concern a watch.
type Issuer struct {
	Watch            string  `json:"watch"`
	Issuer           string  `json:"issuer"`
	IssuerSPKISHA256 *string `json:"issuer_spki_sha256"` // base64; null where the issuer could not be had
	Count            int     `json:"count"`
}

// Policy is a watch list with its pins, by its hash, and when it was in force.
type Policy struct {
	Policy string     `json:"policy"` // hex
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until"` // null: it is in force
}

// Pin is a pin that was in force in the period.
type Pin struct {
	Watch     string     `json:"watch"`
	Dimension string     `json:"dimension"` // keys, issuers, chain
	Pin       string     `json:"pin"`       // sha256/ and base64
	Label     string     `json:"label"`
	Source    string     `json:"source"` // file:line, or the authorisation
	Since     time.Time  `json:"since"`
	Until     *time.Time `json:"until"` // null: it is in force
}

// Authorisation is a key that is expected because somebody said so, or because it was there when a watch began to learn.
type Authorisation struct {
	Watch     string `json:"watch"`
	Dimension string `json:"dimension"`
	Pin       string `json:"pin"` // sha256/ and base64
	Label     string `json:"label"`
	Kind      string `json:"kind"`    // adopted, learned
	Finding   string `json:"finding"` // ID of the finding that it came from
	Added     Act    `json:"added"`
	Approved  *Act   `json:"approved"` // null: nobody has looked at what was learned
	Ended     *Act   `json:"ended"`    // null: in force
}

// Act is what somebody did.
type Act struct {
	At  time.Time `json:"at"`
	Who string    `json:"who"`
	Why string    `json:"why"`
}

// Alarm is a promise that a log broke.
type Alarm struct {
	LogID     string    `json:"log_id"` // base64
	Log       string    `json:"log"`
	Kind      string    `json:"kind"`
	Detail    string    `json:"detail"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Count     int       `json:"count"`
	Head      []byte    `json:"head"`  // base64, as received: the signed head that cannot be true
	Other     []byte    `json:"other"` // base64, the earlier one that it contradicts; either may be null
}

// PromiseCount is how many SCTs of a log are alike; see SCT.
type PromiseCount struct {
	LogID     string `json:"log_id"` // base64
	Log       string `json:"log"`    // empty: it was never met
	Signature string `json:"signature"`
	Promise   string `json:"promise"`
	Count     int    `json:"count"`
}

// Pruning is what was taken out of the record because it was expected and old. It is still counted in the coverage.
type Pruning struct {
	At           time.Time `json:"at"`
	Before       time.Time `json:"before"` // what was last seen before this was taken
	Findings     int       `json:"findings"`
	Issuances    int       `json:"issuances"`
	Sightings    int       `json:"sightings"`
	Certificates int       `json:"certificates"`
}

// Undetermined is what could not be read in full.
type Undetermined struct {
	Counts []UndeterminedCount `json:"counts"`
	// Entries are those that may concern a watch, then others, at most a thousand in all; their bytes are in the record.
	Entries []UndeterminedEntry `json:"entries"`
}

// UndeterminedCount is how many entries of a log could not be read in full, for one reason.
type UndeterminedCount struct {
	LogID    string `json:"log_id"` // base64
	Log      string `json:"log"`
	Reason   string `json:"reason"`
	Count    int    `json:"count"`
	Matched  int    `json:"matched"`  // of these, may concern a watch
	Resolved int    `json:"resolved"` // of these, a later reading could read in full
}

// UndeterminedEntry is an entry that could not be read in full when its log was followed.
type UndeterminedEntry struct {
	LogID     string     `json:"log_id"` // base64
	Log       string     `json:"log"`
	Index     uint64     `json:"index"`
	Reason    string     `json:"reason"`
	Matched   bool       `json:"matched"`
	FirstSeen time.Time  `json:"first_seen"`
	Resolved  *time.Time `json:"resolved"` // null: not yet
	Bytes     int        `json:"bytes"`    // how many are kept
	SHA256    string     `json:"sha256"`   // hex, of what is kept
}

// Configuration is what pinwatch is told to do, without secrets.
type Configuration struct {
	Path    string  `json:"path"`
	SHA256  string  `json:"sha256"` // hex, of the file; empty where flags stood for it
	Contact string  `json:"contact"`
	Store   string  `json:"store"`
	Policy  string  `json:"policy"`  // hex, of the watch list with its pins as it would be now
	Watched int     `json:"watched"` // how many watches there are, those of files of names (under other) included
	Watches []Watch `json:"watches"` // those that are given one by one
	Logs    []Entry `json:"logs"`    // the settings under logs
	Other   []Entry `json:"other"`
}

// Watch is what is watched.
type Watch struct {
	Watch   string   `json:"watch"` // as findings name it
	Scope   string   `json:"scope"`
	Exclude []string `json:"exclude"`
	Keys    int      `json:"keys"` // pins
	Issuers int      `json:"issuers"`
	Chain   int      `json:"chain"`
	Rules   []Entry  `json:"rules"` // others
}

// Entry is a setting and its value.
type Entry struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
