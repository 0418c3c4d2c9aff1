// Command celspec writes the conformance cases that the CEL project publishes
// with its module cel.dev/expr as JSON, one case a line, for the tests of
// package condition: they need no protocol buffers then.
//
//	cd internal/condition/celspec && go run . > ../testdata/celspec.jsonl
//
// It leaves out the cases of extensions, and those about messages of protocol
// buffers, which the language of conditions does not have.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	_ "cel.dev/expr/conformance/proto2"
	_ "cel.dev/expr/conformance/proto3"
	conformance "cel.dev/expr/conformance/test"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "celspec:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "cel.dev/expr").Output()
	if err != nil {
		return fmt.Errorf("where is cel.dev/expr: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "tests/simple/testdata/*.textproto"))
	if err != nil {
		return err
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_ext.textproto") {
			continue
		}
		if err := convert(path); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return nil
}

// convert prints the cases of one file.
func convert(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var file conformance.SimpleTestFile
	if err := prototext.Unmarshal(text, &file); err != nil {
		return err
	}
	for _, section := range file.GetSection() {
		for _, test := range section.GetTest() {
			if test.GetContainer() != "" {
				continue
			}
			test.Name = fmt.Sprintf("%s/%s/%s", file.GetName(), section.GetName(), test.GetName())
			test.Description = ""
			line, err := protojson.Marshal(test)
			if err != nil {
				return err
			}
			var compact bytes.Buffer // protojson varies its blanks on purpose
			if err := json.Compact(&compact, line); err != nil {
				return err
			}
			if strings.Contains(compact.String(), "TestAllTypes") {
				continue
			}
			fmt.Println(compact.String())
		}
	}
	return nil
}
