package form

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
)

// rules are the named conditions a field may ask for with rule: NAME. Each
// holds for its own answer alone; what it says by default is the text form.rule.NAME.
var rules = map[string]struct {
	of    *cel.Type // the type of answer it is for, as formulas see it
	holds func(v any, env Env) bool
}{
	// 18 full years on the day of filing.
	"adult": {cel.StringType, func(v any, env Env) bool { return aged(v, env) >= 18 }},
	// Today or earlier.
	"not_future": {cel.StringType, func(v any, env Env) bool {
		d, ok := day(v.(string))
		today, _ := day(env.Today)
		return ok && !d.After(today)
	}},
	// The number of a business by the pack's rule.
	"business_number": {cel.StringType, func(v any, env Env) bool {
		if env.Business != nil {
			return env.Business(v.(string))
		}
		n := strip(v.(string))
		return digits(n, 10, 10) || digits(n, 13, 13)
	}},
	// Family name and given name, nothing but letters and what stands between them.
	"full_name": {cel.StringType, func(v any, _ Env) bool {
		s := v.(string)
		return len(strings.Fields(s)) >= 2 && !strings.ContainsAny(s, `0123456789@#$%^&*()_+=[]{}<>|\/:;!?"~`)
	}},
	// Addresses of the web, one a line: of a machine that proves its name, or of the person's own.
	"addresses": {cel.StringType, func(v any, _ Env) bool {
		all := strings.Fields(v.(string))
		return len(all) > 0 && len(all) <= 10 && !slices.ContainsFunc(all, func(s string) bool { return !address(s) })
	}},
	// One such address.
	"address": {cel.StringType, func(v any, _ Env) bool { return address(v.(string)) }},
}

// address reports whether s is an address that browsers read as it is written:
// no name or password in it, nothing after #, no way up, no pattern.
func address(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Hostname() == "" || u.String() != s || len(s) > 500 ||
		strings.ContainsAny(s, "#*\\ \t") || strings.Contains(u.Path, "..") || s != strings.ToValidUTF8(s, "") || strings.ToLower(u.Host) != u.Host {
		return false
	}
	for _, c := range s {
		if c < 0x21 || c > 0x7e {
			return false
		}
	}
	return u.Scheme == "https" || u.Scheme == "http" && u.Port() != "" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

func ruleNames() []string { return slices.Sorted(maps.Keys(rules)) }

// aged are the full years of who was born on day v, or -1.
func aged(v any, env Env) int {
	born, ok := day(v.(string))
	today, ok2 := day(env.Today)
	if !ok || !ok2 {
		return -1
	}
	return years(born, today)
}
