module github.com/bailiwick-authz/bailiwick/internal/condition/celspec

go 1.26

require (
	cel.dev/expr v0.25.1
	google.golang.org/protobuf v1.36.10
)
