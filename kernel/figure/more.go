package figure

import (
	"fmt"
	"strconv"
	"strings"
)

// encode writes parts as the text of one column: "due@2020-03-02=-1 spent:clerk=1:3600".
func encode(all []Part) (string, error) {
	var b strings.Builder
	for i, p := range all {
		if p.Measure == "" || strings.ContainsFunc(p.Measure+p.Day, func(r rune) bool { return r <= ' ' || r == '@' || r == '=' }) {
			return "", fmt.Errorf("figure: measure %q on %q cannot be written", p.Measure, p.Day)
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p.Measure)
		if p.Day != "" {
			b.WriteString("@" + p.Day)
		}
		b.WriteString("=" + strconv.FormatInt(p.Count, 10))
		if p.Amount != 0 {
			b.WriteString(":" + strconv.FormatInt(p.Amount, 10))
		}
	}
	return b.String(), nil
}

// decode reads what encode wrote.
func decode(s string) (all []Part, err error) {
	for _, word := range strings.Fields(s) {
		name, value, _ := strings.Cut(word, "=")
		var p Part
		p.Measure, p.Day, _ = strings.Cut(name, "@")
		count, amount, has := strings.Cut(value, ":")
		if p.Count, err = strconv.ParseInt(count, 10, 64); err == nil && has {
			p.Amount, err = strconv.ParseInt(amount, 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("figure: %q: %w", word, err)
		}
		all = append(all, p)
	}
	return all, nil
}
