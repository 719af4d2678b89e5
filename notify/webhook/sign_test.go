package webhook

import (
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"pinwatch/notify/notifytest"
)

// TestSignatures: the Standard Webhooks library verifies what was sent, with each of two secrets, and nothing else.
func TestSignatures(t *testing.T) {
	for _, format := range []string{JSON, CloudEvents} {
		r := newReceiver(t)
		n := newNotifier(t, Config{URL: r.URL, Format: format, Secrets: []string{secret, oldSecret}})
		for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
			if err := n.Notify(t.Context(), &m); err != nil {
				t.Fatal(err)
			}
			last := r.seen[len(r.seen)-1]
			for _, s := range []string{secret, oldSecret} {
				if err := verify(t, s, last); err != nil {
					t.Errorf("%s in %s: %v", m.ID, format, err)
				}
			}
			if verify(t, "whsec_"+strings.Repeat("A", 32), last) == nil {
				t.Errorf("%s in %s: a secret that is not ours verifies", m.ID, format)
			}
			last.body[0]++
			if verify(t, secret, last) == nil {
				t.Errorf("%s in %s: a changed body verifies", m.ID, format)
			}
		}
	}
}

func verify(t *testing.T, secret string, r request) error {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return hook.Verify(r.body, r.header)
}

// TestAttemptsAreDated: an ID stays, the timestamp is that of the attempt; an old one is refused by the library.
func TestAttemptsAreDated(t *testing.T) {
	r := newReceiver(t, http.StatusInternalServerError)
	now := time.Now().Add(-time.Hour)
	n := newNotifier(t, Config{URL: r.URL, Secrets: []string{secret}, Now: func() time.Time { return now }})
	m := notifytest.Samples()[0]
	if err := n.Notify(t.Context(), &m); err == nil {
		t.Error("a failure is taken for success")
	}
	now = time.Now()
	if err := n.Notify(t.Context(), &m); err != nil {
		t.Error(err)
	}
	if first, second := r.seen[0].header.Get("Webhook-Id"), r.seen[1].header.Get("Webhook-Id"); first != second {
		t.Errorf("the ID was %s and is %s", first, second)
	}
	if verify(t, secret, r.seen[0]) == nil || verify(t, secret, r.seen[1]) != nil {
		t.Error("the time of an attempt is not told")
	}
}

// FuzzSecret: what is taken for a secret signs like the library, whose reading of it is the same.
func FuzzSecret(f *testing.F) {
	f.Add(secret, []byte("{}"))
	f.Add(oldSecret, []byte(`{"type":"contact.created"}`))
	f.Add(" MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", []byte(""))
	f.Add("whsec_"+strings.Repeat("=", 40), []byte(""))
	f.Fuzz(func(t *testing.T, secret string, body []byte) {
		k, err := parseSecret(secret)
		if err != nil {
			return
		}
		if len(k) < minSecret || len(k) > maxSecret {
			t.Errorf("%q has %d bytes", secret, len(k))
		}
		hook, err := standardwebhooks.NewWebhook(strings.TrimSpace(secret))
		if err != nil {
			t.Fatalf("%q is no secret for the library: %v", secret, err)
		}
		want, _ := hook.Sign("m1", time.Unix(1674087231, 0), body)
		if got := signatures([]key{k}, "m1", "1674087231", body); got != want {
			t.Errorf("%q: %s, want %s", secret, got, want)
		}
	})
}
