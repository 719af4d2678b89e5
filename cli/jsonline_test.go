package cli

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestWriteJSON: the line is ASCII that a terminal can do nothing with, and it means the same.
func TestWriteJSON(t *testing.T) {
	tests := []struct{ in, want string }{
		{"www.example.com", `"www.example.com"`},
		{"\x1b[31m\n", `"\u001b[31m\n"`},
		{"\x7f\u009b\u202e", `"\u007f\u009b\u202e"`},
		{"bücher 😀", `"b\u00fccher \ud83d\ude00"`},
		{"<script>&", `"\u003cscript\u003e\u0026"`},
		{"caf\xe9", `"caf\ufffd"`},
	}
	for _, tt := range tests {
		var b bytes.Buffer
		if err := writeJSON(&b, tt.in); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != tt.want+"\n" {
			t.Errorf("writeJSON(%q) = %s, want %s", tt.in, got, tt.want)
		}
		var back string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Errorf("writeJSON(%q) is not JSON: %v", tt.in, err)
		}
		if want := string([]rune(tt.in)); back != want {
			t.Errorf("writeJSON(%q) reads back as %q", tt.in, back)
		}
	}
}
