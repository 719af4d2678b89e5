package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"
)

// PinFile is what a file gave for a watch when it could last be read.
type PinFile struct {
	Watch   string
	Pattern string // in the configuration, that stands for the file
	Path    string
	Pins    []FilePin
	ReadAt  time.Time  // when it could last be read
	Failed  *time.Time // since when it cannot; nil: it can
	Failure string
}

// Live is how many pins the file held when it could be read last.
func (f *PinFile) Live() int {
	n := 0
	for i := range f.Pins {
		if !f.Pins[i].Ended {
			n++
		}
	}
	return n
}

// FilePin is a pin of a file.
type FilePin struct {
	Dimension string // keys, issuers, chain
	SPKI      [32]byte
	Label     string
	Source    string    // file:line
	NotBefore time.Time // zero: always; likewise NotAfter
	NotAfter  time.Time
	Backup    bool
	// Ended says that the file does not hold it any more since NotAfter.
	Ended bool
}

// End is the pin as it is once its file does not hold it any more; none where it never counted.
func (p FilePin) End(at time.Time) (ended FilePin, counted bool) {
	at = at.UTC().Truncate(time.Millisecond) // as it comes back from the database
	p.Ended = true
	if p.NotAfter.IsZero() || p.NotAfter.After(at) {
		p.NotAfter = at
	}
	return p, !p.NotBefore.After(p.NotAfter)
}

// filePinJSON is a FilePin in its column.
type filePinJSON struct {
	Dimension string `json:"dimension"`
	SPKI      []byte `json:"spki"`
	Label     string `json:"label,omitempty"`
	Source    string `json:"source,omitempty"`
	NotBefore *int64 `json:"not_before,omitempty"` // milliseconds since the epoch
	NotAfter  *int64 `json:"not_after,omitempty"`
	Backup    bool   `json:"backup,omitempty"`
	Ended     bool   `json:"ended,omitempty"`
}

// MarshalJSON writes the pin for its column.
func (p FilePin) MarshalJSON() ([]byte, error) {
	return json.Marshal(filePinJSON{
		Dimension: p.Dimension, SPKI: p.SPKI[:], Label: p.Label, Source: p.Source, NotBefore: millis(p.NotBefore),
		NotAfter: millis(p.NotAfter), Backup: p.Backup, Ended: p.Ended,
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *FilePin) UnmarshalJSON(data []byte) error {
	var j filePinJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*p = FilePin{
		Dimension: j.Dimension, Label: j.Label, Source: j.Source, NotBefore: fromMillis(j.NotBefore),
		NotAfter: fromMillis(j.NotAfter), Backup: j.Backup, Ended: j.Ended,
	}
	return (*hash)(&p.SPKI).Scan(j.SPKI)
}

// millis is the zero time's absence.
func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.UnixMilli())
}

func fromMillis(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}

// PinFiles returns what is known of files of pins, by watch, pattern and path.
func (r *Reader) PinFiles(ctx context.Context) ([]PinFile, error) {
	var out []PinFile
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		var err error
		out, err = loadPinFiles(ctx, tx)
		return err
	})
	return out, r.fail(err, "list the files of pins")
}

func loadPinFiles(ctx context.Context, tx *sqlx.Tx) ([]PinFile, error) {
	rows, err := tx.QueryxContext(ctx, `
		SELECT watch, pattern, path, pins, read_at, failed_at, ifnull(failure, '') FROM pin_files ORDER BY watch, pattern, path`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []PinFile
	for rows.Next() {
		var f PinFile
		var failed *stamp
		err := rows.Scan(&f.Watch, &f.Pattern, &f.Path, (*list[FilePin])(&f.Pins), (*stamp)(&f.ReadAt), &failed, &f.Failure)
		if err != nil {
			return nil, err
		}
		f.Failed = failed.plain()
		out = append(out, f)
	}
	return out, rows.Err()
}

// SavePinFiles makes files all that is known of files of pins.
func (s *Store) SavePinFiles(ctx context.Context, files []PinFile) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM pin_files"); err != nil {
			return err
		}
		for i := range files {
			f := &files[i]
			var failure *string
			if f.Failed != nil {
				failure = &f.Failure
			}
			_, err := tx.ExecContext(ctx, `
				INSERT INTO pin_files (watch, pattern, path, pins, read_at, failed_at, failure) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				f.Watch, f.Pattern, f.Path, list[FilePin](f.Pins), stamp(f.ReadAt), (*stamp)(f.Failed), failure)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.fail(err, "keep the pins of files")
}

// ForgetPinFile ends the pins of a file, or of all files of a pattern, that cannot be read any more, for every watch. It
// returns how many that were. A file that can be read is not touched.
func (s *Store) ForgetPinFile(ctx context.Context, name string, now time.Time) (ended int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		files, err := loadPinFiles(ctx, tx)
		if err != nil {
			return err
		}
		for i := range files {
			f := &files[i]
			if f.Path != name && f.Pattern != name || f.Failed == nil {
				continue
			}
			ended++
			_, err := tx.ExecContext(ctx, `
				UPDATE pin_files SET pins = ?, failed_at = NULL, failure = NULL WHERE watch = ? AND pattern = ? AND path = ?`,
				list[FilePin](endAll(f.Pins, now)), f.Watch, f.Pattern, f.Path)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ended, s.fail(err, "forget the pins of %s", name)
}

// endAll ends those of pins that have not ended.
func endAll(pins []FilePin, at time.Time) []FilePin {
	var out []FilePin
	for _, p := range pins {
		counted := true
		if !p.Ended {
			p, counted = p.End(at)
		}
		if counted {
			out = append(out, p)
		}
	}
	return out
}
