package ct

import "fmt"

// Kind says which promise a log broke.
type Kind string

// The kinds of misbehaviour. Each but the last is provable from what Misbehaviour carries.
const (
	BadSignature Kind = "bad_signature" // a head that the log's key did not sign
	WrongLog     Kind = "wrong_log"     // a head that names another log
	RootMismatch Kind = "root_mismatch" // the entries served do not give the signed root
	Fork         Kind = "fork"          // two signed heads that no append-only tree can have
	Shrunk       Kind = "shrunk"        // a newer head that is smaller than an older one
	FutureHead   Kind = "future_head"   // a head from the future
	NotFinal     Kind = "final_head"    // a readonly log that shows another tree than the final one of its log list
	// BrokenPromise is an SCT whose entry the log does not show, though its merge delay is over.
	BrokenPromise Kind = "broken_promise"
)

// Misbehaviour is an error that is the log's own doing and says nothing about any certificate.
type Misbehaviour struct {
	Kind   Kind
	Detail string
	// Head is the head that cannot be true, Other the earlier head it contradicts, where there is one. Both carry
	// their raw bytes.
	Head, Other *TreeHead
	// Raw is what was received, where it did not even make a head.
	Raw []byte
}

// Error names the kind and the detail.
func (m *Misbehaviour) Error() string { return fmt.Sprintf("%s: %s", m.Kind, m.Detail) }
