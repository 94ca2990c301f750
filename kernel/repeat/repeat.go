// Package repeat knows the lines that a sender sent before by their bytes: a body
// that reports all it has each night says little that is new, and what is not new
// need not be read.
//
// A row of mirror keeps what the line it was made of was: Sum of its sender and
// its bytes. A line of the same bytes from the same sender says what the row says,
// whatever the bytes mean; every other line is read. So a code that is not found
// here, or found wrong, costs time and nothing else.
package repeat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"motcua/base/db"
	"motcua/kernel/mirror"
)

// Sum tells lines of senders apart. It is never 0, which stands in rows of which
// nobody knows the line's bytes any more.
func Sum(sender string, line []byte) int64 {
	b := make([]byte, 0, len(sender)+len(sha256.Sum256(nil))+1)
	h := sha256.Sum256(line)
	h = sha256.Sum256(append(append(append(b, sender...), 0), h[:]...))
	return int64(binary.BigEndian.Uint64(h[:]) | 1)
}

// Known tells of each of at most mirror.Chunk lines the code of its dossier, if it
// is the line that the dossier's row was made of, and "" of every other. sums are
// those of the lines.
func Known(ctx context.Context, s *mirror.Store, sender string, lines [][]byte, sums []int64) ([]string, error) {
	codes := make([]string, len(lines))
	args := make([]any, 0, mirror.Chunk)
	for i, b := range lines {
		if codes[i] = code(b); codes[i] != "" {
			args = append(args, codes[i])
		}
	}
	if len(args) == 0 {
		return codes, nil
	}
	for len(args) < cap(args) { // one statement for every batch
		args = append(args, args[0])
	}
	rows := make(map[int64]string, len(lines)) // codes by sum
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		clear(rows)
		_, err := db.List(tx, func(into func(...any) error) (none struct{}, err error) {
			var code, body string
			var raw int64
			if err = into(&code, &body, &raw); raw != 0 && s.May(sender, body) {
				rows[raw] = code
			}
			return none, err
		}, find, args...)
		return err
	})
	for i := range codes {
		if c := rows[sums[i]]; c != codes[i] {
			codes[i] = ""
		}
	}
	return codes, err
}

// code is what stands where a line says its code first, if it is written plainly.
func code(line []byte) string {
	const name = `"code":"`
	i := bytes.Index(line, []byte(name))
	if i < 0 {
		return ""
	}
	v := line[i+len(name):]
	n := bytes.IndexByte(v, '"')
	if n < 0 || bytes.IndexByte(v[:n], '\\') >= 0 {
		return ""
	}
	return string(v[:n])
}

var find = `select code, body, raw from mirror where code in (` + db.Places(1, mirror.Chunk) + `)`
