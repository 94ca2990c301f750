package form

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// channels are how something is filed.
var channels = []string{"online", "counter", "post"}

// strange finds where a formula compares the channel or a choice with what it
// can never be: such a condition would be silent for ever.
func (s *scope) strange(tree ast.Expr) (err error) {
	ast.PreOrderVisit(tree, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 || err != nil {
			return
		}
		a, b := e.AsCall().Args()[0], e.AsCall().Args()[1]
		switch e.AsCall().FunctionName() {
		case "_==_", "_!=_":
			if b.Kind() == ast.IdentKind {
				a, b = b, a
			}
			err = s.among(a, b)
		case "@in":
			if b.Kind() == ast.ListKind {
				for _, x := range b.AsList().Elements() {
					if err == nil {
						err = s.among(a, x)
					}
				}
			} else {
				err = s.among(b, a)
			}
		}
	}))
	return err
}

// among makes sure that what a name is compared with is one of its values, where they are known.
func (s *scope) among(name, with ast.Expr) error {
	if name.Kind() != ast.IdentKind || with.Kind() != ast.LiteralKind {
		return nil
	}
	said, ok := with.AsLiteral().(types.String)
	all := s.values(name.AsIdent())
	if !ok || said == "" || all == nil || slices.Contains(all, string(said)) {
		return nil
	}
	return fmt.Errorf("%s is never %q: it is one of %q", name.AsIdent(), string(said), all)
}

// values are all that a name can be, nil where that is not known.
func (s *scope) values(name string) (all []string) {
	if name == "channel" {
		return channels
	}
	if f := s.fields[name]; f != nil {
		for _, o := range f.Options {
			all = append(all, o.Value)
		}
	}
	return all
}
