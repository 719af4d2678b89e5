package deliver

import (
	"encoding/json"
	"fmt"
	"strings"

	"pinwatch/notify"
	"pinwatch/store"
)

// builder makes messages of what the store holds.
type builder struct {
	labels func(watch string) []string // of a watch, by its ID
}

// message is what all messages have in common.
func (*builder) message(o *store.Outgoing) *notify.Message {
	return &notify.Message{
		Version: notify.Version, ID: o.ID, Kind: notify.Kind(o.Kind), Event: o.Event, Severity: o.Severity, Time: o.Created,
		Thread: o.Thread,
	}
}

// build makes a message. One that cannot be made says so: nothing waits for ever because of what it holds.
func (b *builder) build(o *store.Outgoing) *notify.Message {
	var m *notify.Message
	var err error
	switch {
	case o.Parted > 0:
		m = b.parts(o)
	case o.Finding != nil:
		m, err = b.finding(o)
	case o.Alarm != nil:
		m = b.alarm(o)
	case len(o.Payload) > 0:
		m, err = b.matter(o)
	default:
		err = fmt.Errorf("what it is about is not in the database any more")
	}
	if err != nil {
		m = b.message(o)
		m.Title = fmt.Sprintf("a message of kind %s could not be made", o.Kind)
		m.Text = fmt.Sprintf("%v. It is about %s.", err, o.Thread)
	}
	return m
}

// matter makes the message about a matter that lasts, or that is over.
func (b *builder) matter(o *store.Outgoing) (*notify.Message, error) {
	var kept notify.Message
	if err := json.Unmarshal(o.Payload, &kept); err != nil {
		return nil, err
	}
	m := b.message(o)
	m.Title, m.Text, m.Why, m.Next, m.Silence, m.Facts = kept.Title, kept.Text, kept.Why, kept.Next, kept.Silence, kept.Facts
	if kept.Event != "" {
		m.Event = kept.Event // the state of a matter is not always a word for others
	}
	if m.Resolved = o.Event == store.Ended; m.Resolved {
		m.Event = store.EventResolved
		m.Title, m.Text = "over: "+kept.Title, "This is over: "+kept.Text
		m.Why, m.Next, m.Silence = "", "", ""
	}
	return m, nil
}

// parts makes a digest, or the summary of what a limit held back.
func (b *builder) parts(o *store.Outgoing) *notify.Message {
	m := b.message(o)
	worst, counts := m.Severity, map[string]int{}
	for i := range o.Parts {
		part := b.build(&o.Parts[i])
		counts[part.Severity]++
		m.Parts = append(m.Parts, *part)
	}
	m.Parted = o.Parted
	var list []string
	for _, severity := range []string{notify.Critical, notify.High, notify.Medium, notify.Low, notify.Info} {
		if counts[severity] > 0 {
			list = append(list, fmt.Sprintf("%d %s", counts[severity], severity))
		}
	}
	sum := strings.Join(list, ", ")
	if o.Parted > len(o.Parts) {
		sum = "the worst is " + worst
	}
	m.Title = fmt.Sprintf("digest of %d messages: %s", o.Parted, sum)
	m.Text = "What came since the last digest."
	m.Next = "\"pinwatch findings\" lists all that is open."
	if o.Event == notify.EventSummary {
		m.Title = fmt.Sprintf("%d messages at once: %s", o.Parted, sum)
		m.Text = "More came than the limit of this receiver allows; this message stands for all of them."
		m.Silence = "Raise limit: in the configuration, or gather with digest:."
	}
	return m
}
