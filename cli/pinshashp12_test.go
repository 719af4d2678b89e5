package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHashPKCS12: what is printed of a PKCS#12 file, by whatever name, is what openssl says of it, with a key and without.
func TestHashPKCS12(t *testing.T) {
	t.Setenv("P12_PASSWORD", "pinwatch")
	for _, name := range []string{"modern.p12", "sha512-256.p12"} {
		data, err := os.ReadFile(filepath.Join("../matcher/pinfile/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "keystore.jks")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		code, pins, commands := hash(t, "--password-env", "P12_PASSWORD", path)
		if code != 0 || len(pins) != 1 || len(commands) != 1 || !strings.HasPrefix(commands[0], "openssl pkcs12 ") {
			t.Errorf("%s: exit code %d, %q, %q", name, code, pins, commands)
			continue
		}
		if _, err := exec.LookPath("openssl"); err != nil {
			t.Log("openssl is not installed: its answers are not compared")
			continue
		}
		askOpenSSL(t, strings.Replace(commands[0], "pkcs12", "pkcs12 -passin env:P12_PASSWORD", 1), pins[0])
	}
}
