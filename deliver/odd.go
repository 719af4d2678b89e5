package deliver

import (
	"errors"
	"fmt"
	"slices"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/notify"
)

// Odd are the receivers that cannot be told from others of their type for long, and those that no finding can be for,
// since none of the watches has a name or a label that they ask for. And it is the watches whose findings are for none,
// where those of others are.
func Odd(cfg *config.Config) config.Problems {
	return append(unnamed(cfg), unfit(cfg)...)
}

// unnamed are receivers that are known by their place among others of their type. What waits for one goes to another when
// one before it comes or goes.
func unnamed(cfg *config.Config) (out config.Problems) {
	first := map[string]bool{}
	for i := range cfg.Notify {
		r := &cfg.Notify[i]
		if r.Unnamed && first[r.Type] && r.Type != "heartbeat" && r.Type != "stdout" {
			out = append(out, cfg.ReceiverProblem(r, errors.New("give it a name: what waits for it would go to another when receivers come or go")))
		}
		first[r.Type] = first[r.Type] || r.Unnamed
	}
	return out
}

// unfit are receivers and watches that do not find each other.
func unfit(cfg *config.Config) config.Problems {
	if !slices.ContainsFunc(cfg.Notify, func(r config.Receiver) bool { return r.Only.Watches != nil || r.Only.Labels != nil }) {
		return nil
	}
	list, _, err := cfg.Watchlist()
	if err != nil {
		return nil // that is said elsewhere
	}
	labels := cfg.Labels(list)
	var out config.Problems
	for i := range cfg.Notify {
		r := &cfg.Notify[i]
		only := notify.Only{Watches: r.Only.Watches, Labels: r.Only.Labels}
		if only.Watches == nil && only.Labels == nil {
			continue
		}
		fits := false
		for w := 0; w < list.Len() && !fits; w++ {
			fits = only.Wants(&notify.Unrouted{Kind: notify.Finding, Severity: notify.Critical, Watch: list.Watch(w).ID(), Labels: labels.At(w)})
		}
		if !fits {
			out = append(out, cfg.ReceiverProblem(r, errors.New("only: fits no watch, so no finding will be told there")))
		}
	}
	return append(out, unheard(cfg, list, labels)...)
}

// shownUnheard is how many of the watches that nobody hears of are named; the rest is counted.
const shownUnheard = 20

var errUnheard = errors.New("no receiver is told of its findings: none has an only: that fits")

// unheard are the watches whose findings no receiver wants, those of a file of names together.
func unheard(cfg *config.Config, list *matcher.Watchlist, labels *config.Labels) config.Problems {
	var all []notify.Only
	for i := range cfg.Notify {
		o := only(&cfg.Notify[i])
		o.Verdicts = nil
		if o.Wants(&notify.Unrouted{Kind: notify.Finding, Severity: notify.Critical}) || o.Watches != nil || o.Labels != nil {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return nil
	}
	var out config.Problems
	more := 0
	lists := make([]struct{ count, last int }, len(cfg.Names)) // of their watches that nobody hears of
	for i := range list.Len() {
		if cfg.Canary != nil && i == cfg.Canary.Watch {
			continue // its certificates are expected
		}
		m := notify.Unrouted{Kind: notify.Finding, Severity: notify.Critical, Watch: list.Watch(i).ID(), Labels: labels.At(i)}
		if slices.ContainsFunc(all, func(o notify.Only) bool { return o.Wants(&m) }) {
			continue
		}
		switch from, listed := list.List(i); {
		case listed:
			lists[from].count, lists[from].last = lists[from].count+1, i
		case len(out) == shownUnheard:
			more++
		default:
			out = append(out, cfg.WatchProblem(i, errUnheard))
		}
	}
	if more > 0 {
		out = append(out, config.Problem{Path: cfg.Path, Text: fmt.Sprintf("no receiver is told of the findings of %d more watches", more)})
	}
	for from, of := range lists {
		switch of.count {
		case 0:
		case 1:
			out = append(out, cfg.WatchProblem(of.last, errUnheard))
		default:
			out = append(out, config.Problem{Path: cfg.Names[from].Path, Text: fmt.Sprintf(
				"no receiver is told of the findings of %d of its names, such as %s: none has an only: that fits",
				of.count, list.Watch(of.last).ID())})
		}
	}
	return out
}
