package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestTellingAmongAll does all sorts of things to what is told, in a random order and with a clock that is set now and then:
// the record stays sound, nobody is told anything twice, and nothing is lost.
func TestTellingAmongAll(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3
	}
	var did [9]int
	for seed := range seeds {
		p := &postman{
			muddle: muddle{T: t, s: newStore(t), random: rand.New(rand.NewPCG(seed, 2)), now: noon, positions: map[[32]byte]uint64{}},
			names:  []string{"a0", "b0"}, last: []string{"a0", "b0"}, got: map[string]int{},
		}
		p.run = started(t, p.s, logA)
		started(t, p.s, logB)
		for range 120 {
			p.now = p.now.Add(time.Duration(p.random.IntN(100)-10) * time.Hour)
			step := p.random.IntN(len(did))
			did[step] += p.do(step)
			sound(t, p.s.Reader)
		}
		p.finish()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for step, n := range did {
		if n == 0 {
			t.Errorf("step %d never did anything", step)
		}
	}
}

// postman has two receivers, whose names in the configuration change before the store hears of it.
type postman struct {
	muddle
	names, last []string       // in the configuration, and in the store
	got         map[string]int // how often a receiver got a message
}

// do does one of several things, and says how many of it.
func (p *postman) do(step int) int {
	switch step {
	case 0, 1:
		p.commit()
		return 1
	case 2:
		p.change()
		return 1
	case 3:
		kind := fmt.Sprint("kind", p.random.IntN(2))
		fresh, err := p.s.RecordAlarm(p.Context(), Alarm{LogID: logA, Kind: kind, Head: []byte{byte(p.random.IntN(100))}}, p.now)
		must(p.T, err)
		return count(fresh)
	case 4:
		told, err := p.s.TellHeldAlarms(p.Context(), p.now)
		must(p.T, err)
		return told
	case 5:
		i := p.random.IntN(2)
		if p.names[i] != p.last[i] {
			return 0
		}
		p.names[i] += "+"
		return 1
	case 6:
		return p.rename()
	case 7:
		done, err := p.s.Prune(p.Context(), Retention{Before: p.now.AddDate(0, 0, -p.random.IntN(90)), Now: p.now}, nil)
		must(p.T, err)
		return done.Messages
	}
	p.route()
	return p.send(3)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rename tells the store of the names in the configuration.
func (p *postman) rename() (n int) {
	for i, to := range p.names {
		if from := p.last[i]; from != to {
			r, err := p.s.RenameReceiver(p.Context(), from, to, false, p.now)
			must(p.T, err)
			if r.Both > 0 {
				p.Fatalf("%s is not taken for %s: %+v", to, from, r)
			}
			p.last[i] = to
			n += count(r.Known)
		}
	}
	return n
}

// route routes as a dispatcher does: who heard of a matter hears all of it, and of its end nobody else.
func (p *postman) route() {
	for {
		unrouted, err := p.s.Unrouted(p.Context(), 1)
		must(p.T, err)
		if len(unrouted) == 0 {
			return
		}
		r := Route{Message: unrouted[0].ID}
		for i, name := range p.names {
			ended := slices.Contains([]string{EventResolved, EventMerged, Ended}, unrouted[0].Event)
			if slices.Contains(unrouted[0].Told, name) || !ended && p.random.IntN(4) > i {
				r.To = append(r.To, Recipient{name, p.now})
			}
		}
		must(p.T, p.s.Route(p.Context(), []Route{r}, p.now))
	}
}

// send sends what is due, of which one in so many fails, is given up, or is gathered first; 0: all of it is sent.
func (p *postman) send(failing int) (n int) {
	for i, name := range p.names {
		if failing > 0 && p.random.IntN(failing) == 0 {
			_, err := p.s.Gather(p.Context(), name, "digest", p.now)
			must(p.T, err)
		}
		for _, d := range due(p.T, p.s, name, p.now) {
			o := Outcome{Message: d.Row, At: p.now, Sent: true}
			if failing > 0 && p.random.IntN(failing) == 0 {
				o = Outcome{Message: d.Row, At: p.now, Due: p.now.Add(time.Hour), Error: "no"}
				if p.random.IntN(failing) == 0 {
					o.Due, o.GivenUp = time.Time{}, true
				}
			}
			must(p.T, p.s.RecordOutcomes(p.Context(), name, []Outcome{o}))
			if !o.Sent {
				continue
			}
			n++
			for _, m := range append([]Outgoing{d.Outgoing}, d.Parts...) {
				key := fmt.Sprint(i, " ", m.ID)
				if p.got[key]++; p.got[key] > 1 {
					p.Errorf("%s %s was sent twice to receiver %d", m.Kind, m.Event, i)
				}
			}
		}
	}
	return n
}

// finish renames, takes up and sends all that is left: then nothing waits, what was given up is over, no alarm is held
// back, and everybody who heard of something knows how it stands.
func (p *postman) finish() {
	p.rename()
	p.route()
	_, err := p.s.Retry(p.Context(), nil, nil, p.now)
	must(p.T, err)
	for range 200 {
		p.now = p.now.Add(25 * time.Hour)
		told, err := p.s.TellHeldAlarms(p.Context(), p.now)
		must(p.T, err)
		p.route()
		if p.send(0)+told == 0 {
			break
		}
	}
	sound(p.T, p.s.Reader)
	for what, query := range map[string]string{
		"deliveries are open":      "SELECT count(*) FROM deliveries WHERE sent IS NULL AND part_of IS NULL",
		"are for a name of before": "SELECT count(*) FROM deliveries WHERE receiver NOT IN ('" + p.names[0] + "', '" + p.names[1] + "')",
		"alarms are held back": `SELECT count(*) FROM alarms a JOIN logs l ON l.id = a.log
			WHERE a.id > (SELECT max(o.alarm) FROM outbox o WHERE o.thread = ` + alarmThread + `)`,
		"ends are unheard of": `SELECT count(*) FROM outbox m JOIN outbox b ON b.thread = m.thread AND b.id < m.id
			JOIN deliveries d ON d.message = b.id WHERE m.event = 'resolved'
			AND NOT EXISTS (SELECT 1 FROM outbox l JOIN deliveries e ON e.message = l.id
				WHERE l.thread = m.thread AND l.id >= m.id AND e.receiver = d.receiver)`,
	} {
		var n int
		must(p.T, p.s.db.Get(&n, query))
		if n > 0 {
			p.Errorf("%d %s", n, what)
		}
	}
}
