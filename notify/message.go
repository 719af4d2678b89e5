package notify

import (
	"encoding/json"
	"slices"
	"time"
)

// Kind is what a message is about. Receivers are routed by it: a log's trouble goes to operators, a certificate to the
// security team.
type Kind string

// The kinds of messages.
const (
	Finding      Kind = "finding"      // an issuance that is unexpected, or not decided, for a watch
	LogAlarm     Kind = "log_alarm"    // a log broke a promise, is silent, or leaves the list
	PinHealth    Kind = "pin_health"   // a pin or a file of pins needs care
	Coverage     Kind = "coverage"     // not everything was looked at
	Undetermined Kind = "undetermined" // entries that could not be read, in sum
	Canary       Kind = "canary"       // what should have been seen was not
	Heartbeat    Kind = "heartbeat"    // proof of life
)

// Kinds are all kinds, in the order in which they are documented.
func Kinds() []Kind {
	return []Kind{Finding, LogAlarm, PinHealth, Coverage, Undetermined, Canary, Heartbeat}
}

// The events of heartbeats. Any other is taken for EventFailed.
const (
	EventOK     = "ok"
	EventFailed = "failed"
	EventStart  = "start" // work begins that ends with one of the others
)

// The severities of messages, the mildest first.
const (
	Info     = "info"
	Low      = "low"
	Medium   = "medium"
	High     = "high"
	Critical = "critical"
)

// SeverityRank is the place of a severity among all, from 0; -1 for a word that is none.
func SeverityRank(severity string) int {
	return slices.Index([]string{Info, Low, Medium, High, Critical}, severity)
}

// Version is that of the JSON of a Message. It grows when a field changes its meaning or goes; new fields may come.
const Version = 1

// Message is one thing to tell. Its JSON is what webhooks, programs and files receive.
type Message struct {
	Version int    `json:"version"`
	ID      string `json:"id"`    // the same each time it is sent: by it receivers drop repeats
	Kind    Kind   `json:"kind"`  // finding, ...
	Event   string `json:"event"` // new, reopened, changed, resolved for findings; for others what happened, in a word
	// Test marks what `notify test` sends: nothing happened.
	Test bool `json:"test,omitempty"`
	// Severity is one of the five words. Resolutions have that of what they resolve.
	Severity string    `json:"severity"`
	Time     time.Time `json:"time"` // when it happened; UTC

	// Title says it in one line without control characters, what matters most first.
	Title string `json:"title"`
	// Text says what happened, Why why it matters, Next what to do now, Silence how to have it not told again, rightly.
	// Each is plain text of ours, in sentences; lines are not broken. Any may be empty.
	Text    string `json:"text,omitempty"`
	Why     string `json:"why,omitempty"`
	Next    string `json:"next,omitempty"`
	Silence string `json:"silence,omitempty"`
	// Facts are what an analyst needs, in order.
	Facts []Fact `json:"facts,omitempty"`

	// Thread is common to all messages about one finding, log or pin. Receivers that can, show them together, and resolve
	// them together.
	Thread string `json:"thread"`
	// Resolved says that the matter of Thread is over.
	Resolved bool `json:"resolved,omitempty"`

	// Watch, Verdict and Labels are what findings are routed by besides their severity; empty for other kinds.
	Watch   string   `json:"watch,omitempty"`
	Verdict string   `json:"verdict,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	// Finding is the fixed JSON of a finding; nil for other kinds.
	Finding json.RawMessage `json:"finding,omitempty"`

	// Parts are the messages that a digest, or the summary of what a limit held back, stands for; of many the first.
	// Of them it has Parted in all.
	Parts  []Message `json:"parts,omitempty"`
	Parted int       `json:"parted,omitempty"`
}

// Fact is a labelled value of a message. Values may hold what strangers wrote, escaped for a terminal.
type Fact struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}
