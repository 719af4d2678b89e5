package notify_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

func TestEncode(t *testing.T) {
	for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
		whole, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := notify.Encode(&m, len(whole)); err != nil || string(got) != string(whole) {
			t.Errorf("%s is not whole within its own size: %v", m.ID, err)
		}
		const limit = 32 << 10
		got, err := notify.Encode(&m, limit)
		if err != nil || len(got) > limit {
			t.Errorf("%s: %v, %d bytes", m.ID, err, len(got))
		}
		var back notify.Message
		if err := json.Unmarshal(got, &back); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		same := []any{back.ID, back.Kind, back.Thread, back.Time, back.Version, back.Parted, back.Test}
		if diff := cmp.Diff([]any{m.ID, m.Kind, m.Thread, m.Time, m.Version, m.Parted, m.Test}, same); diff != "" {
			t.Errorf("%s (-want +got):\n%s", m.ID, diff)
		}
		if leftOut := len(back.Facts) > 0 && back.Facts[len(back.Facts)-1].Name == "left out"; leftOut != (len(whole) > limit) {
			t.Errorf("%s: of %d bytes %d are left, and that is said: %v", m.ID, len(whole), len(got), leftOut)
		}
	}
	if _, err := notify.Encode(&notify.Message{ID: "m1", Finding: json.RawMessage("{")}, 1000); !notify.IsPermanent(err) {
		t.Errorf("a finding that is no JSON: %v", err)
	}
}
