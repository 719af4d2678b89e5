package monitor

import (
	"context"
)

// recordCatalogue notes for a run which logs are known.
func (o *Options) recordCatalogue(ctx context.Context, run int64) error {
	if o.Catalogue == nil {
		return nil
	}
	return o.Store.RecordCatalogue(ctx, run, o.Catalogue(), o.Now())
}
