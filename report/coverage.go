package report

import "time"

// Coverage is what was looked at, and what was not.
type Coverage struct {
	Detection  Detection    `json:"detection"`
	Gaps       []Gap        `json:"gaps"`        // those that hide something first, by log; those of logs that were not covered are among them
	Logs       []CoveredLog `json:"logs"`        // those of which entries were read in the period, or that were asked
	NotCovered []Uncovered  `json:"not_covered"` // the others that lists had in the period
	Lists      []LogList    `json:"lists"`
	Runs       Runs         `json:"runs"`
}

// Detection says whether a certificate that browsers accept could have stayed unseen.
type Detection struct {
	// Guaranteed says that none could whose last SCT is of the period; GuaranteedLong says so for those valid for more than
	// 180 days, which need an SCT more.
	Guaranteed     bool `json:"guaranteed"`
	GuaranteedLong bool `json:"guaranteed_long"`
	// Until is up to when it is guaranteed without an exception, from the beginning of the period on.
	Until    time.Time `json:"until"`
	Because  []string  `json:"because"` // why not for all of the period; empty where it is
	Assuming []string  `json:"assuming"`
}

// Gap is a time, and a log that was not looked at for what it promised then.
type Gap struct {
	LogID    string    `json:"log_id"` // base64
	Log      string    `json:"log"`
	Operator string    `json:"operator"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
	// Why is a word: not_followed, never_read, before_start, behind, merging. Detail says it to people.
	Why    string `json:"why"`
	Detail string `json:"detail"`
	// Guaranteed says that whatever the log promised then was to be seen in other logs.
	Guaranteed bool `json:"guaranteed"`
	// Fresh says that the gap began less than two days before the report was made: a log has a day to show what it
	// promised, and a daily scan another one.
	Fresh bool `json:"fresh"`
}

// CoveredLog is what was looked at of a log in the period.
type CoveredLog struct {
	LogID    string `json:"log_id"` // base64
	Log      string `json:"log"`
	Operator string `json:"operator"`
	State    string `json:"state"` // the word of the list; empty: it is on none

	Stretches []Stretch `json:"stretches"` // of entries; one for each policy that they were matched with
	Entries   uint64    `json:"entries"`   // in all of them
	Precerts  uint64    `json:"precerts"`  // of these; likewise the next two
	Matched   uint64    `json:"matched"`   // concern a watch
	Unread    uint64    `json:"undetermined"`
	// Lookbacks are entries that were read for the names of a later time, until the report was made.
	Lookbacks []Lookback `json:"lookbacks"`

	HeadBefore *Head `json:"head_before"` // the last one that was verified before the period; null: none
	HeadFirst  *Head `json:"head_first"`  // the first one in the period; null: none
	HeadLast   *Head `json:"head_last"`
	Heads      int   `json:"heads"` // that were new in the period

	Passes      int        `json:"passes"`
	Errors      int        `json:"errors"` // passes that failed
	LastError   string     `json:"last_error"`
	LastErrorAt *time.Time `json:"last_error_at"`
	// Lag is how many entries of the latest head were not looked at when the log was asked last in the period, and Behind
	// how many seconds before that the latest head was signed that was covered.
	Lag    uint64 `json:"lag"`
	Behind int64  `json:"behind"`
}

// Stretch is entries of a log that were verified and matched under one policy.
type Stretch struct {
	From   uint64    `json:"from"` // From <= index < To
	To     uint64    `json:"to"`
	Head   Head      `json:"head"`   // the signed head that the last of them was verified to
	Policy string    `json:"policy"` // hex
	First  time.Time `json:"first"`  // when they were read
	Last   time.Time `json:"last"`
}

// Head is a tree head that a log signed.
type Head struct {
	Size      uint64    `json:"size"`
	Root      string    `json:"root"` // base64
	Timestamp time.Time `json:"timestamp"`
	Signature string    `json:"signature"` // base64
}

// Uncovered is a log that was known in the period and not looked at.
type Uncovered struct {
	LogID    string `json:"log_id"` // base64; empty: the list has none that makes sense
	Log      string `json:"log"`
	Operator string `json:"operator"`
	State    string `json:"state"`
	Why      string `json:"why"`    // a word; empty: it was to be followed
	Detail   string `json:"detail"` // for people
	// Guaranteed says that whatever it holds that browsers accept was to be seen in other logs.
	Guaranteed bool `json:"guaranteed"`
}

// LogList is a log list that runs worked by.
type LogList struct {
	Source    string     `json:"source"`
	Version   string     `json:"version"`
	Published *time.Time `json:"published"` // null: it does not say
	SHA256    string     `json:"sha256"`    // hex
	Signed    bool       `json:"signed"`    // its publisher's signature was verified
	Since     time.Time  `json:"since"`
	Until     time.Time  `json:"until"` // when it was last found to be so
}

// Runs sums up the runs that were under way in the period.
type Runs struct {
	Count    int        `json:"count"`
	First    *time.Time `json:"first"` // when the first one began; null: there was none
	Last     *time.Time `json:"last"`  // likewise the last one
	Outcomes []Outcome  `json:"outcomes"`
	// LongestPause is the longest time, in seconds, in which none was under way that follows logs.
	LongestPause int64 `json:"longest_pause"`
}

// Outcome is how many runs ended in one way.
type Outcome struct {
	Kind    string `json:"kind"`    // scan, watch, lookback
	Outcome string `json:"outcome"` // empty: under way, or killed
	Count   int    `json:"count"`
}
