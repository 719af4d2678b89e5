package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/deliver"
	"pinwatch/notify"
	"pinwatch/policy"
	"pinwatch/store"
)

// health looks at how following logs goes.
type health struct {
	p          *program
	cfg        *config.Config
	store      *store.Store
	policy     *policy.Policy
	logs       *follow
	leave      bool     // logs that left are told
	incomplete []string // why the last pass was not complete
}

// settle tells what began, changed or ended, and makes a heartbeat of what lasts.
func (h *health) settle(ctx context.Context) (*notify.Message, error) {
	now := h.p.now()
	logs, err := h.store.LogStatuses(ctx)
	if err != nil {
		return nil, err
	}
	paces, err := h.store.Paces(ctx, now.Add(-paceWindow))
	if err != nil {
		return nil, err
	}
	s := deliver.Situation{Now: now, Behind: h.cfg.Behind, Incomplete: h.incomplete, Pins: slices.Clone(h.policy.Warnings)}
	s.Blind = !h.leave || len(h.logs.failed) > 0
	for _, err := range h.logs.failed {
		s.Incomplete = append(s.Incomplete, err.Error())
	}
	followed := map[ct.LogID]bool{}
	for _, src := range h.logs.sources {
		followed[src.Log.ID] = followed[src.Log.ID] || !src.Leaving
	}
	for i := range logs {
		l := &logs[i]
		s.Undetermined += l.Totals.Outstanding
		if followed[l.ID] {
			s.Logs = append(s.Logs, logState(l, paces[l.ID]))
			continue
		}
		if log, why := leavingLog(h.logs.catalogue, l); !s.Blind && log != nil && l.Started &&
			l.LastContact != nil && now.Sub(*l.LastContact) <= leavingFor {
			s.Leaving = append(s.Leaving, deliver.Leaving{ID: l.ID, Name: log.Name(), Why: why})
		}
	}
	if c := h.cfg.Canary; c != nil {
		seen, err := h.store.CanarySeen(ctx, h.policy.Canary, now)
		if err != nil {
			return nil, err
		}
		s.Canary = &deliver.CanaryState{Watch: h.policy.Canary, Period: c.Period, Seen: seen}
	}
	if err := h.checkPins(ctx, &s); err != nil {
		return nil, err
	}
	if _, err := s.Settle(ctx, h.store); err != nil {
		return nil, err
	}
	if !s.Unchecked {
		if err := h.store.MarkPinsChecked(ctx, h.policy.Watchlist.Policy(), now); err != nil {
			return nil, err
		}
	}
	return h.heartbeat(ctx, &s)
}

// checkPins holds the pins against the record, when they are new and once a day: that reads all of it.
func (h *health) checkPins(ctx context.Context, s *deliver.Situation) error {
	last, err := h.store.PinsChecked(ctx, h.policy.Watchlist.Policy())
	if err != nil || s.Now.Sub(last) < aDay {
		s.Unchecked = true
		return err
	}
	report, err := h.policy.Check(ctx, h.store.Reader, policy.Usual(), s.Now)
	if err != nil {
		return err
	}
	for _, found := range report.Health {
		if found.Kind.Pressing() {
			s.Pins = append(s.Pins, found)
		}
	}
	return nil
}

// logState is how following a log goes.
func logState(l *store.LogStatus, pace store.Pace) deliver.LogState {
	out := deliver.LogState{
		ID: l.ID, Name: logName(l), Operator: l.Operator, Since: l.FirstSeen, Position: l.Position, Lag: l.Lag(),
	}
	if l.LastContact != nil {
		out.Since = *l.LastContact
	}
	if failing(l) {
		out.LastError = l.LastError
	}
	o := newOutlook(l, pace)
	out.Never = o.never
	if o.in != 0 && o.grows > 0 {
		out.Behind = time.Duration(min(float64(out.Lag)/o.grows, 1e9) * float64(time.Second))
	}
	return out
}

// heartbeat makes a proof of life. It is none where not everything is looked at, or the canary is silent.
func (h *health) heartbeat(ctx context.Context, s *deliver.Situation) (*notify.Message, error) {
	lasting, err := h.store.Matters(ctx, []string{string(notify.Coverage), string(notify.Canary)})
	if err != nil {
		return nil, err
	}
	var troubles []string
	for i := range lasting {
		var m notify.Message
		if err := json.Unmarshal(lasting[i].Payload, &m); err != nil {
			return nil, err
		}
		troubles = append(troubles, m.Title)
	}
	return deliver.Heartbeat(s.Now, fmt.Sprintf("%s followed", count(len(s.Logs), "log")), troubles), nil
}
