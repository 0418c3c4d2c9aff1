package condition_test

import (
	"fmt"

	"github.com/bailiwick-authz/bailiwick/internal/condition"
)

func position(f condition.Fault) string { return fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Message) }
