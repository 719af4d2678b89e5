package pinfile

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/micromdm/plist"
)

// exported is what the strict readers below must be able to read.
func exported(t *testing.T, f Format) []byte {
	t.Helper()
	data, _, err := Write(f, FromWatches(awkward()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// androidRules are what Android's parser asks for (XmlConfigSource): which elements and attributes stand in which.
var androidRules = map[string]struct{ inside, attrs string }{
	"network-security-config": {"", ""},
	"domain-config":           {"network-security-config", ""},
	"domain":                  {"domain-config", "includeSubdomains"},
	"pin-set":                 {"domain-config", "expiration"},
	"pin":                     {"pin-set", "digest"},
}

// strictAndroid reads a configuration as Android does, and stops at the first thing that Android refuses or ignores.
func strictAndroid(data []byte) (domains int, err error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	open := []string{""}
	sets, seen := 0, map[string]bool{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return len(seen), nil
		}
		if err != nil {
			return 0, err
		}
		switch tok := token.(type) {
		case xml.StartElement:
			rule, known := androidRules[tok.Name.Local]
			if !known || rule.inside != open[len(open)-1] {
				return 0, fmt.Errorf("<%s> in <%s>", tok.Name.Local, open[len(open)-1])
			}
			for _, a := range tok.Attr {
				if !slices.Contains(strings.Fields(rule.attrs), a.Name.Local) {
					return 0, fmt.Errorf("attribute %s of <%s>", a.Name.Local, tok.Name.Local)
				}
			}
			switch tok.Name.Local {
			case "domain-config":
				sets = 0
			case "pin-set":
				if sets++; sets > 1 {
					return 0, errors.New("two <pin-set>")
				}
			}
			if err := strictAndroidAttrs(tok); err != nil {
				return 0, err
			}
			open = append(open, tok.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if err := strictAndroidText(open[len(open)-1], string(tok), seen); err != nil {
				return 0, err
			}
		}
	}
}

func strictAndroidAttrs(tok xml.StartElement) error {
	for _, a := range tok.Attr {
		switch a.Name.Local {
		case "includeSubdomains":
			if a.Value != "true" && a.Value != "false" {
				return fmt.Errorf("includeSubdomains=%q", a.Value)
			}
		case "digest":
			if a.Value != "SHA-256" {
				return fmt.Errorf("digest=%q", a.Value)
			}
		case "expiration":
			if _, err := time.Parse("2006-01-02", a.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func strictAndroidText(in, text string, seen map[string]bool) error {
	switch in {
	case "pin":
		if raw, err := base64.StdEncoding.Strict().DecodeString(text); err != nil || len(raw) != 32 {
			return fmt.Errorf("pin %q", text)
		}
	case "domain":
		if seen[text] || text != strings.ToLower(text) || strings.ContainsAny(text, "*/: ") {
			return fmt.Errorf("domain %q", text)
		}
		seen[text] = true
	default:
		if strings.TrimSpace(text) != "" {
			return fmt.Errorf("text %q in <%s>", text, in)
		}
	}
	return nil
}

func TestAndroidIsStrictlyValid(t *testing.T) {
	if n, err := strictAndroid(exported(t, Android)); err != nil || n != 6 {
		t.Errorf("%d domains, %v, want 6", n, err)
	}
	for _, wrong := range []string{
		`<network-security-config><pin/></network-security-config>`,
		`<network-security-config><domain-config><domain>a.example</domain><domain>a.example</domain></domain-config></network-security-config>`,
		`<network-security-config><domain-config><pin-set><pin digest="SHA-256">AAAA</pin></pin-set></domain-config></network-security-config>`,
	} {
		if _, err := strictAndroid([]byte(wrong)); err == nil {
			t.Errorf("the strict reader takes %s", wrong)
		}
	}
}

func TestAppleIsStrictlyValid(t *testing.T) {
	var doc map[string]map[string]map[string]struct {
		Sub  *bool                `plist:"NSIncludesSubdomains"`
		CAs  *[]map[string]string `plist:"NSPinnedCAIdentities"`
		Leaf *[]map[string]string `plist:"NSPinnedLeafIdentities"`
	}
	if err := plist.Unmarshal(exported(t, Apple), &doc); err != nil {
		t.Fatal(err)
	}
	domains := doc["NSAppTransportSecurity"]["NSPinnedDomains"]
	if len(domains) != 5 {
		t.Errorf("%d domains, want 5", len(domains))
	}
	for name, d := range domains {
		if name != strings.ToLower(name) || strings.Contains(name, "*") || d.Sub == nil || d.CAs == nil && d.Leaf == nil {
			t.Errorf("domain %q: %+v", name, d)
		}
		for _, list := range []*[]map[string]string{d.CAs, d.Leaf} {
			if list == nil {
				continue
			}
			for _, id := range *list {
				if raw, err := base64.StdEncoding.Strict().DecodeString(id["SPKI-SHA256-BASE64"]); err != nil || len(raw) != 32 || len(id) != 1 {
					t.Errorf("%s: identity %v", name, id)
				}
			}
		}
	}
}

func TestTrustKitIsStrictlyValid(t *testing.T) {
	var doc map[string]struct {
		Swizzle *bool                     `plist:"TSKSwizzleNetworkDelegates"`
		Domains map[string]map[string]any `plist:"TSKPinnedDomains"`
	}
	if err := plist.Unmarshal(exported(t, TrustKit), &doc); err != nil {
		t.Fatal(err)
	}
	config := doc["TSKConfiguration"]
	if config.Swizzle == nil || len(config.Domains) != 6 {
		t.Fatalf("configuration: %+v", config)
	}
	excluded := 0
	for name, d := range config.Domains {
		if d[trustKitExclude] == true {
			excluded++
			if len(d) != 1 { // TrustKit refuses other keys beside it
				t.Errorf("%s: %v", name, d)
			}
		} else if hashes, _ := d["TSKPublicKeyHashes"].([]any); len(hashes) == 0 {
			t.Errorf("%s: %v", name, d)
		}
	}
	if excluded != 1 {
		t.Errorf("%d hosts are taken out, want 1", excluded)
	}
}
