package main

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite"

	"github.com/bailiwick-authz/bailiwick/access"
	"github.com/bailiwick-authz/bailiwick/policy"
	"github.com/bailiwick-authz/bailiwick/roles"
	"github.com/bailiwick-authz/bailiwick/roles/dirfile"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: sqlite indicators USER…, or sqlite search USER…")
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection would have a database of its own
	switch args[0] {
	case "indicators":
		return indicators(ctx, db, args[1:])
	case "search":
		return search(ctx, db, args[1:])
	}
	return fmt.Errorf("there is no command %q: want indicators or search", args[0])
}

// example is the folder of the other examples.
const example = ".."

// open loads the policy and the directory of an example.
func open(name string) (*access.Engine, *roles.Directory, error) {
	file := filepath.Join(example, name, name+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	p, err := policy.Parse(file, text, nil)
	if err != nil {
		return nil, nil, err
	}
	directory, err := roles.NewDirectory(p, nil)
	if err != nil {
		return nil, nil, err
	}
	file = filepath.Join(example, name, "directory.yaml")
	if text, err = os.ReadFile(file); err != nil {
		return nil, nil, err
	}
	_, err = dirfile.Load(directory, "setup", file, text)
	return access.New(p, directory, nil), directory, err
}

// records reads a table of an example's, without its head.
func records(name, file string) ([][]string, error) {
	f, err := os.Open(filepath.Join(example, name, file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return rows[1:], nil
}
