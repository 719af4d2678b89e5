package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"pinwatch/store"
)

func (p *program) storeCommand() *cli.Command {
	return &cli.Command{
		Name:  "store",
		Usage: "check | backup FILE | prune | vacuum",
		Subcommands: []*cli.Command{
			{
				Name: "check", Usage: "is the database sound, and what takes room in it", Flags: flagsWith(),
				Description: "Reads the whole database, also while a scan or watch works on it: its file, and everything that should " +
					"always hold in it. Exit code 1 says that something does not, and names it.",
				Action: p.storeCheck,
			},
			{
				Name: "backup", Usage: "copy the database, also while a scan or watch works on it", ArgsUsage: "FILE",
				Flags: flagsWith(&cli.BoolFlag{Name: "overwrite", Usage: "take the place of a file that is there"}),
				Description: "The copy is the record of one moment. It is read back and checked, and on the disk when this ends; until " +
					"then it is called FILE.partial. A copy is a database like any other: --store sqlite:FILE.",
				Action: p.storeBackup,
			},
			{
				Name: "prune", Usage: "take away what was expected and is older than retain: allows",
				Flags: flagsWith(
					&cli.StringFlag{Name: "retain", Usage: "keep what is not older than `TIME`, such as 400d, instead of what is configured"},
					&cli.BoolFlag{Name: "dry-run", Usage: "only say what would go"}),
				Description: "Issuances go that were expected from the beginning, are not valid any more, and were last seen before that " +
					"time; and messages that everybody got, about what is over. All else stays for ever. Works beside a scan or watch, " +
					"which do the same by themselves, a little at a time, where retain: is configured.",
				Action: p.storePrune,
			},
			{
				Name: "vacuum", Usage: "give unused room in the database back to the file system", Flags: flagsWith(),
				Description: "Writes the database anew, for which no scan or watch may work on it, and needs room for it twice over " +
					"meanwhile. Reading goes on.",
				Action: p.storeVacuum,
			},
		},
	}
}

// withExisting runs do with a database that is there, open for writing.
func (p *program) withExisting(ctx context.Context, dsn string, do func(*store.Store) error) (err error) {
	s, err := store.Open(ctx, dsn, store.Options{MustExist: true, Upgrading: p.upgrading})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

func (p *program) storeVacuum(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	dsn, err := storeName(c)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(c.Context)
	defer stop()
	return p.withExisting(ctx, dsn, func(s *store.Store) error {
		unlock, err := s.Lock("pinwatch store vacuum, since " + p.now().UTC().Format(time.RFC3339))
		if err != nil {
			return err
		}
		bar := p.bar("writing the database anew", false)
		v, err := s.Vacuum(ctx)
		bar.finish()
		if err = errors.Join(err, unlock()); err != nil {
			return inVain(err)
		}
		if wantsJSON(c) {
			return writeJSON(p.stdout, struct {
				Before int64 `json:"bytes_before"`
				After  int64 `json:"bytes_after"`
			}{v.Before, v.After})
		}
		fmt.Fprintf(p.stdout, "The database had %s and has %s.\n", size(v.Before), size(v.After))
		return nil
	})
}

func (p *program) storeBackup(c *cli.Context) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	dsn, err := storeName(c)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(c.Context)
	defer stop()
	path := c.Args().First()
	bar := p.bar("copying", true)
	n, err := store.Backup(ctx, dsn, path, store.BackupOptions{Overwrite: c.Bool("overwrite"), Progress: bar.set})
	bar.finish()
	switch {
	case errors.Is(err, store.ErrExists):
		return usage("name another file; --overwrite takes the place of this one", "%w", err)
	case errors.Is(err, store.ErrOwnFile):
		return usage("name another file; to restore a backup, stop what uses the database first", "%w", err)
	case err != nil:
		return inVain(err)
	}
	if wantsJSON(c) {
		return writeJSON(p.stdout, struct {
			File  string `json:"file"`
			Bytes int64  `json:"bytes"`
		}{path, n})
	}
	fmt.Fprintf(p.stdout, "%s is a copy of the database, and sound: %s.\n", path, size(n))
	return nil
}

// inVainError is an interruption of what does all or nothing.
type inVainError struct{ err error }

func (e *inVainError) Error() string { return e.err.Error() }
func (e *inVainError) Unwrap() error { return e.err }

// Hint says what to do about it.
func (*inVainError) Hint() string { return "nothing was changed; run it again" }

// inVain says so of an interruption, and passes everything else on.
func inVain(err error) error {
	if errors.Is(err, context.Canceled) {
		return &inVainError{err}
	}
	return err
}

// size is a number of bytes for a person.
func size(n int64) string {
	const units = "kMGT"
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	f, i := float64(n)/1000, 0
	for f >= 999.5 && i+1 < len(units) {
		f, i = f/1000, i+1
	}
	precision := 1
	if f >= 99.5 {
		precision = 0
	}
	return strconv.FormatFloat(f, 'f', precision, 64) + " " + units[i:i+1] + "B"
}

// bar is a progress bar of one thing that takes long. Its zero value shows nothing.
type bar struct{ b *progressbar.ProgressBar }

// bar makes a bar on stderr where that is a terminal, one that shows nothing elsewhere.
func (p *program) bar(what string, bytes bool) bar {
	f, ok := p.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return bar{}
	}
	return bar{progressbar.NewOptions64(-1, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowBytes(bytes), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionSpinnerType(14))}
}

// set says how much is done, of how much; 0: nobody knows. A bar that cannot be drawn is no reason to stop.
func (b bar) set(done, all int64) {
	if b.b != nil {
		if all > 0 {
			b.b.ChangeMax64(all)
		}
		_ = b.b.Set64(done)
	}
}

// finish takes the bar away.
func (b bar) finish() {
	if b.b != nil {
		_ = b.b.Finish()
	}
}
