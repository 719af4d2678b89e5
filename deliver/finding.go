package deliver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pinwatch/notify"
	"pinwatch/show"
	"pinwatch/store"
)

const (
	shownNames     = 20 // names in the facts of a message; its finding has all of them
	shownSightings = 8
	shortID        = 12 // as findings list shows them
	titleNames     = 2
)

// finding makes the message about a finding. event is what happened to it.
func (b *builder) finding(o *store.Outgoing) (*notify.Message, error) {
	f := o.Finding
	m := b.message(o)
	if o.Event == store.EventMerged {
		m.Event = store.EventResolved
	}
	m.Resolved = m.Event == store.EventResolved
	m.Watch, m.Verdict, m.Labels = f.Watch, f.Verdict, b.labels(f.Watch)
	if !m.Resolved {
		m.Severity = f.Severity
	}
	m.Title = findingTitle(f, o.Event)
	m.Text = whatHappened(f, o)
	if !m.Resolved {
		m.Why = strings.Join(show.Explain(f), " ")
		m.Next, m.Silence = nextStep(f), silence(f)
	}
	m.Facts = findingFacts(f)
	var err error
	m.Finding, err = json.Marshal(show.NewFinding(f))
	return m, err
}

// findingTitle says what matters most first.
func findingTitle(f *store.Finding, event string) string {
	what := f.Verdict
	switch event {
	case store.EventNew:
	case store.EventChanged:
		what = "now " + f.Verdict
	case store.EventReopened:
		what = "reopened, " + f.Verdict
	default:
		what = "resolved"
	}
	title := fmt.Sprintf("%s: certificate for %s", what, strings.Join(matchedNames(f, titleNames), ", "))
	if len(f.Reasons) > 0 && event != store.EventResolved && event != store.EventMerged {
		title += " (" + strings.Join(f.Reasons, ", ") + ")"
	}
	return title
}

// matchedNames are the names that concern the watch, each once, of many the first.
func matchedNames(f *store.Finding, most int) []string {
	var names []string
	seen := map[string]bool{}
	for _, m := range f.Matches {
		if !seen[m.Name] {
			seen[m.Name] = true
			names = append(names, m.Name)
		}
	}
	if names == nil {
		names = []string{f.Watch}
	}
	return show.Some(names, most, show.Name)
}

func whatHappened(f *store.Finding, o *store.Outgoing) string {
	id, event := f.ID[:min(shortID, len(f.ID))], o.Event
	switch {
	case event == store.EventMerged:
		return fmt.Sprintf("What was told turned out to be about the same certificate as finding %s, which goes on.", id)
	case event == store.EventResolved && f.State == store.StateAcknowledged:
		return fmt.Sprintf("Finding %s was acknowledged%s", id, word(o.Last))
	case event == store.EventResolved:
		return fmt.Sprintf("Finding %s is %s, and %s%s", id, f.Verdict, f.State, word(o.Last))
	}
	text := fmt.Sprintf("A certificate for a name of the watch %s was logged", show.Name(f.Watch))
	if f.Issuance.Issuer != "" {
		text += ", issued by " + show.Escape(f.Issuance.Issuer)
	}
	text += "."
	switch event {
	case store.EventChanged:
		text += fmt.Sprintf(" It was told before; what is said of it has changed: it is %s now.", f.Verdict)
	case store.EventReopened:
		text += " It was dealt with before, and is open again."
	}
	if f.State != store.StateOpen {
		text += fmt.Sprintf(" Meanwhile it is %s.", f.State)
	}
	return text
}

// word is who said so, and why.
func word(e *store.Event) string {
	switch {
	case e == nil:
		return "."
	case e.Why == "":
		return fmt.Sprintf(" by %s.", show.Escape(e.Who))
	}
	return fmt.Sprintf(" by %s: %s.", show.Escape(e.Who), show.Escape(e.Why))
}

// nextStep is the line of the runbook.
func nextStep(f *store.Finding) string {
	look := "Look at it with \"pinwatch findings show " + f.ID[:min(shortID, len(f.ID))] + "\"."
	switch f.Verdict {
	case "unpinned":
		return look + " If it is yours, pin its key or the CA that you use, so that the next one speaks for itself; if it is not, " +
			"ask the CA who ordered it."
	case "undetermined":
		return look + " Not enough could be read or proved to decide; \"pinwatch scan --recheck\" tries again. Until then take it " +
			"for unexpected: ask those who order your certificates."
	}
	return look + " Ask those who order your certificates whether this one is theirs, by its serial number. If it is nobody's: have " +
		"the CA revoke it (its problem report address; it has 24 hours for a compromised name), and look for how the name's " +
		"validation could be answered: DNS, routing, the web server."
}

// silence is how to have it not told again, rightly.
func silence(f *store.Finding) string {
	id := f.ID[:min(shortID, len(f.ID))]
	text := fmt.Sprintf("\"pinwatch findings ack %s --why REASON\" once somebody has looked.", id)
	if f.Verdict != "undetermined" {
		text += " If the key is yours, add --pin there, or declare keys before you ask for their certificates: pins_from."
	}
	return text
}

func findingFacts(f *store.Finding) []notify.Fact {
	iss := &f.Issuance
	var facts []notify.Fact
	add := func(name string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			facts = append(facts, notify.Fact{Name: name, Values: values})
		}
	}
	add("finding", f.ID)
	add("watch", show.Name(f.Watch))
	add("matched", matchedNames(f, shownNames)...)
	add("names", show.Some(iss.Names, shownNames, show.Name)...)
	add("subject", show.Escape(iss.Subject))
	add("issuer", show.Escape(iss.Issuer))
	add("key", pin(iss.SPKISHA256, f.KeyPinned))
	add("issuer key", pin(iss.IssuerKeyHash, f.IssuerPinned))
	add("serial", show.Escape(iss.Serial))
	if iss.NotBefore != nil && iss.NotAfter != nil {
		add("valid", timestamp(*iss.NotBefore)+" to "+timestamp(*iss.NotAfter))
	}
	add("seen", show.Some(f.Sightings, shownSightings, func(s store.SeenAt) string {
		return fmt.Sprintf("%s, entry %d, %s of %s", show.Escape(s.Log), s.Index, show.Escape(s.Type), timestamp(s.Timestamp))
	})...)
	return facts
}

// pin is a key as pins are written; empty where it is not known.
func pin(h *[32]byte, pinned *bool) string {
	if h == nil {
		return ""
	}
	s := "sha256/" + base64.StdEncoding.EncodeToString(h[:])
	switch {
	case pinned == nil:
	case *pinned:
		s += ", pinned"
	default:
		s += ", not pinned"
	}
	return s
}

// timestamp is how times are shown to people: UTC, to the second.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
