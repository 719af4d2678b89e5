package report

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// browser is a headless Chromium: the one that PINWATCH_BROWSER names, as `make browser` does.
type browser struct {
	t    *testing.T
	path string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := os.Getenv("PINWATCH_BROWSER")
	if path == "" {
		t.Skip("PINWATCH_BROWSER names no browser; \"make browser\" does")
	}
	return &browser{t: t, path: path}
}

// open loads a page and does with it what the flags say. It returns stdout, and what the console of the page got.
func (b *browser) open(page string, flags ...string) (out, console string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr", "--log-level=0",
		"--user-data-dir=" + b.t.TempDir(),
	}, flags...)
	cmd := exec.CommandContext(ctx, b.path, append(args, "file://"+page)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("%s %v: %v\n%s", b.path, flags, err, &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			console += line
		}
	}
	return stdout.String(), console
}

// pageFile writes a page to a file.
func pageFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// openable are reports to open.
func openable(t *testing.T) map[string]string {
	t.Helper()
	hostile, golden := &bytes.Buffer{}, &bytes.Buffer{}
	must(t, WriteHTML(hostile, poisoned()))
	reported(t, fixed(t).s, options(), func(r *Report) { must(t, WriteHTML(golden, r)) })
	return map[string]string{"hostile": pageFile(t, hostile.String()), "fixed": pageFile(t, golden.String())}
}

// TestBrowserConsole opens reports: nothing in them is refused by their policy, and nothing that certificates say runs.
func TestBrowserConsole(t *testing.T) {
	b := newBrowser(t)
	const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'">`
	if _, console := b.open(pageFile(t, policy+"<style>p{}</style><script>1</script>"), "--dump-dom"); console == "" {
		t.Fatal("what a policy refuses is not heard of")
	}
	for name, path := range openable(t) {
		dom, console := b.open(path, "--dump-dom")
		if console != "" {
			t.Errorf("%s: %s", name, console)
		}
		root, err := html.Parse(strings.NewReader(dom))
		must(t, err)
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "title" && !strings.HasPrefix(n.FirstChild.Data, "Certificates in public logs") &&
				n.Parent.Data == "head" {
				t.Errorf("%s: the title is %q", name, n.FirstChild.Data)
			}
			if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img") {
				t.Errorf("%s: an element %s", name, n.Data)
			}
		}
	}
}

// TestBrowserLooks takes pictures in light and dark, on a screen and on a telephone: the page has the ground of each.
func TestBrowserLooks(t *testing.T) {
	b := newBrowser(t)
	path := openable(t)["fixed"]
	for _, tt := range []struct {
		name, size, scheme string
		ground             color.RGBA
	}{
		{"light", "1200,1600", "1", color.RGBA{0xff, 0xff, 0xff, 0xff}},
		{"dark", "1200,1600", "0", color.RGBA{0x12, 0x15, 0x1a, 0xff}},
		{"narrow", "500,1600", "1", color.RGBA{0xff, 0xff, 0xff, 0xff}},
	} {
		picture := filepath.Join(t.TempDir(), tt.name+".png")
		b.open(path, "--window-size="+tt.size, "--blink-settings=preferredColorScheme="+tt.scheme, "--screenshot="+picture)
		img := readPicture(t, picture)
		if r, g, bl, a := img.At(3, 3).RGBA(); (color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(bl >> 8), uint8(a >> 8)}) != tt.ground {
			t.Errorf("%s: the ground is %v", tt.name, img.At(3, 3))
		}
		if n := colours(img); n < 20 {
			t.Errorf("%s: %d colours", tt.name, n)
		}
	}
}

func readPicture(t *testing.T, path string) image.Image {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	img, err := png.Decode(bytes.NewReader(raw))
	must(t, err)
	return img
}

// colours counts the colours of a picture.
func colours(img image.Image) int {
	seen := map[color.Color]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			seen[img.At(x, y)] = true
		}
	}
	return len(seen)
}

// TestBrowserPrints makes PDFs of the reports.
func TestBrowserPrints(t *testing.T) {
	b := newBrowser(t)
	for name, path := range openable(t) {
		pdf := filepath.Join(t.TempDir(), "report.pdf")
		b.open(path, "--no-pdf-header-footer", "--print-to-pdf="+pdf)
		raw, err := os.ReadFile(pdf)
		must(t, err)
		if !bytes.HasPrefix(raw, []byte("%PDF-")) || len(raw) < 20<<10 || !bytes.Contains(raw, []byte("%%EOF")) {
			t.Errorf("%s: %d bytes that begin %q", name, len(raw), raw[:min(len(raw), 10)])
		}
	}
}
