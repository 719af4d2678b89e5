package matcher

import (
	"slices"
	"strings"
)

// tree holds every watched name and every parent of one, as nodes, and finds each by its full name in one map. A
// name's node is known to be missing as soon as the node of one of its parents is.
//
// It takes about 100 bytes for each watched name under a common parent.
type tree struct {
	nodes []node
	names map[string]int32 // node by name; the root, whose name is empty, is node 0
	// singles are the lengths of watched names of one label, each once.
	singles []int
}

// node is one name. Its children, one label longer, are a list in no particular order.
type node struct {
	name    string
	watches [scopes]int32 // index of the watch of each scope, none where there is none
	first   int32         // the first child, none if there is none
	next    int32         // the next child of the same parent
}

const none = -1

func newTree(watches int) tree {
	t := tree{names: make(map[string]int32, watches+watches/8)}
	t.nodes = append(t.nodes, node{watches: [scopes]int32{none, none, none}, first: none, next: none})
	t.names[""] = 0
	return t
}

// insert files watch i under its name and scope, and says which watch is filed there: another one if it came first.
func (t *tree) insert(name string, scope Scope, i int) int {
	n := &t.nodes[t.node(name)]
	if n.watches[scope] == none {
		n.watches[scope] = int32(i)
		if !strings.Contains(name, ".") && !slices.Contains(t.singles, len(name)) {
			t.singles = append(t.singles, len(name))
		}
	}
	return int(n.watches[scope])
}

// node finds the node of a name, making it and its parents if need be.
func (t *tree) node(name string) int32 {
	if id, found := t.names[name]; found {
		return id
	}
	_, rest, _ := strings.Cut(name, ".")
	parent := t.node(rest)
	id := int32(len(t.nodes))
	t.nodes = append(t.nodes, node{
		name: name, watches: [scopes]int32{none, none, none},
		first: none, next: t.nodes[parent].first,
	})
	t.nodes[parent].first = id
	t.names[name] = id
	return id
}

// label is the first label of a node's name.
func (n *node) label() string {
	label, _, _ := strings.Cut(n.name, ".")
	return label
}
