package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pinwatch/notify"
	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

// tellingJSON is how telling goes. It stands in the line of every log: a line of its own would be taken for a log.
type tellingJSON struct {
	Receivers []receiverStatusJSON `json:"receivers"`
	Matters   []matterJSON         `json:"matters"`
}

// receiverStatusJSON is a receiver in a status: for it something waits, or was given up.
type receiverStatusJSON struct {
	Receiver string `json:"receiver"`
	queueJSON
}

// matterJSON is something that lasts, was told, and is told again when it is over.
type matterJSON struct {
	Matter   string    `json:"matter"` // the thread of its messages
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Severity string    `json:"severity"`
	Since    time.Time `json:"since"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	Next     string    `json:"next"`
}

// lastingMatters are the matters that last, the oldest first.
func lastingMatters(ctx context.Context, r *store.Reader) ([]matterJSON, error) {
	var kinds []string
	for _, k := range notify.Kinds() {
		kinds = append(kinds, string(k))
	}
	rows, err := r.Matters(ctx, kinds)
	if err != nil {
		return nil, err
	}
	out := make([]matterJSON, len(rows))
	for i := range rows {
		row := &rows[i]
		var m notify.Message
		if err := json.Unmarshal(row.Payload, &m); err != nil {
			return nil, fmt.Errorf("read what was told of %s: %w", row.Thread, err)
		}
		out[i] = matterJSON{
			Matter: row.Thread, Kind: row.Kind, State: row.State, Severity: row.Severity, Since: row.Since,
			Title: m.Title, Text: m.Text, Next: m.Next,
		}
	}
	return out, nil
}

// printMatters says what lasts, of much the first, but for files of pins that are kept: of these the status says more.
func (p *program) printMatters(matters []matterJSON) {
	rest := slices.DeleteFunc(slices.Clone(matters), func(m matterJSON) bool { return m.State == string(policy.PinsKept) })
	lines := show.Some(rest, shownNames, func(m matterJSON) string {
		return fmt.Sprintf("%s, since %s: %s", m.Severity, timestamp(m.Since), show.Escape(m.Title))
	})
	for _, line := range lines {
		fmt.Fprintf(p.stdout, "\n%s\n", line)
	}
}

// newTellingJSON is what waits for receivers, and what lasts.
func newTellingJSON(queues []store.QueueState, matters []matterJSON) tellingJSON {
	out := tellingJSON{Receivers: []receiverStatusJSON{}, Matters: matters}
	for i := range queues {
		out.Receivers = append(out.Receivers, receiverStatusJSON{queues[i].Receiver, newQueueJSON(&queues[i])})
	}
	return out
}
