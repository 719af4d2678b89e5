package static_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

const origin = "log.example/2026h2"

func verifier(t testing.TB, key *cttest.Key) *ct.Verifier {
	t.Helper()
	v, err := ct.NewVerifier(key.SPKI)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseCheckpoint(t *testing.T) {
	for name, key := range map[string]*cttest.Key{"ECDSA": cttest.NewKey("a"), "RSA": cttest.NewRSAKey("a")} {
		t.Run(name, func(t *testing.T) {
			raw := cttest.Checkpoint(origin, key, 12345, ct.Hash{1, 2}, 1783000000123)
			head, err := static.ParseCheckpoint(raw, origin, verifier(t, key))
			if err != nil {
				t.Fatal(err)
			}
			if head.Size != 12345 || head.Root != (ct.Hash{1, 2}) || head.Timestamp != 1783000000123 {
				t.Errorf("got %+v", head)
			}
			if string(head.Raw) != string(raw) {
				t.Error("the raw checkpoint is not kept")
			}
		})
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	key := cttest.NewKey("a")
	good := string(cttest.Checkpoint(origin, key, 12345, ct.Hash{1, 2}, 1783000000123))
	line := good[strings.Index(good, "— "):]
	body := strings.Fields(line)[2]
	sig, _ := base64.StdEncoding.DecodeString(body)
	resign := func(f func([]byte) []byte) string {
		b := f(append([]byte(nil), sig...))
		return strings.Replace(good, body, base64.StdEncoding.EncodeToString(b), 1)
	}
	for _, tt := range []struct {
		name, raw string
		kind      ct.Kind // empty: an ordinary error
	}{
		{"nothing", "", ""},
		{"an HTML page", "<html>\n\nbusy</html>", ""},
		{"no signature", good[:strings.Index(good, "— ")], ""},
		{"another log", string(cttest.Checkpoint("other.example/log", key, 1, ct.Hash{}, 1)), ct.WrongLog},
		{"another key", string(cttest.Checkpoint(origin, cttest.NewKey("b"), 1, ct.Hash{}, 1)), ct.BadSignature},
		{"another size", strings.Replace(good, "12345", "12346", 1), ct.BadSignature},
		{"leading zero", strings.Replace(good, "12345", "012345", 1), ""},
		{"size of more than 40 bits", strings.Replace(good, "12345", "1099511627777", 1), ""},
		{"size of more than 64 bits", strings.Replace(good, "12345", "99999999999999999999", 1), ""},
		{"negative size", strings.Replace(good, "12345", "-1", 1), ""},
		{"root of 3 bytes", strings.Replace(good, good[strings.Index(good, "AQI"):strings.Index(good, "AQI")+44], "AQID", 1), ""},
		{"8-byte signature body", resign(func(b []byte) []byte { return b[:4+8] }), ct.BadSignature},
		{"3-byte signature body", resign(func(b []byte) []byte { return b[:4+3] }), ct.BadSignature},
		{"truncated signature", resign(func(b []byte) []byte { return b[:len(b)-1] }), ct.BadSignature},
		{"trailing byte", resign(func(b []byte) []byte { return append(b, 0) }), ct.BadSignature},
		{"another timestamp", resign(func(b []byte) []byte { b[11]++; return b }), ct.BadSignature},
		{"broken signature line", strings.Replace(good, body, "%%%", 1), ""},
		{"cut in transit", good[:len(good)-20], ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := static.ParseCheckpoint([]byte(tt.raw), origin, verifier(t, key))
			if err == nil {
				t.Fatal("accepted")
			}
			var m *ct.Misbehaviour
			if !errors.As(err, &m) {
				m = new(ct.Misbehaviour)
			}
			if m.Kind != tt.kind {
				t.Errorf("kind %q, want %q: %v", m.Kind, tt.kind, err)
			}
			if m.Kind != "" && string(m.Raw) != tt.raw {
				t.Error("the evidence is not kept")
			}
		})
	}
}

func TestParseCheckpointIgnoresOthers(t *testing.T) {
	key := cttest.NewKey("a")
	good := string(cttest.Checkpoint(origin, key, 7, ct.Hash{}, 1))
	for name, raw := range map[string]string{
		"signature of a witness": good + "— witness.example/w AAAAAAEC\n",
		"extension line":         strings.Replace(good, "\n\n", "\nextension\n\n", 1),
	} {
		if _, err := static.ParseCheckpoint([]byte(raw), origin, verifier(t, key)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The checkpoints of data/logs/certspotter-checkpoints are well-formed, and of a log whose key is not in hand: they
// must be refused for their signature and nothing else.
func TestRealCheckpointsAreWellFormed(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/logs/certspotter-checkpoints/valid-*.checkpoint")
	if len(files) == 0 {
		t.Skip("no ../shared/data/logs/certspotter-checkpoints")
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = static.ParseCheckpoint(raw, "sycamore.ct.letsencrypt.org/2024h2", verifier(t, cttest.NewKey("a")))
		var m *ct.Misbehaviour
		if !errors.As(err, &m) || m.Kind != ct.BadSignature {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	key := cttest.NewKey("a")
	good := cttest.Checkpoint(origin, key, 12345, ct.Hash{1, 2}, 1783000000123)
	f.Add(good)
	f.Add(append(good, "— witness.example/w AAAAAAEC\n"...))
	f.Add([]byte("log.example/2026h2\n1\n\n\n— log.example/2026h2 AAAA\n"))
	v := verifier(f, key)
	f.Fuzz(func(t *testing.T, raw []byte) {
		head, err := static.ParseCheckpoint(raw, origin, v)
		if err == nil && (head.Size != 12345 || head.Root != ct.Hash{1, 2} || head.Timestamp != 1783000000123) {
			t.Errorf("accepted a head that was never signed: %+v", head)
		}
	})
}
