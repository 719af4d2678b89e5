package house

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the commands of README.md print into it")

// TestReadmeSession runs what README.md and docs/pins.md show. Every line of a block that begins with ```sh is run, in
// order, in one directory with a copy of testdata/demo. It must exit with 0, or with N where the line ends with
// "# exits N". A block ```text right behind holds what its commands print, to the byte but for the time of day; see
// excerpt for three dots.
func TestReadmeSession(t *testing.T) {
	binary := buildPinwatch(t)
	for _, path := range []string{"../README.md", "../docs/pins.md"} {
		t.Run(filepath.Base(path), func(t *testing.T) { runSession(t, path, binary) })
	}
}

func runSession(t *testing.T, path, binary string) {
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "testdata/demo"), os.DirFS("../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	// Whoever tried the commands in place left a database there.
	left, err := filepath.Glob(filepath.Join(dir, "testdata/demo/pinwatch.db*"))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err != nil {
		t.Fatal(err)
	}
	s := session{run: func(line string) (string, int) {
		printed, code := shell(t, dir, strings.ReplaceAll(line, "go run . ", binary+" "))
		return recent(printed), code
	}}
	for line := range strings.Lines(string(old)) {
		s.line(line)
	}
	if len(s.failed) > 0 {
		t.Fatal(strings.Join(s.failed, "\n"))
	}
	if s.ran < 3 {
		t.Errorf("%s has only %d commands to run", path, s.ran)
	}
	if *update {
		if err := os.WriteFile(path, []byte(s.text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(old), s.text.String()); diff != "" {
		t.Errorf("%s shows what does not happen; go test ./house -update (-shown +happened):\n%s", path, diff)
	}
}

// session reads a Markdown text line by line and writes it anew, with what its commands print now.
type session struct {
	run func(line string) (printed string, exitCode int)

	text    strings.Builder // the new text
	fence   string          // the line that opened the block we are in; empty outside of blocks
	shown   []string        // the lines so far of the text block we are in
	printed []string        // by the last sh block, in lines
	ran     int
	failed  []string
}

var exits = regexp.MustCompile(`\s# exits (\d+)\n$`)

func (s *session) line(line string) {
	isFence := strings.HasPrefix(line, "```")
	switch {
	case isFence && s.fence == "":
		s.fence, s.shown = line, nil
		if line == "```sh\n" {
			s.printed = nil
		}
	case isFence:
		if s.fence == "```text\n" {
			s.text.WriteString(strings.Join(excerpt(s.printed, s.shown), ""))
		}
		s.fence = ""
	case s.fence == "```sh\n":
		s.command(line)
	case s.fence == "```text\n":
		s.shown = append(s.shown, line)
		return
	}
	s.text.WriteString(line)
}

// excerpt is what a block shows of what was printed: all of it, or where the block has a line of three dots, as many
// lines before and behind it as the block has.
func excerpt(printed, shown []string) []string {
	head := slices.Index(shown, "...\n")
	tail := len(shown) - head - 1
	if head < 0 || head+tail >= len(printed) {
		return printed
	}
	return slices.Concat(printed[:head], []string{"...\n"}, printed[len(printed)-tail:])
}

func (s *session) command(line string) {
	want := 0
	if m := exits.FindStringSubmatch(line); m != nil {
		want, _ = strconv.Atoi(m[1])
	}
	printed, code := s.run(line)
	s.ran++
	s.printed = slices.AppendSeq(s.printed, strings.Lines(printed))
	if code != want {
		s.failed = append(s.failed, "exit code "+strconv.Itoa(code)+", not "+strconv.Itoa(want)+": "+line+printed)
	}
}

// TestSession makes sure that a README that is not true would be noticed.
func TestSession(t *testing.T) {
	s := session{run: func(line string) (string, int) { return "ran " + line, 3 }}
	old := "a\n```sh\nx # exits 3\ny\n```\n\n```text\nold\n```\n```yaml\nz: 1\n```\n" +
		"```sh\n1\n2\n3\n4\n```\n```text\nold\n...\nold\nold\n```\n"
	for line := range strings.Lines(old) {
		s.line(line)
	}
	want := "a\n```sh\nx # exits 3\ny\n```\n\n```text\nran x # exits 3\nran y\n```\n```yaml\nz: 1\n```\n" +
		"```sh\n1\n2\n3\n4\n```\n```text\nran 1\n...\nran 3\nran 4\n```\n"
	if diff := cmp.Diff(want, s.text.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if len(s.failed) != 5 || s.failed[0] != "exit code 3, not 0: y\nran y\n" {
		t.Errorf("failed: %q", s.failed)
	}
}

// recent replaces the times at which the commands ran by one that never changes.
func recent(text string) string {
	now := time.Now()
	return stamp.ReplaceAllStringFunc(text, func(s string) string {
		at, err := time.Parse("2006-01-02 15:04:05Z", s)
		if err != nil || at.Before(now.Add(-time.Hour)) || at.After(now.Add(time.Hour)) {
			return s
		}
		return "2026-07-01 08:30:00Z"
	})
}

var stamp = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`)

// TestReadmeCommands wants every command that README.md names to exist.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	binary := buildPinwatch(t)
	named := regexp.MustCompile("(?m)(?:`|^    |^    .*[ /])pinwatch ([a-z]+)|go run \\. ([a-z]+)")
	seen := map[string]bool{}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		m[1] += m[2]
		if seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		if out, code := shell(t, t.TempDir(), binary+" "+m[1]+" --help"); code != 0 {
			t.Errorf("README.md names the command %q: exit code %d\n%s", m[1], code, out)
		}
	}
	if len(seen) < 4 {
		t.Errorf("README.md names only %d commands", len(seen))
	}
}

// TestReadmeConfiguration wants the configuration that README.md shows to be sound.
func TestReadmeConfiguration(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
	if shown == nil {
		t.Fatal("README.md shows no configuration")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pinwatch.yaml"), shown[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := shell(t, dir, buildPinwatch(t)+" config check"); code != 0 || strings.Contains(out, "warning:") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// buildPinwatch makes the real command.
func buildPinwatch(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the command")
	}
	binary := filepath.Join(t.TempDir(), "pinwatch")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// shell runs a line of shell in dir and returns what it printed on both streams, and its exit code.
func shell(t *testing.T, dir, line string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return string(out), 0
}
