// Package cutover is the day on which an authority changes: from its old
// one-stop software to this program, with every open case and its clock.
//
// What is taken over becomes real dossiers by an act of their own, so everything
// else, from inbox to ledger, knows nothing of this package. Files are read line
// by line, written in transactions of at most 200 lines, and may be read again:
// what a line said before is not done twice.
package cutover

import (
	"embed"
	"io/fs"

	"motcua/base/fault"
	"motcua/base/lang"
	"motcua/kernel"
	"motcua/kernel/held"
)

//go:embed texts.yaml
var texts embed.FS

//go:embed schema/*.sql
var schema embed.FS

// System holds the journal and the words.
func System() kernel.System {
	sub, _ := fs.Sub(schema, "schema")
	return kernel.System{Name: "cutover", Texts: []fs.FS{texts}, Schema: sub,
		Held: []held.Table{
			{Name: "cutover_batch", Told: "work of an official", Stays: "by: his number"},
			{Name: "cutover_case", Dossier: "dossier = $1", Told: "dossiers"}}}
}

// chunk is how many lines one transaction holds, so that a person's filing gets in between.
const chunk = 200

// A Reject is a line that was not taken, or something on it that somebody should know.
type Reject struct {
	Line   int    `json:"line"`
	Code   string `json:"code,omitempty"` // what the line is about, as it says
	Field  string `json:"field"`          // RFC 6901 pointer into the line; "" is all of it
	Reason string `json:"reason"`         // in the reader's language
}

// say turns what is wrong with a line into rejects.
func say(v lang.Voice, line int, code string, wrong []fault.Field) (all []Reject) {
	for _, f := range wrong {
		all = append(all, Reject{line, code, f.Pointer, v.T(f.Code, f.Args...)})
	}
	return all
}

// wrong is one place that is wrong.
func wrong(pointer, code string, args ...any) []fault.Field {
	return []fault.Field{{Pointer: pointer, Code: code, Args: args}}
}
