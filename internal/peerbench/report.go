package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// A column is the result of a stage.
type column struct {
	policy, scale string
	best          map[string]row // by line
	all           []row
}

// A row is what was measured of one contender, as medians.
type row struct {
	name, line, encoding string
	sheet                sheet
}

func (r row) of(f figure) float64 { return r.sheet.median(f) }

func (c column) title() string { return c.policy + " " + c.scale }

// column chooses the fastest encoding of each line.
func (st *stage[Q]) column() column {
	c := column{policy: st.policy, scale: st.scale.name, best: map[string]row{}}
	for i, one := range st.all {
		r := row{one.name, one.line, one.encoding, st.sheets[i]}
		c.all = append(c.all, r)
		if best, ok := c.best[r.line]; !ok || r.of(decision) < best.of(decision) {
			c.best[r.line] = r
		}
	}
	return c
}

// get returns a figure of a line, not a number if there is none.
func (c column) get(line string, f figure) float64 { return c.best[line].of(f) }

// report writes both tables.
func report(columns []column, rounds int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\nMedians of %d interleaved rounds. CPU time of the process on one processor, garbage collection included.\n\n", machine(), rounds)
	absolute(&text, greater(columns))
	text.WriteString("\n")
	ratios(&text, columns)
	return text.String()
}

// greater leaves the smallest scale out, if there are others: it is in the ratios.
func greater(columns []column) (some []column) {
	for _, c := range columns {
		if c.scale != scales[0].name {
			some = append(some, c)
		}
	}
	if some == nil {
		return columns
	}
	return some
}

// machine names what was measured on, and what was.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	with := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, peer := range []string{"github.com/cedar-policy/cedar-go", "github.com/casbin/casbin/v3", "github.com/open-policy-agent/opa"} {
			for _, d := range info.Deps {
				if d.Path == peer {
					with += ", " + strings.TrimPrefix(peer, "github.com/") + " " + d.Version
				}
			}
		}
	}
	return fmt.Sprintf("%s, %d processors, %s, %s/%s%s.", model, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, with)
}

// lastOf returns the column of a policy at the greatest scale that was measured.
func lastOf(columns []column, policy string) column {
	var last column
	for _, c := range columns {
		if c.policy == policy {
			last = c
		}
	}
	return last
}

// absolute writes what each line takes.
func absolute(text *strings.Builder, columns []column) {
	head, rule := "| a decision |", "| --- |"
	for _, c := range columns {
		head, rule = head+" "+c.title()+" |", rule+" ---: |"
	}
	ncmp, ncatrak := lastOf(columns, "NCMP"), lastOf(columns, "NCAtrak")
	at := ""
	if ncmp.scale != "" {
		at = ", " + ncmp.title()
	}
	fmt.Fprintf(text, "%s a condition more%s | allocations | heap by assignment%[2]s | one's schools%[2]s |\n%s ---: | ---: | ---: | ---: |\n", head, at, rule)
	for _, line := range lines {
		cells := []string{}
		any := false
		for _, c := range columns {
			_, ok := c.best[line]
			any = any || ok
			cells = append(cells, duration(c.get(line, decision)))
		}
		if !any {
			continue
		}
		cells = append(cells, duration(ncmp.get(line, condition)-ncmp.get(line, without)),
			span(count(ncmp.get(line, allocs)), count(ncatrak.get(line, allocs))), bytes(line, ncmp.get(line, heap)), duration(ncmp.get(line, listing)))
		fmt.Fprintf(text, "| %s | %s |\n", line, strings.Join(cells, " | "))
	}
}

// duration writes nanoseconds with two digits that count.
func duration(ns float64) string {
	switch {
	case math.IsNaN(ns):
		return ""
	case ns < 0: // a difference that drowns in what else the machine does
		return "−" + duration(-ns)
	case ns < 9.95:
		return fmt.Sprintf("%.1f ns", ns)
	case ns < 999.5:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 9950:
		return fmt.Sprintf("%.1f µs", ns/1000)
	}
	return fmt.Sprintf("%.0f µs", ns/1000)
}

func count(n float64) string {
	switch {
	case math.IsNaN(n):
		return ""
	case n == 0:
		return "0"
	case n < 9.95:
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.0f", n)
}

// bytes writes the heap of lines that hold something of their own.
func bytes(line string, n float64) string {
	if math.IsNaN(n) || line == lineSession || line == lineBound {
		return ""
	}
	return count(n) + " B"
}

func span(a, b string) string {
	if a == b || a == "" || b == "" {
		return strings.TrimSpace(a + " " + b)[:max(len(a), len(b))]
	}
	return a + ", " + b
}

// times writes how many times as much one is as the other, and nothing of what
// drowned in what else the machine did.
func times(a, b float64) string {
	if math.IsNaN(a/b) || a <= 0 || b <= 0 {
		return ""
	}
	if a/b < 9.95 {
		return fmt.Sprintf("%.1f ×", a/b)
	}
	return fmt.Sprintf("%.0f ×", a/b)
}

// fastest returns the fastest engine in a column, by a figure made of a line.
func fastest(c column, of func(line string) float64) (line string, least float64) {
	least = math.NaN()
	for _, engine := range engines {
		if v := of(engine); v > 0 && !(v >= least) {
			line, least = engine, v
		}
	}
	return line, least
}

// more is what a condition takes beside the rest.
func (c column) more(line string) float64 { return c.get(line, condition) - c.get(line, without) }

// A comparison is a line of the second table.
type comparison struct {
	says string
	cell func(column) string
}

var comparisons = []comparison{
	{"Bailiwick by names, to what is written by hand with string ids", func(c column) string { return times(c.get(lineNames, decision), c.get(lineHand, decision)) }},
	{"bound, to what is written by hand with ids resolved", func(c column) string { return times(c.get(lineBound, decision), c.get(lineResolved, decision)) }},
	{"the fastest engine, to Bailiwick by names", func(c column) string {
		line, least := fastest(c, func(line string) float64 { return c.get(line, decision) })
		return with(times(least, c.get(lineNames, decision)), line)
	}},
	{"cedar-go spared by the application, to Bailiwick by names", func(c column) string { return times(c.get(lineSpared, decision), c.get(lineNames, decision)) }},
	{"casbin's full cache, to Bailiwick by names", func(c column) string { return times(c.get(lineCached, decision), c.get(lineNames, decision)) }},
	{"a condition more, by names", func(c column) string { return duration(c.more(lineNames)) }},
	{"a condition: the fastest engine's, to that by names", func(c column) string {
		line, least := fastest(c, c.more)
		return with(times(least, c.more(lineNames)), line)
	}},
	{"the first question of a user by names, to that by hand", func(c column) string { return times(c.get(lineNames, cold), c.get(lineHand, cold)) }},
	{"all actions of a screen, to one decision by names", func(c column) string {
		cell := times(c.get(lineNames, screening), c.get(lineNames, decision))
		if n := c.get(lineNames, actions); cell != "" {
			cell += fmt.Sprintf(" (%.0f actions)", n)
		}
		return cell
	}},
	{"a list of one's schools, to that written by hand", func(c column) string { return times(c.get(lineNames, listing), c.get(lineHand, listing)) }},
	{"two processors, to one", func(c column) string { return times(c.get(lineNames, cores), 1) }},
	{"two processors, to one, written by hand", func(c column) string { return times(c.get(lineHand, cores), 1) }},
	{"with 100 changes a second, of the decisions without", func(c column) string { return percent(c.get(lineNames, writing)) }},
}

func percent(share float64) string {
	if math.IsNaN(share) {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

func with(cell, line string) string {
	if cell == "" {
		return ""
	}
	return cell + " (" + line + ")"
}

// ratios writes how the lines compare.
func ratios(text *strings.Builder, columns []column) {
	head, rule := "| within one run |", "| --- |"
	for _, c := range columns {
		head, rule = head+" "+c.title()+" |", rule+" ---: |"
	}
	text.WriteString(head + "\n" + rule + "\n")
	for _, comparison := range comparisons {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = comparison.cell(c)
		}
		if slices.ContainsFunc(cells, func(cell string) bool { return cell != "" }) {
			fmt.Fprintf(text, "| %s | %s |\n", comparison.says, strings.Join(cells, " | "))
		}
	}
}

// encodings writes what each way to set up a contender takes, and which were not
// asked at a scale.
func encodings(columns []column) string {
	var text strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&text, "\n| %s | a decision | the first of a user | a condition more | allocations | heap by assignment or user | one's schools | two processors |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n", c.title())
		for _, r := range c.all {
			fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", r.name, duration(r.of(decision)), duration(r.of(cold)),
				duration(r.of(condition)-r.of(without)), count(r.of(allocs)), bytes(r.line, r.of(heap)), duration(r.of(listing)), times(r.of(cores), 1))
		}
	}
	return text.String() + absent()
}

// absent says who is not asked at the greater scales, and why.
func absent() string {
	text := ""
	for _, e := range ncmpEntries {
		if e.upTo != "" {
			text += fmt.Sprintf("\nNCMP above %s is not asked of %s: %s.", e.upTo, e.name(), e.why)
		}
	}
	for _, e := range ncatrakEntries {
		if e.upTo != "" {
			text += fmt.Sprintf("\nNCAtrak above %s is not asked of %s: %s.", e.upTo, e.name(), e.why)
		}
	}
	return text
}

// The marks in a file between which the tables stand.
const beginMark, endMark = "<!-- peerbench -->\n", "<!-- /peerbench -->\n"

// rewrite puts text between the marks of a file.
func rewrite(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(old), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !begun || !ended {
		return fmt.Errorf("%s has no lines %q and %q to write between", file, strings.TrimSpace(beginMark), strings.TrimSpace(endMark))
	}
	return os.WriteFile(file, []byte(before+beginMark+text+endMark+after), 0o644)
}
