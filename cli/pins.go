package cli

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"pinwatch/matcher/pinfile"
)

func (p *program) pinsCommand() *cli.Command {
	return &cli.Command{
		Name:  "pins",
		Usage: "hash FILE...",
		Subcommands: []*cli.Command{{
			Name: "hash", Usage: "the pins of certificates, public keys and certificate requests", ArgsUsage: "FILE...",
			Description: "Prints the pin of every key in the files (PEM or DER; - is stdin), with where it stands, and on stderr the " +
				"openssl command that gives the same.",
			Flags: flagsWith(), Action: p.hashPins,
		}},
	}
}

// hashJSON is the pin of a key.
type hashJSON struct {
	Pin     string `json:"pin"`
	Source  string `json:"source"` // file:line
	Label   string `json:"label"`  // what the certificate or request calls its subject
	OpenSSL string `json:"openssl"`
}

func (p *program) hashPins(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("write pinwatch pins hash FILE..., or - for stdin", "an argument is missing")
	}
	for _, path := range c.Args().Slice() {
		name, read := path, readFile
		if path == "-" {
			name, read = "stdin", func(string) ([]byte, error) { return readBounded(p.stdin) }
		}
		data, err := read(path)
		if err != nil {
			return usage("", "%w", err)
		}
		if err := p.hashFile(c, name, data); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) hashFile(c *cli.Context, name string, data []byte) error {
	set, err := pinfile.Read(name, data, pinfile.Options{})
	if err == nil {
		err = set.Err()
	}
	if err != nil {
		return usage(hintFor(err), "%w", err)
	}
	if set.Format != pinfile.PEM && set.Format != pinfile.DER {
		return usage("give a certificate, a public key or a certificate request", "%s is no key, it holds pins (%s)", name, set.Format)
	}
	command := opensslCommand(name, data)
	for i := range set.Entries {
		for _, pin := range set.Entries[i].Pins {
			out := hashJSON{
				Pin: "sha256/" + base64.StdEncoding.EncodeToString(pin.SPKI[:]), Source: pin.Source, Label: pin.Label, OpenSSL: command,
			}
			if wantsJSON(c) {
				if err := writeJSON(p.stdout, out); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(p.stdout, "%s\n", strings.TrimRight(fmt.Sprintf("%s  %s  %s", out.Pin, escape(out.Source), escape(out.Label)), " "))
		}
	}
	if !wantsJSON(c) {
		fmt.Fprintf(p.stderr, "%s\n", escape(command))
	}
	return nil
}

// opensslCommand is how openssl gets the pin of the first key in a file.
func opensslCommand(name string, data []byte) string {
	form := ""
	kind := "x509"
	block, _ := pem.Decode(data)
	switch {
	case block == nil:
		form = " -inform DER"
		if _, err := x509.ParseCertificateRequest(data); err == nil {
			kind = "req"
		} else if _, err := x509.ParsePKIXPublicKey(data); err == nil {
			kind = "pkey"
		}
	case strings.HasSuffix(block.Type, "CERTIFICATE REQUEST"):
		kind = "req"
	case strings.HasSuffix(block.Type, "PUBLIC KEY"):
		kind = "pkey"
	}
	in := " -in " + shellWord(name)
	if name == "stdin" {
		in = ""
	}
	const hash = " -outform DER | openssl dgst -sha256 -binary | base64"
	if kind == "pkey" {
		return "openssl pkey -pubin" + form + in + " -pubout" + hash
	}
	return "openssl " + kind + form + in + " -noout -pubkey | openssl pkey -pubin" + hash
}

// shellWord writes s so that a shell takes it for one word.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
