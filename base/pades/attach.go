package pades

import (
	"encoding/json"
	"fmt"
	"strings"

	"motcua/base/fault"
)

// statementName is the file name of the statement among the attachments of a PDF.
const statementName = "motcua.json"

const maxStatement = 1 << 20

// Attach puts a machine-readable statement of ours into a PDF that is not
// signed yet, as an attached file that any reader can list and save.
func Attach(pdf []byte, statement json.RawMessage) ([]byte, error) {
	if !json.Valid(statement) || len(statement) > maxStatement {
		return nil, fmt.Errorf("attach a statement of %d bytes: not JSON, or too long", len(statement))
	}
	u, err := newUpdate(pdf)
	if err != nil {
		return nil, err
	}
	root, n, err := u.f.catalog(len(pdf))
	if err != nil {
		return nil, layout(err)
	}
	data := u.add(fmt.Sprintf("<</Type /EmbeddedFile /Subtype /application#2Fjson /Length %d /Params <</Size %d>>>>\nstream\n%s\nendstream",
		len(statement), len(statement), statement))
	spec := u.add(fmt.Sprintf("<</Type /Filespec /F (%s) /UF (%s) /AFRelationship /Data /EF <</F %d 0 R>>>>", statementName, statementName, data))
	err = u.inner(&root, "Names", func(names *value) error {
		return u.inner(names, "EmbeddedFiles", func(files *value) error {
			if files.get("Kids").kind != null {
				return errSyntax
			}
			list, err := u.f.follow(files.get("Names"), len(pdf))
			if err != nil {
				return err
			}
			sorted, err := insertName(list.list, fmt.Sprintf("(%s) %d 0 R", statementName, spec))
			files.set("Names", sorted)
			return err
		})
	})
	if err != nil {
		return nil, layout(err)
	}
	u.objects[n] = root.source()
	out, _ := u.bytes()
	return out, nil
}

// insertName writes a list of name and file with one more, sorted as name trees are.
func insertName(list []value, pair string) (string, error) {
	var out []string
	placed := false
	for i := 0; i+1 < len(list); i += 2 {
		switch c := strings.Compare(list[i].str, statementName); {
		case c == 0:
			return "", fault.New(fault.Conflict, "pades.attached")
		case c > 0 && !placed:
			out, placed = append(out, pair), true
		}
		out = append(out, string(list[i].raw)+" "+string(list[i+1].raw))
	}
	if !placed {
		out = append(out, pair)
	}
	return "[" + strings.Join(out, " ") + "]", nil
}

// Statement is the statement that Attach put into a PDF. Whether the file is
// signed and unchanged since is for Read to say.
func Statement(pdf []byte) (json.RawMessage, bool) {
	if len(pdf) > maxFile {
		return nil, false
	}
	f, err := parse(pdf)
	if err != nil {
		return nil, false
	}
	return f.statement()
}

func (f *file) statement() (json.RawMessage, bool) {
	v, _, err := f.catalog(len(f.b))
	step := func(key string) {
		if err == nil {
			v, err = f.follow(v.get(key), len(f.b))
		}
	}
	step("Names")
	step("EmbeddedFiles")
	step("Names")
	for i := 0; err == nil && i+1 < len(v.list); i += 2 {
		if v.list[i].str != statementName {
			continue
		}
		v, err = f.follow(v.list[i+1], len(f.b))
		step("EF")
		step("F")
		data := v.get("").raw
		if err != nil || v.get("Filter").kind != null || len(data) > maxStatement || !json.Valid(data) {
			return nil, false
		}
		return json.RawMessage(data), true
	}
	return nil, false
}
