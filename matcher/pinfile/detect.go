package pinfile

import (
	"bytes"
	"path/filepath"
	"strings"
)

const knownFormats = "known are Android, Info.plist, TrustKit, OkHttp, HPKP, TLSA, Chromium, curl, PEM, DER, PKCS#12, JWKS"

// read finds out what data is and hands it to the reader for it.
func (r *reader) read(data []byte) error {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return r.fail(Unreadable, 0, "", "the file is empty")
	case bytes.HasPrefix(data, []byte("bplist")):
		return r.binaryPlist(data)
	case bytes.HasPrefix(data, []byte{3, 0, 8, 0}):
		return r.fail(Unknown, 0, "give the XML file that it was made from", "this is Android's compiled XML, as in an .apk")
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		return r.fail(Unknown, 0, "make PKCS#12 of it: keytool -importkeystore -deststoretype pkcs12", "this is a Java keystore")
	case bytes.HasPrefix(data, []byte{0x30, 0x80}):
		return r.fail(Unknown, 0, "if it is PKCS#12, make PEM of it: openssl pkcs12 -nokeys", "this is BER without lengths, and only DER is read")
	case data[0] == 0x30 && !printableText(data):
		return r.der(data)
	}
	data = utf8Text(data)
	switch first := firstByte(data); {
	case first == '<':
		return r.xml(data)
	case first == '{' || first == '[':
		return r.json(data)
	case r.chromiumPins(data):
		return r.readChromiumPins(data)
	case bytes.Contains(data, []byte(pemBegin)):
		return r.pem(data)
	}
	return r.text(string(data))
}

// printableText says whether data begins like text: DER has control characters, and a "0" may begin a line of hex.
func printableText(data []byte) bool {
	for _, c := range data[:min(len(data), 16)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c > '~' {
			return false
		}
	}
	return true
}

// firstByte is the first byte of a text that is neither space nor in a comment of Chromium's JSON; 0 if there is none.
func firstByte(data []byte) byte {
	for {
		data = bytes.TrimLeft(data, " \t\r\n")
		if len(data) == 0 {
			return 0
		}
		if !bytes.HasPrefix(data, []byte("//")) {
			return data[0]
		}
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
}

// chromiumPins says whether data is the file of keys that Chromium's list of hosts refers to: it begins with the name of
// a key. Pins alone may be in a file of that name too.
func (r *reader) chromiumPins(data []byte) bool {
	if !strings.EqualFold(filepath.Ext(r.set.File), ".pins") {
		return bytes.Contains(data, []byte("\n"+pinsTimestamp+"\n"))
	}
	for l := range bytes.Lines(data) {
		if l = bytes.TrimSpace(l); len(l) > 0 && l[0] != '#' {
			return keyName.Match(l) && !pinText.Match(l)
		}
	}
	return false
}

// xml reads the two kinds of XML that hold pins.
func (r *reader) xml(data []byte) error {
	root, err := parseXML(data)
	if err != nil {
		return r.fail(Unreadable, err.line, "", "%s", err.text)
	}
	switch root.name {
	case "network-security-config":
		return r.android(root)
	case "plist":
		n, err := plistNode(root)
		if err != nil {
			return r.fail(Unreadable, err.line, "", "%s", err.text)
		}
		return r.dictionary(n)
	}
	return r.fail(Unknown, root.line, knownFormats, "XML with the root element %s is no format of pins", quote(root.name))
}

// json reads the kinds of JSON that hold pins.
func (r *reader) json(data []byte) error {
	n, err := parseJSON(data)
	if err != nil {
		return r.fail(Unreadable, err.line, "", "%s", err.text)
	}
	switch {
	case n.get("pinsets") != nil && n.get("entries") != nil:
		return r.chromium(n)
	case n.get("pinwatch_pins") != nil:
		return r.own(n)
	case n.get("kty") != nil, n.get("keys").is(isArray):
		return r.jwks(n)
	}
	return r.dictionary(n)
}

// text reads the formats made of lines.
func (r *reader) text(text string) error {
	lines := splitLines(text)
	switch {
	case anyLine(lines, headerLine.MatchString):
		return r.hpkp(lines)
	case anyLine(lines, curlLine.MatchString):
		return r.curl(lines)
	case anyLine(lines, tlsaLine.MatchString):
		return r.tlsa(lines)
	case anyLine(lines, hasPin):
		return r.lines(lines)
	}
	if strings.Contains(text, ".add(") && strings.Contains(text, "sha256/") {
		return r.fail(Unknown, 0, "write a line for each pin: the host pattern, a space, sha256/...",
			"this is the source code of a program, which is not read")
	}
	return r.fail(Unknown, 0, knownFormats, "this is no format of pins that is known")
}

// line is a line of text that is neither empty nor a comment.
type line struct {
	number int // from 1
	text   string
	note   string // the comment on the line before it, if there is one
}

// splitLines gives the lines of a text that are not comments with # in front.
func splitLines(text string) []line {
	var out []line
	number, note := 0, ""
	for l := range strings.Lines(text) {
		number++
		l = strings.TrimRight(l, " \t\r\n")
		trimmed := strings.TrimSpace(l)
		switch {
		case strings.HasPrefix(trimmed, "#"):
			note = strings.TrimSpace(strings.TrimLeft(trimmed, "#"))
		case trimmed == "":
			note = ""
		default:
			out = append(out, line{number, l, note})
			note = ""
		}
	}
	return out
}

func anyLine(lines []line, match func(string) bool) bool {
	for _, l := range lines {
		if match(l.text) {
			return true
		}
	}
	return false
}
