package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// hash is a SHA-256 in a column; a pointer to one is a column that may be NULL.
type hash [32]byte

// Value is part of driver.Valuer.
func (h hash) Value() (driver.Value, error) { return h[:], nil }

// Scan is part of sql.Scanner.
func (h *hash) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(h) {
		return fmt.Errorf("column holds %T, not the %d bytes of a hash", src, len(h))
	}
	copy(h[:], b)
	return nil
}

// plain returns h as the callers of this package know it.
func (h *hash) plain() *[32]byte { return (*[32]byte)(h) }

// hashes is a list of hashes in one column, end to end.
type hashes [][32]byte

// Value is part of driver.Valuer.
func (l hashes) Value() (driver.Value, error) {
	out := make([]byte, 0, len(l)*len(hash{}))
	for i := range l {
		out = append(out, l[i][:]...)
	}
	return out, nil
}

// Scan is part of sql.Scanner. NULL is the empty list.
func (l *hashes) Scan(src any) error {
	b, ok := src.([]byte)
	if (!ok && src != nil) || len(b)%len(hash{}) != 0 {
		return fmt.Errorf("column holds %T of %d bytes, not a list of hashes", src, len(b))
	}
	*l = nil
	for ; len(b) > 0; b = b[len(hash{}):] {
		*l = append(*l, [32]byte(b))
	}
	return nil
}

// list is a list in one column, as JSON. Strings that are no UTF-8 lose their other bytes.
type list[T any] []T

// Value is part of driver.Valuer.
func (l list[T]) Value() (driver.Value, error) {
	if l == nil {
		return "[]", nil
	}
	b, err := json.Marshal([]T(l))
	return string(b), err
}

// Scan is part of sql.Scanner.
func (l *list[T]) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("column holds %T, not a list", src)
	}
	return json.Unmarshal([]byte(s), (*[]T)(l))
}

// stamp is a time in a column, in milliseconds since the epoch; a pointer to one is a column that may be NULL.
type stamp time.Time

// Value is part of driver.Valuer.
func (s stamp) Value() (driver.Value, error) { return time.Time(s).UnixMilli(), nil }

// Scan is part of sql.Scanner.
func (s *stamp) Scan(src any) error {
	ms, ok := src.(int64)
	if !ok {
		return fmt.Errorf("column holds %T, not a time", src)
	}
	*s = stamp(time.UnixMilli(ms).UTC())
	return nil
}

// plain returns s as the callers of this package know it.
func (s *stamp) plain() *time.Time { return (*time.Time)(s) }

// blob is for columns that are never NULL: to the driver, no slice is NULL and an empty one is not.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
