package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
)

// A check holds what is at one place against literals, or against what is at
// another.
type check struct {
	at, to where
	// goOn is for which answer the next check comes, and away where the other
	// leads: to the check of that number, or to holds or fails.
	goOn bool
	op   testOp
	kind baseKind // of what is there
	ways side     // in which the one value may stand to the other
	away int32
	bits uint64 // of the literal
	text string // the literal
	// test is what the check was made of, if it is one; or among has the literals.
	test  *test
	among *textList
}

// Where the last checks lead. What comes after the check with the number 0 is
// holds.
const (
	holds = -1 - iota
	fails
)

// A where is a spot that is at most two fields away from its variable: near is
// nowhere if it is the variable, and far is nil if it is a field of that.
type where struct {
	near, far       *Shape
	variable        int32
	number, further int32
}

// slot returns where the value is held, if there are only Records on the way.
func (w *where) slot(f *Frame) *slot {
	o := f.records[w.variable]
	if o == nil {
		if w.near == nowhere {
			return &f.vars[w.variable]
		}
		return nil
	}
	if !o.shape.is(w.near) {
		return nil
	}
	s := o.slot(int(w.number))
	if w.far == nil {
		return s
	}
	if o, _ = s.held.(*Record); o == nil || !o.shape.is(w.far) {
		return nil
	}
	return o.slot(int(w.further))
}

// texts returns the list of strings that is held there, if it is.
func (w *where) texts(f *Frame) (list *textList, ok bool) {
	if s := w.slot(f); s != nil {
		list, ok = s.held.(*textList)
	}
	return list, ok
}

// A plan is a condition, or a part of one, that is made of checks alone: !, && and
// || are in where they lead. They are in the opposite order: the last is made first.
type plan []check

// ask says what the plan comes to. What it looks at must be held by Records, and be
// of the types declared. Else it reports false, and all is to be evaluated anew, in
// the slow way, as if nothing had been: checks call nobody, and the steps that they
// took are given back.
func (p plan) ask(f *Frame) (v, ok bool) {
	before, i := f.steps, len(p)-1
	for i >= 0 {
		c := &p[i]
		var s *slot
		if o := f.records[c.at.variable]; o != nil && o.shape == c.at.near && c.at.far == nil {
			s = o.slot(int(c.at.number)) // most often, and without a call
		} else {
			s = c.at.slot(f)
		}
		if s == nil || s.kind != c.kind && c.op != isThere {
			f.steps = before
			return false, false
		}
		v, ok := false, true
		switch c.op {
		case isBits:
			v = s.bits == c.bits
		case isText:
			v = s.text == c.text
		case isThere:
			if v = s.kind != noBase; !v && s.held != nil {
				v, ok = true, isSomething(s.held)
			}
		case isIn:
			list, there := c.to.texts(f)
			if ok = there && f.spend(searchSteps(len(*list), s.text)); ok {
				v = list.has(s.text)
			}
		case isLike:
			t := c.to.slot(f)
			ok = t != nil && t.kind == stringBase && (len(s.text) != len(t.text) || f.touch(len(s.text)))
			v = ok && s.text == t.text
		default:
			v, ok = c.rare(f, s)
		}
		switch {
		case !ok:
			f.steps = before
			return false, false
		case v == c.goOn:
			i--
		default:
			i = int(c.away)
		}
	}
	return i == holds, true
}

// or is the fn of the plan, given the slow way.
func (p plan) or(slow fn[bool]) fn[bool] {
	return func(f *Frame) (bool, *failure) {
		if v, ok := p.ask(f); ok {
			return v, nil
		}
		return slow(f)
	}
}

// isSomething reports whether v, which is held by a slot, is there and known.
func isSomething(v any) bool {
	if _, ok := v.(*Record); ok {
		return true
	}
	_, ok := v.(*textList)
	return ok
}

// rare says what a check of a rarer kind comes to, if it can.
func (c *check) rare(f *Frame, s *slot) (v, ok bool) {
	switch c.op {
	case stands:
		t := c.to.slot(f)
		if t == nil || t.kind != c.kind {
			return false, false
		}
		return c.ways&s.sideOf(t) != 0, true
	case isAmong:
		return c.among.has(s.text), f.spend(searchSteps(len(*c.among), s.text))
	case includes:
		list, ok := s.held.(*textList)
		if !ok || !f.spend(searchSteps(len(*list), c.text)) {
			return false, false
		}
		return list.has(c.text), true
	}
	return c.test.holds(s) == c.test.same, true
}

// isChecks reports whether there is a plan for a node.
func (b *build) isChecks(e ast.Expr) bool {
	return !b.slow && (&planning{build: b}).add(e, holds, fails)
}

// plan returns the plan for nodes that are joined by && or ||, and the fn that does
// without; nil where there are not only checks.
func (b *build) plan(operator string, all ...ast.Expr) (plan, fn[bool]) {
	p := &planning{build: b}
	if b.slow || !p.join(all, operator, holds, fails) {
		return nil, nil
	}
	b.slow = true
	parts := make([]fn[bool], len(all))
	for i, e := range all {
		parts[i] = expr[bool](b, e)
	}
	b.slow = false
	return p.checks, chained(parts, operator == operators.LogicalOr)
}

// A planning is a plan that is being made, from its end to its begin.
type planning struct {
	*build
	checks plan
}

// join adds nodes that are joined by && or ||, and lead to yes and no, one of which
// is the check that was added last. It reports false where there is more than
// checks.
func (p *planning) join(all []ast.Expr, operator string, yes, no int) bool {
	for i := len(all) - 1; i >= 0; i-- {
		if !p.add(all[i], yes, no) {
			return false
		}
		if operator == operators.LogicalAnd {
			yes = len(p.checks) - 1
		} else {
			no = len(p.checks) - 1
		}
	}
	return true
}

// add is join for one node.
func (p *planning) add(e ast.Expr, yes, no int) bool {
	if e.Kind() == ast.CallKind {
		args := e.AsCall().Args()
		switch name := e.AsCall().FunctionName(); name {
		case operators.LogicalAnd, operators.LogicalOr:
			return p.join(args, name, yes, no)
		case operators.LogicalNot:
			return p.add(args[0], no, yes)
		}
	}
	c, same := p.check(e)
	if c == nil {
		return false
	}
	if !same {
		yes, no = no, yes
	}
	if c.goOn = yes == len(p.checks)-1; c.goOn {
		c.away = int32(no)
	} else {
		c.away = int32(yes)
	}
	p.checks = append(p.checks, *c)
	return true
}

// check is the check that a node is, or is the negation of if same is false; nil
// if it is none.
func (p *planning) check(e ast.Expr) (c *check, same bool) {
	if e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() {
		return placed(check{op: isThere}, p.spot(e), nil), true
	}
	if t := p.test(e); t != nil {
		return placed(check{op: t.op, kind: t.kind, bits: t.want.bits, text: t.want.text, test: t}, t.at, nil), t.same
	}
	if e.Kind() != ast.CallKind {
		return nil, false
	}
	args := children(e)
	switch id := p.tree.GetOverloadIDs(e.ID())[0]; id {
	case overloads.InList:
		return p.membership(args[0], args[1]), true
	case overloads.Equals, overloads.NotEquals:
		return p.pair(args[0], args[1], level), id == overloads.Equals
	}
	if ways, ok := orders[e.AsCall().FunctionName()]; ok {
		return p.pair(args[0], args[1], ways), true
	}
	return nil, false
}

// pair is the check how two values stand to each other.
func (p *planning) pair(x, y ast.Expr, ways side) *check {
	left, right := p.direct(x), p.direct(y)
	if left == nil || right == nil {
		return nil
	}
	switch kind := goType(p.tree.GetType(x.ID())); {
	case kind == stringBase && ways == level:
		return placed(check{op: isLike, kind: kind}, left.at, right.at)
	case kind == boolBase, kind == intBase, kind == durationBase, kind == timestampBase:
		return placed(check{op: stands, kind: kind, ways: ways}, left.at, right.at)
	}
	return nil
}

// membership is the check whether a text is in a list.
func (p *planning) membership(x, list ast.Expr) *check {
	if goType(p.tree.GetType(x.ID())) != stringBase {
		return nil
	}
	text, known := stringLiteral(x)
	of, in := p.direct(x), p.direct(list)
	switch {
	case of != nil && in != nil:
		return placed(check{op: isIn, kind: stringBase}, of.at, in.at)
	case known && in != nil:
		return placed(check{op: includes, text: text}, in.at, nil)
	case of == nil || list.Kind() != ast.ListKind:
		return nil
	}
	c := check{op: isAmong, kind: stringBase, among: new(textList)}
	for _, e := range list.AsList().Elements() {
		text, known := stringLiteral(e)
		if !known {
			return nil
		}
		*c.among = append(*c.among, text)
	}
	return placed(c, of.at, nil)
}

// placed is the check of what is at a spot, and maybe at another; nil if one is
// too far away, or none.
func placed(c check, at, to *spot) *check {
	var near, also bool
	c.at, near = at.where()
	if c.to, also = to.where(); !near || to != nil && !also {
		return nil
	}
	return &c
}

// where is the spot as checks find it, if it is near enough.
func (at *spot) where() (w where, ok bool) {
	if at == nil || len(at.path) > 2 {
		return w, false
	}
	w.variable, w.near = int32(at.variable), nowhere
	if len(at.path) > 0 {
		w.near, w.number = at.path[0].shape, int32(at.path[0].number)
	}
	if len(at.path) > 1 {
		w.far, w.further = at.path[1].shape, int32(at.path[1].number)
	}
	return w, true
}
