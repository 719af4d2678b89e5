package ct

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// LogID names a log: the SHA-256 of its DER SubjectPublicKeyInfo (RFC 6962 section 3.2).
type LogID [sha256.Size]byte

// String writes the ID as log lists do, in standard base64.
func (id LogID) String() string { return base64.StdEncoding.EncodeToString(id[:]) }

// ParseLogID reads the form that String writes.
func ParseLogID(s string) (LogID, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(raw) != sha256.Size {
		return LogID{}, fmt.Errorf("log ID %q is not the base64 of %d bytes", s, sha256.Size)
	}
	return LogID(raw), nil
}

// Log says what a log is and where it is read.
//
// The head source and the entry source are separate choices: a log with a MonitoringURL is read by static-ct-api,
// one with only a URL by RFC 6962, and HeadURL lets a log serve get-sth next to tiles.
type Log struct {
	ID          LogID
	Key         []byte // DER SubjectPublicKeyInfo
	Description string
	Operator    string // the limits of a log are its operator's: logs of one operator share them

	URL           string // RFC 6962: the prefix of ct/v1/...
	SubmissionURL string // static-ct-api: gives the origin line
	MonitoringURL string // static-ct-api: the prefix of checkpoint, tile/... and issuer/...; may be file:
	HeadURL       string // static entries with an RFC 6962 get-sth: the prefix of ct/v1/get-sth; usually empty

	MMD time.Duration // maximum merge delay

	// State is the word of the log list: pending, qualified, usable, readonly, retired, rejected; empty for a log
	// that is on no list.
	State string
	// NotAfterStart and NotAfterLimit bound the expiry of what a temporal shard accepts: start <= notAfter < limit.
	// Both are zero for a log without an interval.
	NotAfterStart, NotAfterLimit time.Time
	// Final is the last tree head of a readonly log as its list states it, nil when there is none.
	Final *FinalHead
}

// FinalHead is a log list's final_tree_head. It carries no signature of the log.
type FinalHead struct {
	Size uint64
	Root Hash
}

// Static says whether the log's entries are read as tiles (static-ct-api).
func (l *Log) Static() bool { return l.MonitoringURL != "" }

// Origin is the origin line that the log's checkpoints must carry: the submission prefix without scheme and without
// trailing slash (static-ct-api, "Checkpoints").
func (l *Log) Origin() string {
	_, rest, found := strings.Cut(l.SubmissionURL, "://")
	if !found {
		rest = l.SubmissionURL
	}
	return strings.TrimRight(rest, "/")
}

// Name is what a person calls the log: its description, or failing that its URL or ID.
func (l *Log) Name() string {
	for _, s := range []string{l.Description, l.SubmissionURL, l.URL} {
		if s != "" {
			return s
		}
	}
	return l.ID.String()
}
