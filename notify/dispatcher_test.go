package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pinwatch/notify"
)

// TestFaults: whatever a receiver does, a message is sent, given up or waits, and another receiver has all of them at
// once.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fails            func(m *notify.Message, try int) error
		heard            int // of 20 messages, after an hour
		waits, givenUp   int
		leastTry, atMost int // attempts
	}{
		"well": {heard: 20, leastTry: 20, atMost: 20},
		"down": {
			fails: func(*notify.Message, int) error { return errDown },
			waits: 20, leastTry: 55, atMost: 80,
		},
		"refuses one message": {
			fails: func(m *notify.Message, _ int) error {
				if m.ID == "m7" {
					return notify.Permanent(errDown)
				}
				return nil
			},
			heard: 19, waits: 1, leastTry: 25, atMost: 26,
		},
		"stumbles over one message": {
			fails: func(m *notify.Message, _ int) error {
				if m.ID == "m7" {
					return errDown
				}
				return nil
			},
			heard: 19, waits: 1, leastTry: 50, atMost: 100,
		},
		"down for ten attempts": {
			fails: func(_ *notify.Message, try int) error {
				if try <= 10 {
					return errDown
				}
				return nil
			},
			heard: 20, leastTry: 30, atMost: 30,
		},
		"asks for a pause": {
			fails: func(_ *notify.Message, try int) error {
				if try == 3 {
					return notify.Later(30*time.Minute, errDown)
				}
				return nil
			},
			heard: 20, leastTry: 21, atMost: 21,
		},
		"asks for a long pause": {
			fails: func(*notify.Message, int) error { return notify.Later(1<<60, errDown) },
			waits: 20, leastTry: 1, atMost: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, bad, good := &memory{}, &ear{fails: tt.fails}, &ear{}
				q.add(20)
				end := running(t, dispatcher(q, notify.Receiver{Name: "bad", Notifier: bad}, notify.Receiver{Name: "good", Notifier: good}))
				synctest.Wait()
				if len(good.heard) != 20 {
					t.Errorf("a receiver that is well has %d of 20 at once", len(good.heard))
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				waits, givenUp := q.left("bad")
				if len(bad.heard) != tt.heard || waits != tt.waits || givenUp != tt.givenUp || bad.tries < tt.leastTry || bad.tries > tt.atMost {
					t.Errorf("heard %d, waiting %d, given up %d, after %d attempts, want %+v", len(bad.heard), waits, givenUp, bad.tries, tt)
				}
				end()
			})
		})
	}
}

// TestPauseOutlivesProcess: what asked to be left alone for long is so by the next process, too: by the next scan.
func TestPauseOutlivesProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &memory{}
		slow := &ear{fails: func(_ *notify.Message, try int) error {
			if try == 1 {
				return notify.Later(30*time.Minute, errDown)
			}
			return nil
		}}
		q.add(5)
		for i, want := range []int{1, 1, 1, 1, 6} { // one refused, five taken
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			if err := dispatcher(q, notify.Receiver{Name: "slow", Notifier: slow}).Drain(ctx); err != nil {
				t.Fatal(err)
			}
			cancel()
			if slow.tries != want {
				t.Errorf("process %d: %d attempts, want %d", i, slow.tries, want)
			}
			time.Sleep(9 * time.Minute)
		}
	})
}

// TestDayDown: a receiver that was down for a day has everything within a minute of being up, while another has each
// message within seconds.
func TestDayDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, good := &memory{}, &ear{}
		up := time.Now().Add(24 * time.Hour)
		bad := &ear{fails: func(*notify.Message, int) error {
			if time.Now().Before(up) {
				return errDown
			}
			return nil
		}}
		var troubles []error
		d := notify.NewDispatcher(notify.Options{
			Queue: q, Now: time.Now, Receivers: []notify.Receiver{{Name: "bad", Notifier: bad}, {Name: "good", Notifier: good}},
			Trouble: func(name string, err error) {
				troubles = append(troubles, fmt.Errorf("%s: %w", name, errors.Join(err)))
			},
		})
		end := running(t, d)
		for hour := range 24 {
			q.add(50)
			d.Wake()
			synctest.Wait()
			if len(good.heard) != 50*(hour+1) {
				t.Fatalf("hour %d: a receiver that is well heard %d", hour, len(good.heard))
			}
			time.Sleep(time.Hour)
		}
		time.Sleep(75 * time.Second) // a minute, and the jitter of the pause
		synctest.Wait()
		if waits, givenUp := q.left("bad"); len(bad.heard) != 24*50 || waits+givenUp > 0 {
			t.Errorf("after a day down it heard %d, %d wait, %d are given up", len(bad.heard), waits, givenUp)
		}
		if ids := bad.ids(); len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(ids) {
			t.Error("something was told twice")
		}
		if len(troubles) != 2 {
			t.Errorf("troubles: %v, want one and its end", troubles)
		}
		end()
	})
}

// TestGiveUp: what is never taken is given up after three days, not before, and not after two attempts far apart.
func TestGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &memory{}
		q.add(3)
		end := running(t, dispatcher(q, notify.Receiver{Name: "bad", Notifier: &ear{fails: func(*notify.Message, int) error { return errDown }}}))
		time.Sleep(3*24*time.Hour - time.Minute)
		synctest.Wait()
		if _, givenUp := q.left("bad"); givenUp != 0 {
			t.Errorf("%d are given up before their time", givenUp)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if waits, givenUp := q.left("bad"); givenUp != 3 || waits != 0 {
			t.Errorf("%d are given up, %d wait", givenUp, waits)
		}
		end()
		q.add(1)
		for range 3 {
			if err := dispatcher(q, notify.Receiver{Name: "bad", Notifier: &ear{fails: func(*notify.Message, int) error { return errDown }}}).Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(4 * 24 * time.Hour)
		}
		if _, givenUp := q.left("bad"); givenUp != 4 {
			t.Errorf("%d are given up", givenUp)
		}
	})
}

// TestRefused: a message that is refused as it is has an hour for the receiver to think better of it, and no more.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		mended         time.Duration
		heard, givenUp int
	}{{50 * time.Minute, 3, 0}, {5 * time.Hour, 0, 3}} {
		synctest.Test(t, func(t *testing.T) {
			q, mended := &memory{}, time.Now().Add(tt.mended)
			q.add(3)
			bad := &ear{fails: func(*notify.Message, int) error {
				if time.Now().Before(mended) {
					return notify.Permanent(errDown)
				}
				return nil
			}}
			end := running(t, dispatcher(q, notify.Receiver{Name: "bad", Notifier: bad}))
			time.Sleep(2 * time.Hour)
			synctest.Wait()
			if waits, givenUp := q.left("bad"); len(bad.heard) != tt.heard || givenUp != tt.givenUp || waits != 0 || bad.tries > 21 {
				t.Errorf("mended after %s: heard %d, given up %d, waiting %d, after %d attempts", tt.mended, len(bad.heard), givenUp, waits, bad.tries)
			}
			end()
		})
	}
}

// TestShutdown: what is being sent when the end comes is finished and noted; what hangs is called off after the grace,
// and waits for the next time.
func TestShutdown(t *testing.T) {
	for _, tt := range []struct{ slow, takes time.Duration }{{5 * time.Second, 4 * time.Second}, {50 * time.Second, 10 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			q, slow := &memory{}, &ear{slow: tt.slow}
			q.add(10)
			end := running(t, dispatcher(q, notify.Receiver{Name: "slow", Notifier: slow}))
			time.Sleep(time.Second)
			began := time.Now()
			end()
			finished := 0
			if tt.slow < 10*time.Second {
				finished = 1
			}
			waits, _ := q.left("slow")
			if took := time.Since(began); took != tt.takes || len(slow.heard) != finished || waits != 10-finished {
				t.Errorf("the end took %s; heard %d, %d wait", took, len(slow.heard), waits)
			}
		})
	}
}

// TestDrain sends what is due and ends: at once where all is well, after a few attempts where a receiver is down, and at
// its deadline in any case.
func TestDrain(t *testing.T) {
	for name, tt := range map[string]struct {
		ear         *ear
		heard, most int
		within      time.Duration
	}{
		"well": {ear: &ear{}, heard: 600, most: 600, within: 0},
		"down": {ear: &ear{fails: func(*notify.Message, int) error { return errDown }}, most: 3, within: 4 * time.Second},
		"slow": {ear: &ear{slow: 7 * time.Second}, heard: 5, most: 5, within: 35 * time.Second},
		"hangs": {
			ear: &ear{slow: time.Hour}, most: 1, within: 40 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &memory{}
				q.add(600)
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				e := tt.ear
				if err := dispatcher(q, notify.Receiver{Name: "a", Notifier: e}).Drain(ctx); err != nil {
					t.Fatal(err)
				}
				waits, givenUp := q.left("a")
				if took := time.Since(began); took > tt.within || len(e.heard) != tt.heard || e.tries > tt.most || waits != 600-tt.heard || givenUp != 0 {
					t.Errorf("took %s, heard %d in %d attempts, %d wait", took, len(e.heard), e.tries, waits)
				}
			})
		})
	}
}

// TestRecordsTogether: outcomes are noted many at a time, and at least once a second.
func TestRecordsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &memory{}
		q.add(1000)
		if err := dispatcher(q, notify.Receiver{Name: "a", Notifier: &ear{}}).Drain(t.Context()); err != nil || q.records > 4 {
			t.Errorf("%d records of 1000 messages, %v", q.records, err)
		}
		q.add(10)
		before := q.records
		if err := dispatcher(q, notify.Receiver{Name: "a", Notifier: &ear{slow: 2 * time.Second}}).Drain(t.Context()); err != nil || q.records-before != 10 {
			t.Errorf("%d records of 10 slow messages, %v", q.records-before, err)
		}
	})
}

// TestQueueFails: the failure of the queue is the one thing that ends a dispatcher.
func TestQueueFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &memory{broken: errors.New("disk full")}
		d := dispatcher(q, notify.Receiver{Name: "a", Notifier: &ear{}})
		if err := d.Run(t.Context()); !errors.Is(err, q.broken) {
			t.Errorf("run: %v", err)
		}
		if err := d.Drain(t.Context()); !errors.Is(err, q.broken) {
			t.Errorf("drain: %v", err)
		}
	})
}

// TestPulse: a heartbeat goes to those that ask for it by name, and past the queue.
func TestPulse(t *testing.T) {
	wants, others := &ear{}, &ear{}
	d := dispatcher(&memory{}, notify.Receiver{Name: "a", Notifier: wants, Only: notify.Only{Kinds: []notify.Kind{notify.Heartbeat}}},
		notify.Receiver{Name: "b", Notifier: others})
	d.Pulse(t.Context(), &notify.Message{ID: "h", Kind: notify.Heartbeat, Severity: notify.Info})
	if len(wants.heard) != 1 || len(others.heard) != 0 {
		t.Errorf("heard by %d and %d", len(wants.heard), len(others.heard))
	}
}
