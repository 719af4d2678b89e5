package notifytest

import (
	"encoding/json"
	"time"

	"pinwatch/notify"
)

// at is when everything in the samples happened.
func at() time.Time { return time.Date(2026, 11, 21, 10, 20, 30, 0, time.UTC) }

// Samples are messages of every kind and event, with an ID that names them (finding-new, ...), and at the end one that
// is hostile in every field that strangers can write to.
func Samples() []notify.Message {
	fresh := finding("finding-new", "new", notify.Critical)
	changed := finding("finding-changed", "changed", notify.High)
	changed.Title = "unexpected (was unpinned): certificate for www.example.com by CN=Example CA 3,O=Example Trust"
	reopened := finding("finding-reopened", "reopened", notify.Critical)
	reopened.Title = "reopened: certificate for www.example.com by CN=Example CA 3,O=Example Trust"
	resolved := finding("finding-resolved", "resolved", notify.Critical)
	resolved.Resolved = true
	resolved.Text = "mia@example.com acknowledged it: rotated by the web team, change 4711."
	resolved.Next = "Nothing."
	return []notify.Message{
		fresh, changed, reopened, resolved,
		logAlarm(), logAlarmResolved(), pinHealth(), coverage(), undetermined(), canary(), heartbeat(), digest(), test(),
		Hostile(),
	}
}

func finding(id, event, severity string) notify.Message {
	return notify.Message{
		Version: notify.Version, ID: id, Kind: notify.Finding, Event: event, Severity: severity, Time: at(),
		Title: "unexpected certificate for www.example.com by CN=Example CA 3,O=Example Trust",
		Text: "A certificate authority that you know issued a certificate for www.example.com to a key that you do not know. " +
			"It was submitted to 2 logs.",
		Why: "Whoever holds the key can pass for www.example.com to every browser. An unknown key from a known issuer is " +
			"what the best documented attack looked like.",
		Next:    "Ask who ordered it. If nobody did, have it revoked: pinwatch findings show f7a3c1d2e4b5a697.",
		Silence: "pinwatch findings ack f7a3c1d2e4b5a697 --why TEXT, or add its key to the watch.",
		Facts: []notify.Fact{
			{Name: "names", Values: []string{"www.example.com", "example.com"}},
			{Name: "reasons", Values: []string{"unknown_key"}},
			{Name: "issuer", Values: []string{"CN=Example CA 3,O=Example Trust"}},
			{Name: "serial", Values: []string{"0a3f5577"}},
			{Name: "valid", Values: []string{"2026-11-20 to 2027-02-18"}},
			{Name: "key", Values: []string{"sha256/n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="}},
			{Name: "seen in", Values: []string{"Example Log 2026h2 (1234567)", "Other Log 2026 (89)"}},
		},
		Thread: "finding/f7a3c1d2e4b5a697", Watch: "example.com", Verdict: "unexpected", Labels: []string{"prod", "web"},
		Finding: json.RawMessage(`{"id":"f7a3c1d2e4b5a697","watch":"example.com","verdict":"unexpected","severity":"` + severity +
			`","reasons":["unknown_key"],"names":["www.example.com","example.com"],"matched":["www.example.com"],` +
			`"issuer":"CN=Example CA 3,O=Example Trust","subject":"CN=www.example.com","serial":"0a3f5577","state":"open"}`),
	}
}

func other(id string, kind notify.Kind, event, severity, title string) notify.Message {
	return notify.Message{
		Version: notify.Version, ID: id, Kind: kind, Event: event, Severity: severity, Time: at(), Title: title,
		Thread: string(kind) + "/" + id,
	}
}

func logAlarm() notify.Message {
	m := other("log-alarm", notify.LogAlarm, "fork", notify.Critical, "Example Log 2026h2 shows two trees of one size")
	m.Text = "At 1234567 entries the log signed two root hashes. What it showed until then stays recorded."
	m.Why = "A log that shows different people different trees can hide a certificate from you."
	m.Next = "Keep the evidence and report it: pinwatch logs show 'Example Log 2026h2'."
	m.Silence = "pinwatch logs ack 'Example Log 2026h2'."
	m.Facts = []notify.Fact{
		{Name: "log", Values: []string{"Example Log 2026h2"}},
		{Name: "root hashes", Values: []string{"3q2+7w==", "yv66vg=="}},
	}
	return m
}

func logAlarmResolved() notify.Message {
	m := other("log-alarm-resolved", notify.LogAlarm, "silent", notify.Medium, "Example Log 2026h2 answers again")
	m.Resolved = true
	m.Text = "It was silent for 3 hours. All of its entries up to 1240000 have been looked at since."
	return m
}

func pinHealth() notify.Message {
	m := other("pin-health", notify.PinHealth, "expires", notify.Medium, "a pin of example.com expires in 14 days")
	m.Text = "The pin labelled next key is not valid from 2026-12-05 on, and the watch has no other."
	m.Next = "Add the pin of the next key: pinwatch pins hash next.pem."
	m.Watch = "example.com"
	return m
}

func coverage() notify.Message {
	m := other("coverage", notify.Coverage, "behind", notify.High, "2 logs are behind by more than 24h")
	m.Text = "Certificates of the last day may exist that nobody has looked at."
	m.Facts = []notify.Fact{{Name: "behind", Values: []string{"Example Log 2026h2: 26h", "Other Log 2026: 31h"}}}
	return m
}

func undetermined() notify.Message {
	m := other("undetermined", notify.Undetermined, "summary", notify.Low, "3 entries could not be read")
	m.Text = "Their bytes are kept. None holds the bytes of a name that is watched."
	return m
}

func canary() notify.Message {
	m := other("canary", notify.Canary, "missing", notify.High, "no certificate for canary.example.net since 26h")
	m.Why = "One is expected every day. Either it was not issued, or matching or the logs do not work."
	return m
}

func heartbeat() notify.Message {
	m := other("heartbeat", notify.Heartbeat, "ok", notify.Info, "all 42 logs are looked at, nothing new")
	m.Facts = []notify.Fact{{Name: "logs", Values: []string{"42"}}, {Name: "entries", Values: []string{"123456"}}}
	return m
}

func digest() notify.Message {
	m := other("digest", notify.Finding, "digest", notify.Critical, "12 messages in the last 24h")
	m.Parts = []notify.Message{finding("finding-new", "new", notify.Critical), finding("finding-changed", "changed", notify.High)}
	m.Parted = 12
	return m
}

func test() notify.Message {
	m := finding("test", "new", notify.Info)
	m.Test = true
	m.Title = "test of the receiver ops"
	return m
}
