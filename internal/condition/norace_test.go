//go:build !race

package condition

const slower = 1
