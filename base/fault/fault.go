// Package fault names the ways a request goes wrong, one meaning each.
//
// A fault has a kind (what the caller can do about it), a code (the key of the
// sentence in the catalogue of texts) and arguments for that sentence. Anything
// that is not a fault is a fault of ours: the person sees a reference number,
// the log sees the error.
package fault

import (
	"errors"
	"fmt"
)

// A Kind is what kind of thing went wrong; it implements error, so that
// errors.Is(err, fault.NotFound) asks for it.
type Kind string

func (k Kind) Error() string { return string(k) }

// The faults of the caller, then those of the world.
const (
	Invalid      Kind = "invalid"       // what was sent is wrong: the fields say where
	Unidentified Kind = "unidentified"  // who are you?
	Forbidden    Kind = "forbidden"     // not yours to see or do
	NotFound     Kind = "not found"     // there is no such thing
	Conflict     Kind = "conflict"      // not possible now
	Stale        Kind = "stale"         // the thing changed since you read it
	TooLarge     Kind = "too large"     // more bytes than are taken
	TooMany      Kind = "too many"      // slow down
	Unavailable  Kind = "unavailable"   // the disk is full, the database is away: try later, nothing was lost
	NotYet       Kind = "not yet"       // it will be there in a moment: try again
	Gone         Kind = "gone"          // it was there and has been used up
	Unsupported  Kind = "not supported" // a type of file or content that is not taken
)

// An Error is a fault with the sentence that explains it.
type Error struct {
	Kind   Kind
	Code   string // key of the sentence in the catalogue, such as "dossier.stale"
	Args   []any  // values of the sentence's placeholders
	Fields []Field
}

// A Field is one wrong place in what was sent.
type Field struct {
	Pointer string // RFC 6901 into the body, such as /answers/father/born
	Code    string // key of the sentence, such as "form.future"
	Args    []any
}

// New is the fault of kind k explained by the sentence code.
func New(k Kind, code string, args ...any) *Error {
	return &Error{Kind: k, Code: code, Args: args}
}

// Wrong is Invalid with the places that are wrong.
func Wrong(fields ...Field) *Error {
	return &Error{Kind: Invalid, Code: "fault.invalid", Fields: fields}
}

func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Code
	if len(e.Args) > 0 {
		s += fmt.Sprint(" ", e.Args)
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf("; %s: %s %v", f.Pointer, f.Code, f.Args)
	}
	return s
}

// Unwrap makes errors.Is(err, kind) true.
func (e *Error) Unwrap() error { return e.Kind }

// Of is the kind of err, or "" when it is a fault of ours.
func Of(err error) Kind {
	var k Kind
	if errors.As(err, &k) {
		return k
	}
	return ""
}
