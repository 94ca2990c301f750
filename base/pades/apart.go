package pades

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"motcua/base/fault"
)

// Where key and file are not at one place, a signature is made in three steps:
// Prepare says which digest is to be signed, whoever has the key signs it, and
// Embed puts his message into the file.

// Room is how many bytes are kept for a message that is made elsewhere: with
// its certificates and a time stamp.
const Room = 16 << 10

// Prepare appends the update with everything but the signature itself, and
// tells the SHA-256 digest of what that will cover. Key and Stamp of by are for
// who makes the message.
func Prepare(pdf []byte, by By) (prepared []byte, digest [32]byte, err error) {
	prepared, from, err := prepare(pdf, Room, by)
	if err != nil {
		return nil, digest, err
	}
	return prepared, sha256.Sum256(covered(prepared, from, Room)), nil
}

// Covered are the bytes that are to be signed, for tools that want them whole.
func Covered(prepared []byte) ([]byte, error) {
	from, room, err := hole(prepared)
	return covered(prepared, from, room), err
}

// Embed puts a message (CMS, DER) into the place that Prepare kept. It does not
// look at what the message proves: Read does.
func Embed(prepared, message []byte) ([]byte, error) {
	from, room, err := hole(prepared)
	if err != nil {
		return nil, err
	}
	if len(message) > room {
		return nil, fault.New(fault.TooLarge, "pades.message", len(message), room)
	}
	out := bytes.Clone(prepared)
	hex.Encode(out[from+1:], message)
	return out, nil
}

// hole finds where the last signature of a prepared file will stand: "<", twice
// room zeros, ">".
func hole(prepared []byte) (from, room int, err error) {
	f, err := parse(prepared)
	if err != nil {
		return 0, 0, layout(err)
	}
	fields, err := f.fields(len(prepared))
	if err != nil {
		return 0, 0, layout(err)
	}
	for _, one := range fields {
		c := one.sig.get("Contents")
		if one.end == len(prepared) && !one.fault && len(bytes.Trim(c.raw[1:len(c.raw)-1], "0")) == 0 {
			return c.at, len(c.raw)/2 - 1, nil
		}
	}
	return 0, 0, layout(errSyntax)
}

func covered(b []byte, from, room int) []byte {
	return append(bytes.Clone(b[:from]), b[from+2*room+2:]...)
}
