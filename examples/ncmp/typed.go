package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// typed reads a value that was typed at a terminal: as the type of an
// attribute, such as int or list(string), whose values are separated by commas.
func typed(as, text string) (any, error) {
	if element, ok := strings.CutPrefix(as, "list("); ok {
		list := []any{}
		for part := range strings.SplitSeq(text, ",") {
			v, err := typed(strings.TrimSuffix(element, ")"), part)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	var v any
	var err error
	switch as {
	case "bool":
		v, err = strconv.ParseBool(text)
	case "int":
		v, err = strconv.ParseInt(text, 10, 64)
	case "uint":
		v, err = strconv.ParseUint(text, 10, 64)
	case "double":
		v, err = strconv.ParseFloat(text, 64)
	case "timestamp":
		v, err = time.Parse(time.RFC3339, text)
	case "duration":
		v, err = time.ParseDuration(text)
	default:
		return text, nil
	}
	if err != nil {
		return nil, fmt.Errorf("not of type %s", as)
	}
	return v, nil
}
