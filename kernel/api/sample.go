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

// curl is a command with each option on its own line.
func curl(path string, options ...string) string {
	return "curl " + strings.Join(append(options, `"$URL`+path+`"`), " \\\n  ")
}

// samples are the commands by the id of their operation.
func samples(a *kernel.App) map[string]string {
	const (
		token   = `-H "Authorization: Bearer $TOKEN"`
		json    = `-H "Content-Type: application/json"`
		dossier = "/api/v1/dossiers/$ID"
	)
	paper, filing := sampleFiling(a)
	return map[string]string{
		"sendFile":      curl("/api/v1/files?name=paper.pdf", token, `-H "Content-Type: application/pdf"`, "--data-binary @paper.pdf"),
		"fileDossier":   curl("/api/v1/dossiers", token, json, `-H "Idempotency-Key: $(date +%s)"`, "-d @-") + " <<END\n" + filing + "\nEND",
		"listDossiers":  curl("/api/v1/dossiers?state=submitted&limit=10", token),
		"readDossier":   curl(dossier, token),
		"act":           curl(dossier+"/acts", token, json, `-H 'If-Match: "1"'`, `-d '{"act": "withdraw"}'`),
		"track":         curl("/api/v1/track?code=$CODE&tail=$TAIL"),
		"readPaper":     curl(dossier+"/papers/"+paper, token, "-o copy.pdf"),
		"readPaperFile": curl(dossier+"/papers/"+paper+"/1", token, "-o copy.pdf"),
		"receipt":       curl(dossier+"/receipt.pdf", token, "-o receipt.pdf"),
		"result":        curl(dossier+"/result.pdf", token, "-o result.pdf"),
		"proof":         curl(dossier+"/proof?act=1", token, "--retry 5"),
		"checkpoint":    curl("/ledger/checkpoint"),
		"tile":          curl("/ledger/tile/0/000.p/1", "-o tile"),
	}
}

// sampleFiling is the shortest filing with papers among the examples of today's services, and
// its first paper.
func sampleFiling(a *kernel.App) (paper, body string) {
	for _, k := range a.Kinds() {
		p, ok := k.Service.(*procedure.Procedure)
		if !ok {
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
	return paper, body
}

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
