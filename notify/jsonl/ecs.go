package jsonl

import (
	"strings"
	"time"

	"pinwatch/notify"
)

// ecsVersion is that of the schema.
const ecsVersion = "8.11.0"

// document is m in the fields of ECS, as far as there is something to say.
type document struct {
	Timestamp time.Time   `json:"@timestamp"`
	Message   string      `json:"message"`
	Tags      []string    `json:"tags,omitempty"`
	ECS       ecsSchema   `json:"ecs"`
	Event     ecsEvent    `json:"event"`
	Log       ecsLog      `json:"log"`
	Observer  ecsObserver `json:"observer"`
	Rule      *ecsRule    `json:"rule,omitempty"`
	Related   *ecsRelated `json:"related,omitempty"`
	TLS       *ecsTLS     `json:"tls,omitempty"`
	Pinwatch  ecsPinwatch `json:"pinwatch"`
}

type ecsSchema struct {
	Version string `json:"version"`
}

type ecsEvent struct {
	Kind     string   `json:"kind"`
	Category []string `json:"category,omitempty"`
	Type     []string `json:"type"`
	Action   string   `json:"action"`
	Dataset  string   `json:"dataset"`
	ID       string   `json:"id"`
	Module   string   `json:"module"`
	Provider string   `json:"provider"`
	Reason   string   `json:"reason,omitempty"`
	Severity int      `json:"severity"`
}

type ecsLog struct {
	Level string `json:"level"`
}

type ecsObserver struct {
	Product string `json:"product"`
	Type    string `json:"type"`
	Version string `json:"version,omitempty"`
}

type ecsRule struct {
	Name     string `json:"name"`
	Category string `json:"category,omitempty"`
}

type ecsRelated struct {
	Hosts []string `json:"hosts,omitempty"`
	Hash  []string `json:"hash,omitempty"`
}

type ecsTLS struct {
	Server struct {
		X509 ecsX509 `json:"x509"`
	} `json:"server"`
}

type ecsX509 struct {
	AlternativeNames []string   `json:"alternative_names,omitempty"`
	SerialNumber     string     `json:"serial_number,omitempty"`
	NotBefore        *time.Time `json:"not_before,omitempty"`
	NotAfter         *time.Time `json:"not_after,omitempty"`
	Issuer           ecsName    `json:"issuer"`
	Subject          ecsName    `json:"subject"`
}

type ecsName struct {
	DistinguishedName string `json:"distinguished_name,omitempty"`
}

// ecsPinwatch is what the schema has no field for: it leaves the names below our own to us.
type ecsPinwatch struct {
	Kind     string   `json:"kind"`
	Thread   string   `json:"thread"`
	Resolved bool     `json:"resolved"`
	Test     bool     `json:"test"`
	Verdict  string   `json:"verdict,omitempty"`
	Reasons  []string `json:"reasons,omitempty"`
	Text     string   `json:"text,omitempty"`
	Next     string   `json:"next,omitempty"`
	Silence  string   `json:"silence,omitempty"`
	Facts    []string `json:"facts,omitempty"`
	Parts    []string `json:"parts,omitempty"`
	Parted   int      `json:"parted,omitempty"`
}

// ecs is m as a document. Where ECS has no category that fits, it wants none.
func (n *Notifier) ecs(m *notify.Message) any {
	d := &document{
		Timestamp: m.Time.UTC(), Message: title(m), Tags: m.Labels, ECS: ecsSchema{ecsVersion},
		Event: ecsEvent{
			Kind: "alert", Type: []string{"info"}, Action: string(m.Kind) + "." + m.Event, ID: m.ID, Module: "pinwatch",
			Dataset: "pinwatch." + string(m.Kind), Provider: "pinwatch", Reason: m.Why, Severity: notify.SeverityRank(m.Severity) + 1,
		},
		Log:      ecsLog{m.Severity},
		Observer: ecsObserver{Product: "pinwatch", Type: "ct-monitor", Version: n.version},
		Pinwatch: ecsPinwatch{
			Kind: string(m.Kind), Thread: m.Thread, Resolved: m.Resolved, Test: m.Test, Verdict: m.Verdict, Text: m.Text,
			Next: m.Next, Silence: m.Silence, Facts: factLines(m.Facts), Parted: m.Parted,
		},
	}
	if m.Resolved || m.Test || m.Kind == notify.Heartbeat {
		d.Event.Kind = "event"
	}
	if m.Kind == notify.Finding || m.Kind == notify.LogAlarm {
		d.Event.Category = []string{"intrusion_detection"}
	}
	if m.Watch != "" {
		d.Rule = &ecsRule{Name: m.Watch, Category: m.Verdict}
	}
	for i := range m.Parts {
		d.Pinwatch.Parts = append(d.Pinwatch.Parts, m.Parts[i].ID)
	}
	d.setCertificate(newCertificate(m.Finding))
	return d
}

// setCertificate adds what a finding says of its certificate. ECS wants serial numbers and hashes in upper case.
func (d *document) setCertificate(c *certificate) {
	if c == nil {
		return
	}
	d.Pinwatch.Reasons = c.Reasons
	d.Related = &ecsRelated{Hosts: first(c.Names)}
	for _, hash := range first(c.CertSHA256) {
		d.Related.Hash = append(d.Related.Hash, strings.ToUpper(hash))
	}
	d.TLS = &ecsTLS{}
	d.TLS.Server.X509 = ecsX509{
		AlternativeNames: c.Names, SerialNumber: strings.ToUpper(c.Serial), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		Issuer: ecsName{c.Issuer}, Subject: ecsName{c.Subject},
	}
}

// factLines are facts as a flat list: Elasticsearch would give each name of a fact a field of its own.
func factLines(facts []notify.Fact) []string {
	var lines []string
	for _, f := range facts {
		lines = append(lines, f.Name+": "+strings.Join(f.Values, ", "))
	}
	return lines
}
