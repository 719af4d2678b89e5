package main

import (
	"pinwatch/ct/cttest"
)

const (
	// seed gives every key of the demo. Whoever reads this can make the private keys: nothing may trust them.
	seed   = "pinwatch demo only, do not trust"
	origin = "demo-log.example/2026"
	size   = 640 // two full tiles and a half one, so that there is a level-1 tile too
)

// demo is the demo log with those who act in it.
type demo struct {
	log    *cttest.Log
	key    *cttest.Key // of the log
	random *cttest.Stream

	expected  *cttest.CA // the CA that the owner of the watched names uses
	other     *cttest.CA // another CA, with an RSA key
	faraway   *cttest.CA // a third one, which uses a precertificate signing certificate
	signer    *cttest.CA
	web, next *cttest.Key // the keys pinned for example.com: the one in use, the one to come
	shop      *cttest.Key // the key pinned for shop.example.net

	acts []act
}

// newDemo makes the log with all entries and publishes them.
func newDemo() *demo {
	demoRoot := cttest.NewRoot("Demo Root X1", seed)
	otherRoot := cttest.NewRoot("Other Root R1", seed)
	farawayRoot := cttest.NewRoot("Faraway Root 2020", seed)
	d := &demo{
		key:      cttest.NewKey(seed + " log"),
		random:   cttest.NewStream(seed),
		expected: demoRoot.Intermediate("Demo Issuing CA E1", seed),
		other:    otherRoot.IntermediateWith("Other Issuing CA R3", cttest.NewRSAKey(seed+" other")),
		faraway:  farawayRoot.Intermediate("Faraway Issuing CA 2", seed),
		web:      cttest.NewKey(seed + " web"),
		shop:     cttest.NewKey(seed + " shop"),
		next:     cttest.NewKey(seed + " next"),
	}
	d.signer = d.faraway.PrecertSigner("Faraway Precertificate Signer", seed)
	d.log = cttest.NewLog(cttest.Config{
		Origin: origin,
		Key:    d.key,
		Plain:  func(n uint64) bool { return n == 2 },
	})
	d.acts = d.story()
	for next := d.acts; d.log.Size() < size; {
		if len(next) > 0 && next[0].index == d.log.Size() {
			d.log.Add(next[0].leaf)
			next = next[1:]
			continue
		}
		d.log.Add(d.stranger(d.log.Size()))
	}
	d.log.PublishAll()
	return d
}
