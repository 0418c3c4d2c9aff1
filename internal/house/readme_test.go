package house

import (
	"go/doc"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// quickstart is where the README's Go code is compiled and run.
const quickstart = "examples/quickstart"

// fenceLanguages are the README's kinds of block. CI runs the sh blocks, and
// readmeRuns holds the go blocks. Shell commands under another name would be
// run by nobody.
var fenceLanguages = []string{"go", "sh", "text", "yaml"}

// testCommand must be among the README's commands: CI runs those, and tests
// the project by doing so.
const testCommand = "go test ./..."

// readmeRuns holds that the README's blocks are of a kind that something
// checks, that its commands test the project, and that each go block is,
// white space aside, a region of a tested example.
func readmeRuns(t *tree) []string {
	var c complaints
	examples := testedExamples(t)
	tests := false
	for _, b := range fences(t.text["README.md"]) {
		switch {
		case !slices.Contains(fenceLanguages, b.language):
			c.add("README.md:%d: a block of %q is checked by nothing: mark it as one of %s", b.line, b.language, strings.Join(fenceLanguages, ", "))
		case b.language == "sh":
			tests = tests || slices.Contains(strings.Split(b.text, "\n"), testCommand)
		case b.language == "go" && !slices.ContainsFunc(examples, func(text string) bool { return isRegion(b.text, text) }):
			c.add("README.md:%d: this Go code stands in no tested example: copy it from, or into, a file of examples in %s that each have an // Output:", b.line, quickstart)
		}
	}
	if !tests {
		c.add("README.md: no sh block has the line %s: show it, CI tests the project by running the README", testCommand)
	}
	return c
}

// testedExamples returns the quickstart's test files whose examples all have
// an output that is compared.
func testedExamples(t *tree) (texts []string) {
	for _, f := range t.goFiles {
		if f.dir != quickstart || !f.test {
			continue
		}
		examples := doc.Examples(f.syntax)
		untested := slices.ContainsFunc(examples, func(e *doc.Example) bool { return e.Output == "" && !e.EmptyOutput })
		if len(examples) > 0 && !untested {
			texts = append(texts, t.text[f.path])
		}
	}
	return texts
}

// isRegion reports whether the words of part stand together in whole.
func isRegion(part, whole string) bool {
	squeeze := func(text string) string { return " " + strings.Join(strings.Fields(text), " ") + " " }
	return strings.Contains(squeeze(whole), squeeze(part))
}

// A fence is one block of a page between lines of backquotes.
type fence struct {
	language string
	line     int // of its first backquotes
	text     string
}

func fences(page string) (found []fence) {
	open := false
	for i, line := range strings.Split(page, "\n") {
		language, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && !open:
			found = append(found, fence{language: language, line: i + 1})
			open = true
		case isFence:
			open = false
		case open:
			found[len(found)-1].text += strings.TrimRight(line, "\r") + "\n"
		}
	}
	return found
}

var (
	fencedText = regexp.MustCompile("(?ms)^ *```.*?^ *```|`[^`\n]*`")
	linkTarget = regexp.MustCompile(`\]\(<?([^)>\s]+)[^)]*\)|(?m:^\[[^\]]+\]:\s*<?([^>\s]+))`)
	headings   = regexp.MustCompile(`(?m)^#+ +(.+?) *$`)
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// linksLeadSomewhere holds that what a page links to in the repository is
// there, headings too.
func linksLeadSomewhere(t *tree) []string {
	var c complaints
	for _, at := range t.paths {
		if path.Ext(at) != ".md" {
			continue
		}
		for _, match := range linkTarget.FindAllStringSubmatch(fencedText.ReplaceAllString(t.text[at], ""), -1) {
			target := match[1] + match[2]
			if strings.Contains(target, ":") {
				continue // an address outside
			}
			file, anchor, _ := strings.Cut(target, "#")
			page := at
			if file != "" {
				page = path.Join(path.Dir(at), file)
			}
			if !t.holds(page) {
				c.add("%s: links to %s, which is not there: mend the link, or write the file", at, target)
			} else if anchor != "" && path.Ext(page) == ".md" && !slices.Contains(anchors(t.text[page]), anchor) {
				c.add("%s: links to %s, but %s has no such heading: mend the link", at, target, page)
			}
		}
	}
	return c
}

// anchors returns the names that a page's headings have in links.
func anchors(page string) (names []string) {
	for _, heading := range headings.FindAllStringSubmatch(page, -1) {
		names = append(names, strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-"))
	}
	return names
}

// page is a text whose fences are written with ”' for want of backquotes.
func page(text string) string { return strings.ReplaceAll(text, "'", "`") }

const commands = "'''sh\ngo run ./examples/ncmp\ngo test ./...\n'''\n"

func TestTheREADMEsCodeRuns(t *testing.T) {
	const example = `package quickstart_test

import "fmt"

func Example() {
	d := decide(
		"ann",
	)
	fmt.Println(d)
	// Output: deny
}
`
	const missing = ": this Go code stands in no tested example: copy it from, or into, a file of examples in examples/quickstart that each have an // Output:"
	readme := func(code string) string { return page(commands + "'''go\n" + code + "\n'''\n") }
	judge(t, readmeRuns, []verdict{
		{"a region of an example, white space aside", files{
			"README.md":                       readme("d := decide(\n    \"ann\",\n)\n\nfmt.Println(d)"),
			"examples/quickstart/run_test.go": example,
		}, nil},
		{"a whole program", files{"README.md": readme(example), "examples/quickstart/run_test.go": example}, nil},
		{"a word is different", files{
			"README.md":                       readme("d := decides(\n\"ann\",\n)"),
			"examples/quickstart/run_test.go": example,
		}, []string{"README.md:5" + missing}},
		{"a word is cut off", files{
			"README.md":                       readme("mt.Println(d)"),
			"examples/quickstart/run_test.go": example,
		}, []string{"README.md:5" + missing}},
		{"a line is left out", files{
			"README.md":                       readme("d := decide(\n)"),
			"examples/quickstart/run_test.go": example,
		}, []string{"README.md:5" + missing}},
		{"the example is not run", files{
			"README.md":                       readme("fmt.Println(d)"),
			"examples/quickstart/run_test.go": strings.Replace(example, "// Output: deny", "", 1),
		}, []string{"README.md:5" + missing}},
		{"one of the file's examples is not run", files{
			"README.md":                       readme("fmt.Println(d)"),
			"examples/quickstart/run_test.go": example + "\nfunc Example_more() {}\n",
		}, []string{"README.md:5" + missing}},
		{"the code stands elsewhere, or in no example", files{
			"README.md":                       readme("fmt.Println(d)"),
			"examples/quickstart/run.go":      example,
			"examples/quickstart/run_test.go": strings.Replace(example, "Example", "helper", 1),
			"examples/ncmp/run_test.go":       example,
		}, []string{"README.md:5" + missing}},
	})
}

func TestTheREADMEsCommandsAreSeenByCI(t *testing.T) {
	const rest = " is checked by nothing: mark it as one of go, sh, text, yaml"
	const untested = "README.md: no sh block has the line go test ./...: show it, CI tests the project by running the README"
	judge(t, readmeRuns, []verdict{
		{"text and yaml may stand there", files{"README.md": page(commands + "'''text\nallow\n'''\n'''yaml\na: b\n'''\n")}, nil},
		{"shell commands by another name", files{"README.md": page(commands + "'''bash\nmake\n'''\n\n'''\nmake\n'''\n")}, []string{
			`README.md:5: a block of "bash"` + rest, `README.md:9: a block of ""` + rest,
		}},
		{"the tests are not run", files{"README.md": page("'''sh\n# go test ./...\n'''\n")}, []string{untested}},
		{"the test command is no command", files{"README.md": page("'''text\ngo test ./...\n'''\n")}, []string{untested}},
	})
}

func TestLinksLeadSomewhere(t *testing.T) {
	judge(t, linksLeadSomewhere, []verdict{
		{"to files, directories, headings and pages outside", files{
			"README.md": page("# Why, and `why` not\n[a](LICENSE) [b](examples/ncmp \"title\") ![c](./examples/ncmp/main.go#L3)\n" +
				"[d](#why-and-why-not) [e](https://example.com/x) [f](mailto:a@b)\n[g]: examples/ncmp/README.md#top\n'''text\n[h](gone)\n'''\n'[i](gone)'\n"),
			"examples/ncmp/README.md": "# Top\n[up](../../LICENSE) [here](main.go)\n",
			"examples/ncmp/main.go":   "package main",
			"LICENSE":                 "",
		}, nil},
		{"and nowhere else", files{
			"README.md":               "# Top\n[a](LICENCE) [b](#bottom) [c](examples/ncmp/README.md#top)\n[d]: policy\n",
			"examples/ncmp/README.md": "[up](../LICENSE)\n",
			"LICENSE":                 "",
			"policy.txt":              "",
		}, []string{
			"README.md: links to LICENCE, which is not there: mend the link, or write the file",
			"README.md: links to #bottom, but README.md has no such heading: mend the link",
			"README.md: links to examples/ncmp/README.md#top, but examples/ncmp/README.md has no such heading: mend the link",
			"README.md: links to policy, which is not there: mend the link, or write the file",
			"examples/ncmp/README.md: links to ../LICENSE, which is not there: mend the link, or write the file",
		}},
	})
}
