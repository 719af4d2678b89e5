package loglist

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"pinwatch/ct"
)

// The maximum merge delay: what the schema assumes where a list says nothing, and the longest that is believed (the
// longest real one is Daedalus's week).
const (
	defaultMMD = 24 * time.Hour
	maxMMD     = 366 * 24 * time.Hour
)

// logJSON is an entry of logs or tiled_logs.
type logJSON struct {
	Description   string                `json:"description"`
	LogID         string                `json:"log_id"`
	Key           string                `json:"key"`
	URL           string                `json:"url"`
	SubmissionURL string                `json:"submission_url"`
	MonitoringURL string                `json:"monitoring_url"`
	HeadURL       string                `json:"head_url"` // ours, see the package comment
	MMD           json.Number           `json:"mmd"`
	State         map[string]*stateJSON `json:"state"`
	Interval      *intervalJSON         `json:"temporal_interval"`
	Type          string                `json:"log_type"`
	Previous      []struct {
		Name string    `json:"name"`
		End  time.Time `json:"end_time"`
	} `json:"previous_operators"`
}

type stateJSON struct {
	Timestamp time.Time  `json:"timestamp"`
	Final     *finalJSON `json:"final_tree_head"`
}

type finalJSON struct {
	Size json.Number `json:"tree_size"`
	Root string      `json:"sha256_root_hash"`
}

type intervalJSON struct {
	Start time.Time `json:"start_inclusive"`
	End   time.Time `json:"end_exclusive"`
}

// id is the ID that the entry claims, zero where it makes no sense.
func (in *logJSON) id() ct.LogID {
	id, err := ct.ParseLogID(in.LogID)
	if err != nil {
		return ct.LogID{}
	}
	return id
}

// fill checks the entry and puts what it says into log. The error says why the log is refused.
func (in *logJSON) fill(log *Log, from place, tiled bool) error {
	log.Description = clip(in.Description)
	log.Type = clip(in.Type)
	for _, p := range in.Previous {
		log.PreviousOperators = append(log.PreviousOperators, PreviousOperator{clip(p.Name), p.End.UTC()})
	}
	if err := in.fillIdentity(log); err != nil {
		return err
	}
	if err := in.fillURLs(log, from, tiled); err != nil {
		return err
	}
	if err := in.fillMMD(log); err != nil {
		return err
	}
	if err := in.fillInterval(log); err != nil {
		return err
	}
	return in.fillState(log)
}

// fillIdentity checks that log_id is the SHA-256 of the key (RFC 6962 section 3.2) and the key one a log may have.
func (in *logJSON) fillIdentity(log *Log) error {
	id, err := ct.ParseLogID(in.LogID)
	if err != nil {
		return fmt.Errorf("log_id: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(in.Key)
	if err != nil || len(key) == 0 {
		return errors.New("key is not base64")
	}
	sum := ct.LogID(sha256.Sum256(key))
	if isMimic(sum) {
		return errMimic
	}
	if sum != id {
		return fmt.Errorf("log_id %s is not the SHA-256 of its key, %s", id, sum)
	}
	if _, err := ct.NewVerifier(key); err != nil {
		return err
	}
	log.ID, log.Key = id, key
	return nil
}

func (in *logJSON) fillURLs(log *Log, from place, tiled bool) (err error) {
	if !tiled {
		log.URL, err = from.web("url", in.URL)
		return err
	}
	if log.MonitoringURL, err = from.webOrFile("monitoring_url", in.MonitoringURL); err != nil {
		return err
	}
	if in.HeadURL != "" {
		if log.HeadURL, err = from.web("head_url", in.HeadURL); err != nil {
			return err
		}
		if in.SubmissionURL == "" { // only the origin line of checkpoints needs it
			return nil
		}
	}
	log.SubmissionURL, err = from.web("submission_url", in.SubmissionURL)
	return err
}

// fillMMD reads the maximum merge delay, in seconds. Lists derived from Mozilla's write 0 where they know none.
func (in *logJSON) fillMMD(log *Log) error {
	log.MMD = defaultMMD
	if in.MMD == "" {
		return nil
	}
	seconds, err := wholeNumber(in.MMD)
	if err != nil || seconds > uint64(maxMMD/time.Second) {
		return fmt.Errorf("mmd %.20s is not a number of seconds up to a year", in.MMD)
	}
	if seconds > 0 {
		log.MMD = time.Duration(seconds) * time.Second
	}
	return nil
}

func (in *logJSON) fillInterval(log *Log) error {
	if in.Interval == nil {
		return nil
	}
	start, end := in.Interval.Start.UTC(), in.Interval.End.UTC()
	if start.IsZero() || !start.Before(end) {
		return errors.New("temporal_interval does not end after it starts")
	}
	log.NotAfterStart, log.NotAfterLimit = start, end
	return nil
}

// fillState takes the most followed state of the entry: there should be one, but lists derived from Mozilla's have two,
// and some entries have none.
func (in *logJSON) fillState(log *Log) error {
	for _, state := range slices.Sorted(maps.Keys(in.State)) {
		s := in.State[state]
		if s == nil {
			continue
		}
		if rank(state) > rank(log.State) {
			log.State, log.Since = clip(state), s.Timestamp.UTC()
		}
		if s.Final != nil {
			final, err := s.Final.head()
			if err != nil {
				return fmt.Errorf("final_tree_head: %w", err)
			}
			log.Final = final
		}
	}
	return nil
}

func (f *finalJSON) head() (*ct.FinalHead, error) {
	size, err := wholeNumber(f.Size)
	if err != nil {
		return nil, fmt.Errorf("tree_size %.20q is not a size", f.Size)
	}
	root, err := base64.StdEncoding.DecodeString(f.Root)
	if err != nil || len(root) != sha256.Size {
		return nil, fmt.Errorf("sha256_root_hash is not the base64 of %d bytes", sha256.Size)
	}
	if size == 0 && !bytes.Equal(root, emptyRoot()) {
		return nil, errors.New("an empty tree with the root of another")
	}
	return &ct.FinalHead{Size: size, Root: ct.Hash(root)}, nil
}

// emptyRoot is the root of the tree without entries: the SHA-256 of nothing (RFC 6962 section 2.1).
func emptyRoot() []byte {
	h := sha256.Sum256(nil)
	return h[:]
}

// wholeNumber reads a JSON number that the schema calls "number" and means as a whole one: 86400.0 is as good as
// 86400.
func wholeNumber(n json.Number) (uint64, error) {
	if v, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return v, nil
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > 1<<53 || f != math.Trunc(f) {
		return 0, errors.New("not a whole number")
	}
	return uint64(f), nil
}
