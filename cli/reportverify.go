package cli

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/report"
	"pinwatch/show"
)

func (p *program) verifyCommand() *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "check that a report is what was signed", ArgsUsage: "FILE",
		Description: "Checks the signature that \"pinwatch report --attest\" wrote beside FILE, against the public key of whoever made " +
			"the report. It says what was signed and exits 0, or says what is wrong and exits 1. \"openssl pkey -in key.pem -pubout\" " +
			"prints the public key that belongs to a private one.",
		Flags: flagsWith(
			&cli.StringFlag{Name: "key", Usage: "the Ed25519 public key in `PUBLICKEY` (PEM)"},
			&cli.StringFlag{Name: "signature", Usage: "the signature is in `SIGFILE`; FILE.sig, if left out"},
		),
		Action: p.verifyReport,
	}
}

func (p *program) verifyReport(c *cli.Context) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	if c.String("key") == "" {
		return usage("name the public key of whoever made the report, in PEM", "--key is missing")
	}
	raw, err := readSmall(c.String("key"), maxKeyFile)
	if err != nil {
		return usage("name the file that \"openssl pkey -in key.pem -pubout\" wrote", "--key: %w", err)
	}
	key, err := report.ParsePublicKey(raw)
	if err != nil {
		return usage("\"openssl pkey -in key.pem -pubout\" prints the public key of a private one", "--key: %s: %w", c.String("key"), err)
	}
	path := c.Args().First()
	signature := c.String("signature")
	if signature == "" {
		signature = path + ".sig"
	}
	envelope, err := readSmall(signature, report.MaxEnvelope)
	if err != nil {
		return fmt.Errorf("read the signature: %w", err)
	}
	hash, err := hashOf(path)
	if err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	a, err := report.Verify(envelope, key, hash)
	if err != nil {
		return fmt.Errorf("%s is not verified: %s: %w", path, signature, err)
	}
	return p.printAttestation(c, a, report.KeyID(key))
}

func (p *program) printAttestation(c *cli.Context, a *report.Attestation, keyID string) error {
	if wantsJSON(c) {
		return writeJSON(p.stdout, attestationJSON{
			File: a.File, SHA256: fmt.Sprintf("%x", a.SHA256), Key: keyID, Period: a.Period, GeneratedAt: a.GeneratedAt,
			Generator: a.Generator,
		})
	}
	fmt.Fprintf(p.stdout, "verified: %s, signed with %s\n", show.Escape(a.File), keyID)
	p.field("sha256", fmt.Sprintf("%x", a.SHA256))
	p.field("period", timestamp(a.Period.Since)+" to "+timestamp(a.Period.Until))
	p.field("made", timestamp(a.GeneratedAt)+" by "+show.Escape(a.Generator))
	return nil
}

// attestationJSON is what was signed, as other tools read it.
type attestationJSON struct {
	File        string        `json:"file"`
	SHA256      string        `json:"sha256"` // hex
	Key         string        `json:"key"`    // as a pin
	Period      report.Period `json:"period"`
	GeneratedAt time.Time     `json:"generated_at"`
	Generator   string        `json:"generator"`
}

func hashOf(path string) ([32]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return [32]byte{}, err
	}
	defer f.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return [32]byte(hash.Sum(nil)), err
}
