package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPinFiles(t *testing.T) {
	s := newStore(t)
	later := noon.Add(time.Hour)
	first := []PinFile{
		{Watch: "example.com", Pattern: "certs/*.pem", Path: "certs/a.pem", ReadAt: noon, Pins: []FilePin{
			{Dimension: "keys", SPKI: h(1), Label: "a", Source: "certs/a.pem:1", NotBefore: noon, NotAfter: later, Backup: true},
			{Dimension: "chain", SPKI: h(2)},
		}},
		{Watch: "example.com", Pattern: "certs/*.pem", Path: "certs/b.pem", ReadAt: noon, Failed: &later, Failure: "it is gone"},
		{Watch: "example.net", Pattern: "certs/*.pem", Path: "certs/a.pem", ReadAt: noon},
	}
	for _, files := range [][]PinFile{first, first, first[1:], nil} {
		must(t, s.SavePinFiles(t.Context(), files))
		got, err := s.PinFiles(t.Context())
		must(t, err)
		for i := range got {
			if len(got[i].Pins) == 0 {
				got[i].Pins = nil
			}
		}
		if len(files) == 0 {
			files = nil
		}
		if diff := cmp.Diff(files, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestForgetPinFile: only what cannot be read any more can be forgotten.
func TestForgetPinFile(t *testing.T) {
	s := newStore(t)
	must(t, s.SavePinFiles(t.Context(), []PinFile{
		{Watch: "a", Pattern: "*", Path: "a.pem", ReadAt: noon, Failed: &noon, Failure: "gone", Pins: []FilePin{
			{SPKI: h(1)},
			{SPKI: h(2), NotAfter: noon.Add(-time.Hour)},
			{SPKI: h(3), NotBefore: noon.Add(time.Hour)},
			{SPKI: h(4), NotAfter: noon.Add(-time.Minute), Ended: true},
		}},
		{Watch: "b", Pattern: "*", Path: "a.pem", ReadAt: noon, Failed: &noon, Failure: "gone"},
		{Watch: "a", Pattern: "*", Path: "b.pem", ReadAt: noon},
	}))
	for _, tt := range []struct {
		path string
		want int
	}{{"b.pem", 0}, {"c.pem", 0}, {"a.pem", 2}, {"a.pem", 0}, {"*", 0}} {
		if got, err := s.ForgetPinFile(t.Context(), tt.path, noon); err != nil || got != tt.want {
			t.Errorf("%s: %d, %v, want %d", tt.path, got, err, tt.want)
		}
	}
	left, err := s.PinFiles(t.Context())
	must(t, err)
	want := []FilePin{
		{SPKI: h(1), NotAfter: noon, Ended: true},
		{SPKI: h(2), NotAfter: noon.Add(-time.Hour), Ended: true},
		{SPKI: h(4), NotAfter: noon.Add(-time.Minute), Ended: true},
	}
	if diff := cmp.Diff(want, left[0].Pins); diff != "" || left[0].Failed != nil || len(left) != 3 {
		t.Errorf("left are %+v (-want +got):\n%s", left, diff)
	}
}

// TestPinFilesAreHeld: of two with one name nothing is written.
func TestPinFilesAreHeld(t *testing.T) {
	s := newStore(t)
	one := PinFile{Watch: "example.com", Pattern: "a.pem", Path: "a.pem", ReadAt: noon}
	must(t, s.SavePinFiles(t.Context(), []PinFile{one}))
	if err := s.SavePinFiles(t.Context(), []PinFile{one, one}); err == nil {
		t.Error("one file twice is kept")
	}
	if got, err := s.PinFiles(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("left are %v, %v", got, err)
	}
}
