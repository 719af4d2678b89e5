package deliver

import (
	"errors"
	"slices"

	"pinwatch/config"
	"pinwatch/notify"
)

// Odd are the receivers that no finding can be for: none of the watches has a name or a label that they ask for.
func Odd(cfg *config.Config) config.Problems {
	if !slices.ContainsFunc(cfg.Notify, func(r config.Receiver) bool { return r.Only.Watches != nil || r.Only.Labels != nil }) {
		return nil
	}
	list, _, err := cfg.Watchlist()
	if err != nil {
		return nil // that is said elsewhere
	}
	labels := make(map[int][]string, len(cfg.Rules))
	for i := range cfg.Rules {
		labels[cfg.Rules[i].Watch] = cfg.Rules[i].Labels
	}
	var out config.Problems
	for i := range cfg.Notify {
		r := &cfg.Notify[i]
		only := notify.Only{Watches: r.Only.Watches, Labels: r.Only.Labels}
		if only.Watches == nil && only.Labels == nil {
			continue
		}
		fits := false
		for w := 0; w < list.Len() && !fits; w++ {
			fits = only.Wants(&notify.Unrouted{Kind: notify.Finding, Severity: notify.Critical, Watch: list.Watch(w).ID(), Labels: labels[w]})
		}
		if !fits {
			out = append(out, cfg.ReceiverProblem(r, errors.New("only: fits no watch, so no finding will be told there")))
		}
	}
	return out
}
