package cli

import (
	"encoding/base64"
	"time"

	"pinwatch/ct/loglist"
	"pinwatch/show"
	"pinwatch/store"
)

// logJSON is a log as other tools read it.
type logJSON struct {
	LogID         string     `json:"log_id"` // base64
	Log           string     `json:"log"`
	Operator      string     `json:"operator"`
	State         string     `json:"state"`    // empty for a log on no list
	Protocol      string     `json:"protocol"` // RFC 6962, static-ct-api, or static-ct-api with get-sth
	URL           string     `json:"url"`
	SubmissionURL string     `json:"submission_url"`
	MonitoringURL string     `json:"monitoring_url"`
	HeadURL       string     `json:"head_url"`
	Key           string     `json:"key"` // base64
	MMD           int64      `json:"mmd"` // seconds; 0: not known
	NotAfterStart *time.Time `json:"not_after_start"`
	NotAfterLimit *time.Time `json:"not_after_limit"`
	Listed        bool       `json:"listed"`
	Followed      bool       `json:"followed"`
	Why           string     `json:"why"`      // not followed
	Position      *uint64    `json:"position"` // null: never begun
	Head          *headJSON  `json:"head"`     // null: none was seen
	Lag           uint64     `json:"lag"`
}

func (k *known) logJSON(c *catalogued) logJSON {
	l := c.log
	out := logJSON{
		LogID: l.ID.String(), Log: l.Name(), Operator: l.Operator, State: l.State, Protocol: "RFC 6962", URL: l.URL,
		SubmissionURL: l.SubmissionURL, MonitoringURL: l.MonitoringURL, HeadURL: l.HeadURL,
		Key: base64.StdEncoding.EncodeToString(l.Key), MMD: int64(l.MMD / time.Second),
		Listed: c.listed != nil, Followed: c.skipped == "", Why: c.skipped,
	}
	if l.Static() {
		out.Protocol = "static-ct-api"
		if l.HeadURL != "" {
			out.Protocol += " with get-sth"
		}
	}
	if !l.NotAfterLimit.IsZero() {
		out.NotAfterStart, out.NotAfterLimit = &l.NotAfterStart, &l.NotAfterLimit
	}
	if s := k.status[l.ID]; s != nil {
		out.Head, out.Lag = newHeadJSON(s.Head), s.Lag()
		if s.Started {
			out.Position = &s.Position
		}
	}
	return out
}

// logDetailJSON is all that is known of a log.
type logDetailJSON struct {
	logJSON
	StateSince        *time.Time         `json:"state_since"`
	Type              string             `json:"type"`
	PreviousOperators []operatorJSON     `json:"previous_operators"`
	FinalSize         *uint64            `json:"final_size"`
	FinalRoot         string             `json:"final_root"` // base64
	Lists             []string           `json:"lists"`
	Differences       []listDisagreement `json:"differences"`
	Status            *statusJSON        `json:"status"` // null: it was never met
	Heads             []seenHeadJSON     `json:"heads"`  // the largest
	HeadCount         int                `json:"head_count"`
	Alarms            []alarmJSON        `json:"alarms"` // the last
	AlarmCount        int                `json:"alarm_count"`
}

type operatorJSON struct {
	Name string    `json:"name"`
	End  time.Time `json:"end"`
}

// listDisagreement is something that the lists say differently.
type listDisagreement struct {
	Field  string          `json:"field"`
	Values []listValueJSON `json:"values"`
}

type listValueJSON struct {
	Source string `json:"list"`
	Value  string `json:"value"`
}

type seenHeadJSON struct {
	headJSON
	Again     *time.Time `json:"again"` // when it was last signed again
	FirstSeen time.Time  `json:"first_seen"`
	Raw       []byte     `json:"raw"` // base64 of the checkpoint, or of what get-sth gave
}

type alarmJSON struct {
	Kind      string    `json:"kind"`
	Detail    string    `json:"detail"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Count     int       `json:"count"`
	Head      []byte    `json:"head"`  // base64, as received
	Other     []byte    `json:"other"` // base64, the earlier head that it contradicts
}

func (k *known) logDetailJSON(c *catalogued, d *store.LogDetail) logDetailJSON {
	out := logDetailJSON{
		logJSON: k.logJSON(c), PreviousOperators: []operatorJSON{}, Lists: []string{}, Differences: []listDisagreement{},
		Heads: []seenHeadJSON{}, HeadCount: d.HeadCount, Alarms: []alarmJSON{}, AlarmCount: d.AlarmCount,
	}
	if l := c.listed; l != nil {
		out.Type, out.Lists = l.Type, show.List(l.Sources)
		if !l.Since.IsZero() {
			out.StateSince = &l.Since
		}
		for _, o := range l.PreviousOperators {
			out.PreviousOperators = append(out.PreviousOperators, operatorJSON(o))
		}
	}
	if f := c.log.Final; f != nil {
		out.FinalSize, out.FinalRoot = &f.Size, f.Root.String()
	}
	for _, d := range differencesOf(k.union, c) {
		out.Differences = append(out.Differences, newDisagreement(d))
	}
	if s := k.status[c.log.ID]; s != nil {
		out.Status = new(newStatusJSON(s))
	}
	for i := range d.Heads {
		h := &d.Heads[i]
		out.Heads = append(out.Heads, seenHeadJSON{*newHeadJSON(&h.Head), h.Again, h.FirstSeen, h.Raw})
	}
	for _, a := range d.Alarms {
		out.Alarms = append(out.Alarms, alarmJSON{a.Kind, a.Detail, a.FirstSeen, a.LastSeen, a.Count, a.Head, a.Other})
	}
	return out
}

func newDisagreement(d loglist.Difference) listDisagreement {
	out := listDisagreement{Field: d.Field}
	for _, v := range d.Values {
		out.Values = append(out.Values, listValueJSON(v))
	}
	return out
}
