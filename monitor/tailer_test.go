package monitor

import (
	"log/slog"
	"testing"

	"pinwatch/ct"
)

// TestResultNamesItsLog: a scan says of each log how it went, also where the database failed before the log was asked.
func TestResultNamesItsLog(t *testing.T) {
	log := &ct.Log{Description: "a log"}
	tl := newTailer(&Options{Log: slog.New(slog.DiscardHandler)}, Source{Log: log}, nil, 0, [32]byte{})
	if tl.res.Log != log {
		t.Errorf("the result is about %v", tl.res.Log)
	}
}
