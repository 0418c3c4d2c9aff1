package condition

// A Part is a part of a Residual's Term, to be evaluated by itself. It is
// immutable and safe for concurrent use.
type Part struct {
	run         fn[any]
	vars, loops int
	cost        int64
}

// Part compiles a part of the Residual's Term, with values put in or not. It is
// nil for a part that the Residual did not leave. A part must not name the
// variable of a loop that it stands in.
func (r *Residual) Part(t *Term) *Part {
	if t.node == nil {
		return nil
	}
	b := &build{env: r.program.read.env, tree: r.program.read.tree}
	run := b.boxed(t.node)
	return &Part{run: run, vars: len(b.env.vars), loops: b.loops, cost: r.cost}
}

// Value is what the part comes to for something, given the Values of the
// Parameters: canonical, an Object, Absent for an error, or Pending.
func (p *Part) Value(of any, values []any, world any) (v any) {
	f := frames.Get().(*Frame)
	defer func() {
		if recover() != nil {
			v = Absent
			return // what the panic left of the frame is nobody's
		}
		f.clear(p.loops)
		frames.Put(f)
	}()
	f.Start(1+len(values), world)
	f.put(0, of)
	for i, v := range values {
		f.put(1+i, v)
	}
	if len(f.vars) < p.vars {
		return Absent
	}
	f.steps, f.args = p.cost, f.args[:0]
	v, why := p.run(f)
	switch {
	case why == unknown:
		return Pending
	case why != nil || f.steps < 0:
		return Absent
	}
	return v
}
