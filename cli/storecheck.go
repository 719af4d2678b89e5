package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"pinwatch/show"
	"pinwatch/store"
)

// unsoundError says that something does not hold in a database that always should.
type unsoundError struct{ violations int }

// Error says how much that is.
func (e *unsoundError) Error() string {
	return "the database is not sound: " + count(e.violations, "violation")
}

// Hint says what to do about it.
func (e *unsoundError) Hint() string {
	return "keep a copy of it as it is, and restore the last backup that is sound: the next scan goes on from there"
}

// checked is what there is to say of a database.
type checked struct {
	sizes      *store.Sizes
	tables     []store.TableSize
	content    []store.ContentSize
	violations []store.Violation
}

func (p *program) storeCheck(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	ctx, stop := interruptible(c.Context)
	defer stop()
	dsn, err := storeName(c)
	if err != nil {
		return err
	}
	r, err := store.OpenReader(ctx, dsn)
	if err != nil {
		return err
	}
	defer r.Close()
	found, err := p.examine(ctx, r)
	if err != nil {
		return inVain(err)
	}
	if wantsJSON(c) {
		err = writeJSON(p.stdout, found.json())
	} else {
		p.printChecked(found)
	}
	if n := len(found.violations); err == nil && n > 0 {
		return &unsoundError{violations: n}
	}
	return err
}

func (p *program) examine(ctx context.Context, r *store.Reader) (*checked, error) {
	out := &checked{}
	bar := p.bar("checking", false)
	defer bar.finish()
	var errs [4]error
	out.violations, errs[0] = r.CheckEach(ctx, func(n, all int) { bar.set(int64(n), int64(all)+1) })
	if errs[0] == nil {
		out.sizes, errs[1] = r.Sizes(ctx)
		out.tables, errs[2] = r.TableSizes(ctx)
		out.content, errs[3] = r.ContentSizes(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(out.violations) > 0 && out.sizes != nil: // it may not be possible to measure what is damaged
		return out, nil
	}
	return out, errors.Join(errs[:]...)
}

func (p *program) printChecked(found *checked) {
	t := newTable("table", "rows")
	for _, table := range found.tables {
		t.row(table.Table, strconv.FormatInt(table.Rows, 10))
	}
	t.print(p.stdout)
	fmt.Fprintln(p.stdout)
	t = newTable("content", "size")
	for _, kind := range found.content {
		t.row(kind.What, size(kind.Bytes))
	}
	t.print(p.stdout)
	s := found.sizes
	fmt.Fprintf(p.stdout, "\nThe database has %s, of which %s are not used; %s of changes lie beside it.\n", size(s.Database), size(s.Free), size(s.WAL))
	for _, v := range found.violations {
		fmt.Fprintf(p.stdout, "VIOLATED: %s: %s\n", v.Invariant, show.Escape(v.Detail))
	}
	if len(found.violations) == 0 {
		fmt.Fprintln(p.stdout, "It is sound: all that should hold in it does.")
	}
}

// checkedJSON is a checked database as other tools read it.
type checkedJSON struct {
	Sound      bool             `json:"sound"`
	Bytes      int64            `json:"bytes"`
	Free       int64            `json:"bytes_free"`
	WAL        int64            `json:"bytes_wal"`
	Rows       map[string]int64 `json:"rows"`    // by table
	Content    map[string]int64 `json:"content"` // bytes by what they are
	Violations []violationJSON  `json:"violations"`
}

type violationJSON struct {
	Invariant string `json:"invariant"` // what should be
	Detail    string `json:"detail"`    // where it is not
}

func (c *checked) json() checkedJSON {
	out := checkedJSON{
		Sound: len(c.violations) == 0, Bytes: c.sizes.Database, Free: c.sizes.Free, WAL: c.sizes.WAL,
		Rows: map[string]int64{}, Content: map[string]int64{}, Violations: []violationJSON{},
	}
	for _, t := range c.tables {
		out.Rows[t.Table] = t.Rows
	}
	for _, k := range c.content {
		out.Content[k.What] = k.Bytes
	}
	for _, v := range c.violations {
		out.Violations = append(out.Violations, violationJSON(v))
	}
	return out
}
