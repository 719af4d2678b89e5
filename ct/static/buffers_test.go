package static_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

// getter answers every request with the same.
type getter struct {
	body []byte
	err  error
}

func (g *getter) Get(_ context.Context, room func() []byte, _ string, _ int, _ bool) ([]byte, error) {
	dst := room()
	if g.err != nil {
		return nil, g.err
	}
	return append(dst, g.body...), nil
}

// reader reads a log of one tile by way of g.
func reader(t *testing.T, g *getter) *static.Reader {
	t.Helper()
	log := cttest.NewLog(cttest.Config{Origin: origin})
	r, err := static.New(log.Describe("https://log.example/", true), g)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// maxBatches is how many batches of a log can be in use.
const maxBatches = 16

// Tiles that cannot be fetched or read leave the buffers to others.
func TestFailuresKeepNoBuffer(t *testing.T) {
	g := &getter{}
	r := reader(t, g)
	head := &ct.TreeHead{Size: 256}
	good := tile(t, 256)
	for name, bad := range map[string]getter{
		"not there":       {err: errors.New("no")},
		"not gzip":        {body: []byte("\x1f\x8bno")},
		"ends early":      {body: good[:1000]},
		"bytes behind it": {body: append(good[:len(good):len(good)], 0)},
	} {
		*g = bad
		for range 2 * maxBatches {
			if batch, err := r.Entries(t.Context(), 0, 256, head, false); err == nil {
				t.Errorf("%s: %d entries", name, len(batch.Entries))
			}
		}
	}
	*g = getter{body: good}
	for range 2 * maxBatches {
		batch, err := r.Entries(t.Context(), 0, 256, head, false)
		if err != nil || len(batch.Entries) != 256 {
			t.Fatal(batch, err)
		}
		batch.Release()
	}
}

func TestBatchesInUseAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reader(t, &getter{body: tile(t, 256)})
		batches := make(chan *ct.Batch, 2*maxBatches)
		for range cap(batches) {
			go func() {
				batch, err := r.Entries(t.Context(), 0, 256, &ct.TreeHead{Size: 256}, false)
				if err != nil {
					t.Error(err)
				}
				batches <- batch
			}()
		}
		synctest.Wait()
		if len(batches) != maxBatches {
			t.Errorf("%d batches are in use", len(batches))
		}
		for range cap(batches) {
			(<-batches).Release()
		}
	})
}
