package ct

// Span is the compact range of consecutive entries that need not begin at 0: the roots of the perfect subtrees that they
// fill on their own. Parts of a tree can be hashed so side by side, and joined in order with a few hashes each.
type Span struct {
	next  uint64     // the index of the next entry
	nodes []spanNode // from left to right
}

// spanNode is the root of a perfect subtree of 2^level leaves.
type spanNode struct {
	level int
	hash  Hash
}

// spanNodes is the room for nodes that a Span begins with: what a page of 256 entries needs, wherever it begins.
const spanNodes = 16

// NewSpan makes an empty span that begins at index first.
func NewSpan(first uint64) Span {
	return Span{next: first, nodes: make([]spanNode, 0, spanNodes)}
}

// Append adds the next leaf.
func (s *Span) Append(leaf Hash) {
	node := spanNode{hash: leaf}
	for s.next>>node.level&1 == 1 { // the right child of a node, whose left child may be before the span
		last := len(s.nodes) - 1
		if last < 0 || s.nodes[last].level != node.level {
			break
		}
		node.hash = nodeHash(&s.nodes[last].hash, &node.hash)
		node.level++
		s.nodes = s.nodes[:last]
	}
	s.nodes = append(s.nodes, node)
	s.next++
}
