package matcher

// Search appends to dst the hits of bytes that no parser could walk, and returns dst: every watch whose name is
// somewhere in them, in any case, as ASCII, UTF-16 or UTF-32 of either byte order, and every watch on an address that
// is in them, written out or as an iPAddress. No watch is hit twice, and no hit is certain.
//
// Telling: what stands before and behind a name is not looked at, since in broken DER a length or a tag can look like
// a letter. So "notexample.com" hits example.com here, and the excluded parts of a subtree are told. A name one label
// below "*." is told too. Other wildcards and U-labels are not recognised.
//
// The time is linear in len(raw) and does not depend on the number of watches, the hits aside. Each dot costs at most
// 63 lookups for what may be the last label of a watched name behind it, and where it is one, at most 63 for each
// further label. Bytes without a dot cost nothing.
func (l *Watchlist) Search(dst []Hit, raw []byte) []Hit {
	s := search{list: l, dst: dst, hit: make(map[int]bool), expanded: make(map[int32]bool)}
	s.text(fold(nil, raw))
	for _, width := range []int{2, 4} {
		for phase := range width {
			s.text(narrow(raw, phase, width))
		}
	}
	if l.ips.watched() {
		s.octets(raw)
	}
	return s.dst
}

// search is one search.
type search struct {
	list     *Watchlist
	dst      []Hit
	hit      map[int]bool   // by watch
	expanded map[int32]bool // by node: its children were told
	found    []Hit          // room for the ranges that hold an address
}

// broken stands in narrowed text where the bytes left out were not zero. It is in no name.
const broken = 0xff

// narrow takes every width-th byte of raw from phase on, in lower case. Characters of ASCII in UTF-16 or UTF-32 come
// out as ASCII, whatever the byte order: there are just zeros between them.
func narrow(raw []byte, phase, width int) []byte {
	out := make([]byte, 0, len(raw)/width+1)
	for i := phase; i < len(raw); i += width {
		out = append(out, raw[i])
		for _, between := range raw[i+1 : min(i+width, len(raw))] {
			if between != 0 {
				out = append(out, broken)
				break
			}
		}
	}
	return fold(out[:0], out)
}

// text searches lower case text for names and written addresses.
func (s *search) text(text []byte) {
	for at, c := range text {
		if c == '.' {
			s.lastLabel(text, at)
		}
	}
	s.singleLabels(text)
	if s.list.ips.watched() {
		s.writtenAddrs(text)
	}
}

// lastLabel takes every run of characters behind a dot for the last label of a name.
func (s *search) lastLabel(text []byte, dot int) {
	for end := dot + 2; end <= len(text) && end-dot-1 <= maxLabel && kindOf[text[end-1]] == plain; end++ {
		if id, found := s.list.tree.find(text[dot+1 : end]); found {
			s.before(text, dot, end, id)
		}
	}
}

// before goes on to the left of a dot, where text[dot+1:end] is the name of a node. The first label of a name may
// begin in the middle of a word.
func (s *search) before(text []byte, dot, end int, parent int32) {
	if dot > 0 && text[dot-1] == '*' && !s.expanded[parent] {
		s.expanded[parent] = true
		for child := s.list.tree.nodes[parent].first; child != none; child = s.list.tree.nodes[child].next {
			s.node(child)
		}
	}
	lowest := max(0, dot-maxLabel, end-maxName)
	for start := dot - 1; start >= lowest && kindOf[text[start]] == plain; start-- {
		id, found := s.list.tree.find(text[start:end])
		if !found {
			continue
		}
		s.node(id)
		if start > 0 && text[start-1] == '.' {
			s.before(text, start-1, end, id)
		}
	}
}

// singleLabels looks for watched names without a dot, such as localhost.
func (s *search) singleLabels(text []byte) {
	for _, n := range s.list.tree.singles {
		for start := 0; start+n <= len(text); start++ {
			if id, found := s.list.tree.find(text[start : start+n]); found {
				s.node(id)
			}
		}
	}
}

// node tells the watches on the name of a node.
func (s *search) node(id int32) {
	for _, i := range s.list.tree.nodes[id].watches {
		if i != none {
			s.tell(int(i))
		}
	}
}

func (s *search) tell(watch int) {
	if !s.hit[watch] {
		s.hit[watch] = true
		s.dst = append(s.dst, Hit{Watch: watch, Rule: RuleSearch})
	}
}
