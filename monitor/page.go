package monitor

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
	"pinwatch/matcher"
)

// page is what is kept of a run of consecutive entries once their buffer is given back: the few hashes that stand for
// all of them in the tree, and those few entries that concern a watch or could not be read.
type page struct {
	tree       ct.Span
	precerts   int
	candidates []candidate
}

// candidate is an entry that may concern a watch, or that could not be read well enough to say that it does not. Its
// bytes are its own.
type candidate struct {
	entry ct.Entry
	hits  []nameHit
	// problem says what could not be read, for an entry whose names may not all be known; empty otherwise.
	problem string
}

// scanner turns batches of entries into pages. It may be used by several goroutines.
type scanner struct {
	list    *matcher.Watchlist
	rules   ruling
	now     func() time.Time
	signed  signatures
	scts    scts
	work    sync.Pool    // of *workspace
	reading atomic.Int32 // logs that are being read; see lanes
}

// workspace is what one goroutine reads certificates with. Its buffers are reused, so that an entry that concerns
// nobody allocates nothing.
type workspace struct {
	certs certscan.Scanner
	hits  []matcher.Hit
	found []nameHit
}

// fetch reads the entries [from, to) as one page: as many requests as the log makes of it.
func (s *scanner) fetch(ctx context.Context, r ct.Reader, from, to uint64, head *ct.TreeHead, fresh bool) (*page, error) {
	p := &page{tree: ct.NewSpan(from)}
	ws, _ := s.work.Get().(*workspace)
	if ws == nil {
		ws = new(workspace)
	}
	defer s.work.Put(ws)
	for from < to {
		batch, err := r.Entries(ctx, from, to, head, fresh)
		if err != nil {
			return nil, err
		}
		for i := range batch.Entries {
			s.entry(p, ws, &batch.Entries[i])
		}
		from += uint64(len(batch.Entries))
		batch.Release()
	}
	return p, nil
}

// entry adds one entry to the page. This is the path that nearly all entries end on.
func (s *scanner) entry(p *page, ws *workspace, e *ct.Entry) {
	p.tree.Append(e.LeafHash())
	if e.Type == ct.PrecertEntry {
		p.precerts++
	}
	cert := read(&ws.certs, e)
	ws.found = s.match(ws, cert, ws.found[:0])
	if len(ws.found) == 0 && !cert.Unwalkable() {
		return
	}
	p.candidates = append(p.candidates, newCandidate(e, cert, ws.found))
}

// read reads the certificate of an entry, whatever form it has there. An entry that could not even be decoded is read
// like a certificate: the walk fails, and its bytes are searched.
func read(certs *certscan.Scanner, e *ct.Entry) *certscan.Certificate {
	switch {
	case e.Leaf != nil:
		return certs.Certificate(e.Leaf)
	case e.Type == ct.PrecertEntry:
		return certs.TBS(e.Cert)
	}
	return certs.Certificate(e.Cert)
}

// match appends every name of cert that concerns a watch. Where names may be hidden in what could not be walked, the
// bytes are searched as well: the direction of doubt is towards telling.
func (s *scanner) match(ws *workspace, cert *certscan.Certificate, found []nameHit) []nameHit {
	full := thinAt
	for i := range cert.Names {
		n := &cert.Names[i]
		ws.hits = s.lookup(ws.hits[:0], n)
		if len(ws.hits) == 0 {
			continue
		}
		kind, name := n.Kind.String(), displayName(n)
		for _, h := range ws.hits {
			found = append(found, nameHit{Hit: h, kind: kind, name: name})
		}
		if len(found) > full {
			found = thin(found)
			full = 2*len(found) + thinAt
		}
	}
	if cert.Unwalkable() {
		found = s.search(ws, cert, found)
	}
	return found
}

// search appends the watches whose names stand among the bytes of cert, and that no name concerned.
func (s *scanner) search(ws *workspace, cert *certscan.Certificate, found []nameHit) []nameHit {
	known := make(map[int]bool)
	for _, h := range found {
		known[h.Watch] = true
	}
	ws.hits = s.list.Search(ws.hits[:0], cert.Raw)
	for _, h := range ws.hits {
		if !known[h.Watch] {
			found = append(found, nameHit{Hit: h, kind: "bytes", name: s.list.Watch(h.Watch).Name})
		}
	}
	return found
}

func (s *scanner) lookup(dst []matcher.Hit, n *certscan.Name) []matcher.Hit {
	switch n.Kind {
	case certscan.IPAddress:
		return s.list.IP(dst, n.Value)
	case certscan.Email:
		return s.list.Email(dst, n.Value)
	case certscan.URI:
		return s.list.URI(dst, n.Value)
	default:
		return s.list.Host(dst, n.Value)
	}
}

// newCandidate copies the entry out of its batch.
func newCandidate(e *ct.Entry, cert *certscan.Certificate, found []nameHit) candidate {
	c := candidate{entry: *e, hits: append([]nameHit(nil), found...)}
	for _, b := range []*[]byte{
		&c.entry.Leaf, &c.entry.Timestamped, &c.entry.Cert, &c.entry.IssuerKeyHash, &c.entry.Extensions,
		&c.entry.Precert, &c.entry.Fingerprints, &c.entry.ExtraData,
	} {
		*b = bytes.Clone(*b)
	}
	if cert.Unwalkable() {
		c.problem = cert.Problems.String()
	}
	return c
}
