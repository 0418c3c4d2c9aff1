package roles

// progressEvery is after how many changes LoadDirectory tells of its progress.
const progressEvery = 1 << 14

// LoadDirectory makes a directory with all that fn puts into it: the first fill
// from a dump or from tables. It is the same as NewDirectory and one Update, at
// a fraction of the time and memory: no Commit lists the changes, and what they
// lead to is checked once as a whole, every custom role and every invariant.
// The directory is at revision 1, or at 0 if fn changes nothing.
//
// progress, if it is not nil, is told how many changes were made so far: now and
// then while fn runs, and a last time when all is checked.
//
// The error is that of NewDirectory, or a *Refusal with everything that is
// wrong, as Update's. Invariants of severity Warn refuse nothing: for those that
// are broken ask the schema's ValidateAll.
func LoadDirectory(s Schema, opts *Options, progress func(done int), fn func(*Tx) error) (*Directory, error) {
	d, err := NewDirectory(s, opts)
	if err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(int) {}
	}
	tx := newTx(d.Snapshot(), "", s)
	tx.progress = progress
	defer tx.end() // also if fn ends its goroutine
	if err := tx.refusal(protect(func() error { return fn(tx) })); err != nil {
		return nil, err
	}
	after := tx.after()
	if err := protect(func() error {
		if err := refuse("", d.checkAll(after)); err != nil {
			return err
		}
		progress(tx.steps)
		return nil
	}); err != nil {
		return nil, asRefusal("", err)
	}
	d.current.Store(after)
	return d, nil
}

// checkAll asks the schema about every custom role and every invariant.
func (d *Directory) checkAll(s *Snapshot) []error {
	var faults []error
	for _, r := range s.Roles() {
		if r.Fixed {
			continue
		}
		for _, err := range d.schema.CheckRole(s, r) {
			faults = append(faults, invalidRole(RoleAdded, r, oneLine(err), err))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	for _, v := range d.schema.ValidateAll(s, d.now()) {
		if v.Severity != Warn {
			faults = append(faults, v)
		}
	}
	return faults
}
