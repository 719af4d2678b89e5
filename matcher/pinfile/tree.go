package pinfile

// kind is the kind of a node.
type kind uint8

const (
	isDict kind = iota
	isArray
	isText
	isBool
	isNumber
	isOther // null, a date, bytes, ...
)

// node is a value of a property list or of JSON, which are read alike.
type node struct {
	kind    kind
	line    int // where it begins, from 1; 0 in a binary property list
	members []member
	items   []*node
	text    string // of a text; a number or a date as written
	yes     bool
}

// member is a key of a dictionary and its value. No dictionary has a key twice.
type member struct {
	key   string
	line  int
	value *node
}

// is says whether there is a node and it is of kind k.
func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// get gives the value of a key; nil if n is no dictionary, or has no such key.
func (n *node) get(key string) *node {
	if !n.is(isDict) {
		return nil
	}
	for _, m := range n.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// truth reads a boolean; yes is what it is where it is missing or something else. Property lists made from other
// formats hold numbers and words instead.
func (n *node) truth(yes bool) bool {
	switch {
	case n.is(isBool):
		return n.yes
	case n.is(isNumber):
		return n.text != "0"
	case n.is(isText):
		switch n.text {
		case "YES", "true", "1":
			return true
		case "NO", "false", "0":
			return false
		}
	}
	return yes
}

// find gives the values of a key wherever it stands in n, in order, without looking inside them.
func (n *node) find(key string) []*node {
	if n == nil {
		return nil
	}
	var out []*node
	for _, m := range n.members {
		if m.key == key {
			out = append(out, m.value)
		} else {
			out = append(out, m.value.find(key)...)
		}
	}
	for _, item := range n.items {
		out = append(out, item.find(key)...)
	}
	return out
}

// dict fills a dictionary, whose keys must differ: which of two values a reader takes would be its guess.
func dict(line int, members []member) (*node, *syntaxError) {
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		if seen[m.key] {
			return nil, syntax(m.line, "the key %s is there twice", quote(m.key))
		}
		seen[m.key] = true
	}
	return &node{kind: isDict, line: line, members: members}, nil
}

// list gives the items of an array; none if n is none.
func (n *node) list() []*node {
	if !n.is(isArray) {
		return nil
	}
	return n.items
}

// str gives a text; "" if n is none.
func (n *node) str() string {
	if !n.is(isText) {
		return ""
	}
	return n.text
}
