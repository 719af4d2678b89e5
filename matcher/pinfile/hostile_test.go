package pinfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pinwatch/matcher"
)

// bplistOf makes a binary property list of objects, each referred to by one byte; the first is the root.
func bplistOf(objects ...string) []byte {
	b := []byte(bplistHead)
	var table []byte
	for _, o := range objects {
		table = binary.BigEndian.AppendUint16(table, uint16(len(b)))
		b = append(b, o...)
	}
	at := len(b)
	b = append(append(b, table...), 0, 0, 0, 0, 0, 0, 2, 1)
	for _, n := range []int{len(objects), 0, at} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}

// bomb is a property list in which each of n lists holds the next one 15 times.
func bomb(n int) []byte {
	var objects []string
	for i := range n {
		objects = append(objects, "\xae"+strings.Repeat(string(rune(i+1)), 14))
	}
	return bplistOf(append(objects, "\x09")...)
}

// TestReadErrors holds files without pins and broken ones to the error that says what they are.
func TestReadErrors(t *testing.T) {
	const android = `<network-security-config>%s</network-security-config>`
	tests := []struct {
		name string
		data string
		kind Kind
		line int
		text string
	}{
		{"empty", " \n", Unreadable, 0, "empty"},
		{"README", "about this directory\n", Unknown, 0, "no format"},
		{"Pins.kt", `CertificatePinner.Builder().add("example.com", "sha256/x")`, Unknown, 0, "source code"},
		{"app.xml", "\x03\x00\x08\x00\x10\x00", Unknown, 0, "compiled"},
		{"key.jks", "\xfe\xed\xfe\xed\x00\x00\x00\x02", Unknown, 0, "Java keystore"},
		{"strings.xml", "<?xml version=\"1.0\"?>\n<resources/>", Unknown, 2, `"resources"`},
		{"cut.xml", "<network-security-config>\n<domain-config>", Unreadable, 2, "unexpected EOF"},
		{"entity.xml", "<!DOCTYPE a [<!ENTITY e \"x\">]>\n<network-security-config>&e;</network-security-config>", Unreadable, 2, "entity"},
		{"latin.xml", "<?xml version=\"1.0\" encoding=\"latin1\"?><plist/>", Unreadable, 1, "UTF-8"},
		{"deep.xml", strings.Repeat("<a>", 100), Unreadable, 1, "in each other"},
		{"none.xml", fmt.Sprintf(android, ""), NoPins, 0, "no pins"},
		{"unpinned.xml", fmt.Sprintf(android, "<domain-config><domain>example.com</domain></domain-config>"), NoPins, 0, "no pins"},
		{"Info.plist", "<plist><dict><key>a</key><string>b</string></dict></plist>", NoPins, 0, "NSPinnedDomains"},
		{"two.plist", "<plist><dict/><dict/></plist>", Unreadable, 1, "2 values"},
		{"odd.plist", "<plist><dict>\n<key>a</key></dict></plist>", Unreadable, 1, "no value"},
		{"order.plist", "<plist><dict>\n<string>a</string><true/></dict></plist>", Unreadable, 2, "should"},
		{"twice.plist", "<plist><dict><key>a</key><true/>\n<key>a</key><true/></dict></plist>", Unreadable, 2, "twice"},
		{"kind.plist", "<plist><array><set/></array></plist>", Unreadable, 1, "<set>"},
		{"list.plist", "<plist><array/></plist>", Unknown, 1, "no dictionary"},
		{"short.plist", "bplist00", Unreadable, 0, "cut short"},
		{"trailer.plist", bplistHead + strings.Repeat("\xff", 32), Unreadable, 0, "trailer"},
		{"cycle.plist", string(bplistOf("\xa1\x00")), Unreadable, 0, "in each other"},
		{"bomb.plist", string(bomb(12)), Unreadable, 0, "more than"},
		{"ref.plist", string(bplistOf("\xa1\x05")), Unreadable, 0, "object 5 of 1"},
		{"count.plist", string(bplistOf("\xdf\x13\xff\xff\xff\xff\xff\xff\xff\xff")), Unreadable, 0, "cut short"},
		{"number.plist", string(bplistOf("\xdf\x14")), Unreadable, 0, "count"},
		{"key.plist", string(bplistOf("\xd1\x01\x01", "\x09")), Unreadable, 0, "not a text"},
		{"cut.json", "{\n\"a\":\n", Unreadable, 2, "too early"},
		{"bad.json", "{\n\"a\": }", Unreadable, 2, "invalid character"},
		{"more.json", "{}\n{}", Unreadable, 1, "behind the end"},
		{"twice.json", "{\"a\": 1,\n\"a\": 2}", Unreadable, 2, "twice"},
		{"deep.json", strings.Repeat("[", 100), Unreadable, 1, "in each other"},
		{"package.json", `{"name": "x"}`, NoPins, 0, "NSPinnedDomains"},
		{"acme.json", `{"certificate": "-----BEGIN CERTIFICATE-----\n"}`, NoPins, 0, "NSPinnedDomains"},
		{"list.json", `[1]`, Unknown, 1, "no dictionary"},
		{"later.json", `{"pinwatch_pins": 2, "entries": []}`, Unreadable, 1, "version"},
		{"list_pins.json", `{"pinsets": [], "entries": []}`, Unreadable, 0, "list.pins"},
		{"key.pem", "-----BEGIN PRIVATE KEY-----\nbm90\n-----END PRIVATE KEY-----\n", NoPins, 1, "private key"},
		{"params.pem", "-----BEGIN DH PARAMETERS-----\nbm90\n-----END DH PARAMETERS-----\n", NoPins, 0, "no pins"},
		{"key.der", "\x30\x07\x02\x01\x01\x04\x02\x00\x00", NoPins, 1, "private key"},
		{"junk.der", "\x30\x03\x02\x01\x01", Unknown, 0, "neither"},
		{"ber.p12", "\x30\x80\x02\x01\x03\x30\x80", Unknown, 0, "without lengths"},
		{"cut.der", "\x30\x82\x01\x00\x02", Unknown, 0, "neither"},
		{"keys.json", `{"keys": []}`, NoPins, 0, "no pins"},
		{"gone.hpkp", "Public-Key-Pins: max-age=0", NoPins, 0, "no pins"},
	}
	for _, tt := range tests {
		set, err := Read(tt.name, []byte(tt.data), Options{})
		r, ok := errors.AsType[*Remark](err)
		if !ok {
			t.Errorf("%s: read as %+v", tt.name, set)
			continue
		}
		if r.Kind != tt.kind || r.Line != tt.line || !strings.Contains(r.Text, tt.text) || r.File != tt.name {
			t.Errorf("%s: %s: %v, want %s in line %d with %q", tt.name, r.Kind, r, tt.kind, tt.line, tt.text)
		}
	}
}

func TestReadTooLarge(t *testing.T) {
	if _, err := Read("large", make([]byte, maxFile+1), Options{}); err == nil {
		t.Errorf("a file of %d bytes was read", maxFile+1)
	}
}

// TestManyRemarks bounds what is said about a file of mistakes.
func TestManyRemarks(t *testing.T) {
	set, err := Read("pins.txt", []byte(strings.Repeat("sha256/AAAA\n", 5000)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(set.Remarks); n != maxRemarks || !strings.Contains(set.Remarks[n-1].Text, "more") || set.Err() == nil {
		t.Errorf("%d remarks, the last is %v", n, set.Remarks[n-1].Error())
	}
}

// TestManyOverlaps bounds the pins of patterns that each take on those of others.
func TestManyOverlaps(t *testing.T) {
	var b bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&b, "**.example.com %064x\n", i*7919+1<<40)
		fmt.Fprintf(&b, "h%d.example.com %064x\n", i, i*7919+2<<40)
	}
	_, err := Read("pins.txt", b.Bytes(), Options{})
	if r, ok := errors.AsType[*Remark](err); !ok || r.Kind != Unreadable || !strings.Contains(r.Text, "overlap") {
		t.Errorf("patterns that overlap a million times: %v", err)
	}
}

// TestManySpellings: a host that is written in thousands of ways is one host, in the time of one.
func TestManySpellings(t *testing.T) {
	const webPin = "nnPXHtj49ptOuMFGWisr1sDQ9/Xq7wposXbQpyQ4BNA="
	for name, value := range map[string]string{
		"apple":    `{"NSIncludesSubdomains": true, "NSPinnedLeafIdentities": [{"SPKI-SHA256-BASE64": "` + webPin + `"}]}`,
		"trustkit": `{"TSKIncludeSubdomains": true, "TSKPublicKeyHashes": ["` + webPin + `"]}`,
	} {
		var b strings.Builder
		for i := range 1 << 12 {
			host := []byte("abcdefghijkl.example.com")
			for bit := range 12 {
				if i>>bit&1 != 0 {
					host[bit] -= 'a' - 'A'
				}
			}
			fmt.Fprintf(&b, `"%s": %s, "h%d.abcdefghijkl.example.com": %s,`, host, value, i, value)
		}
		domains := "{" + strings.TrimSuffix(b.String(), ",") + "}"
		set, err := Read("Info.json", []byte(`{"NSPinnedDomains": `+domains+`}`), Options{})
		if name == "trustkit" {
			set, err = Read("TrustKit.json", []byte(`{"TSKPinnedDomains": `+domains+`}`), Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		hosts := map[string]int{}
		for _, e := range set.Entries {
			hosts[e.Host]++
		}
		if n := hosts["abcdefghijkl.example.com"]; len(hosts) != 1<<12+1 || n > 2 || set.Err() == nil {
			t.Errorf("%s: %d hosts, one of them %d times, %v", name, len(hosts), n, set.Err())
		}
	}
}

// TestOneWatchOfMany: as many entries as a file may hold for one host make a watch in the time of reading them.
func TestOneWatchOfMany(t *testing.T) {
	var entries []Entry
	for i := range 50_000 {
		entries = append(entries, Entry{
			Host: "example.com", Dimension: Keys, Exclude: []string{fmt.Sprintf("h%d.example.com", i/2)},
			Pins: []matcher.Pin{{SPKI: sha256.Sum256([]byte{byte(i), byte(i >> 9)})}},
		})
	}
	w := Watches(entries)
	if len(w) != 1 || len(w[0].Keys) >= len(entries) || len(w[0].Exclude) != len(entries)/2 {
		t.Errorf("%d watches, the first with %d keys and %d names excluded", len(w), len(w[0].Keys), len(w[0].Exclude))
	}
}

// TestWatches makes a watch list of everything in testdata.
func TestWatches(t *testing.T) {
	for _, name := range []string{"android.xml", "apple.plist", "trustkit.plist", "okhttp.txt", "chromium_pins.json", "zone.tlsa", "entries.json"} {
		set, err := Read(name, testFile(t, name), testOptions())
		if err != nil {
			t.Fatal(err)
		}
		l, err := matcher.New(Watches(set.Entries))
		if err != nil || l.Len() == 0 {
			t.Errorf("%s: the watches of its entries: %v", name, err)
		}
	}
	set, err := Read("apple.plist", testFile(t, "apple.plist"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range Watches(set.Entries) {
		if w.ID() == "=example.com" && (len(w.Keys) != 2 || len(w.Chain) != 1) {
			t.Errorf("a host with two kinds of identities asks for %d keys and %d CAs", len(w.Keys), len(w.Chain))
		}
	}
}
