package upload

import (
	"bufio"
	"encoding/binary"
	"io"
)

// orientation is how a camera was held when it wrote this JPEG: 1 to 8 as in
// EXIF, 1 where nothing is said or what is said makes no sense.
func orientation(r io.Reader) int {
	b := bufio.NewReader(r)
	var head [4]byte
	if _, err := io.ReadFull(b, head[:2]); err != nil {
		return 1
	}
	for range 32 { // the segments before the picture
		if _, err := io.ReadFull(b, head[:]); err != nil || head[0] != 0xff || head[1] == 0xda {
			return 1
		}
		size := int(binary.BigEndian.Uint16(head[2:])) - 2
		if size < 0 {
			return 1
		}
		if head[1] != 0xe1 {
			if _, err := b.Discard(size); err != nil {
				return 1
			}
			continue
		}
		app := make([]byte, size)
		if _, err := io.ReadFull(b, app); err != nil {
			return 1
		}
		if o := exif(app); o != 0 {
			return o
		}
	}
	return 1
}

// exif reads tag 0x0112 of the first directory of an APP1 segment; 0: not there.
func exif(b []byte) int {
	const header = "Exif\x00\x00"
	if len(b) < len(header)+8 || string(b[:len(header)]) != header {
		return 0
	}
	b = b[len(header):]
	var order binary.ByteOrder = binary.BigEndian
	if string(b[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at > len(b)-2 {
		return 0
	}
	for n := range int(order.Uint16(b[at:])) {
		e := at + 2 + 12*n
		if e+12 > len(b) {
			return 0
		}
		if order.Uint16(b[e:]) == 0x0112 {
			if o := int(order.Uint16(b[e+8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
	}
	return 0
}
