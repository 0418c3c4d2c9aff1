package roles

import (
	"reflect"
	"slices"

	"github.com/bailiwick-authz/bailiwick/scope"
)

// AddUnit adds a unit to another, or to Root. Its type and its parent's must
// be as the policy declares; it has no attributes yet.
func (tx *Tx) AddUnit(unit, parent scope.Ref) {
	u := Unit{Ref: unit, Parent: parent}
	tx.try(UnitAdded, u, func(a *attempt) {
		if typ := a.unitType(unit); typ != nil {
			a.id(unit.ID)
			a.parent(typ, parent)
		}
		if tx.state.units.get(unit) != nil {
			a.fault(ErrDuplicate, "there is a unit %s already", unit)
		}
		if a.failed {
			return
		}
		tx.state.putUnit(unit, parent, nil)
		tx.did(UnitAdded, nil, a.record)
	})
}

// unitType returns the type of a new unit, and remembers the fault if units
// cannot have it.
func (a *attempt) unitType(unit scope.Ref) *scope.Type {
	typ := a.base.types.Type(unit.Type)
	switch {
	case typ == nil:
		a.fault(ErrUnknown, "unknown resource type %s%s", show(unit.Type), a.base.types.Hint(unit.Type))
		return nil
	case !typ.Unit():
		a.fault(ErrInvalid, "type %s is not one of units: the directory does not keep it", typ.Name())
		return nil
	}
	return typ
}

// parent checks that a unit of a type can be in parent.
func (a *attempt) parent(typ *scope.Type, parent scope.Ref) {
	in := typ.In()
	switch {
	case len(in) == 0 && parent != scope.Root():
		a.fault(ErrInvalid, "units of type %s stand at the top, in scope.Root(), not in %s", typ.Name(), showRef(parent))
	case len(in) == 0:
	case !slices.ContainsFunc(in, func(t *scope.Type) bool { return t.Name() == parent.Type }):
		a.fault(ErrInvalid, "units of type %s are in %s, not in %s", typ.Name(), orList(in), showRef(parent))
	case a.state.units.get(parent) == nil:
		a.unknownUnit(parent)
	}
}

func orList(types []*scope.Type) string {
	s := types[0].Name()
	for _, t := range types[1:] {
		s += " or " + t.Name()
	}
	return s
}

// SetUnitAttributes replaces all attributes of a unit. Values the unit's type
// does not declare refuse the change.
func (tx *Tx) SetUnitAttributes(unit scope.Ref, attributes scope.Map) {
	tx.try(UnitChanged, Unit{Ref: unit, Attributes: attributes}, func(a *attempt) {
		e := tx.state.units.get(unit)
		if e == nil {
			a.unknownUnit(unit)
			return
		}
		before, after := e.unit(), e.unit()
		a.record = after
		values := a.attributes(tx.base.types.Type(unit.Type).Attributes(), attributes)
		if after.Attributes = values.Map(); a.failed || reflect.DeepEqual(before, after) {
			return
		}
		tx.state.putUnit(unit, after.Parent, values)
		tx.did(UnitChanged, before, after)
	})
}

// RemoveUnit removes a unit, and before it all bindings at it and all
// assignments of it. It is refused while there are units in it, users who
// belong to it, or custom roles that it owns.
//
// What the directory does not know it cannot remove: assignments of resources
// in the unit that are no units stay (see UnassignAll).
func (tx *Tx) RemoveUnit(unit scope.Ref) {
	tx.try(UnitRemoved, Unit{Ref: unit}, func(a *attempt) {
		e := tx.state.units.get(unit)
		if e == nil {
			a.unknownUnit(unit)
			return
		}
		u, now := e.unit(), tx.peek()
		a.record = u
		if units := now.UnitsIn(unit); len(units) > 0 {
			a.fault(ErrInUse, "there are units in it: %s", few(units, 5, scope.Ref.String))
		}
		if users := now.Members(unit); len(users) > 0 {
			a.fault(ErrInUse, "users belong to it: %s", few(users, 5, show))
		}
		if owned := now.RolesOf(unit); len(owned) > 0 {
			a.fault(ErrInUse, "it owns roles: %s", few(owned, 5, Role.String))
		}
		if a.failed {
			return
		}
		for _, b := range now.BindingsAt(unit) {
			tx.unbind(b)
		}
		tx.unassignAll(unit)
		tx.state.deleteUnit(u)
		tx.did(UnitRemoved, u, nil)
	})
}
