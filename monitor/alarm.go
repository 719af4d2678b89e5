package monitor

import (
	"context"

	"pinwatch/ct"
	"pinwatch/store"
)

// alarm records that the log broke a promise, with the evidence.
func (t *tailer) alarm(ctx context.Context, m *ct.Misbehaviour) error {
	t.log.Error("the log misbehaved", "kind", m.Kind, "detail", m.Detail)
	_, err := t.opt.Store.RecordAlarm(ctx, store.Alarm{
		LogID: t.src.Log.ID, Kind: string(m.Kind), Detail: m.Detail, Head: evidence(m.Head, m.Raw), Other: evidence(m.Other, nil),
	}, t.opt.Now())
	return err
}

// evidence is what was received, to the byte.
func evidence(h *ct.TreeHead, raw []byte) []byte {
	if h != nil {
		return h.Raw
	}
	return raw
}
