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
	return &meter{
		logs: map[ct.LogID]*stretch{},
		bar: progressbar.NewOptions64(-1, progressbar.OptionSetWriter(f), progressbar.OptionShowCount(),
			progressbar.OptionShowIts(), progressbar.OptionSetItsString("entries"), progressbar.OptionSetDescription("reading"),
			progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true)),
	}
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
