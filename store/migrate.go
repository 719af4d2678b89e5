package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jmoiron/sqlx"
)

// applicationID marks a database as pinwatch's: "pnwt" (PRAGMA application_id).
const applicationID = 0x706e7774

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the steps from an empty database to the present schema. Step n leads to schema n (PRAGMA
// user_version) and stands in migrations/000n_*.sql. A step that was released is never changed.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	steps := make([]string, len(names))
	for i, name := range names {
		if !strings.HasPrefix(name, fmt.Sprintf("migrations/%04d_", i+1)) {
			return nil, fmt.Errorf("%s is not migration %d", name, i+1)
		}
		text, err := fs.ReadFile(migrationFiles, name)
		if err != nil {
			return nil, err
		}
		steps[i] = string(text)
	}
	return steps, nil
}

// probe identifies the database at path without changing anything in it.
func probe(ctx context.Context, path string, want int) (have int, err error) {
	db := connect(path, probeParams)
	defer db.Close()
	return identify(ctx, path, db, want)
}

// identify returns the schema of the database, 0 for an empty one. It fails for a database that is not pinwatch's or
// has a schema above want.
func identify(ctx context.Context, path string, db *sqlx.DB, want int) (have int, err error) {
	var application, objects int
	for query, dest := range map[string]*int{
		"PRAGMA application_id":              &application,
		"PRAGMA user_version":                &have,
		"SELECT count(*) FROM sqlite_schema": &objects,
	} {
		if err := db.GetContext(ctx, dest, query); err != nil {
			return 0, fmt.Errorf("open database: %w", classify(path, err))
		}
	}
	empty := application == 0 && have == 0 && objects == 0
	switch {
	case !empty && (application != applicationID || have < 1):
		return 0, &Error{Path: path, Kind: ErrNotPinwatch, Err: fmt.Errorf("application id %#x", application)}
	case have > want:
		return 0, &Error{Path: path, Kind: ErrNewerSchema, Err: fmt.Errorf("schema %d, known are up to %d", have, want)}
	}
	return have, nil
}

// upgrade takes the database through the steps it has not seen, each in a transaction of its own with its number. It
// holds the lock meanwhile: a process that works by the old schema must not find it gone.
func (s *Store) upgrade(ctx context.Context, steps []string) error {
	unlock, err := s.Lock("preparing the database")
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	for i, step := range steps {
		if err := s.migrate(ctx, i+1, step); err != nil {
			return s.fail(err, "bring the database to schema %d", i+1)
		}
	}
	return nil
}

func (s *Store) migrate(ctx context.Context, version int, step string) error {
	return s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var have int
		if err := tx.GetContext(ctx, &have, "PRAGMA user_version"); err != nil {
			return err
		}
		if have >= version {
			return nil
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;",
			step, applicationID, version))
		return err
	})
}
