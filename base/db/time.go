package db

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// A Time is a moment as the database keeps it: a bigint of microseconds UTC
// since 1970, 0 for no moment at all.
type Time struct{ time.Time }

// At is t cut to what the database keeps, so that what was written equals what is read.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// Value is the number of microseconds.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return int64(0), nil
	}
	return t.UnixMicro(), nil
}

// Scan reads what Value wrote; null is the zero time.
func (t *Time) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		t.Time = time.Time{}
	case int64:
		t.Time = time.Time{}
		if v != 0 {
			t.Time = time.UnixMicro(v).UTC()
		}
	default:
		return fmt.Errorf("a time is kept as a number, not as %T", v)
	}
	return nil
}
