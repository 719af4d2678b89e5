package monitor

import "context"

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
