package api

import (
	"bytes"
	"encoding/json"
	"strings"

	"motcua/kernel"
	"motcua/kernel/form"
	"motcua/kernel/procedure"
)

// The commands of the reference. They are run by a test as they stand, with
// these variables: URL, TOKEN, FILE (the id of a file), ID, CODE and TAIL (of a dossier).

// Curl is a command with each option on its own line.
func Curl(path string, options ...string) string {
	return "curl " + strings.Join(append(options, `"$URL`+path+`"`), " \\\n  ")
}

// SampleToken is the option that shows the token.
const SampleToken = `-H "Authorization: Bearer $TOKEN"`

// samples are the commands by the id of their operation.
func samples(a *kernel.App) map[string]string {
	const (
		token   = SampleToken
		json    = `-H "Content-Type: application/json"`
		dossier = "/api/v1/dossiers/$ID"
	)
	paper, file := SampleFiling(a, "/api/v1/dossiers", false)
	return map[string]string{
		"sendFile":      Curl("/api/v1/files?name=paper.pdf", token, `-H "Content-Type: application/pdf"`, "--data-binary @paper.pdf"),
		"fileDossier":   file,
		"listDossiers":  Curl("/api/v1/dossiers?state=submitted&limit=10", token),
		"readDossier":   Curl(dossier, token),
		"act":           Curl(dossier+"/acts", token, json, `-H 'If-Match: "1"'`, `-d '{"act": "withdraw"}'`),
		"track":         Curl("/api/v1/track?code=$CODE&tail=$TAIL"),
		"readPaper":     Curl(dossier+"/papers/"+paper, token, "-o copy.pdf"),
		"readPaperFile": Curl(dossier+"/papers/"+paper+"/1", token, "-o copy.pdf"),
		"receipt":       Curl(dossier+"/receipt.pdf", token, "-o receipt.pdf"),
		"result":        Curl(dossier+"/result.pdf", token, "-o result.pdf"),
		"proof":         Curl(dossier+"/proof?act=1", token, "--retry 5"),
		"checkpoint":    Curl("/ledger/checkpoint"),
		"tile":          Curl("/ledger/tile/0/000.p/1", "-o tile"),
	}
}

// SampleFiling sends the shortest filing with papers among the examples of today's
// services, of those that are signed or of the others; and its first paper.
func SampleFiling(a *kernel.App, path string, signed bool) (paper, command string) {
	body := ""
	for _, k := range a.Kinds() {
		p, ok := k.Service.(*procedure.Procedure)
		if !ok || signed != (k.Signs != "") {
			continue
		}
		for _, x := range p.Examples {
			papers, first := map[string][]string{}, ""
			for _, y := range p.Papers {
				if x.Papers[y.ID] != "" {
					papers[y.ID] = []string{"$FILE"}
					if first == "" {
						first = y.ID
					}
				}
			}
			s := indented(struct {
				Kind    string              `json:"kind"`
				Body    string              `json:"body"`
				Answers form.Answers        `json:"answers"`
				Papers  map[string][]string `json:"papers"`
			}{k.Name, x.Body, x.Answers, papers})
			if first != "" && x.Applicant == "citizen" && (body == "" || len(s) < len(body)) {
				paper, body = first, s
			}
		}
	}
	return paper, Curl(path, SampleToken, `-H "Content-Type: application/json"`, `-H "Idempotency-Key: `+sampleKey+`"`, "-d @-") + " <<END\n" + body + "\nEND"
}

// sampleKey is a new key at each call, however many are made in one second, in any POSIX shell.
const sampleKey = `$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')`

func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b.Bytes()))
}
