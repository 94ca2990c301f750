package pades

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"motcua/base/fault"
)

// An update is what is appended to a file: objects in the order of their
// numbers, a table, a trailer. The bytes before it stay as they are.
type update struct {
	f       *file
	objects map[int]string
	next    int // the first unused number
}

func newUpdate(pdf []byte) (*update, error) {
	if len(pdf) > maxFile {
		return nil, fault.New(fault.TooLarge, "pades.large", maxFile>>20)
	}
	f, err := parse(pdf)
	if err != nil {
		return nil, layout(err)
	}
	u := &update{f: f, objects: map[int]string{}}
	for _, t := range f.tables {
		u.next = max(u.next, int(t.trailer.get("Size").num))
		for n := range t.places {
			u.next = max(u.next, n+1)
		}
	}
	if u.next > maxObjects {
		return nil, layout(errLimit)
	}
	return u, nil
}

// add makes a new object.
func (u *update) add(source string) (n int) {
	n = u.next
	u.objects[n] = source
	u.next++
	return n
}

// push appends item to the array at key of holder, which is the dictionary
// that is written afterwards; an array that is an object of its own is written at once.
func (u *update) push(holder *value, key, item string) error {
	v := holder.get(key)
	list, err := u.f.follow(v, len(u.f.b))
	if err != nil {
		return err
	}
	longer := "[" + item + "]"
	switch list.kind {
	case array:
		longer = string(list.raw[:len(list.raw)-1]) + " " + item + "]"
	case null:
	default:
		return errSyntax
	}
	if v.kind == ref && list.kind == array {
		u.objects[int(v.num)] = longer
	} else {
		holder.set(key, longer)
	}
	return nil
}

// inner edits the dictionary at key of holder, wherever it stands.
func (u *update) inner(holder *value, key string, edit func(v *value) error) error {
	at := holder.get(key)
	v, err := u.f.follow(at, len(u.f.b))
	if err != nil {
		return err
	}
	if v.kind != dict && v.kind != null {
		return errSyntax
	}
	if err := edit(&v); err != nil {
		return err
	}
	if at.kind == ref && v.kind == dict {
		u.objects[int(at.num)] = v.source()
	} else {
		holder.set(key, v.source())
	}
	return nil
}

// bytes is the file with the update; offsets tells where each object begins.
func (u *update) bytes() (out []byte, offsets map[int]int) {
	var b bytes.Buffer
	b.Write(u.f.b)
	if !bytes.HasSuffix(u.f.b, []byte("\n")) {
		b.WriteByte('\n')
	}
	offsets = map[int]int{}
	numbers := slices.Sorted(maps.Keys(u.objects))
	for _, n := range numbers {
		offsets[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, u.objects[n])
	}
	at := b.Len()
	if u.f.tables[0].stream {
		u.streamTable(&b, numbers, offsets)
		return b.Bytes(), offsets
	}
	b.WriteString("xref\n")
	for len(numbers) > 0 {
		run := 1
		for run < len(numbers) && numbers[run] == numbers[0]+run {
			run++
		}
		fmt.Fprintf(&b, "%d %d\n", numbers[0], run)
		for _, n := range numbers[:run] {
			fmt.Fprintf(&b, "%010d 00000 n \n", offsets[n])
		}
		numbers = numbers[run:]
	}
	trailer := u.f.tables[0].trailer
	trailer.set("Size", strconv.Itoa(u.next))
	trailer.set("Prev", strconv.Itoa(u.f.tables[0].at))
	fmt.Fprintf(&b, "trailer\n%s\nstartxref\n%d\n%%%%EOF\n", trailer.source(), at)
	return b.Bytes(), offsets
}

// streamTable writes the table as a stream, which files that have one want.
func (u *update) streamTable(b *bytes.Buffer, numbers []int, offsets map[int]int) {
	at, own := b.Len(), u.next
	offsets[own] = at
	var rows []byte
	index := ""
	for _, n := range append(numbers, own) {
		index += fmt.Sprintf("%d 1 ", n)
		rows = append(rows, 1)
		rows = binary.BigEndian.AppendUint32(rows, uint32(offsets[n]))
	}
	trailer := u.f.tables[0].trailer
	trailer.dict = slices.DeleteFunc(slices.Clone(trailer.dict), func(e entry) bool {
		return e.key == "" || e.key == "Filter" || e.key == "DecodeParms"
	})
	trailer.set("Size", strconv.Itoa(own+1))
	trailer.set("Prev", strconv.Itoa(u.f.tables[0].at))
	trailer.set("W", "[1 4 0]")
	trailer.set("Index", "["+strings.TrimSpace(index)+"]")
	trailer.set("Length", strconv.Itoa(len(rows)))
	fmt.Fprintf(b, "%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", own, trailer.source(), rows, at)
}
