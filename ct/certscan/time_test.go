package certscan_test

import (
	"testing"
	"time"

	"pinwatch/ct/certscan"
)

func TestRawTime(t *testing.T) {
	const utc, generalized = 0x17, 0x18
	tests := []struct {
		tag   byte
		value string
		want  string // RFC 3339, empty when it cannot be read
	}{
		{utc, "260102030405Z", "2026-01-02T03:04:05Z"},
		{utc, "491231235959Z", "2049-12-31T23:59:59Z"},
		{utc, "500101000000Z", "1950-01-01T00:00:00Z"},
		{utc, "2601020304Z", "2026-01-02T03:04:00Z"},
		{utc, "260102030405", "2026-01-02T03:04:05Z"},
		{utc, "260102030405+0130", "2026-01-02T01:34:05Z"},
		{utc, "2601020304-0800", "2026-01-02T11:04:00Z"},
		{utc, "260102030405.5Z", ""},
		{utc, "26010203Z", ""},
		{utc, "260229000000Z", ""},
		{utc, "240229000000Z", "2024-02-29T00:00:00Z"},
		{utc, "261301000000Z", ""},
		{utc, "260001000000Z", ""},
		{utc, "260100000000Z", ""},
		{utc, "260102240000Z", ""},
		{utc, "260102036000Z", ""},
		{utc, "260102030460Z", ""},
		{utc, "260102030405ZZ", ""},
		{utc, "260102030405X", ""},
		{utc, "260102030405+", ""},
		{utc, "260102030405+01300", ""},
		{utc, "26-102030405Z", ""},
		{utc, "20260102030405Z", ""},
		{utc, "", ""},
		{generalized, "20260102030405Z", "2026-01-02T03:04:05Z"},
		{generalized, "20260102030405.25Z", "2026-01-02T03:04:05.25Z"},
		{generalized, "20260102030405,1234567891234+0100", "2026-01-02T02:04:05.123456789Z"},
		{generalized, "20260102030405.Z", ""},
		{generalized, "202601020304Z", "2026-01-02T03:04:00Z"},
		{generalized, "2026010203Z", "2026-01-02T03:00:00Z"},
		{generalized, "2026010203+01", "2026-01-02T02:00:00Z"},
		{generalized, "20260102030405", "2026-01-02T03:04:05Z"},
		{generalized, "00010101000000Z", "0001-01-01T00:00:00Z"},
		{generalized, "99991231235959Z", "9999-12-31T23:59:59Z"},
		{generalized, "99991231235959-0001", ""},
		{generalized, "00000101000000+0001", ""},
		{generalized, "260102030405Z", "2601-02-03T04:05:00Z"},
		{generalized, "202601020Z", ""},
		{0x16, "260102030405Z", ""},
		{0, "", ""},
	}
	for _, test := range tests {
		got, ok := certscan.RawTime{Tag: test.tag, Value: []byte(test.value)}.Time()
		if ok != (test.want != "") {
			t.Errorf("%#x %q: read %t as %v", test.tag, test.value, ok, got)
			continue
		}
		if ok && got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%#x %q is %s, want %s", test.tag, test.value, got.Format(time.RFC3339Nano), test.want)
		}
	}
}
