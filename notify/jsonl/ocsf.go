package jsonl

import (
	"encoding/json"
	"strings"

	"pinwatch/notify"
)

const (
	ocsfVersion = "1.5.0"
	class       = 2004 // Detection Finding
)

// detectionFinding is the class of that name, as far as there is something to say. Times are milliseconds since the
// epoch. Messages of all kinds are told in it, by their kind in finding_info.types.
type detectionFinding struct {
	ActivityID   int              `json:"activity_id"`
	ActivityName string           `json:"activity_name"`
	CategoryUID  int              `json:"category_uid"`
	CategoryName string           `json:"category_name"`
	ClassUID     int              `json:"class_uid"`
	ClassName    string           `json:"class_name"`
	TypeUID      int              `json:"type_uid"`
	TypeName     string           `json:"type_name"`
	SeverityID   int              `json:"severity_id"`
	Severity     string           `json:"severity"`
	StatusID     int              `json:"status_id"`
	Status       string           `json:"status"`
	IsAlert      bool             `json:"is_alert"`
	Time         int64            `json:"time"`
	Count        int              `json:"count,omitempty"`
	Message      string           `json:"message"`
	Metadata     ocsfMetadata     `json:"metadata"`
	FindingInfo  findingInfo      `json:"finding_info"`
	Remediation  *ocsfRemediation `json:"remediation,omitempty"`
	Resources    []ocsfResource   `json:"resources,omitempty"`
	Evidences    []ocsfEvidence   `json:"evidences,omitempty"`
	Observables  []observable     `json:"observables,omitempty"`
	Unmapped     ocsfUnmapped     `json:"unmapped"`
}

type ocsfMetadata struct {
	Version   string      `json:"version"`
	UID       string      `json:"uid"`
	EventCode string      `json:"event_code"`
	Labels    []string    `json:"labels,omitempty"`
	Product   ocsfProduct `json:"product"`
}

type ocsfProduct struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
	Version    string `json:"version,omitempty"`
}

type findingInfo struct {
	UID           string         `json:"uid"`
	Title         string         `json:"title"`
	Desc          string         `json:"desc,omitempty"`
	Types         []string       `json:"types"`
	FirstSeenTime int64          `json:"first_seen_time,omitempty"`
	RelatedEvents []relatedEvent `json:"related_events,omitempty"`
}

type relatedEvent struct {
	UID     string `json:"uid"`
	TypeUID int    `json:"type_uid"`
}

type ocsfRemediation struct {
	Desc string `json:"desc"`
}

type ocsfResource struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type ocsfEvidence struct {
	Data json.RawMessage `json:"data"`
}

type observable struct {
	Name   string `json:"name"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
	Value  string `json:"value"`
}

// ocsfUnmapped is what the class has no attribute for.
type ocsfUnmapped struct {
	Event   string        `json:"event"`
	Watch   string        `json:"watch,omitempty"`
	Verdict string        `json:"verdict,omitempty"`
	Reasons []string      `json:"reasons,omitempty"`
	Silence string        `json:"silence,omitempty"`
	Test    bool          `json:"test,omitempty"`
	Facts   []notify.Fact `json:"facts,omitempty"`
}

// ocsf is m as a Detection Finding. Messages about one matter have its finding_info.uid in common; metadata.uid is the
// message's own.
func (n *Notifier) ocsf(m *notify.Message) any {
	const findings = 2
	activity, activityName := ocsfActivity(m)
	severity, severityName := ocsfSeverity(m.Severity)
	f := &detectionFinding{
		ActivityID: activity, ActivityName: activityName,
		CategoryUID: findings, CategoryName: "Findings", ClassUID: class, ClassName: "Detection Finding",
		TypeUID: class*100 + activity, TypeName: "Detection Finding: " + activityName,
		SeverityID: severity, Severity: severityName, StatusID: 1, Status: "New",
		IsAlert: !m.Resolved && !m.Test && m.Kind != notify.Heartbeat,
		Time:    m.Time.UnixMilli(), Count: m.Parted, Message: title(m),
		Metadata: ocsfMetadata{
			Version: ocsfVersion, UID: m.ID, EventCode: string(m.Kind) + "." + m.Event, Labels: m.Labels,
			Product: ocsfProduct{Name: "pinwatch", VendorName: "pinwatch", Version: n.version},
		},
		FindingInfo: findingInfo{UID: m.Thread, Title: title(m), Desc: sentences(m.Text, m.Why), Types: []string{string(m.Kind)}},
		Unmapped: ocsfUnmapped{
			Event: m.Event, Watch: m.Watch, Verdict: m.Verdict, Silence: m.Silence, Test: m.Test, Facts: m.Facts,
		},
	}
	if m.Resolved {
		f.StatusID, f.Status = 4, "Resolved"
	}
	if m.Next != "" {
		f.Remediation = &ocsfRemediation{m.Next}
	}
	if m.Watch != "" {
		f.Resources = []ocsfResource{{Name: m.Watch, Type: "watch"}}
	}
	for i := range m.Parts {
		part, _ := ocsfActivity(&m.Parts[i])
		f.FindingInfo.RelatedEvents = append(f.FindingInfo.RelatedEvents, relatedEvent{m.Parts[i].ID, class*100 + part})
	}
	f.setCertificate(m.Finding)
	return f
}

// setCertificate adds what a finding says of its certificate.
func (f *detectionFinding) setCertificate(finding json.RawMessage) {
	c := newCertificate(finding)
	if c == nil {
		return
	}
	f.Evidences = []ocsfEvidence{{finding}}
	f.Unmapped.Reasons = c.Reasons
	if c.FirstSeen != nil {
		f.FindingInfo.FirstSeenTime = c.FirstSeen.UnixMilli()
	}
	for _, name := range first(c.Names) {
		f.Observables = append(f.Observables, observable{Name: "evidences.data.names", TypeID: 1, Type: "Hostname", Value: name})
	}
	for _, hash := range first(c.CertSHA256) {
		f.Observables = append(f.Observables, observable{Name: "evidences.data.cert_sha256", TypeID: 8, Type: "Hash", Value: hash})
	}
}

func ocsfActivity(m *notify.Message) (id int, name string) {
	switch {
	case m.Resolved:
		return 3, "Close"
	case m.Event == "changed" || m.Event == "reopened":
		return 2, "Update"
	}
	return 1, "Create"
}

func ocsfSeverity(severity string) (id int, name string) {
	if id = notify.SeverityRank(severity) + 1; id == 0 {
		return 0, "Unknown"
	}
	return id, [...]string{"Informational", "Low", "Medium", "High", "Critical"}[id-1]
}

// title is that of m, marked where nothing happened.
func title(m *notify.Message) string {
	if m.Test {
		return "TEST: " + m.Title
	}
	return m.Title
}

// sentences joins those that there are.
func sentences(all ...string) string { return strings.TrimSpace(strings.Join(all, " ")) }
