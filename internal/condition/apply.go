package condition

import (
	"github.com/google/cel-go/common/ast"
)

// apply is the fn of the call of a declared function, before anybody looked at
// its result.
func (b *build) apply(e ast.Expr, function Function) fn[any] {
	args := e.AsCall().Args()
	parts := make([]fn[any], len(args))
	for i, arg := range args {
		parts[i] = b.boxed(arg)
	}
	steps := max(function.Steps, callSteps)
	return func(f *Frame) (any, *failure) {
		if !f.spend(steps) {
			return nil, overspent
		}
		base := len(f.args)
		var why *failure
		for _, part := range parts {
			v, also := part(f)
			why = strictly(why, also)
			f.args = append(f.args, owner(v))
		}
		own := f.args[base:len(f.args):len(f.args)]
		f.args = f.args[:base]
		if why != nil {
			return nil, why
		}
		v, err := function.Call(f.world, own)
		if err != nil {
			return nil, fail("%s: %w", function.Name, err)
		}
		return v, nil
	}
}

// owner is what stands for v outside of conditions.
func owner(v any) any {
	if r, ok := v.(*Record); ok && r != nil && r.owner != nil {
		return r.owner
	}
	return v
}
