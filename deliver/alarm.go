package deliver

import (
	"encoding/base64"
	"fmt"

	"pinwatch/notify"
	"pinwatch/show"
	"pinwatch/store"
)

// alarmText is what there is to say of a kind of alarm. The kinds are those of ct.Misbehaviour, and broken_promise.
type alarmText struct{ title, why, next string }

const reportLog = "Look at the evidence with \"pinwatch logs show LOG\", and send it to the log's operator and to the ct-policy list: both " +
	"heads are kept in the database."

func alarmTexts(kind string) alarmText {
	switch kind {
	case "fork":
		return alarmText{
			"shows two histories", "Of two signed heads no append-only tree can have both: the log shows different trees to different " +
				"people, or lost entries that it had promised to keep. A certificate can hide in the one that you do not see.", reportLog,
		}
	case "root_mismatch":
		return alarmText{
			"serves entries that do not give its signed root", "What it serves is not what it signed: it was asked twice, past all caches. " +
				"Its entries count for nothing until they fit.", reportLog,
		}
	case "bad_signature":
		return alarmText{
			"shows a head that its key did not sign", "Somebody else answers in its name (a proxy, another server), its key changed, or " +
				"it signs wrongly. Nothing from it is believed meanwhile.",
			"Fetch the head from another network. If it is the same there, tell the log's operator.",
		}
	case "wrong_log":
		return alarmText{
			"shows the head of another log", "The URL leads elsewhere than the list says, or the log names itself differently.",
			"For a log under extra, see that its URL is the one that the log was made with; otherwise tell the log's operator.",
		}
	case "shrunk":
		return alarmText{
			"went back to a smaller tree", "A log only grows. Old heads from a cache look like this for a while; a log that lost its " +
				"data does for good.", reportLog,
		}
	case "future_head":
		return alarmText{
			"signs heads from the future", "Its clock is wrong, or yours is; how fresh the log is cannot be told.",
			"Check the clock of this machine; then tell the log's operator.",
		}
	case "final_head":
		return alarmText{
			"is readonly and shows another tree than its final one", "The log list says which tree is the last one. Another one means that " +
				"entries were added or taken away since.", reportLog,
		}
	case "broken_promise":
		return alarmText{
			"broke a promise to include a certificate", "It signed a timestamp (SCT) for a certificate that is not in its tree after the " +
				"time that it has for that: certificates can be valid for browsers and hidden from you.", reportLog,
		}
	}
	return alarmText{"misbehaved: " + kind, "A log that breaks a promise may hide certificates from you.", reportLog}
}

// alarm makes the message about a log that broke a promise.
func (b *builder) alarm(o *store.Outgoing) *notify.Message {
	a := o.Alarm
	m := b.message(o)
	text := alarmTexts(a.Kind)
	name := show.Escape(a.Log)
	m.Title = fmt.Sprintf("log %s %s", name, text.title)
	m.Text = fmt.Sprintf("%s: %s. Its position stays where it is until it shows a head that fits the earlier ones.", name, show.Escape(a.Detail))
	if a.More > 0 {
		m.Text += fmt.Sprintf(" More of this kind were recorded since it was told last: %d besides this one.", a.More)
	}
	m.Why, m.Next = text.why, text.next
	m.Silence = "Take the log off logs.list or logs.extra if it is not to be trusted any more; of one kind one alarm a day is told."
	m.Facts = []notify.Fact{
		{Name: "log", Values: []string{name}},
		{Name: "operator", Values: []string{show.Escape(a.Operator)}},
		{Name: "log ID", Values: []string{base64.StdEncoding.EncodeToString(a.LogID[:])}},
		{Name: "kind", Values: []string{a.Kind}},
		{Name: "first seen", Values: []string{timestamp(a.FirstSeen)}},
	}
	return m
}
