package pinfile

import (
	"time"

	"pinwatch/matcher"
)

// own reads the entries that Write wrote as JSON, with all that was in them.
func (r *reader) own(root *node) error {
	r.set.Format = JSON
	if v := root.get("pinwatch_pins"); v.text != "1" {
		return r.fail(Unreadable, v.line, "", "pins of version %s; this program reads version 1", quote(v.text))
	}
	for _, n := range root.get("entries").list() {
		r.ownEntry(n)
	}
	return nil
}

func (r *reader) ownEntry(n *node) {
	e := Entry{
		Dimension: Dimension(n.get("dimension").str()), CA: n.get("ca").truth(false),
		ReportOnly: n.get("report_only").truth(false), Set: label(n.get("set").str()), Line: n.line,
	}
	switch e.Dimension {
	case Keys, Issuers, Chain:
	default:
		r.remark(Refused, n.line, "write keys, issuers or chain", "unknown dimension %s", quote(string(e.Dimension)))
		return
	}
	var err error
	if e.Scope, err = matcher.ParseScope(n.get("scope").str()); err != nil {
		r.remark(Refused, n.line, "write subtree, one-label or exact", "%v", err)
		return
	}
	if name := n.get("host").str(); name != "" {
		var ok bool
		if e.Host, ok = r.host(n.line, name); !ok {
			return
		}
	}
	for _, x := range n.get("exclude").list() {
		if name, ok := r.host(x.line, x.str()); ok {
			e.Exclude = append(e.Exclude, name)
		}
	}
	e.Expires = r.moment(n.get("expires"))
	e.Pins, e.Forbidden = r.ownPins(n.get("pins")), r.ownPins(n.get("forbidden"))
	r.forbidden(Inexact, n.line, e.Forbidden)
	r.add(e)
}

func (r *reader) ownPins(list *node) []matcher.Pin {
	var out []matcher.Pin
	for _, n := range list.list() {
		if p, ok := r.pin(n.line, n.get("pin").str()); ok {
			p.Label = label(n.get("label").str())
			p.NotBefore, p.NotAfter = r.moment(n.get("not_before")), r.moment(n.get("not_after"))
			p.Backup = n.get("backup").truth(false)
			out = append(out, p)
		}
	}
	return out
}

// moment reads a time; zero if there is none.
func (r *reader) moment(n *node) time.Time {
	if n == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, n.str())
	if err != nil {
		r.remark(BadDate, n.line, "write it as 2026-12-31T00:00:00Z", "%s is not a time", quote(n.str()))
	}
	return t.UTC()
}
