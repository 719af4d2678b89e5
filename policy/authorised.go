package policy

import (
	"fmt"
	"slices"
	"time"

	"pinwatch/store"
)

// authorised are the pins that authorisations make, by watch. One that has ended counts for what was logged before, but
// not one that was learned and never approved: who ends it says that the certificates found at the beginning are not
// theirs. It stays among the pins all the same, so that the watch does not learn it again.
func authorised(all []store.Authorisation) map[string][]store.FilePin {
	out := map[string][]store.FilePin{}
	for i := range all {
		a := &all[i]
		pin := store.FilePin{Dimension: a.Dimension, SPKI: a.SPKI, Label: a.Label, Source: sourceOf(a)}
		if a.Ended != nil {
			pin.NotAfter, pin.Ended = a.Ended.At, true
			if a.Kind == store.Learned && a.Approved == nil {
				pin.NotAfter = time.Unix(0, 0)
			}
		}
		out[a.Watch] = append(out[a.Watch], pin)
	}
	return out
}

// Unapproved is how many keys are expected because a watch learned them, and nobody has looked at yet.
func (p *Policy) Unapproved() int { return len(unapproved(p.authorised)) }

func unapproved(all []store.Authorisation) []store.Authorisation {
	return slices.DeleteFunc(slices.Clone(all), func(a store.Authorisation) bool {
		return a.Kind != store.Learned || a.Approved != nil || a.Ended != nil
	})
}

// sourceOf says where the pin of an authorisation stands.
func sourceOf(a *store.Authorisation) string {
	return fmt.Sprintf("authorisation %d, %s by %s", a.ID, a.Kind, a.Added.Who)
}

// sameAuthorisations says whether the same are in force.
func sameAuthorisations(a, b []store.Authorisation) bool {
	return slices.EqualFunc(a, b, func(a, b store.Authorisation) bool { return a.ID == b.ID && (a.Ended == nil) == (b.Ended == nil) })
}
