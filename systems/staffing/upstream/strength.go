package upstream

import (
	"encoding/json"
	"slices"

	"motcua/kernel/who"
)

// Said is what a provider said of who came back from it.
type Said struct {
	Subject string
	Ways    []who.Way
}

// words are a claim that is a list; some providers write a list of one as a word.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

// The methods of RFC 8176 by the sort of factor they are.
var factors = [][]string{
	{"pwd", "pin", "kba"},                     // what he knows
	{"otp", "sms", "tel", "hwk", "swk", "sc"}, // what he has
	{"face", "fpt", "iris", "retina", "vbm"},  // what he is
}

// classes say that two factors were asked for: eIDAS levels (2015/1502), REFEDS
// MFA, and OpenID's resistance to phishing.
var classes = []string{"http://eidas.europa.eu/LoA/substantial", "http://eidas.europa.eu/LoA/high", "https://refeds.org/profile/mfa", "phr", "phrh"}

// ways is how surely a provider says that it is he. Two factors count as such; a
// provider that says nothing, or what we do not know, counts as one.
func ways(class string, methods words) []who.Way {
	sorts := 0
	for _, f := range factors {
		if slices.ContainsFunc(f, func(m string) bool { return slices.Contains(methods, m) }) {
			sorts++
		}
	}
	if sorts > 1 || slices.Contains(methods, "mfa") || slices.Contains(classes, class) {
		return []who.Way{who.Upstream, who.Twice}
	}
	return []who.Way{who.Upstream}
}
