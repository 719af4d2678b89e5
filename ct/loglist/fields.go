package loglist

import (
	"fmt"
	"time"

	"pinwatch/ct"
)

// field is one thing that a list says of a log, as text for people. It is empty where the list says nothing.
type field struct{ name, value string }

// fields are what lists are compared by. Descriptions are left out: no two lists write them alike and nothing depends
// on them.
func fields(l *Log) []field {
	return []field{
		{"state", l.State},
		{"url", readAt(l)},
		{"operator", l.Operator},
		{"mmd", l.MMD.String()},
		{"temporal_interval", interval(l)},
		{"final_tree_head", finalHead(l.Final)},
		{"log_type", l.Type},
	}
}

// readAt says how and where the log is read: one value, since the parts of one protocol mean nothing to the other.
func readAt(l *Log) string {
	if !l.Static() {
		return l.URL
	}
	s := "static " + l.MonitoringURL
	if l.SubmissionURL != "" {
		s += " submission " + l.SubmissionURL
	}
	if l.HeadURL != "" {
		s += " heads " + l.HeadURL
	}
	return s
}

func interval(l *Log) string {
	if l.NotAfterLimit.IsZero() {
		return ""
	}
	return l.NotAfterStart.Format(time.RFC3339) + " to " + l.NotAfterLimit.Format(time.RFC3339)
}

func finalHead(f *ct.FinalHead) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%d %s", f.Size, f.Root)
}
