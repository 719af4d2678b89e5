package loglist

import (
	"crypto/sha256"
	"slices"
	"time"

	"pinwatch/ct"
)

// MaxBytes bounds a log list: nine times the largest published so far (Google's all_logs_list.json of 2025, 114 kB).
const MaxBytes = 1 << 20

// List is a log list as read, or the union of several.
type List struct {
	// Source is the path or URL the list was read from; of a union, all of them.
	Source string
	// Version is the list's own word for its version, empty when it has none; a union has none.
	Version string
	// Time is log_list_timestamp, when this version was published; zero when the list has none, as Apple's.
	Time time.Time
	// SHA256 is the hash of the list as read; a union has none.
	SHA256 [sha256.Size]byte
	// Signed says that the signature of the list's publisher was verified. Without it a list is its owner's word.
	Signed bool
	// Logs are the logs that can be followed, in the order of the list, each key once.
	Logs []Log
	// Refused are the entries that cannot be followed, and why.
	Refused []Refusal
	// Differences is what the lists of a union disagree about.
	Differences []Difference
}

// Log is a log as a list describes it.
type Log struct {
	ct.Log
	// Since is when the state began; zero when the list does not say.
	Since time.Time
	// Type is log_type: prod, test, monitoring_only; usually empty, which means prod.
	Type string
	// PreviousOperators ran the log before Operator did.
	PreviousOperators []PreviousOperator
	// Sources are the lists that name the log: one, or several in a union.
	Sources []string
}

// PreviousOperator is who ran a log until End.
type PreviousOperator struct {
	Name string
	End  time.Time
}

// Refusal is an entry of a list that is not followed because it cannot be trusted or read.
type Refusal struct {
	Source      string
	Description string   // what the list calls the log, or where it stands in the list
	Operator    string   // by the list
	ID          ct.LogID // as the entry claims it; zero when that makes no sense
	Reason      string
	Mimic       bool // its private key is public
}

// The states of a log (GoogleChrome/CertificateTransparency, log_states.md).
const (
	pending   = "pending"
	qualified = "qualified"
	usable    = "usable"
	readonly  = "readonly"
	retired   = "retired"
	rejected  = "rejected"
)

// typeTest is the log_type of logs that hold no certificates of the Web.
const typeTest = "test"

// rank orders states by how much a log in them is followed, to choose where there are two: an entry with several
// states (lists derived from Mozilla's have qualified and usable at once), or several lists. A word that we do not
// know stands where it is followed; no state at all is no opinion and yields to any.
func rank(state string) int {
	switch state {
	case usable:
		return 7
	case qualified:
		return 6
	case readonly:
		return 5
	case pending:
		return 3
	case retired:
		return 2
	case rejected:
		return 1
	case "":
		return 0
	}
	return 4
}

// known says whether the schema has the state.
func known(state string) bool { return state != "" && rank(state) != 4 }

// Find returns the log with the ID, nil when the list has none.
func (l *List) Find(id ct.LogID) *Log {
	i := slices.IndexFunc(l.Logs, func(log Log) bool { return log.ID == id })
	if i < 0 {
		return nil
	}
	return &l.Logs[i]
}

// mimics says whether the list names logs whose private keys are public.
func (l *List) mimics() bool {
	return slices.ContainsFunc(l.Refused, func(r Refusal) bool { return r.Mimic })
}
