package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

// growEvery is how often growing logs take entries and publish a head.
const growEvery = 500 * time.Millisecond

// foundEvery is one in how many entries of growing logs is for a watched name.
const foundEvery = 500

// grow serves logs that grow by so many entries a second together, below /0/, /1/, ...: grow DIR RATE LOGS. The entries
// are those of the log in DIR, again and again, and every now and then one for a watched name of its own. When a head
// covers that, its name and the time in nanoseconds are printed; for a static log, when a head covers the full tile that
// it is in, since partial ones are left alone for a while.
func grow(args []string) error {
	if len(args) != 3 {
		return errors.New("grow DIR RATE LOGS")
	}
	rate, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	logs, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	leaves, err := readLeaves(args[0])
	if err != nil {
		return err
	}
	g := growing{leaves: leaves, sizes: make([]uint64, logs), ca: cttest.NewRoot("Growing Root", "grow").Intermediate("Growing CA", "grow")}
	mux := http.NewServeMux()
	for i := range logs {
		g.logs = append(g.logs, cttest.NewLog(cttest.Config{Origin: origin(i), RFC6962: protocolOf(i) == "rfc6962", Now: time.Now}))
		prefix := fmt.Sprintf("/%d", i)
		mux.Handle(prefix+"/", http.StripPrefix(prefix, g.logs[i]))
	}
	go g.run(ctx, rate)
	return listen(mux)
}

// growing are logs that grow.
type growing struct {
	logs   []*cttest.Log
	sizes  []uint64 // of the logs
	found  []entered
	leaves []cttest.Leaf
	ca     *cttest.CA
	added  int
}

// entered is an entry for a watched name that is not announced yet.
type entered struct {
	name string
	log  int
	at   uint64 // the size of the log from which on a client is to read it
}

func (g *growing) run(ctx context.Context, rate int) {
	start := time.Now()
	for tick := time.NewTicker(growEvery); ctx.Err() == nil; {
		now := <-tick.C
		for due := int(now.Sub(start).Seconds() * float64(rate)); g.added < due; g.added++ {
			g.add()
		}
		for _, log := range g.logs {
			log.PublishAll()
		}
		g.found = slices.DeleteFunc(g.found, func(e entered) bool {
			covered := g.sizes[e.log] >= e.at
			if covered {
				fmt.Println(e.name, time.Now().UnixNano())
			}
			return covered
		})
	}
}

// add adds an entry to the log whose turn it is, or one for a watched name.
func (g *growing) add() {
	n := g.added
	if n%foundEvery != 0 {
		i := n % len(g.logs)
		g.logs[i].Add(g.leaves[n%len(g.leaves)])
		g.sizes[i]++
		return
	}
	i := n / foundEvery % len(g.logs)
	e := entered{name: fmt.Sprintf("log%d-%d.%s", i, n, watched), log: i, at: g.sizes[i] + 1}
	if protocolOf(i) == "static" {
		e.at = (e.at + pageSize - 1) / pageSize * pageSize
	}
	g.logs[i].AddPrecert(g.ca.Issue(cttest.Template{CN: e.name, Names: []string{e.name}, Key: "grow"}))
	g.sizes[i]++
	g.found = append(g.found, e)
}

// readLeaves reads the entries of the log in dir, but for those of watched names.
func readLeaves(dir string) ([]cttest.Leaf, error) {
	issuers, err := readIssuers(dir)
	if err != nil {
		return nil, err
	}
	var leaves []cttest.Leaf
	err = eachPage(dir, func(_ uint64, entries []ct.Entry) error {
		for i := range entries {
			e := &entries[i]
			if bytes.Contains(e.Cert, []byte(watched)) {
				continue
			}
			leaf := cttest.Leaf{
				Type: e.Type, Cert: bytes.Clone(e.Cert), Precert: bytes.Clone(e.Precert), Chain: chainOf(e, issuers),
			}
			if e.Type == ct.PrecertEntry {
				leaf.IssuerKeyHash = [sha256.Size]byte(e.IssuerKeyHash)
			}
			leaves = append(leaves, leaf)
		}
		return nil
	})
	return leaves, err
}
