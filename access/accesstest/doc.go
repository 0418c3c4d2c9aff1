// Package accesstest tests what an application builds on package access: that
// the queries of its own lists find what Decide allows, over its own tables.
package accesstest
