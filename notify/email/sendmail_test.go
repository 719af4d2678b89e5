package email

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pinwatch/notify"
)

// program writes a shell script, and is a configuration that sends by it.
func program(t *testing.T, script string) Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sendmail")
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return Config{From: "ct@example.com", To: []string{"ops@example.com", "sec@example.com"}, Sendmail: path}
}

func TestSendmail(t *testing.T) {
	t.Setenv("PINWATCH_WEBHOOK_SECRET", "s3cret")
	c := program(t, `printf '%s\n' "$@" >args; env >env; cat >mail`)
	if err := newNotifier(t, c).Notify(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(c.Sendmail), name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if args := read("args"); args != "-i\n-f\nct@example.com\n--\nops@example.com\nsec@example.com\n" {
		t.Errorf("arguments:\n%s", args)
	}
	if strings.Contains(read("env"), "s3cret") {
		t.Error("the program sees our secrets")
	}
	mail := read("mail")
	if strings.Contains(mail, "\r") {
		t.Error("the mail does not have the line ends of the machine")
	}
	if p := parse(t, []byte(mail)); p.header.Get("X-Pinwatch-Id") != "finding-new" || len(p.parts) != 3 {
		t.Errorf("what arrived: %+v", p.header)
	}
}

func TestSendmailFails(t *testing.T) {
	for name, tt := range map[string]struct {
		script, want string
		permanent    bool
	}{
		"try again":      {"echo 'queue is\nfull' >&2; exit 75", "exit status 75: queue is full", false},
		"no such user":   {"exit 67", "exit status 67", true},
		"no such host":   {"exit 68", "exit status 68", true},
		"broken":         {"exit 1", "exit status 1", false},
		"does not read":  {"exit 70", "exit status 70", false},
		"much to say":    {"head -c 10000000 /dev/zero | tr '\\0' x; exit 75", "exit status 75: xxx", false},
		"hangs":          {"exec sleep 60", context.DeadlineExceeded.Error(), false},
		"child hangs on": {"sleep 60 & sleep 60", context.DeadlineExceeded.Error(), false},
	} {
		t.Run(name, func(t *testing.T) {
			c := program(t, tt.script)
			if strings.Contains(tt.script, "sleep") {
				c.Timeout = 200 * time.Millisecond
			}
			err := newNotifier(t, c).Notify(t.Context(), sample())
			wantError(t, err, tt.want)
			if notify.IsPermanent(err) != tt.permanent || len(err.Error()) > 400 {
				t.Errorf("permanent %v: %v", notify.IsPermanent(err), err)
			}
		})
	}
	wantError(t, newNotifier(t, Config{From: "a@b.example", To: []string{"c@d.example"}, Sendmail: "/does/not/exist"}).
		Notify(t.Context(), sample()), "no such file")
}
