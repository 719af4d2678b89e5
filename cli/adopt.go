package cli

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"pinwatch/matcher"
	"pinwatch/store"
)

// adoptFlags take keys of a finding for expected.
func adoptFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "pin", Usage: "from now on its key is expected", DisableDefaultText: true},
		&cli.BoolFlag{Name: "pin-issuer", Usage: "from now on the key of the CA that issued it is expected", DisableDefaultText: true},
		&cli.StringFlag{Name: "label", Usage: "what to call the key, a `NAME`"},
	}
}

// acknowledge acknowledges a finding and, if asked to, takes its keys for expected.
func (p *program) acknowledge(c *cli.Context) error {
	if c.Bool("pin") || c.Bool("pin-issuer") {
		if err := p.adopt(c); err != nil {
			return err
		}
	} else if c.String("label") != "" {
		return usage("say --pin or --pin-issuer too", "--label is for a key that is pinned")
	}
	return p.setState(c, store.StateAcknowledged, "acknowledged")
}

// adopt authorises the keys of a finding.
func (p *program) adopt(c *cli.Context) (err error) {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	by, err := author(c)
	if err != nil {
		return err
	}
	return p.change(c, func(s *store.Store) error {
		d, err := s.Finding(c.Context, c.Args().First())
		if err != nil {
			return err
		}
		var wanted []store.Authorisation
		if c.Bool("pin") {
			a, err := adoptedKey(&d.Finding)
			if err != nil {
				return err
			}
			wanted = append(wanted, a)
		}
		if c.Bool("pin-issuer") {
			a, err := adoptedIssuer(&d.Finding)
			if err != nil {
				return err
			}
			wanted = append(wanted, a)
		}
		for _, a := range wanted {
			a.Watch, a.Label, a.Kind, a.Finding = d.Watch, c.String("label"), store.Adopted, d.ID
			a.Added = store.Act{At: p.now(), Who: by, Why: c.String("why")}
			got, added, err := s.Authorise(c.Context, a)
			if err != nil {
				return err
			}
			p.tellAdopted(&got, added, d.Verdict == string(matcher.Unpinned))
		}
		return nil
	})
}

func (p *program) tellAdopted(a *store.Authorisation, added, first bool) {
	pin := matcher.FormatPin(a.SPKI)
	if !added {
		p.note(fmt.Sprintf("%s is authorised for %s already, by %s", pin, a.Watch, a.Added.Who))
		return
	}
	p.note(fmt.Sprintf("authorisation %d: %s is expected under %s of %s", a.ID, pin, a.Dimension, a.Watch))
	if first {
		p.note(fmt.Sprintf("%s had no pins: from now on every other key is unexpected", a.Watch))
	}
}

// adoptedKey is the pin that makes the key of a finding expected.
func adoptedKey(f *store.Finding) (store.Authorisation, error) {
	a := store.Authorisation{Dimension: "keys"}
	switch spki := f.Issuance.SPKISHA256; {
	case spki == nil:
		return a, usage("it can be acknowledged without", "the key of %s could not be read, and cannot be pinned", f.ID)
	case f.KeyPinned != nil && *f.KeyPinned:
		return a, usage("acknowledge it without --pin; --pin-issuer pins the issuer", "the key of %s is pinned already", f.ID)
	case f.KeyPinned == nil && f.ChainPinned != nil: // a watch that pins keys anywhere in the chain, and no others
		a.Dimension, a.SPKI = "chain", *spki
	case f.KeyPinned == nil && f.IssuerPinned != nil:
		return a, usage("--pin-issuer pins the issuer", "%s pins issuers and no keys: with a first key, every other one would be unexpected", f.Watch)
	default:
		a.SPKI = *spki
	}
	return a, nil
}

// adoptedIssuer is the pin that makes the issuer of a finding expected.
func adoptedIssuer(f *store.Finding) (store.Authorisation, error) {
	var a store.Authorisation
	isFalse := func(b *bool) bool { return b != nil && !*b }
	switch key := f.Issuance.IssuerKeyHash; {
	case key == nil:
		return a, usage("it can be acknowledged without", "the issuer of %s is not established, and cannot be pinned", f.ID)
	case isFalse(f.IssuerPinned):
		a.Dimension, a.SPKI = "issuers", *key
	case isFalse(f.ChainPinned):
		a.Dimension, a.SPKI = "chain", *key
	default:
		return a, usage("--pin pins its key", "the issuer is not what is unexpected about %s", f.ID)
	}
	return a, nil
}

// change opens the database to change something in it. It needs no lock.
func (p *program) change(c *cli.Context, do func(*store.Store) error) (err error) {
	dsn, err := storeName(c)
	if err != nil {
		return err
	}
	s, err := store.Open(c.Context, dsn, store.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}
