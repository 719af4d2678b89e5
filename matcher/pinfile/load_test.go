package pinfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// certbot makes a directory as certbot keeps it: links into an archive, a private key and a README beside them.
func certbot(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, from := range map[string]string{"fullchain.pem": "fullchain.pem", "chain.pem": "chain.pem", "cert.pem": "request.csr"} {
		write("archive/"+name, testFile(t, from))
	}
	write("archive/privkey.pem", []byte("-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n"))
	write("live/README", []byte("about this directory"))
	write("live/.hidden/cert.pem", []byte("junk"))
	write("live/example.com/README", []byte("about this directory"))
	for _, name := range []string{"cert.pem", "chain.pem", "fullchain.pem", "privkey.pem"} {
		if err := os.Symlink(filepath.Join("../../archive", name), filepath.Join(dir, "live/example.com", name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// summary says of each file how many pins it has, or why it has none.
func summary(files []File) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		name := filepath.Base(f.Path)
		switch {
		case f.Err != nil:
			r, _ := errors.AsType[*Remark](f.Err)
			out[name] = "error " + string(r.Kind)
		case len(f.Pins.Entries) > 0:
			out[name] = string(f.Pins.Entries[0].Dimension)
		default:
			out[name] = string(f.Pins.Remarks[len(f.Pins.Remarks)-1].Kind)
		}
	}
	return out
}

func TestLoadDirectory(t *testing.T) {
	dir := certbot(t)
	want := map[string]string{"cert.pem": "keys", "chain.pem": "ignored", "fullchain.pem": "keys", "privkey.pem": "ignored"}
	for _, pattern := range []string{"live", "live/*", "live/example.com", "live/*/*.pem"} {
		files, err := Load(filepath.Join(dir, pattern), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := summary(files)
		delete(got, "README") // is there, and is passed over, where the pattern matches it
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", pattern, diff)
		}
	}
	files, err := Load(filepath.Join(dir, "live/example.com/chain.pem"), Options{})
	if err != nil || len(files) != 1 || files[0].Pins.Entries[0].Dimension != Chain {
		t.Errorf("the chain by itself: %v, %v", files, err)
	}

	if err := os.WriteFile(filepath.Join(dir, "archive/cert.pem"), []byte("cut sh"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "archive/privkey.pem")); err != nil {
		t.Fatal(err)
	}
	want["cert.pem"], want["privkey.pem"] = "error unknown", "error unreadable"
	files, err = Load(filepath.Join(dir, "live"), Options{})
	if diff := cmp.Diff(want, summary(files)); err != nil || diff != "" {
		t.Errorf("with a broken file: %v (-want +got):\n%s", err, diff)
	}
}

func TestLoadFindsNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "privkey.pem"), []byte("-----BEGIN PRIVATE KEY-----\nbm90\n-----END PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]Kind{
		"": NoPins, "empty": NoPins, "privkey.pem": NoPins, "*.pem": NoPins, "missing": Unreadable, "*.crt": Unreadable, "[": Unreadable,
	} {
		_, err := Load(filepath.Join(dir, name), Options{})
		if r, ok := errors.AsType[*Remark](err); !ok || r.Kind != kind {
			t.Errorf("Load(%q): %v, want %s", name, err, kind)
		}
	}
	if _, err := Load(os.DevNull, Options{}); err == nil {
		t.Errorf("a device was read")
	}
}

// TestLoadOddFiles: links in a circle or to nothing, and pipes that nobody writes to, keep no other file from being read.
func TestLoadOddFiles(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for link, to := range map[string]string{"gone.txt": "nothing", "loop.txt": "loop.txt"} {
		if err := os.Symlink(to, path(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(path("pipe.txt"), 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	if err := os.WriteFile(path("good.txt"), []byte(strings.Repeat("1f", 31)+"2e key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := Load(path("*.txt"), Options{})
	want := map[string]string{
		"gone.txt": "error unreadable", "loop.txt": "error unreadable", "pipe.txt": "error unreadable", "good.txt": "keys",
	}
	if diff := cmp.Diff(want, summary(files)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := readFile(path("pipe.txt")); err == nil {
		t.Error("a pipe was read")
	}
}

func TestLoadChromium(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"chromium.pins", "chromium_pins.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), testFile(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Load(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// The keys are not for the watch that names the directory: the list says whose they are.
	if diff := cmp.Diff(map[string]string{"chromium.pins": "ignored", "chromium_pins.json": "chain"}, summary(files)); diff != "" {
		t.Errorf("with the list (-want +got):\n%s", diff)
	}
	if err := os.Remove(filepath.Join(dir, "chromium.pins")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(filepath.Join(dir, "chromium_pins.json"), Options{}); err == nil {
		t.Errorf("a list without its keys was read")
	}
}
