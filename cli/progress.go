package cli

import (
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"pinwatch/ct"
)

// meter is a progress bar over all logs. Its zero value shows nothing.
type meter struct {
	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	logs map[ct.LogID]*stretch
}

// stretch is what one log has to read in this pass.
type stretch struct{ from, at, size uint64 }

// screen is stderr where that is a terminal; nil elsewhere.
func (p *program) screen() *os.File {
	f, ok := p.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return f
}

// progress makes a meter on a terminal, one that shows nothing where there is none.
func progress(f *os.File) *meter {
	if f == nil {
		return &meter{}
	}
	return &meter{logs: map[ct.LogID]*stretch{}, bar: newBar(f, "reading", "entries")}
}

// progress is told how far a log is, from several goroutines.
func (m *meter) progress(log *ct.Log, position, size uint64) {
	if m.bar == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.logs[log.ID]
	if l == nil {
		l = &stretch{from: position}
		m.logs[log.ID] = l
	}
	l.at, l.size = position, size
	var done, all uint64
	for _, l := range m.logs {
		done += l.at - l.from
		all += l.size - l.from
	}
	m.bar.ChangeMax64(int64(max(all, 1)))
	_ = m.bar.Set64(int64(done)) // a bar that cannot be drawn is no reason to stop
}

// finish takes the bar away.
func (m *meter) finish() {
	if m.bar != nil {
		_ = m.bar.Finish()
	}
}

// tally is a progress bar over one thing. It appears when it is first told how far that is, on a terminal.
type tally struct {
	screen *os.File
	what   string
	bar    *progressbar.ProgressBar
}

func (t *tally) progress(done, all uint64) {
	if t.screen == nil {
		return
	}
	if t.bar == nil {
		t.bar = newBar(t.screen, t.what, "issuances")
		t.bar.ChangeMax64(int64(max(all, 1)))
	}
	_ = t.bar.Set64(int64(done)) // a bar that cannot be drawn is no reason to stop
}

func (t *tally) finish() {
	if t.bar != nil {
		_ = t.bar.Finish()
	}
}

func newBar(f *os.File, what, things string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(-1, progressbar.OptionSetWriter(f), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString(things), progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
}
