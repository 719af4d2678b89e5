package cli

import (
	"encoding/hex"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/ct"
	"pinwatch/store"
)

// entriesName is the flag that asks for log entries in place of what was made of them.
const entriesName = "entries"

func entriesFlag() cli.Flag {
	return &cli.BoolFlag{
		Name: entriesName, DisableDefaultText: true,
		Usage: "its log entries as they were read, a line of JSON each: leaf, certificate and chain as base64 of DER",
	}
}

// entryJSON is a log entry as it was read, for whoever wants to see for himself: the SHA-256 of 0x00, 0x00, 0x00 and the
// leaf is its leaf hash (RFC 6962 sections 2.1 and 3.4).
type entryJSON struct {
	LogID       string    `json:"log_id"` // base64
	Log         string    `json:"log"`
	Index       uint64    `json:"index"`
	Type        string    `json:"type"`
	Timestamp   time.Time `json:"timestamp"`
	FirstSeen   time.Time `json:"first_seen"`
	Leaf        []byte    `json:"leaf"` // TimestampedEntry
	CertSHA256  string    `json:"cert_sha256"`
	Certificate []byte    `json:"certificate"` // as submitted
	Chain       [][]byte  `json:"chain"`       // as submitted, issuer first; null: it was not to be had
	ChainSHA256 []string  `json:"chain_sha256"`
}

// printEntries writes the log entries of a finding.
func (p *program) printEntries(c *cli.Context, r *store.Reader) error {
	return r.Snapshot(c.Context, func(s *store.Snapshot) error {
		for e, err := range s.Entries(c.Context, c.Args().First()) {
			if err != nil {
				return err
			}
			if err := writeJSON(p.stdout, newEntryJSON(e)); err != nil {
				return err
			}
		}
		return nil
	})
}

func newEntryJSON(e *store.Logged) entryJSON {
	out := entryJSON{
		LogID: ct.LogID(e.LogID).String(), Log: e.Log, Index: e.Index, Type: e.Type, Timestamp: e.Timestamp, FirstSeen: e.FirstSeen,
		Leaf: e.Leaf, CertSHA256: hex.EncodeToString(e.CertSHA256[:]), Certificate: e.DER, Chain: [][]byte{}, ChainSHA256: []string{},
	}
	for _, cert := range e.Chain {
		out.Chain = append(out.Chain, cert.DER)
		out.ChainSHA256 = append(out.ChainSHA256, hex.EncodeToString(cert.SHA256[:]))
	}
	return out
}
