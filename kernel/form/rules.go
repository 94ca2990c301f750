package form

import (
	"maps"
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
