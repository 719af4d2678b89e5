package pinfile

import "strings"

// record is a TLSA record of a zone.
type record struct {
	line  int
	owner string   // in full, without the trailing dot; as written where there is no $ORIGIN
	data  []string // the fields behind the type
}

// zone reads master files (RFC 1035 section 5.1) as far as TLSA records need: owners, $ORIGIN, parentheses over several
// lines, comments. Records of other types are passed over.
type zone struct {
	r      *reader
	origin string // without the trailing dot
	owner  string // of the record before
}

// maxRecordLines bounds how many lines an open parenthesis may join.
const maxRecordLines = 1000

func (z *zone) records(lines []line) []record {
	var out []record
	for i := 0; i < len(lines); i++ {
		first := lines[i]
		text := uncomment(first.text)
		depth := strings.Count(text, "(") - strings.Count(text, ")")
		joined := []string{text}
		for depth > 0 && i+1 < len(lines) && len(joined) < maxRecordLines {
			i++
			text = uncomment(lines[i].text)
			depth += strings.Count(text, "(") - strings.Count(text, ")")
			joined = append(joined, text)
		}
		if rec, ok := z.record(first.number, strings.Join(joined, " ")); ok {
			out = append(out, rec)
		}
	}
	return out
}

// uncomment takes the comment from a line. No field of a TLSA record has a semicolon.
func uncomment(text string) string {
	text, _, _ = strings.Cut(text, ";")
	return text
}

// record reads a joined line; not ok if it is no TLSA record.
func (z *zone) record(number int, text string) (record, bool) {
	f := strings.Fields(strings.NewReplacer("(", " ", ")", " ").Replace(text))
	if len(f) == 0 {
		return record{}, false
	}
	if strings.EqualFold(f[0], "$ORIGIN") && len(f) > 1 {
		z.origin = strings.Trim(f[1], ".")
	}
	if strings.HasPrefix(f[0], "$") {
		return record{}, false
	}
	at := -1
	for i, word := range f[:min(len(f), 5)] { // owner, TTL, class and type, in this order or another
		if strings.EqualFold(word, "TLSA") || strings.EqualFold(word, "TYPE52") {
			at = i
			break
		}
	}
	if inherits := strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\t"); !inherits && !classOrType(f[0]) {
		z.owner = z.full(f[0])
	}
	if at < 0 {
		return record{}, false
	}
	return record{number, z.owner, f[at+1:]}, true
}

// classOrType says whether a line without an owner begins with a word, as answers of dig do when they are cut short.
func classOrType(word string) bool {
	switch strings.ToUpper(word) {
	case "IN", "CH", "HS", "TLSA", "TYPE52":
		return true
	}
	return false
}

// full completes a name. Without an $ORIGIN it is taken to be complete, as people write it.
func (z *zone) full(name string) string {
	switch {
	case name == "@":
		return z.origin
	case strings.HasSuffix(name, ".") || z.origin == "":
		return strings.TrimSuffix(name, ".")
	}
	return name + "." + z.origin
}
