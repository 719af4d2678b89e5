package email

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pinwatch/notify"
)

// transport is a way to hand a mail over.
type transport interface {
	// send hands the mail over for the recipients, in one transaction. The result has those about whom something is
	// certain: nil for a recipient that was accepted, or why he was refused for good. The others are to be tried again;
	// then there is an error as well, which is permanent if the mail was refused and not a recipient.
	send(ctx context.Context, from string, to []string, mail []byte) (settled, error)
}

// settled are recipients of a message about whom something is certain: nil if he was accepted, or why he was not.
type settled map[string]error

// maxRemembered bounds of how many messages that wait for some recipients the others are remembered.
const maxRemembered = 1000

// Notify sends the mail to all recipients, or, if it was sent to some of them before, to the others. A permanent error
// names those who refused it, and says how many took it.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	text, err := n.compose(m)
	if err != nil {
		return err
	}
	done := n.done[m.ID]
	var to []string
	for _, a := range n.to {
		if _, ok := done[a.Address]; !ok {
			to = append(to, a.Address)
		}
	}
	now, err := n.deliver.send(ctx, n.from.Address, to, text)
	if done == nil {
		done = settled{}
	}
	maps.Copy(done, now)
	delete(n.done, m.ID)
	if err != nil && !notify.IsPermanent(err) && len(done) > 0 {
		if len(n.done) >= maxRemembered {
			clear(n.done)
		}
		n.done[m.ID] = done
	}
	if err != nil {
		return err
	}
	return done.refusals()
}

// refusals is a permanent error about those who refused; nil if nobody did.
func (s settled) refusals() error {
	var refused []string
	for address, err := range s {
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s: %v", address, err))
		}
	}
	if refused == nil {
		return nil
	}
	slices.Sort(refused)
	return notify.Permanent(fmt.Errorf("refused by %d of %d recipients: %s", len(refused), len(s), strings.Join(refused, "; ")))
}
