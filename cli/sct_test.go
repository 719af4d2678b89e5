package cli

import (
	"testing"

	"pinwatch/store"
)

func TestSCTText(t *testing.T) {
	entry := uint64(7)
	const id = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for want, s := range map[string]store.SeenSCT{
		"A\\u{1b}: kept, entry 7":                                  {Description: "A\x1b", Promise: "kept", Entry: &entry},
		"A: kept, entry 7: under another timestamp":                {Description: "A", Promise: "kept", Entry: &entry, Detail: "under another timestamp"},
		"A: valid, the log is not followed":                        {Description: "A", Promise: "open"},
		"A: valid, its entry is not due yet or was not looked for": {Description: "A", Promise: "open", Followed: true},
		"A: valid, its entry was not seen: why":                    {Description: "A", Promise: "unseen", Detail: "why"},
		"A: the promise is broken: entry 7 is another one":         {Description: "A", Promise: "broken", Detail: "entry 7 is another one"},
		id + ": no list has the log":                               {SCT: store.SCT{Signature: "unknown_log"}},
		"A: the log did not sign it":                               {Description: "A", SCT: store.SCT{Signature: "invalid"}},
		"A: it could not be verified":                              {Description: "A", SCT: store.SCT{Signature: "unverified"}},
	} {
		s.LogID, s.Timestamp = [32]byte{1}, june
		if s.Signature == "" {
			s.Signature = store.SCTValid
		}
		name := "A"
		switch s.Description {
		case "":
			name = id
		case "A\x1b":
			name = "A\\u{1b}"
		}
		want = name + ", stamped " + timestamp(june) + want[len(name):]
		if got := sctText(&s); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
}
