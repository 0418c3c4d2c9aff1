package main

import "fmt"

// A scale is how much there is to decide about. Users, schools and cases are
// spread evenly over the tenants: authorities, or centers.
type scale struct {
	name           string
	tenants, users int
	schools        int // NCMP
	assigned       int // NCMP: assignments of schools to users
	cases          int // NCAtrak
	personnel      int // NCAtrak: places of users on cases
}

var scales = []scale{
	{"S", 10, 200, 400, 4_000, 5_000, 10_000},
	{"M", 30, 2_000, 4_000, 40_000, 100_000, 100_000},
	{"L", 150, 20_000, 25_000, 1_000_000, 1_000_000, 1_000_000},
}

// tenantOf returns the tenant that the i-th user, school or case is in.
func (s scale) tenantOf(i int) int { return i % s.tenants }

// ids makes n ids with a prefix.
func ids(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(prefix, i)
	}
	return all
}
