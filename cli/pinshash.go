package cli

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/matcher"
	"pinwatch/matcher/pinfile"
	"pinwatch/show"
)

func (p *program) hashCommand() *cli.Command {
	return &cli.Command{
		Name: "hash", Usage: "the pins of certificates, keys, certificate requests and live servers", ArgsUsage: "FILE|HOST:PORT...",
		Description: "Prints the pin of every key in the files (PEM or DER; - is stdin), or of the certificates that a server shows, " +
			"with where it stands, and on stderr the openssl command that gives the same. Of a private key only the public part is " +
			"hashed. What a server shows is not verified: whoever stands between it and you chooses it.",
		Flags: flagsWith(
			&cli.DurationFlag{Name: "timeout", Usage: "how long a server may take, a `TIME`", Value: 10 * time.Second},
			passwordFlag(),
		),
		Action: p.hashPins,
	}
}

// passwordFlag names the variable with the password of PKCS#12 files.
func passwordFlag() cli.Flag {
	return &cli.StringFlag{Name: "password-env", Usage: "the environment variable `NAME` has the password of PKCS#12 files"}
}

// password gives the password that passwordFlag names; nil where it names none.
func password(c *cli.Context) func(string) (string, error) {
	name := c.String("password-env")
	if name == "" {
		return nil
	}
	return func(string) (string, error) {
		value, found := os.LookupEnv(name)
		if !found {
			return "", fmt.Errorf("there is no variable %s in the environment", name)
		}
		return value, nil
	}
}

// hashed is the pin of a key.
type hashed struct {
	pin     matcher.Pin
	openssl string
}

// hashJSON is the pin of a key as other tools read it.
type hashJSON struct {
	Pin     string `json:"pin"`
	Source  string `json:"source"` // file:line, or host:port
	Label   string `json:"label"`  // what the certificate or request calls its subject
	OpenSSL string `json:"openssl"`
}

func (p *program) hashPins(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("write pinwatch pins hash FILE|HOST:PORT, or - for stdin", "an argument is missing")
	}
	if c.Duration("timeout") <= 0 {
		return usage("leave it out for 10s", "--timeout must be more than 0")
	}
	for _, arg := range c.Args().Slice() {
		found, err := p.hashArgument(c, arg)
		if err != nil {
			return err
		}
		for _, h := range found {
			if err := p.printHash(h, wantsJSON(c)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *program) printHash(h hashed, asJSON bool) error {
	if asJSON {
		return writeJSON(p.stdout, hashJSON{Pin: h.pin.String(), Source: h.pin.Source, Label: h.pin.Label, OpenSSL: h.openssl})
	}
	line := fmt.Sprintf("%s  %s  %s", h.pin, show.Escape(h.pin.Source), show.Escape(h.pin.Label))
	fmt.Fprintln(p.stdout, strings.TrimRight(line, " "))
	fmt.Fprintln(p.stderr, show.Escape(h.openssl))
	return nil
}

// hashArgument gives the pins of what an argument names: a file, or a server where there is no such file.
func (p *program) hashArgument(c *cli.Context, arg string) ([]hashed, error) {
	if arg == "-" {
		data, err := readBounded(p.stdin)
		if err != nil {
			return nil, fmt.Errorf("stdin: %w", err)
		}
		return hashFile("stdin", data, password(c))
	}
	if _, err := os.Stat(arg); err != nil {
		if host, port, ok := server(arg); ok {
			ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
			defer cancel()
			return hashServer(ctx, host, port)
		}
	}
	data, err := readFile(arg)
	if err != nil {
		return nil, usage("name a file, or a server as HOST:PORT", "%w", err)
	}
	return hashFile(arg, data, password(c))
}

// hashFile gives the pins of the keys in a file.
func hashFile(name string, data []byte, password func(string) (string, error)) ([]hashed, error) {
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return hashObject(name, data, 1, opensslFile(name, data), password)
	}
	var out []hashed
	var failed error
	certs, line := 0, 1
	for rest := data; ; {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		raw := rest[:len(rest)-len(after)]
		if block.Type == "CERTIFICATE" {
			certs++
		}
		before, _, _ := bytes.Cut(raw, []byte("-----BEGIN "))
		at := line + bytes.Count(before, []byte("\n"))
		found, err := hashObject(name, pem.EncodeToMemory(block), at, opensslBlock(name, block.Type, certs), password)
		out, failed = append(out, found...), errors.Join(failed, err)
		line += bytes.Count(raw, []byte("\n"))
		rest = after
	}
	if out == nil && failed == nil {
		failed = usage("", "%s holds no PEM that can be decoded", name)
	}
	if len(out) > 0 {
		failed = nil // parameters and the like beside keys
	}
	return out, failed
}

// hashObject gives the pins of one object, or of a container such as PKCS#12. line is where it begins.
func hashObject(name string, data []byte, line int, openssl string, password func(string) (string, error)) ([]hashed, error) {
	if spki := publicPart(data); spki != nil {
		pin := matcher.Pin{SPKI: sha256.Sum256(spki), Source: fmt.Sprintf("%s:%d", name, line), Label: "private key"}
		return []hashed{{pin, openssl}}, nil
	}
	set, err := pinfile.Read(name, data, pinfile.Options{Password: password})
	if err == nil && !slices.ContainsFunc(set.Entries, func(e pinfile.Entry) bool { return len(e.Pins) > 0 }) {
		err = set.Err() // of several keys, such as those of a JWKS, some may be none that a certificate has
	}
	if err != nil {
		return nil, usage(hintFor(err), "%w", err)
	}
	switch set.Format {
	case pinfile.PEM, pinfile.DER, pinfile.JWKS:
	case pinfile.PKCS12:
		openssl = opensslPKCS12(name, len(set.Entries[0].Pins), len(set.Remarks) > 0)
	default:
		return nil, usage("give a certificate, a key or a certificate request; \"pinwatch pins import\" reads pins",
			"%s is no key, it holds pins (%s)", name, set.Format)
	}
	var out []hashed
	for i := range set.Entries {
		for _, pin := range set.Entries[i].Pins {
			if set.Format == pinfile.PEM {
				pin.Source = fmt.Sprintf("%s:%d", name, line)
			}
			out = append(out, hashed{pin, openssl})
		}
	}
	return out, nil
}

// publicPart is the SubjectPublicKeyInfo of a private key in PEM or DER, nil for anything else.
func publicPart(data []byte) []byte {
	if block, _ := pem.Decode(data); block != nil {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return nil
		}
		data = block.Bytes
	}
	var key any
	if k, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		key = k
	} else if k, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		key = k
	} else if k, err := x509.ParseECPrivateKey(data); err == nil {
		key = k
	}
	signer, ok := key.(interface{ Public() crypto.PublicKey })
	if !ok {
		return nil
	}
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil
	}
	return spki
}
