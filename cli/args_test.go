package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIntersperse(t *testing.T) {
	tests := []struct{ in, want string }{
		{"pinwatch", "pinwatch"},
		{"pinwatch scan -c f", "pinwatch scan -c f"},
		{"pinwatch -c f scan --json", "pinwatch -c f scan --json"},
		{"pinwatch findings ack ID --by ann --why x", "pinwatch findings ack --by ann --why x ID"},
		{"pinwatch findings ack ID --by=ann extra", "pinwatch findings ack --by=ann ID extra"},
		{"pinwatch findings show ID --json other", "pinwatch findings show --json ID other"},
		{"pinwatch findings show -- --json", "pinwatch findings show -- --json"},
		{"pinwatch findings show a -- -b", "pinwatch findings show -- a -b"},
		{"pinwatch findings show -", "pinwatch findings show -"},
		{"pinwatch findings ack ID --by", "pinwatch findings ack --by ID"},
		{"pinwatch findings ack --nonsense ID", "pinwatch findings ack --nonsense ID"},
		{"pinwatch nonsense scan -c f", "pinwatch -c f nonsense scan"},
	}
	app := (&program{}).app()
	for _, tt := range tests {
		got := strings.Join(intersperse(strings.Fields(tt.in), app), " ")
		if got != tt.want {
			t.Errorf("intersperse(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

// TestNoArguments: a program that was started without even its name is started without arguments.
func TestNoArguments(t *testing.T) {
	var stderr strings.Builder
	if code := Run(nil, strings.NewReader(""), io.Discard, &stderr); code != codeUsage {
		t.Errorf("exit code %d", code)
	}
	want := "error: a command is missing\nhint: \"pinwatch --help\" lists them\n"
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Error(diff)
	}
}
