package cli

import (
	"fmt"

	"pinwatch/ct"
	"pinwatch/ct/loglist"
	"pinwatch/monitor"
	"pinwatch/store"
)

// record is what is written down of the logs that a run knows: all that are on a list or in the configuration, followed
// or not, and those that are on a list and were refused.
func (f *follow) record(l *lists) *store.Catalogue {
	out := &store.Catalogue{Partial: len(f.failed) > 0}
	for _, loaded := range l.all {
		out.Lists = append(out.Lists, store.LogList{
			Source: loaded.List.Source, Version: loaded.List.Version, Published: loaded.List.Time,
			SHA256: loaded.List.SHA256, Signed: loaded.List.Signed, Checked: loaded.Checked,
		})
	}
	for i := range f.logs {
		out.Logs = append(out.Logs, f.recordLog(&f.logs[i]))
	}
	refused := map[ct.LogID]bool{}
	for _, r := range f.union.Refused {
		if f.find(r.ID) != nil || refused[r.ID] && r.ID != (ct.LogID{}) {
			continue
		}
		refused[r.ID] = true
		why := "refused"
		if r.Mimic {
			why = "mimic"
		}
		out.Logs = append(out.Logs, store.ListedLog{
			LogID: r.ID, Description: r.Description, Operator: r.Operator, Listed: true, Why: why, Detail: r.Reason,
		})
	}
	return out
}

// recordLog describes a log as the lists do, also where it is followed as the configuration has it.
func (f *follow) recordLog(l *catalogued) store.ListedLog {
	listed := l.listed
	if listed == nil {
		listed = f.union.Find(l.log.ID)
	}
	onList := listed != nil
	if !onList {
		listed = &loglist.Log{Log: *l.log}
	}
	return store.ListedLog{
		LogID: listed.ID, Key: listed.Key, Description: listed.Description, Operator: listed.Operator,
		State: listed.State, StateSince: listed.Since, NotAfterStart: listed.NotAfterStart, NotAfterLimit: listed.NotAfterLimit,
		MMD: listed.MMD, Listed: onList, Why: string(l.reason), Detail: l.skipped,
	}
}

// maxBroken bounds how many broken promises of one pass are told; all of them are alarms in the record.
const maxBroken = 5

// brokenPromises tells of promises that a log was found not to have kept.
func (p *program) brokenPromises(r *monitor.LogResult) {
	for i, m := range r.Broken {
		if i == maxBroken {
			p.say("error", fmt.Sprintf("%s broke %d more promises", r.Log.Name(), len(r.Broken)-maxBroken))
			break
		}
		p.say("error", fmt.Sprintf("%s misbehaved: %s", r.Log.Name(), m.Error()))
	}
	if len(r.Broken) > 0 {
		p.hint("the evidence is kept, and what the log shows is read on: \"pinwatch logs show\" has the SCTs and the tree heads")
	}
}

// misbehaved says whether the log broke a promise.
func misbehaved(r monitor.LogResult) bool { return r.Misbehaviour != nil || len(r.Broken) > 0 }
