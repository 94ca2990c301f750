package xades

// known is where xmlsec1 calls a file valid and we do not, and why: it says that
// some signature holds, we say what may be believed of the file.
var known = map[string]string{
	"XSW2 evil root, signature and original beside": wrapped,
	"XSW3 wrapper, evil before the signed":          wrapped,
	"XSW4 evil root holds the signed":               wrapped,
	"XSW8 evil root without ID":                     wrapped,
	"wrapper, evil after the signed":                wrapped,
	"evil object in the signature":                  "what stands in the signature itself is signed by nobody, and a program may find it first",
	"DOCTYPE":                                       "it declares nothing here; we read no file that has one, so that no entity can come with it",
	"comment in a text":                             "the canonical form has no comments, so the signature holds; but programs that read up to the comment see another text",
	"comment in the digest":                         "the digest is not in doubt, but two programs may read it differently",
	"properties of another signature":               "xmlsec1 knows no XAdES: it does not read whose the properties are",
}

const wrapped = "the signature holds over the original, which is still in the file; what stands beside or around it nobody signed"
