package matcher

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// tree holds every watched name and every parent of one, as nodes, and finds each by its full name. A name's node is
// known to be missing as soon as the node of one of its parents is.
//
// There may be millions of names, so there is no pointer in it that garbage collection would have to follow: the names
// stand one behind the other in text, that of a parent at the end of one of its children, and a hash table with open
// addressing finds their nodes. A watched name takes about 40 bytes and its length.
type tree struct {
	seed  maphash.Seed
	text  []byte
	nodes []node // the root, whose name is empty, is node 0
	slots []slot // a power of two of them, at most half of them taken
	// singles are the lengths of watched names of one label, each once.
	singles []int
}

// node is one name. Its children, one label longer, are a list in no particular order.
type node struct {
	at      uint32        // where its name begins in text
	size    uint8         // the length of its name, at most maxName
	watches [scopes]int32 // index of the watch of each scope, none where there is none
	first   int32         // the first child, none if there is none
	next    int32         // the next child of the same parent
}

const none = -1

// slot is a place of the hash table: the hash of a name, and one more than its node. 0 is free.
type slot uint64

func newSlot(hash uint32, id int32) slot { return slot(hash)<<32 | slot(id+1) }

func (s slot) hash() uint32 { return uint32(s >> 32) }
func (s slot) node() int32  { return int32(uint32(s)) - 1 }

// newTree makes a tree with room for so many names of so many bytes together.
func newTree(names, bytes int) tree {
	size := 8
	for size < 2*names {
		size *= 2
	}
	t := tree{
		seed: maphash.MakeSeed(), text: make([]byte, 0, bytes), nodes: make([]node, 0, names+names/8+1), slots: make([]slot, size),
	}
	t.nodes = append(t.nodes, node{watches: [scopes]int32{none, none, none}, first: none, next: none})
	return t
}

// hash is what a name is found by. Which names share a place depends on the seed, so nobody can choose them so.
func (t *tree) hash(name []byte) uint32 { return uint32(maphash.Bytes(t.seed, name)) }

// name is the name of a node.
func (t *tree) name(n *node) []byte { return t.text[n.at:][:n.size] }

// label is the first label of a node's name.
func (t *tree) label(n *node) []byte {
	label, _, _ := bytes.Cut(t.name(n), []byte("."))
	return label
}

// find finds the node of a name, which is not empty.
func (t *tree) find(name []byte) (id int32, found bool) {
	id = t.lookup(name, t.hash(name))
	return id, id != none
}

func (t *tree) lookup(name []byte, hash uint32) int32 {
	mask := uint32(len(t.slots) - 1)
	for at := hash & mask; t.slots[at] != 0; at = (at + 1) & mask {
		if s := t.slots[at]; s.hash() == hash && bytes.Equal(t.name(&t.nodes[s.node()]), name) {
			return s.node()
		}
	}
	return none
}

// near says something about where a hash is looked up, so that the memory there is near when that is done. Many such
// places are brought near in the time of one.
func (t *tree) near(hash uint32) slot { return t.slots[hash&uint32(len(t.slots)-1)] }

// insert files watch i under its name, which has this hash, and scope, and says which watch is filed there, another one
// if it came first, and at which node.
func (t *tree) insert(name []byte, hash uint32, scope Scope, i int) (first int, id int32) {
	id = t.lookup(name, hash)
	if id == none {
		at := len(t.text)
		t.text = append(t.text, name...)
		id = t.add(uint32(at), len(name), hash)
	}
	n := &t.nodes[id]
	if n.watches[scope] == none {
		n.watches[scope] = int32(i)
		if bytes.IndexByte(name, '.') < 0 && !slices.Contains(t.singles, len(name)) {
			t.singles = append(t.singles, len(name))
		}
	}
	return int(n.watches[scope]), id
}

// add makes the node of a name that stands in text and has none, and its parents if need be.
func (t *tree) add(at uint32, size int, hash uint32) int32 {
	parent := int32(0)
	if dot := bytes.IndexByte(t.text[at:][:size], '.'); dot >= 0 {
		from := at + uint32(dot) + 1
		rest := t.text[from:][:size-dot-1]
		above := t.hash(rest)
		if parent = t.lookup(rest, above); parent == none {
			parent = t.add(from, len(rest), above)
		}
	}
	id := int32(len(t.nodes))
	t.nodes = append(t.nodes, node{
		at: at, size: uint8(size), watches: [scopes]int32{none, none, none}, first: none, next: t.nodes[parent].first,
	})
	t.nodes[parent].first = id
	if 2*len(t.nodes) > len(t.slots) {
		old := t.slots
		t.slots = make([]slot, 2*len(old))
		for _, s := range old {
			if s != 0 {
				t.put(s)
			}
		}
	}
	t.put(newSlot(hash, id))
	return id
}

// put fills a free place of the table.
func (t *tree) put(s slot) {
	mask := uint32(len(t.slots) - 1)
	at := s.hash() & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = s
}
