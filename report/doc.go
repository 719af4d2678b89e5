// Package report makes the audit report of a period, which answers two questions: what was found, and how is it known
// that everything was looked at.
//
//	store.Snapshot ──┐
//	policy.Report  ──┼── Collect ──> Report ──┬── WriteHTML      for people: one file, prints, no script, no network
//	Configuration  ──┘                        ├── WriteMarkdown  for tickets
//	                                          ├── WriteCSV       for spreadsheets, a table at a time
//	                                          └── WriteJSON      for programs; docs/report.md is its contract
//
// The same record, period and time of generation give the same bytes. What may be very long (findings, issuances) is
// streamed from the snapshot while it is written and never held; HTML and Markdown show its beginning and say how much
// more there is.
//
// Most of the text comes from certificates, which strangers wrote. Report holds it as it is; each writer escapes it for
// its own form, after show.Escape or show.Name have taken from it what could deceive a reader.
//
// Sign and Verify attest to the bytes of a report, so that it can be handed on.
//
// The package reads no clock, no file and no network.
package report
