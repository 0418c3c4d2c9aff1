package corpus

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// Attributes are attributes by name, written as the package comment says. What
// was read has an int64 for an int, a uint64 for a uint, a []any for a list and
// a map[string]any for a map.
type Attributes map[string]any

// MarshalJSON refuses what the form has no word for: texts that are not UTF-8,
// years past 9999, maps whose keys are no texts.
func (a Attributes) MarshalJSON() ([]byte, error) {
	written := map[string]any{}
	for name, value := range a {
		v, err := write(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		written[name] = v
	}
	return json.Marshal(written)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Attributes) UnmarshalJSON(text []byte) error {
	var written map[string]any
	if err := json.Unmarshal(text, &written); err != nil {
		return err
	}
	*a = Attributes{}
	for name, value := range written {
		v, err := read(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		(*a)[name] = v
	}
	return nil
}

func write(value any) (any, error) {
	switch v := value.(type) {
	case nil, bool:
		return v, nil
	case time.Duration:
		return map[string]string{"duration": strconv.FormatInt(int64(v), 10)}, nil
	case time.Time:
		if v.Year() > 9999 {
			return nil, fmt.Errorf("RFC 3339 has no year %d", v.Year())
		}
		return map[string]string{"timestamp": v.Format(time.RFC3339Nano)}, nil
	case []byte:
		return map[string]string{"bytes": base64.StdEncoding.EncodeToString(v)}, nil
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return nil, fmt.Errorf("%q is not UTF-8", v.String())
		}
		return v.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return map[string]string{"int": strconv.FormatInt(v.Int(), 10)}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]string{"uint": strconv.FormatUint(v.Uint(), 10)}, nil
	case reflect.Float32, reflect.Float64:
		return map[string]string{"double": strconv.FormatFloat(v.Float(), 'g', -1, 64)}, nil
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			var err error
			if list[i], err = write(v.Index(i).Interface()); err != nil {
				return nil, err
			}
		}
		return list, nil
	case reflect.Map:
		m := map[string]any{}
		for _, key := range v.MapKeys() {
			if key.Kind() != reflect.String {
				return nil, fmt.Errorf("%T has keys that are no texts", value)
			}
			var err error
			if m[key.String()], err = write(v.MapIndex(key).Interface()); err != nil {
				return nil, err
			}
		}
		return map[string]any{"map": m}, nil
	}
	return nil, fmt.Errorf("nothing is said of a %T", value)
}

func read(written any) (any, error) {
	switch w := written.(type) {
	case nil, bool, string:
		return w, nil
	case []any:
		list := make([]any, len(w))
		for i := range list {
			var err error
			if list[i], err = read(w[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		if len(w) == 1 {
			for typ, value := range w {
				return readTyped(typ, value)
			}
		}
	}
	return nil, fmt.Errorf("%v is no value: want null, true, a text, a list or one type with a value", written)
}

func readTyped(typ string, value any) (any, error) {
	if entries, ok := value.(map[string]any); ok && typ == "map" {
		m := map[string]any{}
		for key, entry := range entries {
			var err error
			if m[key], err = read(entry); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("%v is no value of type %q", value, typ)
	}
	switch typ {
	case "int":
		return strconv.ParseInt(text, 10, 64)
	case "uint":
		return strconv.ParseUint(text, 10, 64)
	case "double":
		return strconv.ParseFloat(text, 64)
	case "timestamp":
		return time.Parse(time.RFC3339Nano, text)
	case "duration":
		n, err := strconv.ParseInt(text, 10, 64)
		return time.Duration(n), err
	case "bytes":
		return base64.StdEncoding.DecodeString(text)
	}
	return nil, fmt.Errorf("unknown type %q", typ)
}
