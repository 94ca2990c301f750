package form

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"motcua/base/data"
)

const (
	maxCalls = 3       // operators and functions in one formula; more is a named rule in Go
	maxCost  = 100_000 // units of CEL's own cost model, for one evaluation
	maxRunes = 300     // of a formula's text
)

// functions are what a formula may call, as CEL names them: no division, which
// can fail, no conversion of types, nothing that reads a clock.
var functions = []string{"_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "-_", "_*_", "_?_:_", "@in", "_[_]",
	"size", "contains", "startsWith", "endsWith", "matches", "all", "exists", "exists_one", "filter", "map", "age", "years", "days"}

// A Formula is a compiled expression over the answers of a form. The nil Formula holds.
type Formula struct {
	program cel.Program
	scope   *scope
	names   []string // of the variables it reads
	at      string   // where it stands, for errors
}

// A scope is what a formula can see: the fields of a form and, in a group, those of the row.
type scope struct {
	env    *cel.Env
	fields map[string]*Field
}

func newScope(fields []*Field) (*scope, error) {
	e, err := cel.NewEnv(between("years", years), between("age", years), between("days", days),
		cel.Variable("today", cel.StringType), cel.Variable("channel", cel.StringType), cel.Variable("applicant", cel.MapType(cel.StringType, cel.StringType)))
	if err != nil {
		return nil, err
	}
	return (&scope{env: e, fields: map[string]*Field{}}).with(fields)
}

// with is a scope that sees these fields too.
func (s *scope) with(fields []*Field) (*scope, error) {
	in := &scope{fields: map[string]*Field{}}
	for name, f := range s.fields {
		in.fields[name] = f
	}
	var vars []cel.EnvOption
	for _, f := range fields {
		in.fields[f.Name] = f
		vars = append(vars, cel.Variable(f.Name, sorts[f.Type].cel))
	}
	var err error
	in.env, err = s.env.Extend(vars...)
	return in, err
}

// between is a function of two dates. A date not answered yet gives 0.
func between(name string, count func(from, to time.Time) int) cel.EnvOption {
	return cel.Function(name, cel.Overload(name, []*cel.Type{cel.StringType, cel.StringType}, cel.IntType,
		cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			from, ok := day(a.Value().(string))
			to, ok2 := day(b.Value().(string))
			if !ok || !ok2 {
				return types.Int(0)
			}
			return types.Int(count(from, to))
		})))
}

// years are the full years from one day to another: on the birthday one more is full.
func years(from, to time.Time) int {
	n := to.Year() - from.Year()
	if to.Month() < from.Month() || to.Month() == from.Month() && to.Day() < from.Day() {
		n--
	}
	return n
}

func days(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }

// compile makes the formula e, which must give want. The reason it cannot is for the writer of the file.
func (s *scope) compile(at string, e data.Expr, want *cel.Type) (*Formula, error) {
	if n := len([]rune(e.Text)); n > maxRunes {
		return nil, fmt.Errorf("the formula has %d characters: at most %d", n, maxRunes)
	}
	n, err := calls(e.Text)
	if err != nil {
		return nil, err
	}
	if n > maxCalls {
		return nil, fmt.Errorf("the formula %q has %d operators: at most %d; more is a named rule in Go", e.Text, n, maxCalls)
	}
	tree, issues := s.env.Compile(e.Text)
	if issues.Err() != nil {
		return nil, reason(e.Text, issues)
	}
	if !tree.OutputType().IsExactType(want) {
		return nil, fmt.Errorf("the formula %q gives %s: want %s", e.Text, tree.OutputType(), want)
	}
	if err := s.strange(tree.NativeRep().Expr()); err != nil {
		return nil, fmt.Errorf("the formula %q: %w", e.Text, err)
	}
	f := &Formula{scope: s, at: at}
	for _, r := range tree.NativeRep().ReferenceMap() {
		if r.Name != "" && !slices.Contains(f.names, r.Name) {
			f.names = append(f.names, r.Name)
		}
	}
	slices.Sort(f.names)
	if f.program, err = s.env.Program(tree, cel.CostLimit(maxCost)); err != nil {
		return nil, err
	}
	for _, rows := range []any{nil, []any{map[string]any{}}} { // finds a misspelt part of an address or a row, and [0] of no rows
		if _, _, err := f.program.Eval(answering{scope: s, env: Env{Today: "2020-02-29"}, rows: rows}); err != nil {
			return nil, fmt.Errorf("the formula %q: %w", e.Text, err)
		}
	}
	return f, nil
}

// calls counts the operators and functions somebody reads in text and refuses
// those that a formula may not have; taking a part (a.b, a["b"]) is none.
func calls(text string) (int, error) {
	plain, err := cel.NewCustomEnv(cel.ClearMacros()) // so that all() and exists() are one call each
	if err != nil {
		return 0, err
	}
	tree, issues := plain.Parse(text)
	if issues.Err() != nil {
		return 0, reason(text, issues)
	}
	n := 0
	ast.PreOrderVisit(tree.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		name := e.AsCall().FunctionName()
		if name != "_[_]" {
			n++
		}
		if !slices.Contains(functions, name) {
			err = fmt.Errorf("the formula %q: there is no %s here", text, strings.Trim(name, "_"))
		}
	}))
	return n, err
}

func reason(text string, issues *cel.Issues) error {
	var all []string
	for _, e := range issues.Errors() {
		all = append(all, e.Message)
	}
	return fmt.Errorf("the formula %q: %s", text, strings.Join(all, "; "))
}

// Reads reports whether the formula's value depends on the variable of this name.
func (f *Formula) Reads(name string) bool { return f != nil && slices.Contains(f.names, name) }

// Holds reports whether the formula is true for these answers.
func (f *Formula) Holds(a Answers, env Env) (bool, error) { return f.holds(answering{a: a, env: env}) }

// Text is the string the formula gives for these answers.
func (f *Formula) Text(a Answers, env Env) (string, error) {
	v, err := f.eval(answering{a: a, env: env})
	if err != nil {
		return "", err
	}
	return v.Value().(string), nil
}

func (f *Formula) holds(in answering) (bool, error) {
	if f == nil {
		return true, nil
	}
	v, err := f.eval(in)
	if err != nil {
		return false, err
	}
	return v.Value().(bool), nil
}

func (f *Formula) eval(in answering) (ref.Val, error) {
	in.scope = f.scope
	v, _, err := f.program.Eval(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.at, err)
	}
	return v, nil
}

// answering shows answers to a formula: an unanswered question is the zero value of its type.
type answering struct {
	scope *scope
	a     Answers
	row   map[string]any // the answers of the row, in a group
	env   Env
	rows  any // of every group, in a trial
}

// Parent implements cel.Activation.
func (in answering) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (in answering) ResolveName(name string) (any, bool) {
	switch name {
	case "today":
		return in.env.Today, true
	case "channel":
		return in.env.Channel, true
	case "applicant":
		return in.env.about(), true
	}
	f := in.scope.fields[name]
	if f == nil {
		return nil, false
	}
	v, ok := in.row[name]
	if !ok {
		v = in.a[name]
	}
	if f.Type == Group && in.rows != nil {
		v = in.rows
	}
	return f.known(v), true
}
