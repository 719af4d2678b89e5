package monitor

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"pinwatch/matcher"
)

// takeUp notes for a run which logs are known, and learns their keys.
func (o *Options) takeUp(ctx context.Context, run int64, shared *scanner, sources []Source) error {
	for i := range sources {
		shared.scts.learn(sources[i].Log.ID, sources[i].Log.Key)
	}
	if o.Catalogue != nil {
		known := o.Catalogue()
		for i := range known.Logs {
			shared.scts.learn(known.Logs[i].LogID, known.Logs[i].Key)
		}
		if err := o.Store.RecordCatalogue(ctx, run, known, o.Now()); err != nil {
			return err
		}
	}
	return o.Store.CheckUnknown(ctx, shared.scts.knows)
}

// matching is counted up when certificates are read or names matched in another way than before: what was looked at then
// was not looked at in the way of now.
const matching = 1

// namesOf is a hash of all that decides which names a watch list matches, whatever it expects of their certificates.
func namesOf(list *matcher.Watchlist) [sha256.Size]byte {
	watches := make([][]byte, list.Len())
	for i := range watches {
		w := list.Watch(i)
		options := byte(0)
		if w.Emails {
			options |= 1
		}
		if w.URIs {
			options |= 2
		}
		b := []byte{options}
		for _, word := range append([]string{w.ID()}, slices.Sorted(slices.Values(w.Exclude))...) {
			b = binary.BigEndian.AppendUint64(b, uint64(len(word)))
			b = append(b, word...)
		}
		sum := sha256.Sum256(b)
		watches[i] = sum[:]
	}
	slices.SortFunc(watches, slices.Compare)
	d := sha256.New()
	d.Write([]byte{matching})
	for _, sum := range watches {
		d.Write(sum)
	}
	return [sha256.Size]byte(d.Sum(nil))
}
