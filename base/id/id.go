// Package id makes the numbers things are known by: ordered in time, unique
// across the running programs of one database.
//
// An ID is 42 bits of milliseconds since 2020, 8 bits of instance, 13 bits of
// counter, never negative. People and URLs see 13 base32 digits and a check
// digit. Across nodes an id is (node, id).
package id

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// An ID is the number of one thing. 0 is none.
type ID int64

const digits = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford: no i, l, o, u

var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// A Source gives out IDs of one instance.
type Source struct {
	mu       sync.Mutex
	instance int64
	last     int64 // milliseconds and counter, never backwards
	now      func() time.Time
}

// NewSource gives IDs of instance (0 to 255), which no other running program of the same database has.
func NewSource(instance int, now func() time.Time) *Source {
	return &Source{instance: int64(instance) & 0xff, now: now}
}

// New is the next ID: greater than every earlier one of this source, even when the clock steps back.
func (s *Source) New() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last+1, s.now().Sub(epoch).Milliseconds()<<13)
	return ID(s.last>>13<<21 | s.instance<<13 | s.last&0x1fff)
}

// First is the least ID that is made from t on, at whatever instance.
func First(t time.Time) ID { return ID(t.Sub(epoch).Milliseconds() << 21) }

// At is when the ID was made, to the millisecond.
func (i ID) At() time.Time { return epoch.Add(time.Duration(i>>21) * time.Millisecond) }

// String is 13 base32 digits and a check digit.
func (i ID) String() string {
	var b [14]byte
	for n, v := 12, int64(i); n >= 0; n, v = n-1, v>>5 {
		b[n] = digits[v&31]
	}
	b[13] = check(b[:13])
	return string(b[:])
}

// check catches every single wrong digit and every swap of neighbours: the
// digits are the coefficients of a polynomial over GF(32), taken at x.
func check(b []byte) byte {
	sum := 0
	for _, c := range b {
		if sum <<= 1; sum > 31 {
			sum ^= 0b100101
		}
		sum ^= strings.IndexByte(digits, c)
	}
	return digits[sum]
}

// Parse reads what String wrote, in either case.
func Parse(s string) (ID, error) {
	s = strings.ToLower(s)
	if len(s) != 14 {
		return 0, fmt.Errorf("id %q: want 14 characters", s)
	}
	var v int64
	for n := range 13 {
		d := strings.IndexByte(digits, s[n])
		if d < 0 || n == 0 && d > 7 {
			return 0, fmt.Errorf("id %q: bad character", s)
		}
		v = v<<5 | int64(d)
	}
	if check([]byte(s[:13])) != s[13] {
		return 0, fmt.Errorf("id %q: check digit", s)
	}
	return ID(v), nil
}

// MarshalJSON writes a string: JavaScript's numbers cannot hold 63 bits.
func (i ID) MarshalJSON() ([]byte, error) {
	if i == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(i.String())
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (i *ID) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = 0
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := Parse(s)
	*i = v
	return err
}

// Value stores the number.
func (i ID) Value() (driver.Value, error) { return int64(i), nil }
