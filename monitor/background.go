package monitor

import (
	"context"
	"slices"
	"time"

	"pinwatch/matcher"
	"pinwatch/store"
)

// maxBackground bounds for how many watches that one certificate concerns something is looked up.
const maxBackground = 100

// addBackground adds to what was said of an issuance what the record knows of its keys. before is when the issuance was
// first seen, zero for one that is not recorded yet. Nothing is looked up for a certificate that is expected, or for more
// watches than anybody reads about.
func addBackground(
	ctx context.Context, list *matcher.Watchlist, known store.Records, iss *store.Issuance, before time.Time, judged []store.Judged,
) error {
	for i := range judged[:min(len(judged), maxBackground)] {
		j := &judged[i]
		why := make([]matcher.Reason, len(j.Reasons))
		for k, word := range j.Reasons {
			why[k] = matcher.Reason(word)
		}
		if !slices.ContainsFunc(why, isUnknown) {
			continue
		}
		b, err := known.Background(ctx, &store.Question{
			Watch: j.Watch, List: listOf(list, j.Watch), Before: before, Issuer: iss.Issuer, SPKI: iss.SPKISHA256, IssuerKey: iss.IssuerKeyHash,
		})
		if err != nil {
			return err
		}
		j.Reasons = append(j.Reasons, words(matcher.Background(b).Reasons(why))...)
	}
	return nil
}

// listOf is the name of the list of a watch; empty for one that was given by itself.
func listOf(list *matcher.Watchlist, watch string) string {
	if at, found := list.Find(watch); found {
		if from, listed := list.List(at); listed {
			return list.ListName(from)
		}
	}
	return ""
}

func isUnknown(r matcher.Reason) bool {
	return r == matcher.UnknownKey || r == matcher.UnknownIssuer || r == matcher.UnknownChain
}
