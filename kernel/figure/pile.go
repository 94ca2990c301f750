package figure

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
)

// pileMost is how many keys a pile holds in memory, some 200 bytes each.
const pileMost = 1 << 15

// A pile adds up values under keys, each some words. Those that are too many lie
// in sorted runs in a file, so that counting a country takes no more memory than
// counting a village. The file has no name and ends with the program; figures
// tell of nobody.
type pile struct {
	most int
	few  map[string]*value // by the words of the key, each with a zero byte behind it
	key  []byte            // the last one asked for
	file *os.File
	ends []int64 // of the runs in the file
	err  error   // the first that went wrong
}

func newPile(most int) *pile { return &pile{most: most, few: map[string]*value{}} }

// close gives the file back.
func (p *pile) close() {
	if p.file != nil {
		p.file.Close()
		os.Remove(p.file.Name()) // where an open file cannot lose its name
	}
}

// add adds v to what is under the key.
func (p *pile) add(v value, key ...string) {
	p.key = p.key[:0]
	for _, word := range key {
		p.key = append(append(p.key, word...), 0)
	}
	have := p.few[string(p.key)]
	if have == nil {
		if len(p.few) >= p.most {
			p.spill()
		}
		have = new(value)
		p.few[string(p.key)] = have
	}
	have.add(v)
}

// spill writes what is in memory as one more run.
func (p *pile) spill() {
	if p.file == nil && p.err == nil {
		if p.file, p.err = os.CreateTemp("", "figures"); p.err == nil {
			os.Remove(p.file.Name())
		}
	}
	if p.err == nil {
		w, b := bufio.NewWriterSize(p.file, 1<<16), []byte(nil)
		for _, key := range slices.Sorted(maps.Keys(p.few)) {
			b = append(binary.AppendUvarint(b[:0], uint64(len(key))), key...)
			b = p.few[key].append(b)
			w.Write(b)
		}
		p.err = w.Flush()
	}
	if p.err == nil {
		var end int64
		end, p.err = p.file.Seek(0, io.SeekCurrent)
		p.ends = append(p.ends, end)
	}
	clear(p.few)
}

// all is every key once, in order, with what was added to it. Nothing is added meanwhile.
func (p *pile) all() iter.Seq2[[]string, value] {
	return func(yield func([]string, value) bool) {
		if p.file == nil {
			for _, key := range slices.Sorted(maps.Keys(p.few)) {
				if !yield(split(key), *p.few[key]) {
					return
				}
			}
			return
		}
		if len(p.few) > 0 {
			p.spill()
		}
		p.merge(yield)
	}
}

// merge reads all runs beside one another.
func (p *pile) merge(yield func([]string, value) bool) {
	var heads []*run // by their keys
	from := int64(0)
	for _, end := range p.ends {
		h := &run{from: bufio.NewReader(io.NewSectionReader(p.file, from, end-from))}
		if from = end; p.next(h) {
			heads = append(heads, h)
		}
	}
	slices.SortFunc(heads, (*run).compare)
	for len(heads) > 0 && p.err == nil {
		key, sum := heads[0].key, value{}
		for len(heads) > 0 && heads[0].key == key {
			h := heads[0]
			if sum.add(h.value); !p.next(h) {
				heads = heads[1:]
				continue
			}
			i, _ := slices.BinarySearchFunc(heads[1:], h, (*run).compare)
			copy(heads, heads[1:i+1])
			heads[i] = h
		}
		if !yield(split(key), sum) {
			return
		}
	}
}

// A run is some keys in their order, read one by one.
type run struct {
	from  *bufio.Reader
	key   string
	value value
}

func (h *run) compare(o *run) int { return strings.Compare(h.key, o.key) }

// next reads the next of a run; false: there is none.
func (p *pile) next(h *run) bool {
	n, err := binary.ReadUvarint(h.from)
	if errors.Is(err, io.EOF) || p.err != nil {
		return false
	}
	key := make([]byte, n)
	if err == nil {
		_, err = io.ReadFull(h.from, key)
	}
	if err == nil {
		err = h.value.read(h.from)
	}
	h.key, p.err = string(key), err
	return err == nil
}

func split(key string) []string { return strings.Split(strings.TrimSuffix(key, "\x00"), "\x00") }

// append writes v behind b as varints.
func (v *value) append(b []byte) []byte {
	b = binary.AppendVarint(binary.AppendVarint(b, v.count), v.amount)
	for _, n := range v.common {
		b = binary.AppendVarint(b, n)
	}
	return b
}

// read reads what append wrote.
func (v *value) read(r io.ByteReader) (err error) {
	for _, n := range v.into() {
		if err == nil {
			*n.(*int64), err = binary.ReadVarint(r)
		}
	}
	return err
}
