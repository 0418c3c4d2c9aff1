package condition

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// apart is a dot that does not stand before a name: what stands between may be
// anything.
var apart = regexp.MustCompile(`\.[^A-Za-z_]`)

// recorded is the input with Records for things, of the fields that a text
// may name. The values of some fields come boxed and those of others do not.
func recorded(e *Env, in Input, text string) Input {
	var names []int
	all := apart.MatchString(text)
	for i, name := range e.Shape("thing").Names() {
		if all || strings.Contains(text, "."+name) {
			names = append(names, i)
		}
	}
	known := map[*thing]*Record{}
	vars := slices.Clone(in.Vars)
	for i, v := range vars {
		vars[i] = recordedValue(e, v, names, known)
	}
	in.Vars = vars
	return in
}

func recordedValue(e *Env, v any, names []int, known map[*thing]*Record) any {
	switch v := v.(type) {
	case *thing:
		if known[v] == nil {
			known[v] = e.Shape("thing").New()
			known[v].Own(v)
			for _, i := range names {
				name := e.Shape("thing").names[i]
				if field := recordedValue(e, v.Field(name), names, known); slices.Contains(boxedFields, name) {
					known[v].Set(i, field)
				} else {
					put(known[v], i, field)
				}
			}
		}
		return known[v]
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = recordedValue(e, element, names, known)
		}
		return list
	}
	return v
}

// boxedFields are those that come boxed.
var boxedFields = []string{"c", "j", "e", "t", "until", "ts"}

// put sets a field in the way that there is for what it is.
func put(r *Record, i int, v any) {
	switch v := v.(type) {
	case bool:
		r.SetBool(i, v)
	case int64:
		r.SetInt(i, v)
	case float64:
		r.SetDouble(i, v)
	case string:
		r.SetText(i, v)
	case time.Time:
		r.SetTime(i, v)
	case time.Duration:
		r.SetDuration(i, v)
	case []any:
		if list, ok := textsOf(v); ok {
			r.SetTexts(i, list)
			return
		}
		r.Set(i, v)
	default:
		r.Set(i, v)
	}
}

func textsOf(list []any) (textList, bool) {
	texts := textList{}
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, len(texts) > 0
}
