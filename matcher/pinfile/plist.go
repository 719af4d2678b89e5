package pinfile

import "strings"

// plistNode turns the elements of a property list into nodes. A value of a kind that holds no pins is kept as isOther.
func plistNode(root *element) (*node, *syntaxError) {
	if len(root.children) != 1 {
		return nil, syntax(root.line, "the property list holds %d values instead of one", len(root.children))
	}
	return plistValue(root.children[0])
}

func plistValue(e *element) (*node, *syntaxError) {
	switch e.name {
	case "dict":
		return plistDict(e)
	case "array":
		n := &node{kind: isArray, line: e.line}
		for _, c := range e.children {
			item, err := plistValue(c)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		return n, nil
	case "string":
		return &node{kind: isText, line: e.line, text: e.text}, nil
	case "true", "false":
		return &node{kind: isBool, line: e.line, yes: e.name == "true"}, nil
	case "integer":
		return &node{kind: isNumber, line: e.line, text: strings.TrimSpace(e.text)}, nil
	case "date", "real", "data":
		return &node{kind: isOther, line: e.line, text: strings.TrimSpace(e.text)}, nil
	}
	return nil, syntax(e.line, "<%s> is no value of a property list", label(e.name))
}

func plistDict(e *element) (*node, *syntaxError) {
	if len(e.children)%2 != 0 {
		return nil, syntax(e.line, "a key of the dictionary has no value, or a value no key")
	}
	var members []member
	for i := 0; i < len(e.children); i += 2 {
		key := e.children[i]
		if key.name != "key" {
			return nil, syntax(key.line, "<%s> stands where a key should", label(key.name))
		}
		value, err := plistValue(e.children[i+1])
		if err != nil {
			return nil, err
		}
		members = append(members, member{key.text, key.line, value})
	}
	return dict(e.line, members)
}
